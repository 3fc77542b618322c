"""`suyuan eval qa`: questions with expected strings; does the top hit hold one, and do the cited quotes?"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import click

from eval.datasets import rows
from library.text import normalise


def holds(texts: list[str], expected: list[str]) -> bool:
    """Whether one of the expected strings stands in the texts, after NFKC and without blanks."""
    joined = normalise("".join(texts))
    return any(normalise(string) in joined for string in expected)


@click.command("qa")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--documents", type=click.Path(path_type=Path), required=True, help="The folder that the questions are about."
)
@click.option("--limit", type=int, default=None, help="Only the first so many questions.")
@click.option("--json", "as_json", is_flag=True, help="Print one flat JSON object.")
@click.option("--verbose", is_flag=True, help="Show the questions that failed.")
def qa_command(file: Path, documents: Path, limit: int | None, as_json: bool, verbose: bool) -> None:
    """Ask questions with expected strings."""
    from generation.answer import Answerer, Finished, Retrieved
    from ingest.pipeline import ingest
    from library import settings as knobs
    from library.answers import Answers
    from library.records import Hit
    from library.store import Ledger
    from retrieval.index import Filters
    from retrieval.search import Search

    questions = list(rows(file))[:limit]
    counts: dict[str, Any] = {"n": len(questions), "top_hit": 0, "cited": 0, "refused": 0}
    with tempfile.TemporaryDirectory() as place:
        settings = knobs.load().model_copy(update={"home": Path(place)})
        ledger = Ledger(settings.home)
        search = Search(ledger, settings)

        def find(
            question: str, *, k: int, collections: tuple[str, ...], documents: tuple[str, ...], also: tuple[str, ...]
        ) -> list[Hit]:
            return search.search(question, k=k, filters=Filters(collections=collections, documents=documents))

        ingest(ledger, search, settings, [documents])
        answerer = Answerer(
            ledger, Answers(ledger), settings, search=find, score=search.sentence_scores, encode=search.encode,
            answerable=search.answerable,
        )  # fmt: skip
        for row in questions:
            events = list(answerer.ask(row["question"]))
            hits = next(event.hits for event in events if isinstance(event, Retrieved))
            answer = next(event.answer for event in events if isinstance(event, Finished))
            top = bool(hits) and holds([hits[0].text], row["expected"])
            cited = holds([c.cited_text for claim in answer.claims for c in claim.citations], row["expected"])
            counts["top_hit"] += top
            counts["cited"] += cited
            counts["refused"] += answer.refused
            if verbose and not (top and cited):
                score = hits[0].score if hits else 0.0
                click.echo(
                    f"{row['id']} top {top} cited {cited} score {score:.2f}: {row['question']} → {answer.text[:160]!r}",
                    err=True,
                )
        search.close()
        ledger.close()
    for name in ("top_hit", "cited", "refused"):
        counts[name] = round(counts[name] / max(1, len(questions)), 4)
    counts |= {
        "instant": settings.retrieval.instant,
        "deep": settings.retrieval.deep,
        "min_score": settings.answer.min_score,
    }
    if as_json:
        click.echo(json.dumps(counts, ensure_ascii=False))
        return
    for name, value in counts.items():
        click.echo(f"{name:<10} {value}")
