"""The whole road from a question to a stored answer: search, pack, stream, cite, verify, store.

It is handed a search function and a scorer and never imports retrieval, so that anything which finds passages will do.
"""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Protocol

from generation import backends, disagreement, gate, prompts, tokens, verify
from generation import conversation as conversations
from generation.chat import Chat, Delta, Message, Options
from generation.citation import citation_of
from generation.conversation import Earlier
from generation.draft import Draft
from generation.followup import written_out
from generation.gate import Weighing
from generation.odds import Weighs
from generation.pack import cheap_cost, pack
from generation.quote import QuoteBackend, Score
from generation.review import FAILING, Reviewer, without_failing
from generation.support import Encode, Reads
from library.answers import Answers
from library.records import Answer, Citation, Claim, Disagreement, Evidence, Hit, Kind, Stated
from library.store import Ledger, now
from library.text import digest, language

if TYPE_CHECKING:
    from library.settings import Settings

__all__ = ["Answerer", "Delta", "Event", "Finished", "Retrieved", "Weighing"]

_NEAREST = 5  # passages that a refusal shows a sentence of
_UNLEARNED = 0.55  # of the bar: a score that was not learned for these encoders is rougher, and refuses less


class Find(Protocol):
    """Finds passages; see `retrieval.search.Search.search`."""

    def __call__(
        self, question: str, *, k: int, collections: tuple[str, ...], documents: tuple[str, ...], also: tuple[str, ...]
    ) -> list[Hit]: ...


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The passages that were found, before anything is written, and the question that they were looked for with."""

    hits: tuple[Hit, ...]
    question: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer as it was stored."""

    answer: Answer


Event = Retrieved | Weighing | Delta | Finished


@dataclass(slots=True)
class _Asked:
    """What is known of a question before its answer is; times by the monotonic clock, in seconds."""

    question: str
    understood: str
    conversation: str | None
    lang: str
    evidence: Sequence[Evidence]
    backend: str
    begin: float
    found: float
    written: float
    score: float  # what the refusal went by, in [0, 1] where it was learned


def _refusal_reason(hits: Sequence[Hit], score: float, bar: float, lang: str) -> str:
    if not hits:
        return prompts.REASONS[lang]["empty"]
    return prompts.REASONS[lang]["low"].format(score=score, bar=bar) if score < bar else ""


