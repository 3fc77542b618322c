"""`suyuan eval quotes`: are true quotes found through what happens to text on its way, and false ones refused?

A row is found or not; nothing is scored. `seeded` makes the further cases from passages instead of reading them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from eval.damage import Case, cases
from eval.datasets import judged, rows
from eval.estimates import Rate
from generation.quotes import locate


def read(path: Path, *, half: str = "") -> list[Case]:
    """The cases of a file of claims with evidence; only `half_g` = `half` where one is named.

    :raises InputError: a row has no claim, evidence or label, or no row is left.
    """
    return [
        Case(
            str(row.get("lang", "")),
            str(row.get("mode", "")),
            row["label"] == "supported",
            row["claim"],
            "\n".join(row["evidence"]),
        )
        for row in judged(path, half=half)
    ]


def seeded(prefixes: Iterable[Path], *, seed: int = 0, per_mode: int = 60) -> list[Case]:
    """Cases made from the passages of reading sets (`PREFIX.passages.jsonl.gz`), see `eval.damage`.

    :raises InputError: a file is absent.
    """
    passages = []
    for prefix in prefixes:
        found = list(rows(prefix.with_name(f"{prefix.name}.passages.jsonl.gz")))
        passages += [(str(row["text"]), str(row["lang"]).startswith("zh")) for row in found]
    return list(cases(passages, seed=seed, per_mode=per_mode))


def measure(given: Iterable[Case]) -> dict[str, Any]:
    """`n`, the share of good quotes refused and of bad ones found, each with its interval, the same by language, and by mode.

    `by_mode` holds for `lang/mode`: `n`, `good` and `found`, the share that was found. `cases` are numbered as given.
    """
    by_mode: dict[tuple[str, str, bool], list[bool]] = defaultdict(list)
    cases: dict[str, dict[str, float]] = {}
    for at, case in enumerate(given):
        found = locate(case.quote, case.source) is not None
        by_mode[case.lang, case.mode, case.good].append(found)
        cases[str(at)] = {"right": float(found == case.good)}
    languages = sorted({lang for lang, _, _ in by_mode})
    return {
        "n": len(cases),
        **_shares(by_mode, languages),
        "by_lang": {lang: _shares(by_mode, [lang]) for lang in languages},
        "by_mode": {
            f"{lang}/{mode}{'' if good else ' (bad)'}": {"n": len(found), "good": good, "found": round(sum(found) / len(found), 4)}
            for (lang, mode, good), found in sorted(by_mode.items())
        },
        "cases": cases,
    }  # fmt: skip


def _shares(by_mode: dict[tuple[str, str, bool], list[bool]], languages: list[str]) -> dict[str, Any]:
    """Shares of nothing are None. A bootstrap of a share that was never seen gives no width, hence Wilson's interval."""
    rejected = Rate.of(
        not one for (lang, _, good), found in by_mode.items() for one in found if good and lang in languages
    )
    accepted = Rate.of(
        one for (lang, _, good), found in by_mode.items() for one in found if not good and lang in languages
    )
    return {
        "n_good": rejected.n, "n_bad": accepted.n,
        "good_rejected": round(rejected.value, 4) if rejected.n else None,
        "good_rejected_interval": [round(rejected.low, 4), round(rejected.high, 4)],
        "bad_accepted": round(accepted.value, 5) if accepted.n else None,
        "bad_accepted_interval": [round(accepted.low, 5), round(accepted.high, 5)],
    }  # fmt: skip
