"""`suyuan eval qa`: questions through the whole road, against what they should answer, cite or refuse."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eval.answer_metrics import Stretch, coverage, exact_match, f1, holds, point_recall
from eval.cases import Case, Places, read
from eval.estimates import estimate
from eval.provenance import knobs, stamp
from eval.results import say
from generation.support import units
from library.records import Answer, Evidence, Hit

if TYPE_CHECKING:
    from eval.audit import Judge
    from library.settings import Settings

_SENTENCE = 3  # content words from which a point may be said in others; a shorter one is a name or a figure
_AUDITED = ("supported", "citation_recall", "citation_precision", "uncited", "contradicted", "verbatim")


@dataclass(frozen=True, slots=True)
class Asked:
    """A case with what came of it: the hits, the stored answer, and the answer's own rates."""

    case: Case
    hits: tuple[Hit, ...]
    answer: Answer
    audited: Mapping[str, float]
    spans: tuple[Stretch, ...]  # those of the case that were found


def measure(case: Asked, judge: Judge) -> dict[str, float]:
    """Everything that the case says enough for, each in [0, 1]; `score` is what the refusal went by.

    A refusal of an answerable question answers nothing and cites nothing: its answer scores are 0, and `nearest` says
    whether the sentences that it shows hold what was expected.
    """
    own, answer = case.case, case.answer
    cited = [citation for claim in answer.claims for citation in claim.citations]
    score = {"score": float(answer.settings["score"])} if "score" in answer.settings else {}
    if not own.answerable:
        return {"refused": float(answer.refused), "refused_unanswerable": float(answer.refused), **score}
    found = {"refused": float(answer.refused), "kept_answerable": float(not answer.refused), **score}
    text = "" if answer.refused else answer.text
    if own.expected:
        found["top_hit"] = float(bool(case.hits) and holds([case.hits[0].text], own.expected))
        found["cited"] = float(holds([citation.cited_text for citation in cited], own.expected))
        found["answered"] = float(holds([text], own.expected))
        if answer.refused:
            found["nearest"] = float(holds([citation.cited_text for citation in answer.nearest], own.expected))
    if own.answers:
        found |= {"em": exact_match(text, own.answers), "f1": f1(text, own.answers)}
    if own.points:
        found["point_recall"] = point_recall(text, own.points, lambda said, point: _says(judge, said, point))
    if own.spans:
        quotes = [(c.version, c.start, c.end) for c in cited]
        found["span_found"] = coverage(case.spans, [(e.version, e.start, e.end) for e in answer.evidence])
        found["span_recall"], found["span_precision"] = coverage(case.spans, quotes), coverage(quotes, case.spans)
    return found | {name: case.audited[name] for name in _AUDITED if name in case.audited}


def _says(judge: Judge, answer: str, point: str) -> bool:
    if len(units(point)) < _SENTENCE or not answer:
        return False
    return judge.supports(point, [Evidence(1, "", "", "", 0, len(answer), answer)])


def summed(rows: Mapping[str, Mapping[str, float]], tags: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Means over the cases that have a value, with `n_of` and 95 % `intervals`, and the same `by_tag`."""
    found = _means(list(rows.values()))
    every = sorted({tag for own in tags.values() for tag in own})
    by_tag = {tag: _means([row for name, row in rows.items() if tag in tags[name]]) for tag in every}
    return {
        "n": len(rows),
        **found,
        "by_tag": {tag: {"n": own["n_of"]["refused"], **own} for tag, own in by_tag.items()},
    }


def _means(rows: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    names = dict.fromkeys(name for row in rows for name in row)
    means = {name: estimate([row[name] for row in rows if name in row]) for name in names}
    return {
        **{name: round(mean.value, 4) for name, mean in means.items()},
        "n_of": {name: mean.n for name, mean in means.items()},
        "intervals": {name: [round(mean.low, 4), round(mean.high, 4)] for name, mean in means.items()},
    }


def ask(cases: Sequence[Case], documents: Path, settings: Settings) -> Iterator[tuple[Asked, Judge]]:
    """Put every question to a fresh library of the documents, then audit what was stored; each with who judged it."""
    from eval import road
    from eval.audit import audit, judge_of
    from generation.answer import Finished, Retrieved
    from ingest.pipeline import ingest
    from library.answers import Answers
    from library.store import Ledger
    from retrieval.search import Search

    with tempfile.TemporaryDirectory() as place:
        settings = settings.model_copy(update={"home": Path(place)})
        ledger = Ledger(settings.home)
        search = Search(ledger, settings)
        ingest(ledger, search, settings, [documents])
        judge = judge_of(settings, reads=search.judging.reads)
        answerer = road.answerer(ledger, search, settings)
        came: list[tuple[Case, tuple[Hit, ...], Answer]] = []
        for case in cases:
            events = list(answerer.ask(case.question))
            hits = next(event.hits for event in events if isinstance(event, Retrieved))
            came.append((case, hits, next(event.answer for event in events if isinstance(event, Finished))))
        checked = {check.answer.id: check.values() for check in audit(ledger, Answers(ledger), judge=judge).answers}
        places = Places(ledger)
        for case, hits, answer in came:
            spans = tuple(found for span in case.spans if (found := places.of(span)))
            yield Asked(case, hits, answer, checked[answer.id], spans), judge
        search.close()
        ledger.close()


@click.command("qa")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--documents", type=click.Path(path_type=Path), required=True, help="The folder that the questions are about."
)
@click.option("--limit", type=int, default=None, help="Only the first so many questions.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the result with every case, for `eval compare`.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--verbose", is_flag=True, help="Show the questions that failed.")
def qa_command(
    file: Path, documents: Path, limit: int | None, out: Path | None, as_json: bool, verbose: bool
) -> None:  # fmt: skip
    """Ask questions that say what they should be answered.

    FILE has a question a line, with any of answers, expected, points, spans, tags and answerable; see docs/audit.md.
    """
    from library import settings as knob

    settings = knob.load()
    cases = read(file)[:limit]
    rows: dict[str, dict[str, float]] = {}
    missing = 0
    for asked, judge in ask(cases, documents, settings):
        rows[asked.case.id] = row = measure(asked, judge)
        missing += len(asked.case.spans) - len(asked.spans)
        if verbose and not min(row.get("top_hit", 1), row.get("cited", 1), row.get("refused_unanswerable", 1)):
            click.echo(f"{asked.case.id} {row}: {asked.case.question} → {asked.answer.text[:160]!r}", err=True)
    result = summed(rows, {case.id: case.tags for case in cases}) | {"spans_missing": missing}
    away = [row["score"] for row in rows.values() if "refused_unanswerable" in row and "score" in row]
    result |= {"highest_score_unanswerable": max(away)} if away else {}
    own = settings.retrieval
    result |= {"instant": own.instant, "deep": own.deep, "min_score": settings.answer.min_score}
    result |= stamp([file, documents], seed=0, settings=knobs(settings))
    say(result | {"cases": rows}, as_json=as_json, out=out)
