"""What the reader is trained by: labels, or on kept examples what it said before."""

from pathlib import Path

import click
import numpy as np
import pytest
import torch
from click.testing import CliRunner

from retrieval.encoders.e5_file import E5File
from retrieval.reader import graph
from training import reader
from training.reader import Examples, begin_with, loaded, losses
from training.reader_net import Read, ReaderNet, padded


def _examples(groups: int, *, rows: int = 3, tokens: int = 4) -> Examples:
    n = groups * rows
    first = np.arange(n) % rows == 0
    return {
        "group": np.repeat(np.arange(groups), rows),
        "relevant": first.astype(np.int8),
        "answers": first.astype(np.int8),
        "supports": np.full(n, -1, np.int8),
        "span": np.where(first[:, None], [[1, 2]], -1).astype(np.int16),
        "ids": np.arange(n * tokens, dtype=np.int32),
        "kinds": np.zeros(n * tokens, np.int8),
        "inside": np.ones(n * tokens, bool),
        "ends": np.arange(n + 1, dtype=np.int64) * tokens,
    }


def _said(rows: int, tokens: int = 4, seed: int = 0) -> Read:
    drawn = torch.Generator().manual_seed(seed)
    heads = (torch.randn(rows, generator=drawn) for _ in range(3))
    ends = (torch.randn(rows, tokens, generator=drawn) for _ in range(2))
    return Read(*(value.requires_grad_() for value in (*heads, *ends)))


def test_a_kept_row_pulls_towards_what_was_said_before_and_not_to_its_label(tmp_path: Path) -> None:
    for name, groups in (("new", 1), ("old", 1)):
        np.savez(tmp_path / f"{name}.npz", **_examples(groups))
    held = loaded([str(tmp_path / "new.npz")], [str(tmp_path / "old.npz")])
    assert held["kept"].tolist() == [False] * 3 + [True] * 3
    read = _said(6)
    same = Read(*(value.detach().clone() for value in read))
    sum(losses(read, held, list(range(6)), same).values()).backward()
    for value in (read.relevant, read.answers, read.first, read.last):
        assert value.grad is not None
        assert value.grad[3:].abs().max() < 1e-6  # it says what it said
        assert value.grad[0].abs().max() > 1e-3  # a label pulls
    assert read.supports.grad is None
    moved = _said(6)
    sum(losses(moved, held, list(range(6)), _said(6, seed=1)).values()).backward()
    assert moved.answers.grad is not None and moved.answers.grad[3:].abs().max() > 1e-3


def test_kept_rows_need_what_was_said_before(tmp_path: Path) -> None:
    np.savez(tmp_path / "old.npz", **_examples(1))
    held = loaded([], [str(tmp_path / "old.npz")])
    with pytest.raises(ValueError, match="said before is missing"):
        losses(_said(3), held, [0, 1, 2])


def test_a_share_of_a_file_is_whole_groups_and_the_same_every_time(tmp_path: Path) -> None:
    whole = _examples(200)
    np.savez(tmp_path / "made.npz", **whole)
    held = loaded([f"{tmp_path / 'made.npz'}:0.25"])
    again = loaded([f"{tmp_path / 'made.npz'}:0.25"])
    assert np.array_equal(held["ids"], again["ids"])
    size = np.unique(held["group"], return_counts=True)[1]
    assert 20 < len(size) < 80 and set(size.tolist()) == {3}
    begins = {int(whole["ids"][at]) for at in whole["ends"][:-1]}
    assert all(int(held["ids"][at]) in begins for at in held["ends"][:-1])
    assert held["relevant"].reshape(-1, 3).tolist() == [[1, 0, 0]] * len(size)


@pytest.mark.parametrize("file", ["missing.npz", "made.npz:much", "none.txt"])
def test_what_gives_no_examples_is_named(tmp_path: Path, file: str) -> None:
    np.savez(tmp_path / "made.npz", **_examples(1))
    (tmp_path / "none.txt").write_text("no examples")
    with pytest.raises(click.UsageError, match=file.partition(":")[0]):
        loaded([str(tmp_path / file)])


def test_the_word_that_is_kept_may_be_anothers_than_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = {**_examples(3), "ids": np.arange(36, dtype=np.int32) + 10}
    old, new = str(tmp_path / "old.npz"), str(tmp_path / "new.npz")
    np.savez(old, **examples)
    np.savez(new, **examples)
    start = ReaderNet(E5File(), frozen=6)
    begin_with(start, graph.WEIGHTS)
    start.judge.bias.data += 3.0
    torch.save({"net": start.trained(), "frozen": 6, "step": 1}, tmp_path / "start.pt")
    seen: list[tuple[Read, list[int]]] = []

    def watched(read: Read, held: Examples, rows: list[int], before: Read | None = None) -> dict[str, torch.Tensor]:
        assert before is not None
        seen.append((before, rows))
        return losses(read, held, rows, before)

    monkeypatch.setattr(reader, "losses", watched)
    call = [str(tmp_path / "out.pt"), new, "--keep", old, "--steps", "1"]
    done = CliRunner().invoke(reader.main, [*call, "--start", str(tmp_path / "start.pt"), "--word", str(graph.WEIGHTS)])
    assert done.exit_code == 0, done.output
    shipped = ReaderNet(E5File(), frozen=6)
    begin_with(shipped, graph.WEIGHTS)
    with torch.no_grad():
        expected = shipped.eval()(*padded(loaded([new], [old]), seen[0][1]))
    assert torch.allclose(seen[0][0].answers, expected.answers.float(), atol=0.05)
    refused = CliRunner().invoke(reader.main, call)
    assert refused.exit_code == 2 and "--keep needs --start or --word" in refused.output
    alone = CliRunner().invoke(reader.main, [str(tmp_path / "out.pt"), new, "--word", str(graph.WEIGHTS)])
    assert alone.exit_code == 2 and "--word needs --keep" in alone.output
