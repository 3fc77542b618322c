"""What several commands need: the home opened, JSON printed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ui.services import Services


def open_services() -> Services:
    """The library of the settings in force, to be used in a `with`."""
    from library import settings
    from ui.services import Services

    return Services(settings.load())


def emit(value: object) -> None:
    """Print a value as indented JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
