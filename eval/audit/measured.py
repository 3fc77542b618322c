"""The verifier's own measured error, read from the committed result files, so that it stands beside every score it gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eval.estimates import Rate

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results"
KINDS = ("verify", "quotes", "adversarial", "refusal")
_NOT_SHIPPED = {"--tune", "--tuned", "--words-only"}


def error(folder: Path = RESULTS) -> tuple[dict[str, Any], ...]:
    """One row a labelled set: `kind`, `data`, `command`, and for each measure `name`, `value`, `n`, `low`, `high` where known.

    Rows that were tuned on the set are left out: they are not what ships. Empty where no result file is there, as where
    the package was installed without its docs; the report then says "not measured".
    """
    latest: dict[tuple[str, ...], dict[str, Any]] = {}
    for path in sorted(folder.glob("*.json")):
        for row in _rows(path):
            words = row["command"].split()
            if words[:2] == ["suyuan", "eval"] and words[2] in KINDS and not _NOT_SHIPPED & set(words):
                key = words[2], _data(words), str(row.get("half")), str(row.get("subset"))
                if key not in latest or _age(latest[key]) <= _age(row):
                    latest[key] = row
    made = [_shown(row) for row in latest.values()]
    return tuple(sorted((row for row in made if row["measures"]), key=lambda row: KINDS.index(row["kind"])))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return  # a result file that cannot be read is a figure that is not there
    for row in found if isinstance(found, list) else []:
        if isinstance(row, dict) and isinstance(row.get("command"), str) and len(row["command"].split()) > 2:
            yield row


def _age(row: dict[str, Any]) -> tuple[bool, str]:
    return bool(row.get("commit")), str(row.get("date", ""))


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    words = row["command"].split()
    measures = list(_measures(words[2], row))
    return {"kind": words[2], "data": _data(words), "command": row["command"], "measures": measures}


def _data(words: list[str]) -> str:
    return ", ".join(Path(word).name.split(".")[0] for word in words[3:] if "/" in word)


def _measures(kind: str, row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if kind == "adversarial":
        for part in ("zh_changed", "zh_untouched", "en_changed", "en_untouched"):
            if isinstance(row.get(part), dict):
                yield _measure(f"{part}_flagged", row[part]["flagged"], row[part]["n"], None)
        return
    names = {
        "verify": (("macro_f1", "n"), ("auc", "n")),
        "quotes": (("good_rejected", "n_good"), ("bad_accepted", "n_bad")),
        "refusal": (("auc", "n"), ("refused_unanswerable", "n_unanswerable"), ("kept_answerable", "n_answerable")),
    }
    for name, n in names[kind]:
        if row.get(name) is not None:
            yield _measure(name, row[name], row.get(n), row.get(f"{name}_interval"))


def _measure(name: str, value: float, n: int | None, interval: list[float] | None) -> dict[str, Any]:
    """A share of a known n has Wilson's interval where the file gives none."""
    share = name not in ("macro_f1", "auc")
    if share and n and not interval:
        rate = Rate(round(value * n), n)
        interval = [round(rate.low, 4), round(rate.high, 4)]
    low, high = interval or (None, None)
    return {"name": name, "value": value, "n": n, "low": low, "high": high, "share": share}
