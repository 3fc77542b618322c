"""What a language model says of passages, as examples of the reader and cases of the gate."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from generation.chat import Message
from retrieval.encoders.use import UniversalSentenceEncoder
from training import asking, gate, judged, judging
from training.reader import loaded, losses
from training.reader_net import Read

SUBJECTS = ("backup", "printer", "battery", "window", "engine", "garden", "ladder", "kettle")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Eight passages of two sentences."""
    (tmp_path / "train").mkdir()
    pairs = [
        {
            "q": subject, "p": f"The {subject} is checked by hand every other month. Whoever owns the {subject} keeps its papers in order.",
            "lang_q": "en", "lang_p": "en", "source": "a/b",
        }
        for subject in SUBJECTS
    ]  # fmt: skip
    for name, rows in (("pairs", pairs), ("parallel", [])):
        with gzip.open(tmp_path / f"train/{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return tmp_path


@pytest.fixture
def raw(data: Path) -> Path:
    """A question of the second sentence of each."""
    path = data / "raw.jsonl"
    texts = asking.named(data, set(judging.pool(data, "en"))).values()
    rows = [
        {"text": one.id, "asked": [{"at": 1, "question": f"Who files what belongs to the {one.parts[0].split()[1]}?"}]}
        for one in texts
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


class Model:
    """Finds the answer where passage and question have the same subject; knows nothing of kettles."""

    asked: list[str] = []

    def __init__(self, path: Path, **_: object) -> None: ...

    def odds(self, messages: Sequence[Message], words: tuple[str, str]) -> float | None:
        passage, question = messages[-1].content.split("\n\nQuestion: ")
        self.asked.append(question)
        subject = question.rstrip("?").split()[-1]
        return None if subject == "kettle" else 2.0 if subject in passage else -3.0


def judge(data: Path, raw: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(judging, "LlamaBackend", Model)
    out = data / "judged.jsonl"
    done = CliRunner().invoke(judging.main, [str(data), str(raw), str(raw), str(out)])
    assert done.exit_code == 0, done.output
    return out


def test_a_question_stands_beside_its_own_passage_and_others(
    data: Path, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [json.loads(line) for line in judge(data, raw, monkeypatch).read_text("utf-8").splitlines()]
    texts = judging.named(data, {name for row in rows for name in row["passages"]})
    assert rows and all(row["passages"][0] == row["text"] and len(set(row["passages"])) == 4 for row in rows)
    for row in rows:
        subject = row["asked"][0]["question"].rstrip("?").split()[-1]
        said = [line[0] for line in row["yes"]]
        assert subject in texts[row["text"]] and said == (
            [None] * 4 if subject == "kettle" else [2.0, -3.0, -3.0, -3.0]
        )


def test_begun_again_it_goes_on(data: Path, raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = judge(data, raw, monkeypatch)
    whole = out.read_text("utf-8").splitlines()
    out.write_text(whole[0] + "\n", "utf-8")
    monkeypatch.setattr(Model, "asked", [])
    assert sorted(judge(data, raw, monkeypatch).read_text("utf-8").splitlines()) == sorted(whole)
    assert len(Model.asked) == 4 * (len(whole) - 1)


def test_examples_carry_the_word_of_the_model(data: Path, raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [json.loads(line) for line in judge(data, raw, monkeypatch).read_text("utf-8").splitlines()]
    builder = judged.Distilled(UniversalSentenceEncoder(threads=1), 0)
    texts = judging.named(data, {name for row in rows for name in row["passages"]})
    assert len(list(builder.judged(rows, texts))) == 2
    known = [row for row in rows if row["yes"][0][0] is not None]
    made = builder.made
    assert len(made.said) == len(made.group) == 4 * len(known)
    for at, said in enumerate(made.said):
        assert (said > 0) == bool(made.relevant[at]) == bool(made.answers[at]) == (at % 4 == 0)
    assert len(set(made.group)) == len(known)


@given(st.floats(-5, 5), st.floats(0.01, 3), st.sampled_from(("zh", "en")))
def test_more_is_believed_of_a_surer_word_and_of_the_passage_that_was_asked_of(
    odds: float, more: float, lang: str
) -> None:
    assert judged.told(odds + more, lang, own=False) > judged.told(odds, lang, own=False)
    assert judged.told(odds, lang, own=True) > judged.told(odds, lang, own=False)


def test_the_model_s_word_pulls_and_not_the_label(tmp_path: Path) -> None:
    said = np.array([2.0, 0.5, -1.0], np.float32)
    held = {
        "group": np.zeros(3, np.int64), "relevant": np.array([0, 0, 1], np.int8), "answers": np.array([0, 0, 1], np.int8),
        "supports": np.full(3, -1, np.int8), "span": np.full((3, 2), -1, np.int16), "ids": np.arange(6, dtype=np.int32),
        "kinds": np.zeros(6, np.int8), "inside": np.ones(6, bool), "ends": np.arange(4, dtype=np.int64) * 2, "said": said,
    }  # fmt: skip
    np.savez(tmp_path / "judged.npz", **held)
    np.savez(tmp_path / "old.npz", **{name: value for name, value in held.items() if name != "said"})
    examples = loaded([str(tmp_path / "judged.npz"), str(tmp_path / "old.npz")])
    assert np.isnan(examples["said"]).tolist() == [False] * 3 + [True] * 3
    same = torch.tensor([*said, *said])
    ends = torch.zeros(6, 2)
    read = Read(same.clone().requires_grad_(), same.clone().requires_grad_(), torch.zeros(6), ends, ends)
    sum(losses(read, examples, list(range(6))).values()).backward()
    for value in (read.relevant, read.answers):
        assert value.grad is not None
        assert value.grad[:3].abs().max() < 1e-6 < value.grad[3:].abs().max()


def test_the_gate_learns_from_each_question_with_and_without_its_passage() -> None:
    row = {"lang": "en", "text": "a", "passages": ["a", "b", "c", "d"], "asked": [{"question": "Q?"}, {"question": "R?"}],
           "yes": [[2.0, None], [-1.0, 0.0], [-2.0, 0.0], [-3.0, 0.0]]}  # fmt: skip
    found = gate.cases([row], {name: name.upper() for name in "abcd"})
    assert [(case.passages, case.answerable, odds) for case, odds in found] == [
        (("A", "B", "C"), True, [2.0, -1.0, -2.0]),
        (("B", "C", "D"), False, [-1.0, -2.0, -3.0]),
    ]
