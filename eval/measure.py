"""`python -m eval.measure DATA`: every committed figure again, each written beside the command that gave it.

A result file holds a list of flat objects. A command that fails leaves its old figure and is named at the end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import Any

import click

_MRC = ("cmrc2018_trial", ""), ("drcd_dev", "--limit 400"), ("squad2_dev", "--limit 400"), ("cjrc_dev", "--limit 400")
_IR = ("twowiki", ""), ("scifact", ""), ("dureader_demo", ""), ("stard", "--limit 400")
_CITE = ("attributionbench_dev", "wice_dev", "ocnli_dev")
_DOCS = tuple(f"--query-lang {q} --corpus-lang {c}" for q in ("en", "zh") for c in ("en", "zh"))
RETRIEVAL = (
    *(f"eval retrieval dev/mrc/{name} {more}".strip() for name, more in _MRC),
    *(f"eval retrieval dev/ir/{name} {more}".strip() for name, more in _IR),
    *(f"eval retrieval dev/docsfaq/docsfaq {more}" for more in _DOCS),
)
_FOLLOWUPS = " ".join((
    *(f"--distractors dev/mrc/{name}" for name in ("cmrc2018_trial", "squad2_dev")),
    *(f"--alone dev/{name}" for name in ("mrc/cmrc2018_trial", "mrc/drcd_dev", "mrc/squad2_dev", "ir/twowiki", "ir/dureader_demo")),
))  # fmt: skip
_MORE = {"squad2_dev": 500}  # questions where 120 cannot tell a figure from its bar
_HELD = tuple(
    f"{command.split(' --limit')[0]} --half held --limit {_MORE.get(command.split()[2].rsplit('/', 1)[-1], 120)}"
    for command in RETRIEVAL
)
FILES: dict[str, tuple[str, ...]] = {
    "retrieval": RETRIEVAL,
    "reranking": tuple(
        f"SUYUAN_RETRIEVAL__RERANK_MS=5000 SUYUAN_RETRIEVAL__RERANKER={name} {command}" for command in _HELD for name in ("reader", "")
    ),
    "qa": (
        "eval qa seeds/questions.jsonl --documents seeds/documents",
        "eval qa {here}/docs/questions.jsonl --documents {here}/examples",
        *(f"eval qa {{here}}/eval/data/offtopic.jsonl --documents {folder}" for folder in ("{here}/examples", "seeds/documents", "dev/formats/html")),
    ),
    "ingest": ("eval ingest dev/formats --manifest dev/formats/MANIFEST.csv",),
    "quotes": (
        "eval quotes dev/cite/quote_cases.jsonl.gz --half B",
        "eval quotes "
        + " ".join(f"--passages dev/mrc/{name}" for name in ("cmrc2018_trial", "drcd_dev", "squad2_dev", "cjrc_dev"))
        + " --seed 23 --per-mode 160",
    ),
    "verify": (
        *(f"eval verify dev/cite/{name}.jsonl.gz --half B" for name in _CITE),
        *(f"eval verify dev/cite/{name}.jsonl.gz --tune" for name in _CITE),
    ),
    "adversarial": (
        "eval adversarial dev/mrc/cmrc2018_trial dev/mrc/drcd_dev dev/mrc/squad2_dev",
        "eval adversarial dev/mrc/cjrc_dev dev/ir/domainrag dev/ir/twowiki dev/ir/scifact --seed 3",
        "eval adversarial dev/ir/stard dev/ir/pubmedqa --seed 11",
        "eval cells dev/docsfaq/docsfaq --seed 9",
    ),
    "refusal": (
        "eval refusal dev/rag/rgb.jsonl.gz --subset zh_refine",
        "eval refusal dev/rag/clapnq_dev.jsonl.gz --half B",
        "eval refusal dev/docsfaq/docsfaq --half held",
    ),
    "reader": (
        *(f"eval reader dev/mrc/{name}" for name in ("squad2_dev", "drcd_dev", "cmrc2018_trial")),
        "eval reader dev/mrc/drcd_dev --part sentence --limit 1000",
        "eval reader dev/mrc/squad2_dev --part refusal --limit 600",
    ),
    "precision": tuple(
        f"eval precision dev/{name}" for name in ("mrc/squad2_dev", "mrc/drcd_dev", "mrc/cmrc2018_trial", "mrc/cjrc_dev", "ir/scifact", "ir/stard")
    ),
    "answers": (
        "eval answers dev/mrc/drcd_dev dev/mrc/cmrc2018_trial dev/mrc/squad2_dev",
        "eval answers dev/rag/rgb dev/rag/clapnq_dev --per-language 50",
    ),
    "followups": (f"eval followups {_FOLLOWUPS}",),
    "disagreement": (
        "eval disagreement dev/mrc/cmrc2018_trial dev/mrc/drcd_dev dev/mrc/squad2_dev dev/mrc/cjrc_dev dev/rag/rgb --limit 400",
    ),
    "mixed": ("eval mixed dev/docsfaq/docsfaq",),
    "bench": (
        "bench chunking", "bench index", "bench index --points 100000", "bench encoders", "bench cold", "bench pipeline",
        "bench pipeline --set dev/docsfaq/docsfaq --pages 2000", "bench verify --documents dev/mrc",
    ),
}  # fmt: skip

# Settings that a file is taken with. A model is found through SUYUAN_LOCAL__MODEL, since each command has a home of its own.
MORE: dict[str, dict[str, str]] = {
    "instant": {"SUYUAN_RETRIEVAL__DEEP": ""},
    "answers": {
        "SUYUAN_ANSWER__EVIDENCE_TOKENS": "700",
        "SUYUAN_ANSWER__ANSWER_TOKENS": "256",
        "SUYUAN_LOCAL__THREADS": "1",
    },
}


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--only", multiple=True, type=click.Choice(sorted([*FILES, "instant"])), help="Only these files.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("docs/results"), show_default=True)
@click.option(
    "--work", type=click.Path(path_type=Path), help="Keep built libraries here, so that a second run is quick."
)
def main(data: Path, only: tuple[str, ...], out: Path, work: Path | None) -> None:
    """Measure what docs/results holds. DATA is the folder with dev/ and seeds/."""
    out, failed = out.absolute(), []
    out.mkdir(parents=True, exist_ok=True)
    for name in only or [*FILES, "instant"]:
        commands = FILES.get(name, RETRIEVAL)
        more = MORE.get(name, {})
        path = out / f"{'retrieval-instant' if name == 'instant' else name}.json"
        held = {row["command"]: row for row in json.loads(path.read_text("utf-8"))} if path.exists() else {}
        for command in commands:
            row = _run(command, data, more, work)
            if row is None:
                failed.append(command)
            else:
                held[_shown(command, more)] = {
                    "command": _shown(command, more),
                    "date": date.today().isoformat(),
                    **row,
                }
            path.write_text(json.dumps(list(held.values()), ensure_ascii=False, indent=1) + "\n", "utf-8")
    if failed:
        raise click.ClickException("These failed: " + "; ".join(failed))


def _shown(command: str, more: dict[str, str]) -> str:
    """The command as it stands in the result; `{here}` is this checkout."""
    more, rest = _settings(command, more)
    return "".join(f"{name}={value} " for name, value in more.items()) + f"suyuan {rest.replace('{here}/', '')} --json"


def _settings(command: str, more: dict[str, str]) -> tuple[dict[str, str], str]:
    """The settings that a command is taken with, those in front of it last, and the command without them."""
    words = command.split()
    own = list(takewhile(lambda word: "=" in word, words))
    return {**more, **dict(word.split("=", 1) for word in own)}, " ".join(words[len(own) :])


def _run(command: str, data: Path, more: dict[str, str], work: Path | None) -> dict[str, Any] | None:
    """One command's JSON, in a home of its own; None where it failed."""
    click.echo(_shown(command, more), err=True)
    more, command = _settings(command, more)
    arguments: Sequence[str] = command.replace("{here}", str(_paths()[0])).split()
    if work and arguments[:2] in (["eval", "retrieval"], ["eval", "answers"]):
        arguments = [*arguments, "--work", str((work / "_".join(arguments[2:]).replace("/", "_")).absolute())]
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-m", "ui.cli", *arguments, "--json"], cwd=data, capture_output=True, text=True,
            env={**os.environ, **more, "SUYUAN_HOME": home, "PYTHONPATH": os.pathsep.join(map(str, _paths()))},
        )  # fmt: skip
    sys.stderr.write(done.stderr[-2000:] if done.returncode else "")
    return json.loads(done.stdout) if done.returncode == 0 and done.stdout.strip() else None


def _paths() -> list[Path]:
    return [
        Path(__file__).resolve().parents[1],
        *(Path(p) for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p),
    ]


if __name__ == "__main__":
    main()
