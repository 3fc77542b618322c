"""A command group that loads its commands when they are called, and says Suyuan's errors in one sentence."""

from __future__ import annotations

import errno
import importlib
from typing import Any

import click

from library.errors import SuyuanError


class _Said(click.ClickException):
    """A SuyuanError as click shows it: one sentence, and the error's own exit code."""

    def __init__(self, error: SuyuanError) -> None:
        super().__init__(str(error))
        self.exit_code = error.exit_code  # type: ignore[misc]


class Group(click.Group):
    """A group whose commands may live in other packages and are imported only when they are called.

    Suyuan's own errors become one sentence and their exit code, here and nowhere else.
    """

    def __init__(self, *args: Any, elsewhere: dict[str, tuple[str, str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.elsewhere = elsewhere or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Own commands and those elsewhere, sorted."""
        return sorted({*super().list_commands(ctx), *self.elsewhere})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now if it lives elsewhere."""
        if cmd_name in self.elsewhere:
            module, attribute, _ = self.elsewhere[cmd_name]
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help's table, without importing what lives elsewhere."""
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
        """Run the command; our own errors and a full disk become one sentence, unless --debug is given."""
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
