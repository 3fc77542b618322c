"""`suyuan ingest` and `python -m ingest`: progress on standard error, the report on standard output."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from library.errors import SuyuanError

if TYPE_CHECKING:
    from ingest.pipeline import Progress, Report


@click.command("ingest")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--collection", default="default", show_default=True, help="Into which collection.")
@click.option("--dry-run", is_flag=True, help="Print what would be done.")
@click.option("--retry-failed", is_flag=True, help="Read again what could not be read.")
@click.option("--no-deep", is_flag=True, help="Leave the deep vectors for later; search works without.")
@click.option("--watch", is_flag=True, help="Go on, and follow the files as they change.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(paths: tuple[Path, ...], collection: str, dry_run: bool, retry_failed: bool, no_deep: bool, watch: bool,
            as_json: bool) -> None:  # fmt: skip
    """Bring the library in line with files and folders."""
    from ingest import pipeline
    from library import settings as knobs
    from library.store import Ledger
    from retrieval.search import Search

    settings = knobs.load()
    ledger = Ledger(settings.home)
    search = Search(ledger, settings)
    try:
        while True:
            report = pipeline.ingest(
                ledger, search, settings, paths, collection=collection, dry_run=dry_run, retry_failed=retry_failed,
                deep=not no_deep, progress=None if as_json or not sys.stderr.isatty() else _show,
            )  # fmt: skip
            _print(report, as_json=as_json, dry_run=dry_run)
            if not watch:
                break
            from ingest.watch import wait_for_change

            wait_for_change(paths)
    finally:
        search.close()
        ledger.close()
    if report.failed:
        raise click.exceptions.Exit(1)


def _show(progress: Progress) -> None:
    left = "" if progress.seconds_left is None else f", {progress.seconds_left:.0f} s left"
    line = f"{progress.stage}: {progress.done}/{progress.total}, {progress.chunks_per_s:.0f} chunks/s{left}  {progress.name}"
    click.echo(f"\r\x1b[K{line[:110]}", nl=progress.done == progress.total, err=True)


def _print(report: Report, *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(report), ensure_ascii=False, indent=2))
        return
    if dry_run:
        click.echo(", ".join(f"{count} {name}" for name, count in report.plan.items()))
        return
    click.echo(
        f"{report.added} added, {report.updated} updated, {report.renamed} renamed, {report.removed} removed, "
        f"{report.unchanged} unchanged, {report.chunks} chunks in {report.seconds:.1f} s"
    )
    if report.deep_elsewhere:
        click.echo("Another process is making the deep vectors; everything can be searched already.")
    for failure in report.failed:
        click.echo(f"not read: {failure['file']!r}: {failure['reason']}. {failure['cure']}")


if __name__ == "__main__":
    try:
        sys.exit(command.main(standalone_mode=False) or 0)
    except SuyuanError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        click.echo("Interrupted; what was done is kept.", err=True)
        sys.exit(130)
