"""`suyuan eval verify`: claims with evidence and human labels, supported against the rest.

`measure` runs the verifier as it ships. `tuned` fits the same features on half A of the file and reports half B, which says
what they can do on that kind of text; its weights are not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval import fit
from eval.datasets import rows
from eval.metrics import auc, bootstrap, macro_f1
from generation import verify
from library.errors import InputError
from library.records import ClaimStatus, Evidence


def read(path: Path, *, half: str = "") -> list[dict[str, Any]]:
    """Rows with claim, evidence and label; only `half_g` = `half` where one is named.

    :raises InputError: a row lacks one of them.
    """
    found = [row for row in rows(path) if not half or row.get("half_g", row.get("half")) == half]
    for row in found:
        lacking = {"claim", "evidence", "label"} - row.keys()
        if lacking:
            raise InputError(
                f"{path} cannot be measured", f"a row lacks {', '.join(lacking)}", "Give claim, evidence and label."
            )
    return found


def measure(given: Sequence[dict[str, Any]], *, vectors: bool = True) -> dict[str, Any]:
    """`n`, `macro_f1`, `auc` and the same `by_subset`, of the verifier as it ships.

    A claim counts as supported where its status is; the AUC ranks by probability, after those that were contradicted.
    """
    encode = fit.encoder() if vectors else None
    scores, said = [], []
    for row in given:
        evidence = [_evidence(number, piece["text"]) for number, piece in enumerate(row["evidence"], 1)]
        verdict = verify.judge(row["claim"], evidence, cited=[item.number for item in evidence], encode=encode)
        said.append(verdict.status is ClaimStatus.SUPPORTED)
        scores.append(verdict.probability - (verdict.status is ClaimStatus.CONTRADICTED))
    return _report(given, said, scores)


def tuned(given: Sequence[dict[str, Any]], *, vectors: bool = True) -> dict[str, Any]:
    """As `measure`, with weights fitted on the rows of half A and reported on those of half B (`half_g`)."""
    encode = fit.encoder() if vectors else None
    parts = {half: [row for row in given if row["half_g"] == half] for half in "AB"}
    x = {half: np.array([fit.features(row, encode).features for row in part]) for half, part in parts.items()}
    y = np.array([float(row["label"] == "supported") for row in parts["A"]])
    weights, bias = fit.fitted(x["A"], y, fit.balanced(y))
    scores = 1 / (1 + np.exp(-(x["B"] @ np.array(weights) + bias)))
    return _report(parts["B"], [bool(score >= 0.5) for score in scores], [float(score) for score in scores])


def _evidence(number: int, text: str) -> Evidence:
    return Evidence(number, str(number), "", str(number), 0, len(text), text)


def _report(given: Sequence[dict[str, Any]], said: Sequence[bool], scores: Sequence[float]) -> dict[str, Any]:
    truth = [row["label"] == "supported" for row in given]
    subsets = sorted({str(row.get("subset", "")) for row in given})

    def of(at: list[int]) -> dict[str, Any]:
        own = [truth[i] for i in at]
        return {
            "n": len(at),
            "macro_f1": round(macro_f1(own, [said[i] for i in at]), 4),
            "auc": round(auc(own, [scores[i] for i in at]), 4),
        }

    groups = [str(row.get("group") or row.get("id") or at) for at, row in enumerate(given)]
    low, high = bootstrap(lambda at: macro_f1([truth[i] for i in at], [said[i] for i in at]), groups)
    by_subset = {name: of([i for i, row in enumerate(given) if str(row.get("subset", "")) == name]) for name in subsets}
    whole = of(list(range(len(given))))
    return {**whole, "macro_f1_interval": [round(low, 4), round(high, 4)], "by_subset": by_subset}
