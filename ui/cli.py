"""The `suyuan` command line; it opens what a command needs and prints, nothing else.

No heavy library may be imported at the top: `suyuan --help` is to answer at once.
"""

from __future__ import annotations

import errno
import importlib
import json
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from library.errors import InputError, SuyuanError

if TYPE_CHECKING:
    from library.records import Answer, Document, Hit
    from library.settings import Settings
    from ui.services import Services

_ELSEWHERE = {
    "ingest": ("ingest.__main__", "command", "Bring the library in line with files and folders."),
    "models": ("ui.models", "models_group", "Models on this machine: list, add, remove."),
    "audit": ("eval.audit", "audit_command", "Check stored answers against today's documents."),
}
_EVALUATIONS = {
    "retrieval": ("eval.retrieval", "retrieval_command", "Find the right passage: R@1, nDCG@10, MRR@10."),
    "ingest": ("eval.ingest", "ingest_command", "Read a folder of files against a manifest."),
    "refusal": ("eval.refusal", "refusal_command", "Is nothing answered where nothing answers?"),
    "followups": ("eval.followups", "followups_command", "Understand questions that lean on the ones before."),
    "mixed": ("eval.mixed", "mixed_command", "Ask a library that says everything in two languages which it prefers."),
    "qa": ("eval.qa", "qa_command", "Ask questions with expected strings."),
    "quotes": ("eval.commands", "quotes_command", "Find true quotes, refuse false ones."),
    "verify": ("eval.commands", "verify_command", "Judge labelled claims against their evidence."),
    "adversarial": ("eval.commands", "adversarial_command", "Change one detail of true sentences and see who notices."),
}


class _Said(click.ClickException):
    """A SuyuanError as click shows it: one sentence, and the error's own exit code."""

    def __init__(self, error: SuyuanError) -> None:
        super().__init__(str(error))
        self.exit_code = error.exit_code  # type: ignore[misc]


