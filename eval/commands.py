"""`suyuan eval quotes`, `verify` and `adversarial`: files in, one JSON object or a few lines out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from eval import adversarial, quotes, verify
from eval.datasets import rows
from eval.provenance import stamp
from library.errors import InputError

_FILE = click.Path(path_type=Path)
_HALF = click.option("--half", type=click.Choice(["A", "B"]), help="Only rows of this half (`half_g`).")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_SEED = click.option("--seed", default=0, show_default=True)
_EACH = click.option(
    "--per-mode", default=60, show_default=True, type=click.IntRange(1), help="Cases a mode and language."
)


@click.command("quotes")
@click.argument("file", type=_FILE, required=False)
@_HALF
@click.option(
    "--passages", multiple=True, type=_FILE, help="Make cases from this reading set's passages; may be repeated."
)
@_SEED
@_EACH
@_JSON
def quotes_command(
    file: Path | None, half: str | None, passages: tuple[Path, ...], seed: int, per_mode: int, as_json: bool
) -> None:
    """Find true quotes through what happened to them, and refuse false ones.

    FILE has rows of claim, evidence, label and mode; with --passages further cases are made with the seed.
    """
    if not file and not passages:
        raise InputError("Nothing can be measured", "neither a file nor --passages is given", "Give one of them.")
    given = quotes.read(file, half=half or "") if file else []
    given += quotes.seeded(passages, seed=seed, per_mode=per_mode) if passages else []
    files = [*([file] if file else []), *map(_passages, passages)]
    _say(quotes.measure(given) | {"half": half or ""} | stamp(files, seed=seed if passages else None), as_json)


@click.command("verify")
@click.argument("files", type=_FILE, nargs=-1, required=True)
@_HALF
@click.option(
    "--tune", is_flag=True, help="Fit the same features on half A and report half B; what is fitted is not kept."
)
@click.option("--words-only", is_flag=True, help="Without the embedder's sentence vectors.")
@_JSON
def verify_command(files: tuple[Path, ...], half: str | None, tune: bool, words_only: bool, as_json: bool) -> None:
    """Judge claims with evidence and labels, supported against the rest."""
    given = [row for file in files for row in verify.read(file, half="" if tune else half or "")]
    measured = verify.tuned(given, vectors=not words_only) if tune else verify.measure(given, vectors=not words_only)
    weights = "fitted on half A, reported on half B" if tune else "as shipped"
    _say(measured | {"half": "B" if tune else half or "", "weights": weights} | stamp(files, seed=0), as_json)


@click.command("adversarial")
@click.argument("passages", type=_FILE, nargs=-1, required=True)
@_SEED
@_EACH
@click.option("--words-only", is_flag=True, help="Without the embedder's sentence vectors.")
@_JSON
def adversarial_command(passages: tuple[Path, ...], seed: int, per_mode: int, words_only: bool, as_json: bool) -> None:
    """Change one detail of true sentences of the PASSAGES (reading sets, up to the first dot) and count what is flagged."""
    found = [row for prefix in passages for row in rows(_passages(prefix))]
    texts = [(str(row["text"]), str(row["lang"]).startswith("zh")) for row in found]
    trials = list(adversarial.trials(texts, seed=seed, per_mode=per_mode))
    measured = adversarial.measure(trials, vectors=not words_only)
    _say(measured | stamp(map(_passages, passages), seed=seed), as_json)


def _passages(prefix: Path) -> Path:
    """The set's passages: of a reading set, or the corpus of a retrieval set."""
    found = [prefix.with_name(f"{prefix.name}.{part}.jsonl.gz") for part in ("passages", "corpus")]
    return next((path for path in found if path.exists()), found[0])


def _say(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for name, value in result.items():
        if isinstance(value, dict) and name.startswith("by_"):
            for part, own in value.items():
                click.echo(f"  {part:<28} " + ", ".join(f"{key} {one}" for key, one in own.items()))
        else:
            click.echo(f"{name:<18} {value}")
