"""`python -m training.order DATA --work LIBS`: how much the reader's word counts in the order of the hits.

Listwise, as `training/fusion.py`: the cross-entropy between the relevant passages and a softmax over a question's first
hits of [fused score, relevance, "answers"]; every set with the same weight. What is kept in `retrieval/fusion.json` is
the reader's two weights where the fused score's is 1.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from eval.datasets import load
from eval.retrieval import half_of, store
from library import settings as knobs
from library.store import Ledger
from retrieval import fuse
from retrieval.index import Filters
from retrieval.judging import READER
from retrieval.search import Search
from training.fusion import SETS, Question, fit

_MOST = 100  # questions of one set


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Keep the built libraries here.")
@click.option("--most", default=_MOST, show_default=True, help="Questions of one set.")
def main(data: Path, work: Path, most: int) -> None:
    """Learn the reader's weights beside the fused score."""
    questions: list[Question] = []
    for name in SETS:
        found = collect(data, name, work, most)
        questions += found
        click.echo(f"{name}: {len(found)} questions", err=True)
    values = fit(questions)
    held = json.loads(fuse.FILE.read_text("utf-8"))
    held["reader"] = {
        "made_by": "python -m training.order", "questions": len(questions),
        "relevant": round(float(values[1] / values[0]), 4), "answers": round(float(values[2] / values[0]), 4),
    }  # fmt: skip
    fuse.FILE.write_text(json.dumps(held, indent=1) + "\n", "utf-8")
    click.echo(json.dumps(held["reader"]), err=True)


def collect(data: Path, name: str, work: Path, most: int) -> list[Question]:
    """The training half of one set: the first hits' fused scores with what the reader says of them."""
    path, *languages = name.split()
    passages, queries = load(data / path, **dict(zip(("query_lang", "corpus_lang"), languages, strict=False)))
    queries = [query for query in queries if half_of(query.group) == "train"]
    queries = random.Random(1).sample(queries, min(most, len(queries)))
    home = work / "_".join((path.replace("/", "_"), *languages))
    settings = knobs.load().model_copy(update={"home": home})
    own = settings.retrieval.model_copy(update={"reranker": READER})
    ledger = Ledger(home)
    search = Search(ledger, settings.model_copy(update={"retrieval": own}))
    try:
        store(ledger, search, settings, passages, legs=("instant", "deep"))
        rows = [_question(search, name, query.text, query.relevant) for query in queries]
        return [row for row in rows if row is not None]
    finally:
        search.close()
        ledger.close()


def _question(search: Search, source: str, text: str, relevant: frozenset[str]) -> Question | None:
    hits = search.search(text, k=search.settings.retrieval.rerank_hits, filters=Filters(), leg="fused")
    gains = np.array([hit.document.id in relevant for hit in hits], np.float32)
    if not gains.sum() or gains.all():
        return None
    verdicts = search.judging.hits(text, hits)
    rows: NDArray[np.float32] = np.array(
        [[hit.trace["fused"].score, own.relevant, own.answers] for hit, own in zip(hits, verdicts, strict=True)],
        np.float32,
    )
    return Question(source, rows, gains / gains.sum())


if __name__ == "__main__":
    main()
