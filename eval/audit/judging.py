"""The verifier in the place of ALCE's entailment model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from eval.audit.records import Figure
from generation import verify
from generation.citation import citation_of
from generation.review import Reviewer
from generation.support import Encode, Reads
from library.records import Answer, ClaimStatus, Evidence
from library.store import Ledger
from library.text import sentences

if TYPE_CHECKING:
    from library.settings import Settings

_FIGURES = frozenset({"number", "unit", "date"})


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges sentences against passages; without an encoder by words alone."""

    encode: Encode | None = None
    entails: verify.Entails | None = None
    reads: Reads | None = None

    def supports(self, sentence: str, passages: Sequence[Evidence]) -> bool:
        """Whether the passages together say it, in its own words or in others."""
        if any(stands(sentence, passage.text) for passage in passages):
            return True
        return self._verdict(sentence, passages).status is ClaimStatus.SUPPORTED

    def differing(self, sentence: str, evidence: Sequence[Evidence]) -> tuple[Figure, ...]:
        """Figures and dates that the sources give otherwise."""
        found = self._verdict(sentence, evidence).differences
        return tuple(Figure(d.kind, d.claim, d.source) for d in found if d.kind in _FIGURES and d.source)

    def anew(self, ledger: Ledger, answer: Answer) -> Answer:
        """The answer as checking it today would show it, claim by claim; its citations are the hints that markers were."""
        cite = partial(citation_of, ledger)
        reviewer = Reviewer(answer.evidence, cite, encode=self.encode, entails=self.entails, reads=self.reads)
        return replace(answer, claims=tuple(reviewer.again(answer.text, claim) for claim in answer.claims))

    def _verdict(self, sentence: str, passages: Sequence[Evidence]) -> verify.Verdict:
        cited = [passage.number for passage in passages]
        return verify.judge(sentence, passages, cited=cited, encode=self.encode, entails=self.entails, reads=self.reads)


def stands(sentence: str, text: str) -> bool:
    """Whether its words stand in the text: as a quote that the verifier finds, or as a whole sentence or line."""
    return verify.locate(sentence, text) is not None or sentence.strip() in (text[a:b] for a, b in sentences(text))


def judge_of(
    settings: Settings, *, words_only: bool = False, encode: Encode | None = None, reads: Reads | None = None
) -> Judge:
    """The judge that the settings describe: their first dense leg's sentence vectors, our reader, their entailment model.

    :param encode: that leg, where it is loaded already.
    :param reads: the reader over the library, as checking an answer has it.
    :raises ModelMissing: a model that they name is absent.
    """
    from eval.fit import encoder, kept

    own = settings.retrieval
    name = own.instant or own.deep
    if words_only or not name:
        vectors = None
    else:
        vectors = kept(encode) if encode else encoder(name, threads=own.threads, cache=settings.cache)
    reads = reads if vectors else None
    if not settings.answer.entailment:
        return Judge(vectors, reads=reads)
    from generation.entail import Entailment

    return Judge(vectors, Entailment(settings.answer.entailment), reads)
