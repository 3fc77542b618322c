"""`suyuan list`, `show`, `remove`, `collections` and `reindex`: the library's own commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from library.errors import InputError
from ui.commands.common import emit, open_services

if TYPE_CHECKING:
    from library.records import Document
    from ui.services import Services


@click.command("list")
@click.option("--collection", default=None, help="Only this collection.")
@click.option("--failed", is_flag=True, help="Only what could not be read, with reasons.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_documents(collection: str | None, failed: bool, as_json: bool) -> None:
    """List the documents."""
    import dataclasses

    from library.records import Status

    with open_services() as services:
        found = services.ledger.documents(collection, status=Status.FAILED if failed else None)
    if as_json:
        emit([dataclasses.asdict(document) for document in found])
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


@click.command()
@click.argument("document")
@click.option("--text", is_flag=True, help="Print the whole text as it was read.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(document: str, text: bool, as_json: bool) -> None:
    """Show one document: where it came from, its outline, its chunks."""
    import dataclasses

    with open_services() as services:
        found = _one_document(services, document)
        version = services.ledger.version(found.version) if found.version else None
        chunks = services.ledger.chunks_of(found.version) if found.version else []
    if as_json:
        emit({"document": dataclasses.asdict(found), "chunks": [dataclasses.asdict(chunk) for chunk in chunks]})
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


@click.command()
@click.argument("documents", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(documents: tuple[str, ...], yes: bool) -> None:
    """Remove documents from the library; the files stay where they are."""
    with open_services() as services:
        found = [_one_document(services, name) for name in documents]
        if not yes:
            click.confirm(f"Remove {', '.join(d.title for d in found)}?", abort=True)
        for document in found:
            services.ledger.remove_document(document.id)
        services.search.sync()
    click.echo(f"{len(found)} removed")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def collections(as_json: bool) -> None:
    """List the collections with their number of documents."""
    with open_services() as services:
        found = services.ledger.collections()
    if as_json:
        emit(found)
    for name, count in () if as_json else found.items():
        click.echo(f"{count:6}  {name}")


@click.command()
def reindex() -> None:
    """Build the index again from the ledger; nothing is embedded twice."""
    with open_services() as services:
        for leg in services.search.encoders:
            services.search.embedding.missing(leg)
        services.search.rebuild()
        click.echo(f"{services.ledger.count_chunks()} chunks indexed")
