"""The whole road from a question to a stored answer: search, pack, stream, cite, verify, store.

It is handed a search function and a scorer and never imports retrieval, so that anything which finds passages will do.
"""

from __future__ import annotations

import re
import secrets
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from generation import models, prompts, tokens, verify
from generation.chat import Chat, Delta, Options
from generation.cite import Markers
from generation.pack import cheap_cost, pack
from generation.quote import QuoteBackend
from generation.support import Encode
from library.answers import Answers
from library.errors import SettingError
from library.records import Answer, Box, Citation, Claim, ClaimStatus, Evidence, Hit
from library.store import Ledger, now
from library.text import digest, language, sentences

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
        score: Callable[[str, Sequence[str]], list[float]], encode: Encode | None = None,
        answerable: Callable[[str, Sequence[Hit]], float | None] | None = None,        chat: Chat | None = None,
    ) -> None:  # fmt: skip
        """`encode` (texts to rows of norm 1) serves the checking, `answerable` the refusal; `chat` overrides the backend that the settings choose."""
        self.ledger, self.answers, self.settings = ledger, answers, settings
        self._search = search
        self._quote = QuoteBackend(score, max_sentences=settings.answer.max_sentences)
        self._chat, self._encode, self._answerable = chat, encode, answerable

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
        if backend == "local" or (backend == "auto" and self._model() is not None):
            self._chat = self._local()
            return self._chat
        return self._quote

    def _model(self) -> Path | None:
        """The model that is named, by path or by the name it was added under; else the largest of the home."""
        named, here = self.settings.local.model, models.installed(self.settings.home)
        if named:
            return next((path for path in here if path.stem == named), Path(named).expanduser())
        return here[0] if here else None

    def _local(self) -> Chat:
        """The model of the settings.

        :raises SettingError: none is named, or what is named is no model.
        """
        own, path = self.settings.local, self._model()
        if path is None or not path.exists():
            raise SettingError(
                "The local backend cannot be used", f"{path} does not exist" if path else "no local model is here",
                "Run: suyuan models add small, or set SUYUAN_LOCAL__MODEL, or SUYUAN_ANSWER__BACKEND=quote.",
            )  # fmt: skip
        if path.suffix == ".gguf":
            from generation.llama import LlamaBackend

            return LlamaBackend(path, threads=own.threads)
        if own.threads:
            import torch

            torch.set_num_threads(own.threads)
        from generation.local import LocalBackend

        return LocalBackend(
            path, precision=own.precision, kept=self.settings.home / "kept", kept_mb=own.kept_mb,
            disk_mb=own.kept_disk_mb,
        )  # fmt: skip

    def _fence(self, evidence: Sequence[Evidence]) -> str:
        """A word that no source can know, the same for the same evidence, so that what was read of it can be kept."""
        secret = self.ledger.meta("fence secret")
        if secret is None:
            secret = secrets.token_hex(16)
            self.ledger.set_meta("fence secret", secret)
        return digest(secret, *(item.text for item in evidence))[:12]

    def ask(
        self, question: str, *, conversation: str | None = None, collections: tuple[str, ...] = (),
        documents: tuple[str, ...] = (),
    ) -> Generator[Event, None, None]:  # fmt: skip
        """Events in order: what was found, pieces of text, the stored answer.

        Closing it cancels the backend; what was written by then is stored as an answer that was stopped.
        """
        begin = time.monotonic()
        lang = "zh" if language(question) == "zh" else "en"
        chat = self.chat()
        hits = self._search(question, k=self.settings.retrieval.top_k, collections=collections, documents=documents)
        found = time.monotonic()
        yield Retrieved(tuple(hits))
        evidence = self._evidence(hits, grow=chat is not self._quote)
        draft = _Draft({item.number: item for item in evidence})
        reason = self._refusal_reason(question, hits, lang)
        whole = partial(self._stored, question, conversation, evidence, backend=chat.name, begin=begin, found=found)
        if not reason:
            try:
                yield from self._write(chat, question, evidence, draft, lang)
            except GeneratorExit:  # the reader stopped it: what was written is kept, cited and checked like any answer
                draft.end()
                if draft.text.strip():
                    whole(draft, "", stopped=True)
                raise
            if not draft.text.strip():
                reason = prompts.REASONS[lang]["sentence"]
        if reason:
            draft = _Draft({}, text=prompts.REFUSALS[lang])
            yield Delta(text=draft.text)
        yield Finished(whole(draft, reason))

    def _stored(
        self, question: str, conversation: str | None, evidence: Sequence[Evidence], draft: _Draft, reason: str, *,
        backend: str, begin: float, found: float, stopped: bool = False,
    ) -> Answer:  # fmt: skip
        """The answer with its claims judged, as it was saved."""
        answer = Answer(
            id=uuid.uuid4().hex, conversation=conversation or self.answers.begin(question), question=question,
            text=draft.text, claims=() if reason else tuple(draft.claims(self._cite, self._encode)), evidence=tuple(evidence),
            refused=bool(reason), backend=backend, created=now(), reason=reason,
            usage={**draft.usage, "invalid_markers": draft.markers.dropped, "stopped": int(stopped)},
            timings={"search": round(found - begin, 4), "write": round(time.monotonic() - found, 4)},
            settings={"min_score": str(self.settings.answer.min_score), "instant": self.settings.retrieval.instant,
                      "deep": self.settings.retrieval.deep},
        )  # fmt: skip
        self.answers.save(answer)
        return answer

    def _evidence(self, hits: Sequence[Hit], *, grow: bool) -> list[Evidence]:
        own = self.settings.answer
        budget = min(own.evidence_tokens, own.window_tokens - own.answer_tokens)
        return pack(
            hits, budget=budget, texts=lambda version: self.ledger.text(version) or "",
            neighbours=self.ledger.chunks_of, cost=self._tokens if grow else cheap_cost, grow=grow,
        )  # fmt: skip

    def _tokens(self, text: str) -> int:
        """What a passage takes of a model's window, with the lines around it."""
        return tokens.count(text, cache=self.settings.cache) + 40

    def _refusal_reason(self, question: str, hits: Sequence[Hit], lang: str) -> str:
        own = self.settings.answer
        if not hits:
            return prompts.REASONS[lang]["empty"]
        judged = self._answerable(question, hits) if self._answerable else None
        best = max(hit.score for hit in hits) if judged is None else judged
        return prompts.REASONS[lang]["low"].format(score=best, bar=own.min_score) if best < own.min_score else ""

    def _write(
        self, chat: Chat, question: str, evidence: Sequence[Evidence], draft: _Draft, lang: str
    ) -> Iterator[Delta]:
        options = Options(question=question, evidence=evidence, max_tokens=self.settings.answer.answer_tokens)
        stream = chat.stream(
            prompts.messages(question, evidence, lang=lang, fence=self._fence(evidence)), options=options
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


Cite = Callable[[Evidence, int, int], Citation]
_STOPS = ("。", ".", "！", "!", "？", "?", "\n")
_LOOP = re.compile(r"([^\n]{12,500}?[。.！!？?])(?:\s*\1){2,}\s*$")


class _Draft:
    """An answer while it is written: clean text, where its markers stood, and which stretches were copied."""

    def __init__(self, evidence: dict[int, Evidence], *, text: str = "") -> None:
        self.evidence, self.usage = evidence, dict[str, int]()
        self.markers = Markers(evidence.keys(), text=text)
        self.copied: list[tuple[int, int, tuple[int, int, int]]] = []
        self.quoted: list[tuple[int, int, tuple[int, int, int]]] = []  # the same, within sentences

    @property
    def text(self) -> str:
        return self.markers.text

    def add(self, delta: Delta) -> str:
        if delta.source is None:
            return self.markers.feed(delta.text)
        if delta.inline:
            before = self.markers.end()
            start = len(self.text)
            self.markers.text += delta.text
            self.quoted.append((start, len(self.text), delta.source))
            return before + delta.text
        start = len(self.text) + (1 if self.text else 0)
        self.markers.text += ("\n" if self.text else "") + delta.text
        self.copied.append((start, start + len(delta.text), delta.source))
        return ("\n" if start else "") + f"{delta.text} [{delta.source[0]}]"

    def end(self) -> str:
        return self.markers.end()

    def loops(self) -> bool:
        """Whether the text has come to say one thing again and again, as small models do; the repetitions are cut."""
        if self.copied or not self.text.endswith(_STOPS):
            return False
        found = _LOOP.search(self.text[-1600:])
        if found is None:
            return False
        keep = len(self.text) - len(found[0]) + len(found[1])
        self.markers.text = self.text[:keep]
        self.markers.markers = [mark for mark in self.markers.markers if mark.at <= keep]
        self.quoted = [piece for piece in self.quoted if piece[1] <= keep]
        return True

    def claims(self, cite: Cite, encode: Encode | None) -> Iterator[Claim]:
        """Each sentence with its status: copied stretches are checked against their source like all others."""
        if self.copied:
            yield from (self._copy(*piece, cite) for piece in self.copied)
            return
        given = list(self.evidence.values())
        spans = list(sentences(self.text))
        for at, (start, end) in enumerate(spans):
            until = spans[at + 1][0] if at + 1 < len(spans) else len(self.text) + 1
            numbers = [n for mark in self.markers.markers if start < mark.at <= until for n in mark.numbers]
            numbers += [source[0] for a, _, source in self.quoted if start <= a < end]
            yield from self._parts(start, end, list(dict.fromkeys(numbers)), given, cite, encode)

    def _parts(
        self, start: int, end: int, numbers: list[int], given: list[Evidence], cite: Cite, encode: Encode | None
    ) -> Iterator[Claim]:
        """A sentence as one claim, or as several where it holds quotes: each quote is one of its own."""
        at = start
        for a, b, source in [piece for piece in self.quoted if start <= piece[0] < end]:
            yield from self._judged(at, a, numbers, given, cite, encode)
            yield self._copy(a, min(b, end), source, cite)
            at = min(b, end)
        yield from self._judged(at, end, numbers, given, cite, encode)

    def _judged(
        self, start: int, end: int, numbers: list[int], given: list[Evidence], cite: Cite, encode: Encode | None
    ) -> Iterator[Claim]:
        if not any(character.isalnum() for character in self.text[start:end]):
            return
        verdict = verify.judge(self.text[start:end], given, cited=numbers, encode=encode)
        citations = tuple(cite(self.evidence[span.evidence], span.start, span.end) for span in verdict.spans)
        yield Claim(start, end, verdict.status, citations, verdict.decided)

    def _copy(self, start: int, end: int, source: tuple[int, int, int], cite: Cite) -> Claim:
        """A copied stretch, checked against its source like all others."""
        number, first, last = source
        evidence = self.evidence[number]
        same = evidence.text[first - evidence.start : last - evidence.start] == self.text[start:end]
        status = ClaimStatus.SUPPORTED if same else ClaimStatus.UNSUPPORTED
        return Claim(
            start, end, status, (cite(evidence, first, last),), "quote: exact" if same else "quote: not in the source"
        )
