"""`suyuan eval verify`: claims with evidence and human labels, supported against the rest.

`measure` runs the verifier as it ships. `tuned` fits the same features on half A of the file and reports half B, which says
what they can do on that kind of text; its weights are not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from eval import fit
from eval.metrics import auc, bootstrap, macro_f1
from generation import verify
from library.records import ClaimStatus, Evidence


def measure(given: Sequence[dict[str, Any]], *, vectors: bool = True, reader: bool = True) -> dict[str, Any]:
    """`n`, `macro_f1`, `auc` with intervals, the same `by_subset`, and `cases`, of the verifier as it ships.

    A claim counts as supported where its status is; the AUC ranks by probability, after those that were contradicted.
    """
    encode = fit.encoder() if vectors else None
    reads = fit.reader(text for row in given for text in row["evidence"]) if vectors and reader else None
    scores, said = [], []
    for row in given:
        evidence = [_evidence(number, text) for number, text in enumerate(row["evidence"], 1)]
        verdict = verify.judge(
            row["claim"], evidence, cited=[item.number for item in evidence], encode=encode, reads=reads
        )
        said.append(verdict.status is ClaimStatus.SUPPORTED)
        scores.append(verdict.probability - (verdict.status is ClaimStatus.CONTRADICTED))
    return _report(given, said, scores)


def tuned(given: Sequence[dict[str, Any]], *, vectors: bool = True, reader: bool = True) -> dict[str, Any]:
    """As `measure`, with weights fitted on the rows of half A and reported on those of half B (`half_g`)."""
    encode = fit.encoder() if vectors else None
    reads = fit.reader(text for row in given for text in row["evidence"]) if vectors and reader else None
    parts = {half: [row for row in given if row["half_g"] == half] for half in "AB"}
    x = {half: np.array([fit.features(row, encode, reads).features for row in part]) for half, part in parts.items()}
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
    by_subset = {name: of([i for i, row in enumerate(given) if str(row.get("subset", "")) == name]) for name in subsets}
    whole = of(list(range(len(given))))
    intervals = {
        "macro_f1_interval": bootstrap(lambda at: macro_f1([truth[i] for i in at], [said[i] for i in at]), groups),
        "auc_interval": bootstrap(lambda at: auc([truth[i] for i in at], [scores[i] for i in at]), groups),
    }
    rounded = {name: [round(end, 4) for end in ends] for name, ends in intervals.items()}
    cases = {str(row.get("id") or at): {"right": float(said[at] == truth[at])} for at, row in enumerate(given)}
    return {**whole, **rounded, "by_subset": by_subset, "cases": cases}