class _Group(click.Group):
    """A group whose commands may live in other packages and are imported only when they are called.

    Suyuan's own errors become one sentence and their exit code, here and nowhere else.
    """

    def __init__(self, *args: Any, elsewhere: dict[str, tuple[str, str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.elsewhere = elsewhere or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self.elsewhere})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self.elsewhere:
            module, attribute, _ = self.elsewhere[cmd_name]
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = []
        for name in self.list_commands(ctx):
            if name in self.elsewhere:
                rows.append((name, self.elsewhere[name][2]))
            else:
                command = super().get_command(ctx, name)
                rows.append((name, command.get_short_help_str(90) if command else ""))
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SuyuanError as error:
            if ctx.find_root().params.get("debug"):
                raise
            raise _Said(error) from error
        except OSError as error:
            if error.errno != errno.ENOSPC or ctx.find_root().params.get("debug"):
                raise
            full = SuyuanError(
                "The command stopped", "the disk is full", "Free some space and run it again; what was done is kept."
            )
            raise _Said(full) from error


@click.group(cls=_Group, elsewhere=_ELSEWHERE, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The library's folder (SUYUAN_HOME).")
@click.option("--debug", is_flag=True, help="Show tracebacks and the log.")
@click.version_option(package_name="suyuan")
def cli(home: Path | None, debug: bool) -> None:
    """Suyuan 溯源: ask your documents, and open the very words each sentence rests on."""
    if home is not None:
        os.environ["SUYUAN_HOME"] = str(home)
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, format="%(name)s: %(message)s")


@cli.group("eval", cls=_Group, elsewhere=_EVALUATIONS)
def evaluate() -> None:
    """Measure on your own sets."""


def _services() -> Services:
    from library import settings
    from ui.services import Services

    return Services(settings.load())


def _emit(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


# -- asking -------------------------------------------------------------------------------------------------------


def _date(context: click.Context, parameter: click.Parameter, value: str) -> str:
    from datetime import date

    try:
        return date.fromisoformat(value).isoformat() if value else ""
    except ValueError as error:
        raise click.BadParameter(f"{value} is no date of the form 2026-01-31") from error


@cli.command()
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

    services = _services()
    filters = Filters(collections, documents, languages, media_types, since, until)
    with services:
        hits = services.search.search(question, k=k or services.settings.retrieval.top_k, filters=filters, leg=leg)  # type: ignore[arg-type]
    if as_json:
        _emit([_hit_json(hit) for hit in hits])
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
    place = " › ".join((title, *path))
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


@cli.command()
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
    from generation.answer import Delta, Finished, Retrieved

    if not question.strip():
        raise InputError("The question is empty", "there is nothing to look for", 'Write: suyuan ask "…".')
    if backend:
        os.environ["SUYUAN_ANSWER__BACKEND"] = backend
    answer: Answer | None = None
    with _services() as services:
        earlier = _conversation(services, conversation) if conversation or go_on else None
        for event in services.answerer.ask(question, conversation=earlier, collections=collections):
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

        _emit(dataclasses.asdict(answer))
    else:
        click.echo()
        _print_sources(answer)


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
    if answer.refused and answer.reason:
        click.echo(click.style(answer.reason, dim=True))
    click.echo(click.style(f"conversation {answer.conversation[:8]}", dim=True), err=True)


# -- the library --------------------------------------------------------------------------------------------------


@cli.command("list")
@click.option("--collection", default=None, help="Only this collection.")
@click.option("--failed", is_flag=True, help="Only what could not be read, with reasons.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_documents(collection: str | None, failed: bool, as_json: bool) -> None:
    """List the documents."""
    import dataclasses

    from library.records import Status

    with _services() as services:
        found = services.ledger.documents(collection, status=Status.FAILED if failed else None)
    if as_json:
        _emit([dataclasses.asdict(document) for document in found])
        return
    for document in found:
        click.echo(_document_line(document))
    click.echo(f"{len(found)} documents", err=True)


def _document_line(document: Document) -> str:
    line = f"{document.id[:12]}  {document.status:<7} {document.collection}  {document.title}"
    return f"{line}  — {document.reason}. {document.cure}" if document.reason else line


def _one_document(services: Services, name: str) -> Document:
    """The document whose id begins with `name`, or whose title or file is `name`."""
    every = services.ledger.documents()
    found = [d for d in every if d.id.startswith(name) or name in (d.title, d.uri, Path(d.uri).name)]
    if len(found) == 1:
        return found[0]
    why = "no document has this id, title or file" if not found else f"{len(found)} documents answer to it"
    raise InputError(f"{name!r} names no one document", why, "See `suyuan list` and give the id.")


@cli.command()
@click.argument("document")
@click.option("--text", is_flag=True, help="Print the whole text as it was read.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(document: str, text: bool, as_json: bool) -> None:
    """Show one document: where it came from, its outline, its chunks."""
    import dataclasses

    with _services() as services:
        found = _one_document(services, document)
        version = services.ledger.version(found.version) if found.version else None
        chunks = services.ledger.chunks_of(found.version) if found.version else []
    if as_json:
        _emit({"document": dataclasses.asdict(found), "chunks": [dataclasses.asdict(chunk) for chunk in chunks]})
        return
    if text and version:
        click.echo(version.text)
        return
    click.echo(_document_line(found))
    click.echo(f"{found.uri}  {found.media_type}  {found.size} bytes  sha256 {found.sha256[:16]}…")
    if version:
        for warning in version.warnings:
            click.echo(f"warning: {warning}")
        for element in version.elements:
            if element.level:
                click.echo("  " * element.level + version.text[element.start : element.end].strip())
        click.echo(f"{len(chunks)} chunks, {len(version.text)} characters, read by {version.parser}")


@cli.command()
@click.argument("documents", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(documents: tuple[str, ...], yes: bool) -> None:
    """Remove documents from the library; the files stay where they are."""
    with _services() as services:
        found = [_one_document(services, name) for name in documents]
        if not yes:
            click.confirm(f"Remove {', '.join(d.title for d in found)}?", abort=True)
        for document in found:
            services.ledger.remove_document(document.id)
        services.search.sync()
    click.echo(f"{len(found)} removed")


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def collections(as_json: bool) -> None:
    """List the collections with their number of documents."""
    with _services() as services:
        found = services.ledger.collections()
    if as_json:
        _emit(found)
    for name, count in () if as_json else found.items():
        click.echo(f"{count:6}  {name}")


@cli.command()
def reindex() -> None:
    """Build the index again from the ledger; nothing is embedded twice."""
    with _services() as services:
        for leg in services.search.encoders:
            services.search.embed_missing(leg)
        services.search.rebuild()
        click.echo(f"{services.ledger.count_chunks()} chunks indexed")


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> None:
    """Say what fits this machine and what is wrong."""
    from eval.doctor import examine

    with _services() as services:
        findings = examine(services.ledger, services.search, services.settings)
    if as_json:
        _emit(findings)
        return
    for name, value in findings.items():
        click.echo(f"{name:<28} {value}")


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def config(as_json: bool) -> None:
    """Print the settings in force and where each comes from."""
    from library import settings

    rows = settings.effective(settings.load())
    if as_json:
        _emit({name: {"value": value, "source": source} for name, value, source in rows})
        return
    for name, value, source in rows:
        click.echo(f"{name:<36} {value:<28} {source}")


@cli.command()
@click.argument(
    "name", type=click.Choice(["chunking", "encoders", "index", "cold", "pipeline", "engine", "memory", "cuda"])
)
@click.option("--points", type=click.IntRange(1), help="For index (20,000) and cold (100,000): how many chunks.")
@click.option("--pages", default=200, show_default=True, help="For pipeline: how many files are written.")
@click.option("--documents", type=click.Path(path_type=Path, exists=True), help="For pipeline: your own folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def bench(name: str, points: int | None, pages: int, documents: Path | None, as_json: bool) -> None:
    """Measure speed, against a peer in the same run where there is one."""
    from library import settings

    result = _measured(name, settings.load(), points, pages, documents)
    if as_json:
        _emit(result)
        return
    for key, value in result.items():
        click.echo(f"{key:<36} {value}")


def _measured(name: str, own: Settings, points: int | None, pages: int, documents: Path | None) -> dict[str, object]:
    from importlib import import_module

    options: dict[str, dict[str, object]] = {
        "chunking": {"settings": own}, "encoders": {"settings": own}, "index": {"points": points or 20_000},
        "cold": {"settings": own, "points": points or 100_000},
        "pipeline": {"settings": own, "pages": pages, "documents": documents}, "engine": {}, "memory": {}, "cuda": {},
    }  # fmt: skip
    found: dict[str, object] = import_module(f"eval.bench.{name}").measure(**options[name])
    return found


@cli.command()
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535))
@click.option("--address", default="127.0.0.1", show_default=True, help="Another address needs SUYUAN_PASSWORD.")
def serve(port: int, address: str) -> None:
    """Serve the chat page."""
    if address not in ("127.0.0.1", "localhost", "::1") and not os.environ.get("SUYUAN_PASSWORD"):
        raise InputError(
            f"The page is not served at {address}", "anybody who reaches it could read the library",
            "Set SUYUAN_PASSWORD, or leave the address out.",
        )  # fmt: skip
    app = Path(__file__).resolve().parent.parent / "app.py"
    click.echo(f"http://{address}:{port}", err=True)
    os.environ["DO_NOT_TRACK"] = "1"
    os.chdir(app.parent)  # Streamlit reads .streamlit/config.toml from here
    os.execv(
        sys.executable,
        [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port), "--server.address", address,
         "--server.headless", "true", "--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"],
    )  # fmt: skip


@cli.command()
@click.option("--port", default=8502, show_default=True, type=click.IntRange(1, 65535))
@click.option("--address", default="127.0.0.1", show_default=True, help="Another address needs SUYUAN_API_KEY.")
def api(port: int, address: str) -> None:
    """Serve an OpenAI-compatible API."""
    key = os.environ.get("SUYUAN_API_KEY", "")
    if address not in ("127.0.0.1", "localhost", "::1") and not key:
        raise InputError(
            f"The API is not served at {address}", "anybody who reaches it could read the library",
            "Set SUYUAN_API_KEY, or leave the address out.",
        )  # fmt: skip
    import uvicorn

    from ui.api import Api

    with _services() as services:
        click.echo(f"http://{address}:{port}/v1", err=True)
        uvicorn.run(Api(services, key=key).app(), host=address, port=port, log_level="warning")


def main() -> None:
    """Run the command line; Ctrl-C ends with exit code 130."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Interrupted; what was done is kept.", err=True)
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
