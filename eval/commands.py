"""`suyuan eval quotes`, `verify` and `adversarial`: files in, one JSON object or a few lines out."""

from __future__ import annotations

from pathlib import Path

import click

from eval import adversarial, cells, quotes, verify
from eval.datasets import judged, rows
from eval.provenance import stamp
from eval.results import say
from library.errors import InputError

_FILE = click.Path(path_type=Path)
_HALF = click.option("--half", type=click.Choice(["A", "B"]), help="Only rows of this half (`half_g`).")
_OUT = click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the result with every case, for `eval compare`.",
)
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
@_OUT
@_JSON
def quotes_command(
    file: Path | None, half: str | None, passages: tuple[Path, ...], seed: int, per_mode: int, out: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Find true quotes through what happened to them, and refuse false ones.

    FILE has rows of claim, evidence, label and mode; with --passages further cases are made with the seed.
    """
    if not file and not passages:
        raise InputError("Nothing can be measured", "neither a file nor --passages is given", "Give one of them.")
    given = quotes.read(file, half=half or "") if file else []
    given += quotes.seeded(passages, seed=seed, per_mode=per_mode) if passages else []
    files = [*([file] if file else []), *map(_passages, passages)]
    measured = quotes.measure(given) | {"half": half or ""}
    say(measured | stamp(files, seed=seed if passages else None), as_json=as_json, out=out)


@click.command("verify")
@click.argument("files", type=_FILE, nargs=-1, required=True)
@_HALF
@click.option(
    "--tune", is_flag=True, help="Fit the same features on half A and report half B; what is fitted is not kept."
)
@click.option("--words-only", is_flag=True, help="Without the embedder's sentence vectors.")
@_OUT
@_JSON
def verify_command(
    files: tuple[Path, ...], half: str | None, tune: bool, words_only: bool, out: Path | None, as_json: bool
) -> None:  # fmt: skip
    """Judge claims with evidence and labels, supported against the rest."""
    given = [row for file in files for row in judged(file, half="" if tune else half or "")]
    measured = verify.tuned(given, vectors=not words_only) if tune else verify.measure(given, vectors=not words_only)
    weights = "fitted on half A, reported on half B" if tune else "as shipped"
    measured |= {"half": "B" if tune else half or "", "weights": weights, "sentence_vectors": not words_only}
    say(measured | stamp(files, seed=0), as_json=as_json, out=out)


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
    say(measured | stamp(map(_passages, passages), seed=seed), as_json=as_json)


@click.command("cells")
@click.argument("prefix", type=_FILE)
@_SEED
@click.option("--limit", default=400, show_default=True, help="Cells, each told rightly and wrongly.")
@click.option("--words-only", is_flag=True, help="Without the embedder's sentence vectors.")
@_JSON
def cells_command(prefix: Path, seed: int, limit: int, words_only: bool, as_json: bool) -> None:
    """Tell cells of a documentation's tables rightly and wrongly and count what is flagged; PREFIX goes up to the first dot."""
    measured = adversarial.measure(list(cells.trials(prefix, seed=seed, most=limit)), vectors=not words_only)
    say(measured | stamp([_passages(prefix)], seed=seed), as_json=as_json)


def _passages(prefix: Path) -> Path:
    """The set's passages: of a reading set, or the corpus of a retrieval set."""
    found = [prefix.with_name(f"{prefix.name}.{part}.jsonl.gz") for part in ("passages", "corpus")]
    return next((path for path in found if path.exists()), found[0])
