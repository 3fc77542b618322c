"""The local backend: our DeepSeek engine behind the `Chat` protocol; text lives here, the engine knows ids only.

Between “ and ” the model can only continue words of the evidence, so a quote cannot be invented and where it stands is
known. The cache of rules and evidence is kept, so that a second question over them begins at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generation.chat import Delta, Message, Options
from generation.template import Dialogue

if TYPE_CHECKING:
    from generation.deepseek.assemble import Precision
    from generation.deepseek.constrain import Grounded
    from generation.deepseek.generate import Request, Token
    from generation.deepseek.kept import Kept
    from generation.deepseek.model import Model

_OPEN, _CLOSE = "“", "”"
_THINK, _THOUGHT = "<think>", "</think>"


class LocalBackend:
    """A DeepSeek checkpoint in a folder; loaded at the first question."""

    def __init__(
        self, folder: Path, *, precision: Precision = "16-bit", kept: Path | None = None, kept_mb: int = 1024,
        disk_mb: int = 8192,
    ) -> None:  # fmt: skip
        """:param kept: where the caches of prompt beginnings outlive the process; limits in MiB.

        :raises ModelMissing: there is no tokenizer in the folder.
        """
        self.name = f"local:{folder.name}"
        self._folder, self._precision = folder, precision
        self._kept_at, self._memory, self._disk = kept, kept_mb << 20, disk_mb << 20
        self._dialogue = Dialogue(folder)

    @cached_property
    def _model(self) -> Model:
        from generation.deepseek import checkpoint

        return checkpoint.load(self._folder, self._precision)

    @cached_property
    def _kept(self) -> Kept:
        from generation.deepseek.kept import Kept

        return Kept(self._model, self._kept_at, memory=self._memory, disk=self._disk)

    @cached_property
    def _marks(self) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
        return self._dialogue.marks(_OPEN, _CLOSE)

    def stream(self, messages: Sequence[Message], *, options: Options) -> Iterator[Delta]:
        """See `Chat`; a quote comes as one piece with its source."""
        from generation.deepseek.generate import generate
        from generation.deepseek.speculate import PromptLookup

        begin = time.monotonic()
        text = self._dialogue.text(messages)
        sources = _Sources(self._dialogue, options)
        request = self._request(text, messages, options, sources)
        out = _Out(self._dialogue, options.stop, thinking=text.rstrip().endswith(_THINK))
        first, count, finish = 0.0, 0, "stop"
        tokens = generate(self._model, request, kept=self._kept, drafter=PromptLookup())
        try:
            for token in tokens:
                first = first or time.monotonic()
                count += 1
                finish = token.finish or finish
                yield from self._said(token, out, sources)
                if out.stopped:
                    finish = "stop"
                    break
        finally:
            close: Any = getattr(tokens, "close", None)
            if close:
                close()
        yield from out.rest()
        end = time.monotonic()
        usage = {
            "prompt_tokens": len(request.ids), "completion_tokens": count, "first_token_ms": round(1000 * (first - begin)),
            "decode_ms": round(1000 * (end - first)), "cache_bytes": self._kept.bytes(),
        }  # fmt: skip
        yield Delta(usage=usage, finish=finish)

    def _request(self, text: str, messages: Sequence[Message], options: Options, sources: _Sources) -> Request:
        from generation.deepseek.generate import Request
        from generation.deepseek.sampling import Sampling

        opening, closing, banned = self._marks
        grounded = sources.grounded(opening, closing, banned) if opening and closing and options.evidence else None
        return Request(
            self._dialogue.ids(text), max_tokens=options.max_tokens,
            sampling=Sampling(temperature=options.temperature, seed=options.seed), stop=self._dialogue.stops,
            constraint=grounded, stable=self._dialogue.stable(messages),
        )  # fmt: skip

    def _said(self, token: Token, out: _Out, sources: _Sources) -> Iterator[Delta]:
        if token.id < 0 or token.id in self._dialogue.stops:
            return
        closed = sources.closed()
        if closed:
            yield from out.quote(*closed)
            return
        yield from out.token(token.id, inside=sources.inside)


class _Sources:
    """The evidence as ids, the constraint over it, and each closed quote's place."""

    def __init__(self, dialogue: Dialogue, options: Options) -> None:
        self._items = list(options.evidence)
        self._encoded = [dialogue.tokenizer.encode(item.text, add_special_tokens=False) for item in self._items]
        self._vocabulary = dialogue.tokenizer.get_vocab_size()
        self._grounded: Grounded | None = None
        self._seen = 0

    def grounded(self, opening: frozenset[int], closing: frozenset[int], banned: frozenset[int]) -> Grounded:
        from generation.deepseek.constrain import Grounded, SuffixAutomaton

        automaton = SuffixAutomaton(encoded.ids for encoded in self._encoded)
        self._grounded = Grounded(automaton, opening, closing, banned, vocabulary=self._vocabulary)
        return self._grounded

    @property
    def inside(self) -> bool:
        return self._grounded is not None and self._grounded.inside

    def closed(self) -> tuple[str, tuple[int, int, int]] | None:
        """The quote that the last token closed: its words and (evidence number, start, end) in the version's text."""
        if self._grounded is None or len(self._grounded.quotes) == self._seen:
            return None
        self._seen = len(self._grounded.quotes)
        quote = self._grounded.quotes[-1]
        item, offsets = self._items[quote.document], self._encoded[quote.document].offsets
        start, end = offsets[quote.start][0], offsets[quote.end - 1][1]
        return item.text[start:end], (item.number, item.start + start, item.start + end)


