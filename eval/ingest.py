"""`suyuan eval ingest`: a folder of files, sound and broken, against a manifest of what is in them.

Each file goes through the sandbox as in an ingest. Probes are compared after NFKC, without blanks and soft hyphens,
case folded.
"""

from __future__ import annotations

import csv
import json
import resource
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from library.errors import InputError, SuyuanError

if TYPE_CHECKING:
    from library.settings import Settings


def folded(text: str) -> str:
    """The form in which a probe is looked for."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if not c.isspace() and c != "\u00ad").casefold()


def measure(
    directory: Path, manifest: Path, settings: Settings, *, limit: int | None = None, only: str = "",
    tell: Callable[[int, int], None] | None = None,
) -> tuple[dict[str, Any], list[str]]:  # fmt: skip
    """Shares by format, and a line for each sound file or probe that was missed."""
    from ingest.sandbox import Sandbox

    try:
        rows = [
            row
            for row in csv.DictReader(manifest.open(encoding="utf-8", newline=""))
            if not only or row["format"] == only
        ]
    except (OSError, KeyError) as error:
        raise InputError(
            f"{manifest} cannot be read", str(error), "Give a CSV with path, format, sound and probe."
        ) from error
    rows = rows[:limit]
    totals: dict[str, Any] = dict.fromkeys(
        ("files", "sound", "ingested", "probes", "probes_found", "refused", "crashed"), 0
    )
    by_format: dict[str, dict[str, int]] = {}
    missed: list[str] = []
    begin = time.monotonic()
    own = settings.ingest
    with Sandbox(
        workers=own.workers, timeout_s=own.timeout_s, memory_mb=own.memory_mb, ocr=own.ocr, ocr_pages=own.ocr_pages
    ) as sandbox:
        futures = [(row, sandbox.submit(directory / row["path"])) for row in rows]
        for done, (row, future) in enumerate(futures, 1):
            tally = by_format.setdefault(row["format"], dict.fromkeys(totals, 0))
            _one(row, future, (totals, tally), missed)
            if tell:
                tell(done, len(rows))
    totals["by_format"] = by_format
    totals["seconds"] = round(time.monotonic() - begin, 1)
    totals["child_peak_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    totals |= {"workers": own.workers, "timeout_s": own.timeout_s, "memory_mb": own.memory_mb, "ocr": own.ocr}
    return totals, missed


def _one(row: dict[str, str], future: Any, tallies: tuple[dict[str, Any], ...], missed: list[str]) -> None:
    sound, probe = row["sound"] == "yes", row.get("probe") or ""
    found: dict[str, int] = {"files": 1, "sound": int(sound), "probes": int(sound and bool(probe))}
    try:
        text = folded(future.result().text)
        found["ingested"] = int(sound)
        found["probes_found"] = int(sound and bool(probe) and folded(probe) in text)
        if sound and probe and not found["probes_found"]:
            missed.append(f"probe   {row['path']}: {probe[:60]!r}")
    except SuyuanError as error:
        found["refused"] = 1
        found["crashed"] = int("its parser stopped" in error.why)
        if sound:
            missed.append(f"refused {row['path']}: {error.why}")
    for tally in tallies:
        for name, count in found.items():
            tally[name] += count


@click.command("ingest")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--manifest", type=click.Path(path_type=Path), required=True, help="CSV with path, format, sound, probe.")
@click.option("--limit", type=int, default=None, help="Only the first so many files.")
@click.option("--format", "only", default="", help="Only files of this format.")
@click.option("--verbose", is_flag=True, help="Name every sound file and probe that was missed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def ingest_command(directory: Path, manifest: Path, limit: int | None, only: str, verbose: bool, as_json: bool) -> None:
    """Read a folder of files against a manifest."""
    from library import settings

    totals, missed = measure(
        directory, manifest, settings.load(), limit=limit, only=only, tell=None if as_json else _tell
    )
    if verbose:
        for line in missed:
            click.echo(line, err=True)
    if as_json:
        click.echo(json.dumps(totals, ensure_ascii=False))
        return
    for name, tally in totals.pop("by_format").items():
        click.echo(
            f"{name:<8} {tally['files']:4} files  {tally['ingested']:3} of {tally['sound']:3} sound  "
            f"{tally['probes_found']:3} of {tally['probes']:3} probes  {tally['refused']:3} refused"
        )
    for name, value in totals.items():
        click.echo(f"{name:<14} {value}")


def _tell(done: int, total: int) -> None:
    click.echo(f"\r{done}/{total}", nl=done == total, err=True)
