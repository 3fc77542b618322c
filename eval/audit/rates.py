"""What checked answers add up to, whole and by document; pure but for the list of documents.

`docs/audit.md` says what each rate means; a lower value is better for those in `LOWER`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from eval.audit.records import AnswerCheck, CitationCheck, DocumentCheck, SentenceCheck
from eval.audit.stale import Standing
from eval.estimates import Estimate, Mean, Rate, estimate
from library.records import ClaimStatus
from library.store import Ledger

LOWER = frozenset({
    "uncited", "contradicted", "contradicted_figures", "over_cited", "invalid_markers", "stale", "lost", "refused",
    "reported_wrong",
})  # fmt: skip
STALE = (Standing.MOVED, Standing.CHANGED)


def counts(answers: Sequence[AnswerCheck]) -> dict[str, int]:
    """Plain numbers."""
    rows = [row for answer in answers for row in answer.sentences]
    statuses = {status.value: sum(row.status is status for row in rows) for status in ClaimStatus}
    return {
        "answers": len(answers), "sentences": len(rows), "claims": sum(row.claims for row in rows),
        "citations": sum(len(row.citations) for row in rows),
        "refusals": sum(answer.answer.refused for answer in answers),
        "disagreements": sum(len(answer.answer.disagreements) for answer in answers),
        "invalid": sum(answer.answer.usage.get("invalid_markers", 0) for answer in answers),
        "reported wrong": sum(check.wrong for row in rows for check in row.citations),
        "thumbs up": sum(row.thumb > 0 for row in rows), "thumbs down": sum(row.thumb < 0 for row in rows),
        **statuses,
    }  # fmt: skip


def rates(answers: Sequence[AnswerCheck], documents: Sequence[DocumentCheck]) -> dict[str, Rate]:
    """Every share, over all sentences, citations, markers, answers or documents that it speaks of."""
    claims = [row for answer in answers for row in answer.claims]
    checks = [check for row in claims for check in row.citations]
    stale = [check for check in checks if check.standing in STALE]
    several = [row for row in claims if len(row.scored.precise) > 1 and row.scored.recalled]
    # answers stored before valid markers were counted say nothing of their share
    counted = [a.answer.usage for a in answers if "markers" in a.answer.usage]
    invalid = sum(usage.get("invalid_markers", 0) for usage in counted)
    return {
        "supported": Rate.of(row.status is ClaimStatus.SUPPORTED for row in claims),
        "citation_recall": Rate.of(row.scored.recalled for row in claims),
        "citation_precision": Rate.of(precise for row in claims for precise in row.scored.precise),
        "verbatim": Rate.of(row.verbatim for row in claims),
        "uncited": Rate.of(not row.citations for row in claims),
        "contradicted": Rate.of(row.status is ClaimStatus.CONTRADICTED for row in claims),
        "contradicted_figures": Rate.of(bool(row.figures) for row in claims if row.has_figures),
        "over_cited": Rate.of(row.scored.over_cited for row in several),
        "invalid_markers": Rate(invalid, invalid + sum(usage["markers"] for usage in counted)),
        "resolved": Rate.of(check.standing is Standing.RESOLVES for check in checks),
        "stale": Rate(len(stale), len(checks)),
        "still_stands": Rate.of(check.standing is Standing.MOVED for check in stale),
        "lost": Rate.of(check.standing is Standing.LOST for check in checks),
        "refused": Rate.of(answer.answer.refused for answer in answers),
        "reported_wrong": Rate.of(check.wrong for check in checks),
        "thumbs_up": Rate.of(row.thumb > 0 for answer in answers for row in answer.sentences if row.thumb),
        "documents_cited": Rate.of(document.citations > 0 for document in documents if document.live),
    }  # fmt: skip


def of_answer(answer: AnswerCheck) -> dict[str, Rate]:
    """The shares of one answer that rest on something."""
    return {name: rate for name, rate in rates([answer], ()).items() if rate.n}


def means(answers: Sequence[AnswerCheck]) -> dict[str, Estimate]:
    """Means over answers, as ALCE averages; and how many passages a claim cites."""
    own = [answer for answer in answers if answer.claims]
    each = [answer.rates for answer in own]
    rows = [(len(row.scored.precise), at) for at, answer in enumerate(own) for row in answer.claims]
    return {
        "recall_by_answer": estimate([own_rates["citation_recall"].value for own_rates in each]),
        "precision_by_answer": estimate(
            [own_rates["citation_precision"].value for own_rates in each if "citation_precision" in own_rates]
        ),
        "citations_per_claim": Mean.of([n for n, _ in rows], groups=[at for _, at in rows]),
    }


@dataclass(slots=True)
class _Tally:
    """What is known of one document so far."""

    title: str
    answers: set[str] = field(default_factory=set)
    retrieved: set[str] = field(default_factory=set)
    checks: list[tuple[SentenceCheck, CitationCheck]] = field(default_factory=list)


def documents(ledger: Ledger, answers: Sequence[AnswerCheck]) -> tuple[DocumentCheck, ...]:
    """Every document that is live or was cited or retrieved; the most cited first, the never cited last."""
    live = {document.id: document for document in ledger.documents() if document.version}
    found = {identity: _Tally(document.title) for identity, document in live.items()}
    for answer in answers:
        for item in answer.answer.evidence:
            found.setdefault(item.document, _Tally(item.title)).retrieved.add(answer.answer.id)
        for row in answer.claims:
            for check in row.citations:
                tally = found.setdefault(check.citation.document, _Tally(check.citation.title))
                tally.answers.add(answer.answer.id)
                tally.checks.append((row, check))
    made = (_document(identity, tally, identity in live) for identity, tally in found.items())
    return tuple(sorted(made, key=lambda d: (-d.citations, -d.retrieved, d.title)))


def _document(identity: str, tally: _Tally, live: bool) -> DocumentCheck:
    claims = list({(row.answer, row.start): row for row, _ in tally.checks}.values())
    checks = [check for _, check in tally.checks]
    own = {
        "citation_recall": Rate.of(row.scored.recalled for row in claims),
        "citation_precision": Rate.of(check.precise for check in checks),
        "verbatim": Rate.of(row.verbatim for row in claims),
        "contradicted": Rate.of(row.status is ClaimStatus.CONTRADICTED for row in claims),
        "contradicted_figures": Rate.of(bool(row.figures) for row in claims if row.has_figures),
        "resolved": Rate.of(check.standing is Standing.RESOLVES for check in checks),
        "stale": Rate.of(check.standing in STALE for check in checks),
        "reported_wrong": Rate.of(check.wrong for check in checks),
    }
    return DocumentCheck(identity, tally.title, live, len(tally.answers), len(tally.retrieved), len(checks), own)
