"""The whole road from a question to a stored answer: search, pack, stream, cite, verify, store.

It is handed a search function and a scorer and never imports retrieval, so that anything which finds passages will do.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from generation import prompts, verify
from generation.chat import Chat, Delta, Message, Options
from generation.cite import Markers
from generation.pack import pack
from generation.quote import QuoteBackend
from generation.review import FAILING, Reviewer, without_failing
from generation.support import Encode
from library.answers import Answers
from library.errors import SettingError
from library.records import Answer, Box, Citation, Claim, Evidence, Hit
from library.store import Ledger, now
from library.text import language

if TYPE_CHECKING:
    from library.settings import Settings

__all__ = ["Answerer", "Delta", "Event", "Finished", "Retrieved"]


class Find(Protocol):
    """Finds passages; see `retrieval.search.Search.search`."""

    def __call__(
        self, question: str, *, k: int, collections: tuple[str, ...], documents: tuple[str, ...]
    ) -> list[Hit]: ...


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The passages that were found, before anything is written."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer as it was stored."""

    answer: Answer


Event = Retrieved | Delta | Finished


class Answerer:
    """Answers questions from one ledger."""

    def __init__(
        self, ledger: Ledger, answers: Answers, settings: Settings, *, search: Find,
        score: Callable[[str, Sequence[str]], list[float]], chat: Chat | None = None,
        encode: Encode | None = None,
    ) -> None:  # fmt: skip
        """`chat` overrides the backend that the settings choose; `encode` gives sentences vectors of norm 1."""
        self.ledger, self.answers, self.settings = ledger, answers, settings
        self._search = search
        self._quote = QuoteBackend(score, max_sentences=settings.answer.max_sentences)
        self._chat, self._encode = chat, encode

    def chat(self) -> Chat:
        """The backend of the settings: `auto` is the server where one is named, and quoting else.

        :raises SettingError: the backend that is asked for is not set up.
        """
        if self._chat is not None:
            return self._chat
        backend, server = self.settings.answer.backend, self.settings.server
        if backend == "server" or (backend == "auto" and server.url):
            if not server.url:
                raise SettingError("The server backend cannot be used", "no server is named", "Set SUYUAN_SERVER__URL.")
            from generation.server import ServerBackend

            return ServerBackend(
                server.url, server.model, api_key=server.api_key.get_secret_value(), timeout_s=server.timeout_s
            )
        if backend == "local":
            raise SettingError(
                "The local backend cannot be used",
                "no local model is installed",
                "Set SUYUAN_ANSWER__BACKEND=quote or server.",
            )
        return self._quote

    def ask(
        self, question: str, *, conversation: str | None = None, collections: tuple[str, ...] = (),
        documents: tuple[str, ...] = (),
    ) -> Iterator[Event]:  # fmt: skip
        """Events in order: what was found, pieces of text, the stored answer."""
        begin, own = time.monotonic(), self.settings.answer
        lang = "zh" if language(question) == "zh" else "en"
        chat = self.chat()
        hits = self._search(question, k=self.settings.retrieval.top_k, collections=collections, documents=documents)
        found = time.monotonic()
        yield Retrieved(tuple(hits))
        evidence = self._evidence(hits, grow=chat is not self._quote)
        draft = _Draft({item.number: item for item in evidence})
        reason = self._refusal_reason(hits, lang)
        if not reason:
            yield from self._write(chat, question, evidence, draft, lang)
            if not draft.text.strip():
                reason = prompts.REASONS[lang]["sentence"]
        written = time.monotonic()
        text, claims = draft.text, list[Claim]()
        if reason:
            draft = _Draft({}, text=prompts.REFUSALS[lang])
            yield Delta(text=draft.text)
            text = draft.text
        else:
            draft, claims = self._reviewed(chat, question, evidence, draft, lang)
            text = draft.text
            if own.unsupported == "remove":
                text, claims = without_failing(text, claims, lang)
        answer = Answer(
            id=uuid.uuid4().hex, conversation=conversation or self.answers.begin(question), question=question,
            text=text, claims=tuple(claims), evidence=tuple(evidence),
            refused=bool(reason), backend=chat.name, created=now(), reason=reason,
            usage={**draft.usage, "invalid_markers": draft.markers.dropped},
            timings={"search": round(found - begin, 4), "write": round(written - found, 4),
                     "verify": round(time.monotonic() - written, 4)},
            settings={"min_score": str(own.min_score), "unsupported": own.unsupported, "entailment": own.entailment, "instant": self.settings.retrieval.instant,
                      "deep": self.settings.retrieval.deep},
        )  # fmt: skip
        self.answers.save(answer)
        yield Finished(answer)

    def _evidence(self, hits: Sequence[Hit], *, grow: bool) -> list[Evidence]:
        own = self.settings.answer
        budget = min(own.evidence_tokens, own.window_tokens - own.answer_tokens)
        return pack(
            hits, budget=budget, texts=lambda version: self.ledger.text(version) or "",
            neighbours=self.ledger.chunks_of, grow=grow,
        )  # fmt: skip

    def _refusal_reason(self, hits: Sequence[Hit], lang: str) -> str:
        own = self.settings.answer
        if not hits:
            return prompts.REASONS[lang]["empty"]
        best = max(hit.score for hit in hits)
        return prompts.REASONS[lang]["low"].format(score=best, bar=own.min_score) if best < own.min_score else ""

    def _write(
        self, chat: Chat, question: str, evidence: Sequence[Evidence], draft: _Draft, lang: str,
        more: Sequence[Message] = (),
    ) -> Iterator[Delta]:  # fmt: skip
        options = Options(question=question, evidence=evidence, max_tokens=self.settings.answer.answer_tokens)
        stream = chat.stream([*prompts.messages(question, evidence, lang=lang), *more], options=options)
        for delta in stream:
            draft.usage |= delta.usage
            shown = draft.add(delta)
            if shown or delta.thinking:
                yield replace(delta, text=shown)
        rest = draft.end()
        if rest:
            yield Delta(text=rest)

    @cached_property
    def _entails(self) -> verify.Entails | None:
        if not self.settings.answer.entailment:
            return None
        from generation.entail import Entailment

        return Entailment(self.settings.answer.entailment)

    def _reviewed(
        self, chat: Chat, question: str, evidence: Sequence[Evidence], draft: _Draft, lang: str
    ) -> tuple[_Draft, list[Claim]]:
        """The draft with its claims; where the setting says so, the better of it and a second try."""
        reviewer = Reviewer(evidence, self._cite, encode=self._encode, entails=self._entails)
        claims = draft.claims(reviewer)
        failing = [draft.text[claim.start : claim.end] for claim in claims if claim.status in FAILING]
        if not failing or draft.copied or self.settings.answer.unsupported != "ask-again":
            return draft, claims
        second = _Draft(draft.evidence)
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

    def _cite(self, evidence: Evidence, start: int, end: int) -> Citation:
        """A citation with the pages and boxes of the chunks that it lies in."""
        chunks = [c for c in self.ledger.chunks_of(evidence.version) if c.start < end and start < c.end]
        pages = [page for chunk in chunks if chunk.pages for page in chunk.pages]
        boxes: tuple[Box, ...] = tuple(box for chunk in chunks for box in chunk.boxes)
        version = self.ledger.version(evidence.version)
        if version and boxes:
            inside = [e for e in version.elements if e.start < end and start < e.end and e.boxes]
            boxes = tuple(box for element in inside for box in element.boxes) or boxes
            pages = [box.page for box in boxes]
        return Citation(
            evidence.number, evidence.document, evidence.title, evidence.version, start, end,
            evidence.text[start - evidence.start : end - evidence.start],
            (min(pages), max(pages)) if pages else None, boxes,
        )  # fmt: skip


class _Draft:
    """An answer while it is written: clean text, where its markers stood, and which stretches were copied."""

    def __init__(self, evidence: dict[int, Evidence], *, text: str = "") -> None:
        self.evidence, self.usage = evidence, dict[str, int]()
        self.markers = Markers(evidence.keys(), text=text)
        self.copied: list[tuple[int, int, tuple[int, int, int]]] = []

    @property
    def text(self) -> str:
        return self.markers.text

    def add(self, delta: Delta) -> str:
        if delta.source is None:
            return self.markers.feed(delta.text)
        start = len(self.text) + (1 if self.text else 0)
        self.markers.text += ("\n" if self.text else "") + delta.text
        self.copied.append((start, start + len(delta.text), delta.source))
        return ("\n" if start else "") + f"{delta.text} [{delta.source[0]}]"

    def end(self) -> str:
        return self.markers.end()

    def claims(self, reviewer: Reviewer) -> list[Claim]:
        """Each sentence with its status: copied stretches are checked against their source like all others."""
        if self.copied:
            return [reviewer.copied(self.text, start, end, source) for start, end, source in self.copied]
        return list(reviewer.claims(self.text, self.markers.markers))