class _Out:
    """Ids to text: whole characters only, thinking apart, stop strings held back, open quotes kept until they close."""

    def __init__(self, dialogue: Dialogue, stop: Sequence[str], *, thinking: bool) -> None:
        self._tokenizer, self._stop = dialogue.tokenizer, tuple(stop)
        self._ids: list[int] = []
        self._held, self._quote, self._thinking = "", "", thinking
        self.stopped = False

    def token(self, number: int, *, inside: bool) -> Iterator[Delta]:
        self._ids.append(number)
        text = self._tokenizer.decode(self._ids, skip_special_tokens=False)
        if text.endswith("\ufffd") and len(self._ids) < 8:
            return
        self._ids.clear()
        if inside and _OPEN not in text:
            self._quote += text
            return
        if not inside:
            text, self._quote = self._quote + text, ""
        yield from self._text(text)

    def quote(self, words: str, source: tuple[int, int, int]) -> Iterator[Delta]:
        """A closed quote; the marks around it are the reply's own."""
        self._ids.clear()
        self._quote = ""
        yield from self._flush()
        if self._thinking:
            yield Delta(thinking=words + _CLOSE)
            return
        yield Delta(text=words, source=source, inline=True)
        yield from self._text(_CLOSE)

    def rest(self) -> Iterator[Delta]:
        if self._ids:
            self._held += self._tokenizer.decode(self._ids)
        self._held, self._quote = self._held + self._quote, ""
        if not self.stopped:
            yield from self._flush()

    def _text(self, text: str) -> Iterator[Delta]:
        self._held += text
        while True:
            mark = _THOUGHT if self._thinking else _THINK
            before, found, after = self._held.partition(mark)
            if not found:
                break
            yield from self._emit(before)
            self._held, self._thinking = after, not self._thinking
        at = min((self._held.find(word) for word in self._stop if word in self._held), default=-1)
        if at >= 0 and not self._thinking:
            self._held, self.stopped = self._held[:at], True
            yield from self._flush()
            return
        keep = max((_overlap(self._held, word) for word in (*self._stop, _THINK, _THOUGHT)), default=0)
        ready, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        yield from self._emit(ready)

    def _flush(self) -> Iterator[Delta]:
        ready, self._held = self._held, ""
        yield from self._emit(ready)

    def _emit(self, text: str) -> Iterator[Delta]:
        if text:
            yield Delta(thinking=text) if self._thinking else Delta(text=text)


def _overlap(text: str, word: str) -> int:
    """How many last characters of the text may be the beginning of the word."""
    return next((n for n in range(min(len(text), len(word) - 1), 0, -1) if word.startswith(text[-n:])), 0)
