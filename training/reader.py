"""`python -m training.reader OUT EXAMPLES...`: trains the upper layers and the heads of the reader on the CPU.

Relevance by a softmax over a question's group (ListNet, Cao et al., ICML 2007) and a logistic loss on each; "answers"
and "supports" by a logistic loss; the span by cross-entropy over the passage's tokens. AdamW (Loshchilov and Hutter, arXiv 1711.05101).
Where a language model's word is known it stands in the place of labels (distillation, Hinton et al., arXiv 1503.02531), on
examples given by `--keep` what the reader said before this training (Li and Hoiem, Learning without Forgetting, arXiv
1606.09282), or what the weights of `--word` say. Of `FILE:0.1` a tenth of the groups is drawn.
Products are in bfloat16 where the processor is faster with them (weights, losses and the optimiser stay in float32): 2.2 times
as fast on one, half as fast on another that has the same instructions. The checkpoint in OUT is written every hundred steps; the same command goes on from it.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from retrieval.encoders.e5_file import E5File
from retrieval.reader.graph import unpacked
from retrieval.reader.pairs import TOLD
from training.reader_net import Read, ReaderNet, named, padded, spelt

Examples = dict[str, NDArray[Any]]

_TOKENS = 1800  # of one step, about
_NEGATIVES = 2  # of a question's group in one pass
_WARM = 0.05  # share of the steps with a rising rate
_BODY, _HEADS, _LOWER = (
    1.2e-4,
    8,
    0.5,
)  # learning rate of the layers; how many times it that of the heads, of the lower layers
_RELEVANT, _ANSWERS, _SPAN, _SUPPORTS = 0.4, 0.8, 0.5, 0.8  # weights of the losses beside the listwise one
_HELD = 0.02  # share of the groups that is only looked at


def steps_of(examples: Examples, seed: int) -> Iterator[list[int]]:
    """Rows of one step after another, without end; groups of like length together, drawn anew in every pass."""
    chance = random.Random(seed)
    groups: dict[int, list[int]] = {}
    for row, number in enumerate(examples["group"].tolist()):
        groups.setdefault(number, []).append(row)
    every = [rows for number, rows in groups.items() if not _is_held(number)]
    size = np.diff(examples["ends"])
    while True:
        chance.shuffle(every)
        for at in range(0, len(every), 256):
            part = [_drawn(examples, group, chance) for group in every[at : at + 256]]
            part.sort(key=lambda rows: int(max(size[row] for row in rows)))
            batches: list[list[int]] = [[]]
            for rows in part:
                longest = max(int(size[row]) for row in rows)
                if batches[-1] and longest * (len(batches[-1]) + len(rows)) > _TOKENS:
                    batches.append([])
                batches[-1] += rows
            chance.shuffle(batches)
            yield from batches


def loaded(files: Sequence[str], keep: Sequence[str] = ()) -> Examples:
    """The examples of all files, one after another; what a file says nothing of is -1, `kept` tells those of `keep`."""
    parts = [_part(file) for file in (*files, *keep)]
    made: Examples = {"ends": np.zeros(1, np.int64), "group": np.zeros(0, np.int64)}
    made["kept"] = np.concatenate([np.full(len(part["group"]), at >= len(files)) for at, part in enumerate(parts)])
    for part in parts:
        group = part["group"] + made["group"].max(initial=0) + 1
        made["ends"] = np.concatenate([made["ends"], part["ends"][1:] + made["ends"][-1]])
        made["group"] = np.concatenate([made["group"], group])
    for name in ("ids", "kinds", "inside", "relevant", "answers", "span"):
        made[name] = np.concatenate([part[name] for part in parts])
    for name, unknown in (("supports", np.int8(-1)), ("said", np.float32(np.nan))):
        made[name] = np.concatenate([part.get(name, np.full(len(part["group"]), unknown)) for part in parts])
    return made


def _part(file: str) -> Examples:
    """What a file holds; of `FILE:0.1` a tenth of its groups, the same ones every time."""
    path, _, part = file.partition(":")
    try:
        held, share = dict(np.load(path)), float(part or 1)
    except (OSError, ValueError) as why:
        raise click.UsageError(f"{file} gives no examples: {why}") from why
    if not part:
        return held
    chance = random.Random(path.rpartition("/")[2])
    drawn = {number for number in np.unique(held["group"]).tolist() if chance.random() < share}
    rows = [row for row, number in enumerate(held["group"].tolist()) if number in drawn]
    size = np.diff(held["ends"])[rows]
    tokens = np.concatenate([np.arange(held["ends"][row], held["ends"][row + 1]) for row in rows])
    per_token = ("ids", "kinds", "inside")
    own = {name: value[tokens if name in per_token else rows] for name, value in held.items() if name != "ends"}
    return {**own, "ends": np.concatenate([[0], np.cumsum(size)])}


def begin_with(net: ReaderNet, start: Path) -> None:
    """Take over the weights of a checkpoint, or those that ship (`.npz`); a head that they lack stays as it was drawn."""
    own = net.state_dict()
    if start.suffix == ".npz":
        found = {spelt(name, net.frozen): torch.from_numpy(value) for name, value in unpacked(start).items()}
    else:
        kept = torch.load(start, weights_only=True)
        found = {spelt(named(name, kept["frozen"]), net.frozen): value for name, value in kept["net"].items()}
    for name, value in found.items():
        rows = own[name].clone()
        rows[: len(value)] = value
        own[name] = rows
    net.load_state_dict(own)


def _is_held(group: int) -> bool:
    return random.Random(group).random() < _HELD


def _drawn(examples: Examples, group: list[int], chance: random.Random) -> list[int]:
    right = [row for row in group if examples["relevant"][row] == 1]
    rest = [row for row in group if examples["relevant"][row] != 1]
    return [*right, *chance.sample(rest, min(_NEGATIVES, len(rest)))]


def losses(read: Read, examples: Examples, rows: list[int], before: Read | None = None) -> dict[str, Tensor]:
    """Each loss that these rows have something to say to; of kept ones by what was said `before`."""
    kept = torch.tensor(examples["kept"][rows])
    if before is None:
        if kept.any():
            raise ValueError("examples are to be kept, and what was said before is missing")
        before = read
    found: dict[str, Tensor] = {}
    said = torch.tensor(examples["said"][rows])
    listed = list(_listed(read, examples, rows, before))
    if listed:
        found["listed"] = torch.stack(listed).mean()
    for name in ("relevant", "answers", "supports"):
        labels = torch.tensor(examples[name][rows])
        known = labels >= 0
        if known.any():
            target = torch.where(kept, torch.sigmoid(getattr(before, name).detach()), labels.float())
            if name != "supports":
                target = torch.where(said.isnan(), target, torch.sigmoid(said))
            logits = getattr(read, name)
            found[name] = functional.binary_cross_entropy_with_logits(logits[known], target[known])
    spans = torch.tensor(examples["span"][rows]).long()
    known = spans[:, 0] >= 0
    if known.any():
        found["span"] = torch.zeros(())
        for at, name in enumerate(("first", "last")):
            logits = getattr(read, name)
            target = functional.one_hot(spans[:, at].clamp(min=0), logits.shape[1]).float()
            target = torch.where(kept[:, None], functional.softmax(getattr(before, name).detach(), 1), target)
            found["span"] = found["span"] + 0.5 * functional.cross_entropy(logits[known], target[known])
    return found


def _listed(read: Read, examples: Examples, rows: list[int], before: Read) -> Iterator[Tensor]:
    """The listwise loss of each group."""
    groups, relevant, kept, said = (examples[name][rows] for name in ("group", "relevant", "kept", "said"))
    for number in np.unique(groups):
        own = np.flatnonzero((groups == number) & (relevant >= 0))
        if len(own) < 2 or not (kept[own].all() or (relevant[own] > 0).any()):
            continue
        target = torch.tensor(relevant[own]).float()
        if kept[own].all():
            target = functional.softmax(before.relevant[own].detach(), 0)
        elif not np.isnan(said[own]).any():
            target = functional.softmax(torch.tensor(said[own]), 0)
        else:
            target = target / target.sum()
        yield -(target * functional.log_softmax(read.relevant[own], 0)).sum()


_WEIGHTS = {"listed": 1.0, "relevant": _RELEVANT, "answers": _ANSWERS, "span": _SPAN, "supports": _SUPPORTS}


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("examples", nargs=-1, required=True)
@click.option("--keep", multiple=True, help="Examples on which it is to go on saying what it says at the start.")
@click.option(
    "--word",
    type=click.Path(path_type=Path, exists=True),
    help="The weights whose word is kept there, where they are not those of --start.",
)
@click.option("--steps", default=3000, show_default=True)
@click.option("--frozen", default=6, show_default=True, help="Lower layers that keep their weights.")
@click.option("--dropout", default=0.0, show_default=True)
@click.option(
    "--start",
    type=click.Path(path_type=Path, exists=True),
    help="A checkpoint, or the weights that ship (.npz), to begin from.",
)
@click.option(
    "--rate", default=_BODY, show_default=True, help="The layers' highest learning rate; the heads' is 8 times it."
)
@click.option("--threads", default=1, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(
    out: Path,
    examples: tuple[str, ...],
    keep: tuple[str, ...],
    word: Path | None,
    steps: int,
    frozen: int,
    dropout: float,
    start: Path | None,
    rate: float,
    threads: int,
    seed: int,
) -> None:
    """Train for so many steps of about 1,800 tokens; OUT keeps the checkpoint."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    if keep and not (start or word):
        raise click.UsageError("--keep needs --start or --word: the weights whose word is to be kept.")
    if word and not keep:
        raise click.UsageError("--word needs --keep: the examples on which it is kept.")
    held = loaded(examples, keep)
    net = ReaderNet(E5File(), frozen=frozen, dropout=dropout)
    lower = [p for layer in net.upper[: TOLD - frozen] for p in layer.parameters()]
    body = [p for layer in net.upper[TOLD - frozen :] for p in layer.parameters()]
    heads = [p for part in (net.kinds, net.pool, net.judge, net.span) for p in part.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": lower, "lr": _LOWER * rate}, {"params": body, "lr": rate}, {"params": heads, "lr": _HEADS * rate}],
        weight_decay=0.01,
        betas=(0.9, 0.98),
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
    begin = 0
    if start is not None:
        begin_with(net, start)
    before = _speaker(net, word) if keep else None
    if out.exists():
        kept = torch.load(out, weights_only=True)
        net.load_state_dict(kept["net"], strict=False)
        optimiser.load_state_dict(kept["optimiser"])
        schedule.load_state_dict(kept["schedule"])
        begin = int(kept["step"])
    running: dict[str, float] = {}
    clock = time.monotonic()
    for step, rows in enumerate(steps_of(held, seed)):
        if step < begin:
            continue
        if step >= steps:
            break
        with torch.no_grad():
            said = _read(before, held, rows) if before is not None and held["kept"][rows].any() else None
        found = losses(_read(net, held, rows), held, rows, said)
        loss = sum((_WEIGHTS[name] * value for name, value in found.items()), torch.zeros(()))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*lower, *body, *heads], 1.0)
        optimiser.step()
        schedule.step()
        for name, value in found.items():
            running[name] = 0.98 * running.get(name, float(value.detach())) + 0.02 * float(value.detach())
        if (step + 1) % 50 == 0:
            shown = " ".join(f"{name} {value:.3f}" for name, value in sorted(running.items()))
            minutes = (time.monotonic() - clock) / 60
            click.echo(f"step {step + 1}/{steps}, {minutes:.1f} min, {shown}", err=True)
        if (step + 1) % 100 == 0 or step + 1 == steps:
            _save(out, net, optimiser, schedule, step + 1)


