"""A sample of claims for a person to label, and how far that person and the verifier agree."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.audit.records import AuditReport, SentenceCheck
from eval.estimates import Rate
from eval.metrics import bootstrap, kappa
from eval.report.tables import sheet
from library.errors import InputError
from library.records import Answer, ClaimStatus

_TITLES = ("id", "question", "sentence", "sources", "label", "note")
LABELS = tuple(status.value for status in ClaimStatus)


def draw(report: AuditReport, *, n: int, seed: int = 0) -> str:
    """A CSV sheet of n claims drawn with the seed, all where there are fewer.

    What the verifier said is not on it, nor which passages it cited, so that the label is the person's own: one of `LABELS`
    in the column `label`.
    """
    claims = [(check.answer, row) for check in report.answers for row in check.claims]
    drawn = random.Random(seed).sample(claims, min(n, len(claims)))
    return sheet(_TITLES, ([_id(row), row.question, row.text, _given(answer), "", ""] for answer, row in drawn))


def _id(row: SentenceCheck) -> str:
    return f"{row.answer}:{row.start}"


def _given(answer: Answer) -> str:
    """All that the answer could rest on: an empty place, or one passage out of many, would tell what the verifier thought."""
    return "\n\n".join(f"[{e.number}] {e.title}\n{e.text}" for e in answer.evidence)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A person's labels against the verifier's statuses, over n sentences.

    `kappa` is of supported against the rest, `kappa_all` of the statuses as they are; intervals are 95 %, bootstrap.
    """

    n: int
    same: Rate
    kappa: float
    interval: tuple[float, float]
    kappa_all: float
    interval_all: tuple[float, float]
    pairs: dict[tuple[str, str], int]  # (person, verifier) → sentences

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "n": self.n, "agreement": self.same.as_dict(), "kappa": round(self.kappa, 4),
            "kappa_interval": [round(end, 4) for end in self.interval], "kappa_all": round(self.kappa_all, 4),
            "kappa_all_interval": [round(end, 4) for end in self.interval_all],
            "pairs": [{"person": a, "verifier": b, "n": n} for (a, b), n in self.pairs.items()],
        }  # fmt: skip


def agreement(report: AuditReport, labels: dict[str, str], *, seed: int = 0) -> Agreement:
    """Compare labels (id → label) with the stored statuses.

    :raises InputError: none of the labelled sentences is among the stored answers.
    """
    held = {_id(row): row.status.value for answer in report.answers for row in answer.claims}
    pairs = [(label, held[name]) for name, label in labels.items() if name in held]
    if not pairs:
        raise InputError(
            "The labels cannot be compared", "none of their sentences is stored in this library",
            "Use the library that the sheet was drawn from, and leave the column id as it is.",
        )  # fmt: skip
    good = ClaimStatus.SUPPORTED.value
    two = [(a == good, b == good) for a, b in pairs]
    return Agreement(
        len(pairs), Rate.of(a == b for a, b in two), kappa(two), _interval(two, seed), kappa(pairs),
        _interval(pairs, seed), dict(Counter(pairs).most_common()),
    )  # fmt: skip


def _interval(pairs: Sequence[tuple[Hashable, Hashable]], seed: int) -> tuple[float, float]:
    return bootstrap(lambda at: kappa([pairs[i] for i in at]), range(len(pairs)), seed=seed, rounds=1000)


def read(path: Path) -> dict[str, str]:
    """Id → label of the rows of a sheet that were labelled.

    :raises InputError: the file cannot be read, has other columns, or a label is none of `LABELS`.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{path} cannot be read", str(error), "Give the sheet of `suyuan audit --sample`.") from error
    found: dict[str, str] = {}
    for row in rows:
        if "id" not in row or "label" not in row:
            raise InputError(
                f"{path} is no sheet of labels", "it lacks the columns id and label", "Keep its first row."
            )
        label = (row["label"] or "").strip().lower()
        if label and label not in LABELS:
            raise InputError(f"{path} holds the label {label!r}", f"labels are {', '.join(LABELS)}", "Mend that row.")
        if label:
            found[row["id"]] = label
    if not found:
        raise InputError(f"{path} has no labels", "the column label is empty", "Fill it in and give the file again.")
    return found
