"""`suyuan audit verify`: a report's citations against today's documents; needs the report and the ledger, not the answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.audit.records import pieces
from eval.audit.stale import Standing, Today, today
from library.errors import InputError
from library.records import Citation
from library.store import Ledger

STANDS = (Standing.RESOLVES, Standing.MOVED)


@dataclass(frozen=True, slots=True)
class Rechecked:
    """One citation of a report and where it stands today."""

    question: str
    citation: Citation
    today: Today

    @property
    def stands(self) -> bool:
        """Whether today's documents still say the cited words."""
        return self.today.standing in STANDS

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        own, place = self.citation, self.today.place
        return {
            "question": self.question, "number": own.evidence, "title": own.title, "cited_text": own.cited_text,
            "standing": self.today.standing.value, "stands": self.stands,
            "now": [place.version, place.start, place.end] if place else None,
            "difference": pieces(self.today.difference),
        }  # fmt: skip


def read(path: Path) -> dict[str, Any]:
    """A report as `--json` wrote it.

    :raises InputError: the file is absent or no such report.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read", str(error), "Give a report of `suyuan audit --json`.") from error
    if not isinstance(found, dict) or not isinstance(found.get("sentences"), list) or "by_answer" not in found:
        raise InputError(f"{path} is no audit report", "it has no sentences and answers", "Make it anew with --json.")
    return found


def recheck(ledger: Ledger, report: dict[str, Any]) -> list[Rechecked]:
    """Every citation of the report, each place once.

    :raises InputError: a citation of the report lacks its place.
    """
    found: dict[tuple[str, int, int], Rechecked] = {}
    for sentence in report["sentences"]:
        for row in sentence["citations"]:
            try:
                citation = Citation(
                    row["number"], row["document"], row["title"], row["version"], row["start"], row["end"],
                    row["cited_text"],
                )  # fmt: skip
            except KeyError as error:
                raise InputError(
                    "The report cannot be checked", f"a citation lacks {error}", "Make it anew with --json."
                ) from error
            key = citation.version, citation.start, citation.end
            if key not in found:
                found[key] = Rechecked(str(sentence.get("question", "")), citation, today(ledger, citation))
    return list(found.values())
