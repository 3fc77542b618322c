"""Every stored answer beside today's ledger: judged again on what it cites, looked up, and counted.

Offline, from what was stored with each answer: question, evidence and versions. The statuses are those that the reader
saw or, where asked for, those that the verifier gives today; recall and precision ask it again, sentence by sentence, with
the cited passages alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from eval.audit import rates
from eval.audit.judging import Judge, stands
from eval.audit.measured import error
from eval.audit.records import AnswerCheck, AuditReport, CitationCheck, SentenceCheck
from eval.audit.stale import Today, today
from eval.citation_metrics import Scored, scored
from eval.provenance import stamp
from generation import verify
from generation.facts import facts
from library.answers import Answers
from library.records import Answer, Citation, Claim, ClaimStatus, Evidence
from library.store import Ledger, now


@dataclass(slots=True)
class _Audit:
    """One pass over the answers; the standing of a citation is looked up once."""

    ledger: Ledger
    judge: Judge
    wrong: frozenset[tuple[str, int, int]]  # answer, claim's start, number
    thumbs: dict[tuple[str, int], int]
    looked_up: dict[tuple[str, int, int], Today] = field(default_factory=dict)

    def answer(self, answer: Answer) -> AnswerCheck:
        evidence = {item.number: item for item in answer.evidence}
        found = AnswerCheck(answer, tuple(self._sentence(answer, claim, evidence) for claim in answer.claims))
        return replace(found, rates=rates.of_answer(found))

    def _sentence(self, answer: Answer, claim: Claim, evidence: dict[int, Evidence]) -> SentenceCheck:
        text = answer.text[claim.start : claim.end]
        numbers = [n for n in dict.fromkeys(citation.evidence for citation in claim.citations) if n in evidence]
        passages = [evidence[number] for number in numbers]
        asked = claim.status is not ClaimStatus.NO_CLAIM
        score = scored(passages, lambda some: self.judge.supports(text, some)) if asked else Scored(False, ())
        precise = dict(zip(numbers, score.precise, strict=True)) if asked else {}
        contradicted = claim.status is ClaimStatus.CONTRADICTED
        held = facts(text)
        return SentenceCheck(
            answer.id, answer.created, answer.question, claim.start, text, claim.status, claim.decided,
            tuple(self._citation(answer, claim, c, precise.get(c.evidence, False)) for c in claim.citations),
            score, asked and any(stands(text, passage.text) for passage in passages),
            bool(held.quantities or held.dates),
            self.judge.differing(text, answer.evidence) if contradicted else (), self.thumbs.get((answer.id, claim.start), 0),
        )  # fmt: skip

    def _citation(self, answer: Answer, claim: Claim, citation: Citation, precise: bool) -> CitationCheck:
        key = citation.version, citation.start, citation.end
        if key not in self.looked_up:
            self.looked_up[key] = today(self.ledger, citation)
        wrong = (answer.id, claim.start, citation.evidence) in self.wrong
        return CitationCheck(citation, self.looked_up[key], precise, wrong)


def audit(
    ledger: Ledger, answers: Answers, *, since: str = "", backend: str = "", judge: Judge | None = None,
    anew: bool = False,
) -> AuditReport:  # fmt: skip
    """Check every stored answer that is not older than `since` against today's ledger; only one backend's if named.

    :param anew: the statuses are those of `judge`, not the stored ones.
    """
    said = frozenset((given.answer, given.claim, given.evidence) for given in answers.feedback())
    own = _Audit(ledger, judge or Judge(), said, answers.thumbs())
    given = [answer for answer in answers.all(since=since) if backend in ("", answer.backend)]
    checked = tuple(own.answer(own.judge.anew(ledger, answer) if anew else answer) for answer in given)
    documents = rates.documents(ledger, checked)
    settings = {
        "backend": backend, "sentence_vectors": own.judge.encode is not None, "entailment": own.judge.entails is not None,
        "reader": own.judge.reads is not None,
        "supported_from": verify.SUPPORTED, "judged_anew": anew,
    }  # fmt: skip
    return AuditReport(
        now(), since, checked, documents, rates.counts(checked), rates.rates(checked, documents), rates.means(checked),
        error(), stamp([], settings=settings),
    )  # fmt: skip
