"""`suyuan search` and `suyuan ask`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from library.errors import InputError
from library.tables import head_of
from library.text import language
from ui import disagreement
from ui import speed as written
from ui.commands.common import emit, open_services
from ui.strings import strings

if TYPE_CHECKING:
    from library.records import Answer, Hit
    from ui.services import Services

_NEAREST, _SHOWN = 3, 280  # sentences and characters of each that a refusal shows


def _date(context: click.Context, parameter: click.Parameter, value: str) -> str:
    from datetime import date

    try:
        return date.fromisoformat(value).isoformat() if value else ""
    except ValueError as error:
        raise click.BadParameter(f"{value} is no date of the form 2026-01-31") from error


@click.command()
@click.argument("question")
@click.option("-k", default=None, type=click.IntRange(1, 200), help="How many hits.")
@click.option("--collection", "collections", multiple=True, help="Only these collections.")
@click.option("--document", "documents", multiple=True, help="Only these documents, by id.")
@click.option("--language", "languages", multiple=True, help="Only passages in these languages (zh, en).")
@click.option("--type", "media_types", multiple=True, help="Only these media types.")
@click.option("--since", default="", callback=_date, help="Only documents taken in or renewed from this day on.")
@click.option("--until", default="", callback=_date, help="Only documents taken in or renewed up to this day.")
@click.option("--leg", type=click.Choice(["lexical", "dense", "fused", "final"]), default="final", show_default=True)
@click.option("--explain", is_flag=True, help="Show every leg's score and rank, and the words that matched.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def search(
    question: str, k: int | None, collections: tuple[str, ...], documents: tuple[str, ...], languages: tuple[str, ...],
    media_types: tuple[str, ...], since: str, until: str, leg: str, explain: bool, as_json: bool,
) -> None:  # fmt: skip
    """Find passages."""
    from retrieval.index import Filters

    services = open_services()
    filters = Filters(collections, documents, languages, media_types, since, until)
    with services:
        hits = services.search.search(question, k=k or services.settings.retrieval.top_k, filters=filters, leg=leg)  # type: ignore[arg-type]
    if as_json:
        emit([_hit_json(hit) for hit in hits])
        return
    if not hits:
        click.echo("Nothing was found. / 没有找到。")
    for number, hit in enumerate(hits, 1):
        _print_hit(number, hit, explain=explain)


def _hit_json(hit: Hit) -> dict[str, object]:
    return {
        "score": round(hit.score, 4), "document": hit.document.id, "title": hit.document.title,
        "uri": hit.document.uri, "chunk": hit.chunk.id, "version": hit.chunk.version, "start": hit.chunk.start,
        "end": hit.chunk.end, "pages": hit.chunk.pages, "heading_path": hit.chunk.heading_path, "text": hit.text,
        "matched": hit.matched, "sentence": hit.sentence,
        "trace": {name: {"score": round(leg.score, 4), "rank": leg.rank} for name, leg in hit.trace.items()},
    }  # fmt: skip


def _place(title: str, path: tuple[str, ...], pages: tuple[int, int] | None) -> str:
    place = " › ".join(dict.fromkeys((title, *path)))
    if pages:
        place += f" · p. {pages[0]}" if pages[0] == pages[1] else f" · pp. {pages[0]}–{pages[1]}"
    return place


def _snippet(hit: Hit, *, width: int = 280) -> str:
    """The passage in one line; a long one from its nearest sentence on."""
    begin = hit.sentence[0] - hit.chunk.start if hit.sentence and len(hit.text) > width else 0
    begin = max(0, min(begin, len(hit.text) - width))
    return ("…" if begin else "") + " ".join(hit.text[begin:].split())[:width]


def _print_hit(number: int, hit: Hit, *, explain: bool) -> None:
    place = _place(hit.document.title, hit.chunk.heading_path, hit.chunk.pages)
    click.echo(f"{click.style(str(number), bold=True)}  {hit.score:.2f}  {click.style(place, dim=True)}")
    click.echo("   " + _snippet(hit))
    if explain:
        for name, leg in hit.trace.items():
            click.echo(f"      {name:<10} {leg.score:7.3f}  rank {leg.rank or '–'}")
        click.echo(f"      matched    {' '.join(hit.matched) or '–'}")


@click.command()
@click.argument("question")
@click.option("--backend", type=click.Choice(["auto", "quote", "local", "server"]), default=None)
@click.option("--collection", "collections", multiple=True, help="Only these collections.")
@click.option("--conversation", default="", help="Go on with this conversation: the beginning of its id.")
@click.option("--continue", "go_on", is_flag=True, help="Go on with the latest conversation.")
@click.option("--json", "as_json", is_flag=True, help="Print the stored answer as JSON.")
def ask(
    question: str, backend: str | None, collections: tuple[str, ...], conversation: str, go_on: bool, as_json: bool
) -> None:
    """Answer a question, every sentence cited and checked; in a conversation it may lean on what was said before."""
    from generation.answer import Delta, Finished, Retrieved, Weighing

    if not question.strip():
        raise InputError("The question is empty", "there is nothing to look for", 'Write: suyuan ask "…".')
    if backend:
        os.environ["SUYUAN_ANSWER__BACKEND"] = backend
    answer: Answer | None = None
    told, words = False, strings(language(question))
    with open_services() as services:
        earlier = _conversation(services, conversation) if conversation or go_on else None
        for event in services.answerer.ask(question, conversation=earlier, collections=collections):
            weighing = words["weighing"].format(event.passage, event.of) if isinstance(event, Weighing) else ""
            told = _told(weighing, told)
            if isinstance(event, Delta) and not as_json:
                click.echo(event.text, nl=False)
            elif isinstance(event, Retrieved) and event.question != question and not as_json:
                click.echo(click.style(f"→ {event.question}", dim=True))
            elif isinstance(event, Finished):
                answer = event.answer
    if answer is None:
        raise RuntimeError("the answer ended without its last event")
    if as_json:
        import dataclasses

        emit(dataclasses.asdict(answer))
    else:
        click.echo()
        _print_sources(answer)


def _told(shown: str, told: bool) -> bool:
    """On a terminal, a line for the time being in the place of what was `told` before; whether one stands there now."""
    if told:
        click.echo("\r\033[K", nl=False, err=True)
    if shown and sys.stderr.isatty():
        click.echo(shown, nl=False, err=True)
        return True
    return False


def _conversation(services: Services, name: str) -> str:
    """The id of the latest conversation whose id begins with `name`."""
    found = [kept.id for kept in services.answers.conversations() if kept.id.startswith(name)]
    if not found or (name and len(found) > 1):
        why = f"{len(found)} conversations answer to it" if found else "there is none"
        raise InputError("The conversation cannot be gone on with", why, "Leave --conversation out to begin one.")
    return found[0]


def _print_sources(answer: Answer) -> None:
    by_number = {item.number: item for item in answer.evidence}
    shown: set[int] = set()
    for claim in answer.claims:
        for citation in claim.citations:
            if citation.evidence not in shown:
                shown.add(citation.evidence)
                evidence = by_number[citation.evidence]
                place = _place(evidence.title, evidence.heading_path, citation.pages or evidence.pages)
                click.echo(click.style(f"[{citation.evidence}] {place}", dim=True))
                columns, inside = head_of(evidence.text, citation.start - evidence.start, evidence.context)
                if columns and inside is None:  # a head that is at hand is quoted with the row
                    _print_columns(columns)
    for heading, *lines in disagreement.lines(answer, strings(language(answer.question))):
        click.echo(click.style(heading, bold=True))
        for line in lines:
            click.echo(f"  {line}")
    if speed := written.line(answer, strings(language(answer.question))):
        click.echo(click.style(speed, dim=True))
    if answer.refused:
        _print_nearest(answer)
    click.echo(click.style(f"conversation {answer.conversation[:8]}", dim=True), err=True)


def _print_columns(columns: str) -> None:
    click.echo(click.style(f"    {' '.join(columns.split())}", dim=True))


def _print_nearest(answer: Answer) -> None:
    """Why nothing was answered, and the sentences that come nearest, for the reader to judge."""
    if answer.reason:
        click.echo(click.style(answer.reason, dim=True))
    if answer.nearest:
        click.echo(click.style(strings(language(answer.question))["nearest"], bold=True))
    by_number = {item.number: item for item in answer.evidence}
    for near in answer.nearest[:_NEAREST]:
        item = by_number[near.evidence]
        click.echo(click.style(f"  {_place(near.title, item.heading_path, near.pages or item.pages)}", dim=True))
        if columns := head_of(item.text, near.start - item.start, item.context)[0]:
            _print_columns(columns)
        said = " ".join(near.cited_text.split())
        click.echo(f"    {said[:_SHOWN]}{'…' if len(said) > _SHOWN else ''}")
