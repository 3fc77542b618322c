"""`suyuan audit`: do the citations of stored answers still resolve, and what share of the sentences do they carry.

Offline, over what was stored with each answer: question, evidence and versions. A citation resolves where its version's
text is still held and the words at its offsets are the cited ones; it is stale where the document has a newer version.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path

import click

from library.answers import Answers
from library.records import Answer, Citation, Claim, ClaimStatus
from library.store import Ledger, now

_Z = 1.96  # 95 %


@dataclass(frozen=True, slots=True)
class Rate:
    """hits of n, with Wilson's 95 % interval (Wilson, 1927)."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        """The share; 0 of nothing."""
        return self.hits / self.n if self.n else 0.0

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return self._wilson()[0]

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return self._wilson()[1]

    def _wilson(self) -> tuple[float, float]:
        if not self.n:
            return 0.0, 1.0
        middle = (self.value + _Z**2 / (2 * self.n)) / (1 + _Z**2 / self.n)
        half = _Z / (1 + _Z**2 / self.n) * sqrt(self.value * (1 - self.value) / self.n + _Z**2 / (4 * self.n**2))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class CitationCheck:
    """One citation today."""

    number: int
    title: str
    cited_text: str
    present: bool  # the document is still in the library
    current: bool  # its live version is the cited one
    unchanged: bool  # the words at the offsets are the cited ones

    @property
    def verdict(self) -> str:
        """In a word."""
        if not self.unchanged:
            return "changed"
        return "resolves" if self.current else "stale" if self.present else "document removed"


@dataclass(frozen=True, slots=True)
class SentenceCheck:
    """One sentence of an answer with its citations."""

    answer: str
    created: str
    question: str
    text: str
    status: ClaimStatus
    decided: str
    citations: tuple[CitationCheck, ...]

    def flat(self) -> dict[str, str]:
        """One row of a table."""
        return {
            "answer": self.answer[:8], "created": self.created, "question": self.question, "sentence": self.text,
            "status": self.status.value, "decided": self.decided,
            "citations": "; ".join(f"[{c.number}] {c.title}: {c.verdict}" for c in self.citations),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Counts, rates and every sentence."""

    made: str
    since: str
    answers: tuple[Answer, ...]
    sentences: tuple[SentenceCheck, ...]
    counts: dict[str, int]
    rates: dict[str, Rate]

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        rates = {
            name: {
                "value": round(rate.value, 4),
                "hits": rate.hits,
                "n": rate.n,
                "low": round(rate.low, 4),
                "high": round(rate.high, 4),
            }
            for name, rate in self.rates.items()
        }
        return {
            "made": self.made, "since": self.since, "answers": self.counts["answers"], "counts": self.counts, "rates": rates,
            "sentences": [{**asdict(row), "status": row.status.value} for row in self.sentences],
        }  # fmt: skip


def audit(ledger: Ledger, answers: Answers, *, since: str = "") -> AuditReport:
    """Check every stored answer that is not older than `since` against today's ledger."""
    stored = answers.all(since=since)
    rows = tuple(_sentence(ledger, answer, claim) for answer in stored for claim in answer.claims)
    claims = [row for row in rows if row.status is not ClaimStatus.NO_CLAIM]
    checks = [check for row in rows for check in row.citations]
    counts = {
        "answers": len(stored), "sentences": len(rows), "claims": len(claims), "citations": len(checks),
        "refusals": sum(answer.refused for answer in stored),
        "invalid": sum(answer.usage.get("invalid_markers", 0) for answer in stored),
        "reported wrong": len(answers.feedback()),
    }  # fmt: skip
    rates = {
        "supported": _rate(claims, lambda row: row.status is ClaimStatus.SUPPORTED),
        "uncited": _rate(claims, lambda row: not row.citations),
        "resolved": Rate(sum(check.verdict == "resolves" for check in checks), len(checks)),
        "stale": Rate(sum(check.verdict == "stale" for check in checks), len(checks)),
        "refused": Rate(counts["refusals"], len(stored)),
    }
    return AuditReport(now(), since, tuple(stored), rows, counts, rates)


def _rate(rows: Sequence[SentenceCheck], holds: object) -> Rate:
    assert callable(holds)
    return Rate(sum(bool(holds(row)) for row in rows), len(rows))


def _sentence(ledger: Ledger, answer: Answer, claim: Claim) -> SentenceCheck:
    checks = tuple(_check(ledger, citation) for citation in claim.citations)
    text = answer.text[claim.start : claim.end]
    return SentenceCheck(answer.id, answer.created, answer.question, text, claim.status, claim.decided, checks)


def _check(ledger: Ledger, citation: Citation) -> CitationCheck:
    document = ledger.document(citation.document)
    text = ledger.text(citation.version)
    same = text is not None and text[citation.start : citation.end] == citation.cited_text
    current = document is not None and document.version == citation.version
    return CitationCheck(citation.evidence, citation.title, citation.cited_text, document is not None, current, same)


@click.command("audit")
@click.option("--since", default="", help="Only answers from this day or time on (ISO 8601).")
@click.option(
    "--html", "html_out", type=click.Path(path_type=Path, dir_okay=False), help="Write one self-contained page."
)
@click.option("--markdown", "markdown_out", type=click.Path(path_type=Path, dir_okay=False), help="Write Markdown.")
@click.option("--csv", "csv_out", type=click.Path(path_type=Path, dir_okay=False), help="Write the sentences as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def audit_command(
    since: str, html_out: Path | None, markdown_out: Path | None, csv_out: Path | None, as_json: bool
) -> None:
    """Check stored answers against today's documents."""
    from eval import report as reports
    from library import settings

    ledger = Ledger(settings.load().home)
    try:
        found = audit(ledger, Answers(ledger), since=since)
    finally:
        ledger.close()
    for path, text in ((html_out, reports.as_html), (markdown_out, reports.as_markdown), (csv_out, reports.as_csv)):
        if path:
            path.write_text(text(found), "utf-8")
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=2))
        return
    click.echo(", ".join(f"{count} {name}" for name, count in found.counts.items()))
    for name, rate in found.rates.items():
        click.echo(f"{name:<10} {rate.value:6.1%}  {rate.hits} of {rate.n}  (95 %: {rate.low:.1%} to {rate.high:.1%})")
