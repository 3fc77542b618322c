"""What an audit found, as frozen records that can be written as JSON; no I/O, no judging."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from eval.audit.stale import Piece, Standing, Today
from eval.citation_metrics import Scored
from eval.estimates import Estimate, Rate
from library.records import Answer, Citation, ClaimStatus

FORMAT = 2  # of the JSON report


@dataclass(frozen=True, slots=True)
class CitationCheck:
    """One citation of a claim, as stored and as it stands today."""

    citation: Citation
    today: Today
    precise: bool  # by ALCE's rule, for the passage that it points into
    wrong: bool  # a reader said so

    @property
    def standing(self) -> Standing:
        """In a word."""
        return self.today.standing

    def as_dict(self) -> dict[str, Any]:
        """For JSON; what `suyuan audit verify` needs to look it up again."""
        own, place = self.citation, self.today.place
        return {
            "number": own.evidence, "document": own.document, "title": own.title, "version": own.version,
            "start": own.start, "end": own.end, "pages": own.pages, "cited_text": own.cited_text,
            "standing": self.standing.value, "kept": self.today.kept, "now": asdict(place) if place else None,
            "difference": self.today.difference, "precise": self.precise, "reported_wrong": self.wrong,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure or date that differs: the answer's and the source's."""

    kind: str
    claim: str
    source: str


@dataclass(frozen=True, slots=True)
class SentenceCheck:
    """One sentence of an answer with its citations."""

    answer: str
    created: str
    question: str
    start: int
    text: str
    status: ClaimStatus
    decided: str
    citations: tuple[CitationCheck, ...]
    scored: Scored  # over the numbers it cites, each once
    verbatim: bool  # its words stand in a passage that it cites
    has_figures: bool
    figures: tuple[Figure, ...]
    thumb: int  # 1, -1, or 0 where no reader said anything

    @property
    def claims(self) -> bool:
        """Whether it claims something, so that it needs a citation."""
        return self.status is not ClaimStatus.NO_CLAIM

    def flat(self) -> dict[str, str]:
        """One row of a table."""
        cited = bool(self.citations)
        return {
            "answer": self.answer[:8], "created": self.created, "question": self.question, "sentence": self.text,
            "status": self.status.value, "decided": self.decided,
            "citations": "; ".join(f"[{c.citation.evidence}] {c.citation.title}: {c.standing}" for c in self.citations),
            "supported_by_cited": ("yes" if self.scored.recalled else "no") if self.claims else "",
            "precise": f"{sum(self.scored.precise)} of {len(self.scored.precise)}" if cited else "",
            "verbatim": ("yes" if self.verbatim else "no") if self.claims else "",
            "differs": "; ".join(f"{f.kind}: {f.claim} / {f.source}" for f in self.figures),
            "reader": {1: "up", -1: "down"}.get(self.thumb, ""),
            "reported_wrong": " ".join(f"[{c.citation.evidence}]" for c in self.citations if c.wrong),
        }  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "answer": self.answer, "created": self.created, "question": self.question, "start": self.start,
            "text": self.text, "status": self.status.value, "decided": self.decided, "recalled": self.scored.recalled, "precise": self.scored.precise,
            "verbatim": self.verbatim, "figures": [asdict(figure) for figure in self.figures], "thumb": self.thumb,
            "citations": [check.as_dict() for check in self.citations],
        }  # fmt: skip


@dataclass(frozen=True)
class AnswerCheck:
    """One stored answer with its sentences, and the rates over them alone."""

    answer: Answer
    sentences: tuple[SentenceCheck, ...]
    rates: Mapping[str, Rate] = field(default_factory=dict)  # those that rest on something

    @cached_property
    def claims(self) -> tuple[SentenceCheck, ...]:
        """The sentences that claim something."""
        return tuple(row for row in self.sentences if row.claims)

    def values(self) -> dict[str, float]:
        """What two runs are compared by; a refusal has little more than `refused`."""
        return {name: round(rate.value, 4) for name, rate in self.rates.items()}

    def as_dict(self) -> dict[str, Any]:
        """For JSON, without its sentences."""
        own = self.answer
        return {
            "id": own.id, "created": own.created, "question": own.question, "backend": own.backend,
            "refused": own.refused, "reason": own.reason, "claims": len(self.claims),
            "rates": {name: rate.as_dict() for name, rate in self.rates.items()}, "values": self.values(),
            "disagreements": [asdict(one) for one in own.disagreements],
            "nearest": [asdict(one) for one in own.nearest],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class DocumentCheck:
    """One document: how often it was found and cited, and how good those citations are."""

    id: str
    title: str
    live: bool
    answers: int  # answers that cite it
    retrieved: int  # answers that had it among their evidence
    citations: int
    rates: Mapping[str, Rate] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        plain = {name: getattr(self, name) for name in ("id", "title", "live", "answers", "retrieved", "citations")}
        return {**plain, "rates": {name: rate.as_dict() for name, rate in self.rates.items()}}


@dataclass(frozen=True)
class AuditReport:
    """Counts, rates, and every answer, sentence and document."""

    made: str
    since: str
    answers: tuple[AnswerCheck, ...]
    documents: tuple[DocumentCheck, ...]
    counts: Mapping[str, int]
    rates: Mapping[str, Rate]
    means: Mapping[str, Estimate]
    measured: tuple[Mapping[str, Any], ...]  # the verifier's own error, see `eval.audit.measured`
    origin: Mapping[str, Any]  # see `eval.provenance.stamp`

    @cached_property
    def sentences(self) -> tuple[SentenceCheck, ...]:
        """Of all answers, in order."""
        return tuple(row for answer in self.answers for row in answer.sentences)

    @property
    def estimates(self) -> dict[str, Estimate]:
        """Every number that has an interval, by name."""
        return {**self.rates, **self.means}

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "format": FORMAT, "made": self.made, "since": self.since, **self.origin, "answers": self.counts["answers"],
            "counts": dict(self.counts), "rates": {name: rate.as_dict() for name, rate in self.rates.items()},
            "means": {name: mean.as_dict() for name, mean in self.means.items()}, "verifier": list(self.measured),
            "by_answer": [answer.as_dict() for answer in self.answers],
            "by_document": [document.as_dict() for document in self.documents],
            "sentences": [row.as_dict() for row in self.sentences],
        }  # fmt: skip


def pieces(difference: tuple[Piece, ...]) -> str:
    """A difference in one line of plain text: [-gone-] and {+new+}."""
    shown = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
    return "".join(shown[kind].format(text) for kind, text in difference)
