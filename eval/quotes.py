"""`suyuan eval quotes`: are true quotes found through what happens to text on its way, and false ones refused?

A row is found or not; nothing is scored. `seeded` makes the further cases from passages instead of reading them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from eval.damage import Case, cases
from eval.datasets import rows
from generation.quotes import locate
from library.errors import InputError


def read(path: Path, *, half: str = "") -> list[Case]:
    """The cases of a file of claims with evidence; only `half_g` = `half` where one is named.

    :raises InputError: a row has no claim, evidence or label.
    """
    found = []
    for row in rows(path):
        if half and row.get("half_g", row.get("half")) != half:
            continue
        try:
            source = "\n".join(piece["text"] for piece in row["evidence"])
            found.append(
                Case(row.get("lang", ""), row.get("mode", ""), row["label"] == "supported", row["claim"], source)
            )
        except (KeyError, TypeError) as error:
            raise InputError(
                f"{path} cannot be measured", f"a row lacks {error}", "Give claim, evidence and label."
            ) from error
    return found


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
    """`n`, the share of good quotes refused and of bad ones found, the same by language, and by mode.

    `by_mode` holds for `lang/mode`: `n`, `good` and `found`, the share that was found.
    """
    by_mode: dict[tuple[str, str, bool], list[bool]] = defaultdict(list)
    for case in given:
        by_mode[case.lang, case.mode, case.good].append(locate(case.quote, case.source) is not None)
    languages = sorted({lang for lang, _, _ in by_mode})
    return {
        "n": sum(map(len, by_mode.values())),
        **_shares(by_mode, languages),
        "by_lang": {lang: _shares(by_mode, [lang]) for lang in languages},
        "by_mode": {
            f"{lang}/{mode}{'' if good else ' (bad)'}": {"n": len(found), "good": good, "found": round(sum(found) / len(found), 4)}
            for (lang, mode, good), found in sorted(by_mode.items())
        },
    }  # fmt: skip


def _shares(by_mode: dict[tuple[str, str, bool], list[bool]], languages: list[str]) -> dict[str, Any]:
    good = [one for (lang, _, own), found in by_mode.items() for one in found if own and lang in languages]
    bad = [one for (lang, _, own), found in by_mode.items() for one in found if not own and lang in languages]
    return {
        "n_good": len(good), "n_bad": len(bad),
        "good_rejected": round(1 - sum(good) / len(good), 4) if good else None,
        "bad_accepted": round(sum(bad) / len(bad), 5) if bad else None,
    }  # fmt: skip