def _speaker(net: ReaderNet, word: Path | None) -> ReaderNet:
    """Whose word is kept: the network as it begins, or the weights in `word`."""
    before = ReaderNet(E5File(), frozen=net.frozen)
    if word is None:
        before.load_state_dict(net.state_dict())
    else:
        begin_with(before, word)
    before.eval()
    return before


@cache
def _in_bfloat16() -> bool:
    """Whether a layer's products take less time in bfloat16; having its instructions does not tell."""
    if not torch.cpu._is_avx512_bf16_supported():
        return False
    took = {}
    for kind in (torch.float32, torch.bfloat16):
        inner, weight = torch.ones(_TOKENS, 1536, dtype=kind), torch.ones(384, 1536, dtype=kind)
        times = []
        for _ in range(9):
            begin = time.monotonic()
            functional.linear(inner, weight)
            times.append(time.monotonic() - begin)
        took[kind] = median(times)
    return took[torch.bfloat16] < took[torch.float32]


def _read(net: ReaderNet, examples: Examples, rows: list[int]) -> Read:
    with torch.autocast("cpu", torch.bfloat16, enabled=_in_bfloat16()):
        read = net(*padded(examples, rows))
    return Read(*(logits.float() for logits in read))


def _rate(step: int, steps: int) -> float:
    warm = max(1, int(_WARM * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def _save(out: Path, net: ReaderNet, optimiser: Any, schedule: Any, step: int) -> None:
    partial = out.with_suffix(".partial")
    torch.save({"net": net.trained(), "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict(),
                "step": step, "frozen": net.frozen}, partial)  # fmt: skip
    partial.replace(out)


if __name__ == "__main__":
    main()
