"""`suyuan doctor`, `config` and `bench`: this machine and how it is set up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ui.commands.common import emit, open_services

if TYPE_CHECKING:
    from library.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> None:
    """Say what fits this machine and what is wrong."""
    from eval import ladder
    from eval.doctor import examine

    with open_services() as services:
        findings = examine(services.ledger, services.search, services.settings)
        rungs = ladder.examine(services.settings)
    if as_json:
        emit(findings | rungs)
        return
    for line in (*(f"{name:<28} {value}" for name, value in findings.items()), *ladder.lines(rungs)):
        click.echo(line)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def config(as_json: bool) -> None:
    """Print the settings in force and where each comes from."""
    from library import settings

    rows = settings.effective(settings.load())
    if as_json:
        emit({name: {"value": value, "source": source} for name, value, source in rows})
        return
    for name, value, source in rows:
        click.echo(f"{name:<36} {value:<28} {source}")


@click.command()
@click.argument(
    "name",
    type=click.Choice(["chunking", "encoders", "index", "cold", "pipeline", "engine", "memory", "cuda", "verify"]),
)
@click.option("--points", type=click.IntRange(1), help="For index (20,000) and cold (100,000): how many chunks.")
@click.option("--pages", default=200, show_default=True, help="For pipeline: how many files are written.")
@click.option(
    "--documents",
    type=click.Path(path_type=Path, exists=True),
    help="For pipeline: your own folder. For verify: the folder of the reading sets.",
)
@click.option("--set", "prefix", type=click.Path(path_type=Path), help="For pipeline: pages and questions of a retrieval set, such as dev/docsfaq/docsfaq.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def bench(
    name: str, points: int | None, pages: int, documents: Path | None, prefix: Path | None, as_json: bool
) -> None:
    """Measure speed, against a peer in the same run where there is one."""
    from library import settings

    result = _measured(name, settings.load(), points, pages, documents, prefix)
    if as_json:
        emit(result)
        return
    for key, value in result.items():
        click.echo(f"{key:<36} {value}")


def _measured(name: str, own: Settings, points: int | None, pages: int, documents: Path | None,
              prefix: Path | None) -> dict[str, object]:  # fmt: skip
    from importlib import import_module

    options: dict[str, dict[str, object]] = {
        "chunking": {"settings": own}, "encoders": {"settings": own}, "index": {"points": points or 20_000},
        "cold": {"settings": own, "points": points or 100_000},
        "pipeline": {"settings": own, "pages": pages, "documents": documents, "prefix": prefix}, "engine": {}, "memory": {}, "cuda": {},
        "verify": {"settings": own, "documents": documents},
    }  # fmt: skip
    found: dict[str, object] = import_module(f"eval.bench.{name}").measure(**options[name])
    return found
