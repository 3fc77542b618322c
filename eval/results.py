"""A result of `suyuan eval`: printed without its cases, written with them, and compared case by case with another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from eval.audit.versus import cases as by_question
from eval.compare import Cases, Paired, paired
from library.errors import InputError

_PARTS = ("n_of", "intervals")


def say(result: dict[str, Any], *, as_json: bool, out: Path | None = None) -> None:
    """Print a result as one JSON object or a line a figure; `cases` (case → metric → value) go only into the file."""
    if out:
        out.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")
    shown = {name: value for name, value in result.items() if name != "cases"}
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    for name, value in shown.items():
        if isinstance(value, dict) and name.startswith("by_"):
            for part, own in value.items():
                figures = ", ".join(f"{key} {one}" for key, one in own.items() if key not in _PARTS)
                click.echo(f"  {part:<28} {figures}")
        elif name not in _PARTS:
            click.echo(f"{name:<20} {value}{_within(name, shown)}")


def _within(name: str, result: dict[str, Any]) -> str:
    interval = result.get(f"{name}_interval") or result.get("intervals", {}).get(name)
    n = result.get("n_of", {}).get(name)
    return (f"  (95 %: {interval[0]} to {interval[1]}" + (f", n {n})" if n else ")")) if interval else ""


def read(path: Path) -> Cases:
    """The cases of a result of `suyuan eval … --out`, or the answers of a report of `suyuan audit --json`.

    :raises InputError: the file is neither.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read", str(error), "Give a file that --out wrote.") from error
    if isinstance(found, dict) and isinstance(found.get("cases"), dict):
        cases: Cases = found["cases"]
        return cases
    if isinstance(found, dict) and isinstance(found.get("by_answer"), list):
        return by_question(found["by_answer"])
    raise InputError(f"{path} has no cases", "only their sums are there", "Measure again with --out FILE.")


def table(rows: list[Paired], *, as_json: bool) -> str:
    """Paired differences as JSON or as a table."""
    if as_json:
        return json.dumps({row.metric: row.as_dict() for row in rows}, ensure_ascii=False, indent=2)
    lines = [f"{'metric':<20} {'first':>8} {'second':>8} {'change':>8}  95 %                 n     McNemar p"]
    for row in rows:
        p = "" if row.p is None else f"{row.p:.4f}"
        within = f"{row.low:+.4f} to {row.high:+.4f}"
        lines.append(
            f"{row.metric:<20} {row.first:8.4f} {row.second:8.4f} {row.difference:+8.4f}  {within:<19}  {row.n:<5} {p}"
        )
    return "\n".join(lines) if rows else "The two runs have no question in common."


@click.command("compare")
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True, help="Of the bootstrap.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compare_command(first: Path, second: Path, seed: int, as_json: bool) -> None:
    """Compare two results case by case: second less first, with bootstrap interval and McNemar's test."""
    click.echo(table(paired(read(first), read(second), seed=seed), as_json=as_json))