class Answerer:
    """Answers questions from one ledger."""

    def __init__(
        self, ledger: Ledger, answers: Answers, settings: Settings, *, search: Find,
        score: Score, encode: Encode | None = None,
        answerable: Callable[[str, Sequence[Hit]], float | None] | None = None, reads: Reads | None = None,
        chat: Chat | None = None,
    ) -> None:  # fmt: skip
        """`encode` (texts to rows of norm 1) and `reads` (the reader's logits) serve the checking, `answerable` the refusal; `chat` overrides the backend that the settings choose."""
        self.ledger, self.answers, self.settings = ledger, answers, settings
        self._search = search
        self._quote = QuoteBackend(
            score, max_sentences=settings.answer.max_sentences, headings=lru_cache(maxsize=64)(self._headings)
        )
        self._chat, self._encode, self._answerable, self._reads = chat, encode, answerable, reads

    def _headings(self, version: str) -> list[tuple[int, int]]:
        held = self.ledger.version(version)
        return [(own.start, own.end) for own in held.elements if own.kind is Kind.HEADING] if held else []

    def chat(self) -> Chat:
        """The backend of the settings; a local model is loaded once.

        :raises SettingError: the backend that is asked for is not set up.
        """
        if self._chat is None:
            chosen = backends.choose(self.settings)
            if chosen is None:
                return self._quote
            self._chat = chosen
        return self._chat

    def _fence(self, evidence: Sequence[Evidence]) -> str:
        """A word that no source can know, the same for the same evidence, so that what was read of it can be kept."""
        secret = self.ledger.meta("fence secret")
        if secret is None:
            secret = secrets.token_hex(16)
            self.ledger.set_meta("fence secret", secret)
        return digest(secret, *(item.text for item in evidence))[:12]

    def ask(
        self, question: str, *, conversation: str | None = None, collections: tuple[str, ...] = (),
        documents: tuple[str, ...] = (), earlier: Earlier | None = None,
    ) -> Generator[Event, None, None]:  # fmt: skip
        """Events in order: what was found, which passage the model is asked about, pieces of text, the stored answer.

        A question that leans on the conversation, or on `earlier` where that is given, is written out first.

        Closing it cancels the backend; what was written by then is stored as an answer that was stopped.
        """
        begin = time.monotonic()
        lang = "zh" if language(question) == "zh" else "en"
        chat = self.chat()
        said = earlier or conversations.of(self.answers, self.ledger, conversation)
        asked_for, question = question, written_out(question, said.turns)
        hits = self._search(
            question, k=self.settings.retrieval.top_k, collections=collections, documents=documents, also=said.cited
        )
        found = time.monotonic()
        yield Retrieved(tuple(hits), question)
        evidence = self._evidence(hits, grow=chat is not self._quote)
        score, bar = yield from self._score(chat, question, hits, lang)
        asked = _Asked(asked_for, question, conversation, lang, evidence, chat.name, begin, found, found, score)
        draft = Draft({item.number: item for item in evidence})
        reason = _refusal_reason(hits, score, bar, lang)
        if not reason:
            try:
                yield from self._write(chat, question, evidence, draft, lang)
            except GeneratorExit:  # the reader stopped it: what was written is kept, cited and checked like any answer
                draft.end()
                if draft.text.strip():
                    asked.written = time.monotonic()
                    self._stored(asked, draft, draft.claims(self._reviewer(evidence)), stopped=True)
                raise
            if not draft.text.strip():
                reason = prompts.REASONS[lang]["sentence"]
        if reason:
            draft = Draft({}, text=prompts.REFUSALS[lang])
            yield Delta(text=draft.text)
            yield Finished(self._stored(asked, draft, [], reason))
            return
        asked.written = time.monotonic()
        draft, claims = self._reviewed(chat, question, evidence, draft, lang)
        yield Finished(self._stored(asked, draft, claims))

    def _stored(
        self, asked: _Asked, draft: Draft, claims: Sequence[Claim], reason: str = "", *, stopped: bool = False
    ) -> Answer:
        """The answer as it was saved."""
        own, text = self.settings.answer, draft.text
        if own.unsupported == "remove":
            text, claims = without_failing(text, claims, asked.lang)
        answer = Answer(
            id=uuid.uuid4().hex, conversation=asked.conversation or self.answers.begin(asked.question),
            question=asked.question, text=text, claims=tuple(claims), evidence=tuple(asked.evidence),
            refused=bool(reason), backend=asked.backend, created=now(), reason=reason,
            usage={**draft.usage, "markers": sum(len(mark.numbers) for mark in draft.markers.markers),
                   "invalid_markers": draft.markers.dropped, "stopped": int(stopped)},
            timings={"search": round(asked.found - asked.begin, 4), "write": round(asked.written - asked.found, 4),
                     "verify": round(time.monotonic() - asked.written, 4)},
            settings={"min_score": str(own.min_score), "score": f"{asked.score:.3f}",
                      "unsupported": own.unsupported, "entailment": own.entailment, "instant": self.settings.retrieval.instant,
                      "deep": self.settings.retrieval.deep},
            understood="" if asked.understood == asked.question else asked.understood,
            disagreements=self._disagreements(asked, claims),
            nearest=self._nearest(asked) if reason else (),
        )  # fmt: skip
        self.answers.save(answer)
        return answer

    def _evidence(self, hits: Sequence[Hit], *, grow: bool) -> list[Evidence]:
        own = self.settings.answer
        budget = min(own.evidence_tokens, own.window_tokens - own.answer_tokens)
        return pack(
            hits, budget=budget, texts=lambda version: self.ledger.text(version) or "",
            chunk_at=self.ledger.chunk_at, cost=self._tokens if grow else cheap_cost, grow=grow,
        )  # fmt: skip

    def _tokens(self, text: str) -> int:
        """What a passage takes of a model's window, with the lines around it."""
        return tokens.count(text, cache=self.settings.cache) + 40

    def _score(
        self, chat: Chat, question: str, hits: Sequence[Hit], lang: str
    ) -> Generator[Event, None, tuple[float, float]]:
        """How likely it is that the hits answer, by the learned score and the word of a model, with the bar.

        Where nothing was learned for these encoders it is the best hit's score, and no model is asked.
        """
        bar = self.settings.answer.min_score
        judged = self._answerable(question, hits) if self._answerable and hits else None
        if judged is None:
            return max((hit.score for hit in hits), default=0.0), _UNLEARNED * bar
        if self.settings.answer.ask_model and isinstance(chat, Weighs):
            judged = yield from gate.weighing(chat, question, [gate.shown(hit) for hit in hits], judged, lang)
        return judged, bar

    def _write(
        self, chat: Chat, question: str, evidence: Sequence[Evidence], draft: Draft, lang: str,
        more: Sequence[Message] = (),
    ) -> Iterator[Delta]:  # fmt: skip
        options = Options(question=question, evidence=evidence, max_tokens=self.settings.answer.answer_tokens)
        stream = chat.stream(
            [*prompts.messages(question, evidence, lang=lang, fence=self._fence(evidence)), *more], options=options
        )
        for delta in stream:
            draft.usage |= delta.usage
            shown = draft.add(delta)
            if shown or delta.thinking:
                yield replace(delta, text=shown)
            if draft.loops():
                draft.usage["looped"] = 1
                break
        close = getattr(stream, "close", None)
        if close:
            close()
        rest = draft.end()
        if rest:
            yield Delta(text=rest)

    @cached_property
    def _entails(self) -> verify.Entails | None:
        if not self.settings.answer.entailment:
            return None
        from generation.entail import Entailment

        return Entailment(self.settings.answer.entailment)

    def _reviewer(self, evidence: Sequence[Evidence]) -> Reviewer:
        cite = partial(citation_of, self.ledger)
        return Reviewer(evidence, cite, encode=self._encode, entails=self._entails, reads=self._reads)

    def _reviewed(
        self, chat: Chat, question: str, evidence: Sequence[Evidence], draft: Draft, lang: str
    ) -> tuple[Draft, list[Claim]]:
        """The draft with its claims; where the setting says so, the better of it and a second try."""
        reviewer = self._reviewer(evidence)
        claims = draft.claims(reviewer)
        failing = [draft.text[claim.start : claim.end] for claim in claims if claim.status in FAILING]
        if not failing or draft.copied or self.settings.answer.unsupported != "ask-again":
            return draft, claims
        second = Draft(draft.evidence)
        for _ in self._write(
            chat, question, evidence, second, lang, more=prompts.again(draft.text, failing, lang=lang)
        ):
            pass
        mended = second.claims(reviewer)
        left = sum(claim.status in FAILING for claim in mended)
        second.usage = {
            key: draft.usage.get(key, 0) + second.usage.get(key, 0) for key in {**draft.usage, **second.usage}
        }
        return (second, mended) if second.text.strip() and left < len(failing) else (draft, claims)

    def _nearest(self, asked: _Asked) -> tuple[Citation, ...]:
        """What a refusal shows instead of an answer: the sentence of each of the first passages that comes nearest."""
        near = self._quote.nearest(asked.understood, asked.evidence[:_NEAREST])
        return tuple(citation_of(self.ledger, quoted.evidence, quoted.start, quoted.end) for quoted in near)

    def _disagreements(self, asked: _Asked, claims: Sequence[Claim]) -> tuple[Disagreement, ...]:
        """Where other documents give another figure than a sentence that is cited."""
        evidence = {item.number: item for item in asked.evidence}
        cited = [verify.Span(c.evidence, c.start, c.end) for claim in claims for c in claim.citations]
        return tuple(
            Disagreement(tuple(self._stated(evidence[side.span.evidence], side) for side in clash.sides))
            for clash in disagreement.clashes(asked.understood, cited, asked.evidence)
        )

    def _stated(self, evidence: Evidence, side: disagreement.Side) -> Stated:
        version = self.ledger.version(evidence.version)
        dated = disagreement.own_date(evidence.title, version.text if version else "")
        citation = citation_of(self.ledger, evidence, side.span.start, side.span.end)
        return Stated(side.slot.text, citation, dated, version.added[:10] if version else "")
