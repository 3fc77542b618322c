"""`python -m training.fusion DATA`: learns the weights of `retrieval/fusion.json` from questions with known passages.

Listwise: the cross-entropy between the relevant passages and a softmax over all candidates of a question (Cao et al.,
Learning to Rank: From Pairwise Approach to Listwise Approach, ICML 2007), every set with the same weight, a small ridge,
twelve parameters. Only questions of the training half enter (`eval.retrieval.half_of`), and only sets whose licence
lets shipped weights be learned from them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from eval.datasets import load
from eval.retrieval import half_of, store
from library import settings as knobs
from library.store import Ledger
from retrieval import fuse
from retrieval.index import Filters
from retrieval.search import Search

SETS = (
    "dev/mrc/cmrc2018_trial", "dev/mrc/drcd_dev", "dev/mrc/squad2_dev", "dev/ir/twowiki", "dev/ir/scifact",
    "dev/ir/dureader_demo", "dev/docsfaq/docsfaq zh zh", "dev/docsfaq/docsfaq zh en", "dev/docsfaq/docsfaq en zh",
    "dev/docsfaq/docsfaq en en",
)  # fmt: skip
_MOST = 400  # questions of one set
_RIDGE = 1e-3
_PRIOR = np.array([1.0, fuse.INSTANT, fuse.INSTANT, fuse.DEEP])

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Question:
    """One question's candidates: features [n, 12] and the share of relevance that each holds."""

    source: str
    features: Array
    target: Array


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Keep the built libraries here.")
@click.option("--out", type=click.Path(path_type=Path), default=fuse.FILE, show_default=True)
def main(data: Path, work: Path, out: Path) -> None:
    """Learn the weights, once with both encoders and once with the instant one alone."""
    rows = []
    for legs in (("instant", "deep"), ("instant",)):
        questions: list[Question] = []
        models: tuple[str, ...] = ()
        for name in SETS:
            found, models = collect(data, name, work, legs)
            questions += found
            click.echo(f"{'+'.join(legs)} {name}: {len(found)} questions", err=True)
        rows.append(
            {
                "models": models,
                "values": [round(float(v), 4) for v in halfway(fit(questions))],
                "questions": len(questions),
            }
        )
    made = {
        "made_by": "python -m training.fusion", "features": "coverage, passage, sentence, deep; crossing; strongest",
        "sets": sorted(SETS), "half": "train", "most_questions_a_set": _MOST, "ridge": _RIDGE, "shrunk": "halfway to 1, ½, ½, 4", "weights": rows,
    }  # fmt: skip
    out.write_text(json.dumps(made, indent=1) + "\n", "utf-8")


def collect(data: Path, name: str, work: Path, legs: tuple[str, ...]) -> tuple[list[Question], tuple[str, ...]]:
    """The training half of one set, through the product's own search, and the names of the models."""
    path, *languages = name.split()
    kwargs = dict(zip(("query_lang", "corpus_lang"), languages, strict=False))
    passages, queries = load(data / path, **kwargs)
    queries = [query for query in queries if half_of(query.group) == "train"]
    queries = random.Random(0).sample(queries, min(_MOST, len(queries)))
    home = work / name.replace("/", "_").replace(" ", "_")
    settings = knobs.load().model_copy(update={"home": home})
    own = settings.retrieval.model_copy(update={} if "deep" in legs else {"deep": ""})
    settings = settings.model_copy(update={"retrieval": own})
    ledger = Ledger(home)
    search = Search(ledger, settings)
    try:
        store(ledger, search, settings, passages, legs=legs)
        found = [question for query in queries if (question := _question(search, name, query.text, query.relevant))]
        return found, tuple(search.encoders[leg].name for leg in legs)
    finally:
        search.close()
        ledger.close()


def _question(search: Search, source: str, text: str, relevant: frozenset[str]) -> Question | None:
    """None where no candidate is relevant: nothing can be learned from it."""
    found = search.scored(text, Filters(), "final")
    live = search.ledger.live_versions()
    chunks = search.ledger.chunks(found.scores)
    gains = np.array([live.get(chunks[name].version) in relevant for name in found.scores], np.float32)
    if not gains.sum():
        return None
    return Question(source, found.signals.features().astype(np.float32), gains / gains.sum())


def fit(questions: list[Question]) -> NDArray[np.float64]:
    """Weights in the features' own units."""
    import torch

    every = np.concatenate([question.features for question in questions])
    spread = np.where(every.std(axis=0) > 1e-6, every.std(axis=0), np.inf)  # what never varies gets no weight
    rows, targets, outside, share = _padded(questions, spread)
    w = torch.zeros(rows.shape[2], requires_grad=True)
    optimiser = torch.optim.LBFGS([w], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Any:
        optimiser.zero_grad()
        log = torch.log_softmax(rows @ w + outside, dim=1).clamp(min=-50)
        loss = -(share * (targets * log).sum(dim=1)).sum() + _RIDGE * (w * w).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    values: NDArray[np.float64] = w.detach().numpy().astype(float) / spread
    return values


def halfway(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Between the fitted weights, brought to the scale of the hand-set ones, and those.

    The fitted ones alone gain twice as much on the sets they come from and lose top hits on long web pages, which
    none of those sets holds.
    """
    plain = values[: len(_PRIOR)]
    there = (np.abs(plain) > 0) & (_PRIOR > 0)
    prior = np.concatenate([np.where(there, _PRIOR, 0.0), np.zeros(len(values) - len(_PRIOR))])
    made: NDArray[np.float64] = 0.5 * values / (plain[there] / _PRIOR[there]).mean() + 0.5 * prior
    return made


def _padded(questions: list[Question], spread: NDArray[np.float32]) -> Iterator[Any]:
    import torch

    longest = max(len(question.target) for question in questions)
    rows = torch.zeros(len(questions), longest, len(spread))
    targets, outside = torch.zeros(len(questions), longest), torch.full((len(questions), longest), -1e9)
    counts: dict[str, int] = {}
    for at, question in enumerate(questions):
        n = len(question.target)
        rows[at, :n] = torch.from_numpy(question.features / spread)
        targets[at, :n], outside[at, :n] = torch.from_numpy(question.target), 0
        counts[question.source] = counts.get(question.source, 0) + 1
    share = torch.tensor([1 / counts[question.source] / len(counts) for question in questions])
    return iter((rows, targets, outside, share))


if __name__ == "__main__":
    main()
