"""Ids of a reply to pieces of text; it knows no model and no evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from generation.chat import Delta

if TYPE_CHECKING:
    from generation.template import Dialogue

OPEN, CLOSE = "“", "”"
THINK, THOUGHT = "<think>", "</think>"


class Spoken:
    """Ids to text: whole characters only, thinking apart, stop strings held back, open quotes kept until they close."""

    def __init__(self, dialogue: Dialogue, stop: Sequence[str], *, thinking: bool) -> None:
        self._tokenizer, self._stop = dialogue.tokenizer, tuple(stop)
        self._ids: list[int] = []
        self._before: list[int] = []  # the ids of the last piece: some tokenizers leave out a text's first blank
        self._held, self._quote, self._thinking = "", "", thinking
        self.stopped = False

    def token(self, number: int, *, inside: bool) -> Iterator[Delta]:
        """The reply's next id; `inside` while a grounded quote is open."""
        self._ids.append(number)
        text = self._decoded()
        if text.endswith("\ufffd") and len(self._ids) < 8:
            return
        self._before, self._ids = self._ids, []
        if inside and OPEN not in text:
            self._quote += text
            return
        if not inside:
            text, self._quote = self._quote + text, ""
        yield from self._text(text)

    def quote(self, words: str, source: tuple[int, int, int]) -> Iterator[Delta]:
        """A closed quote; the marks around it are the reply's own."""
        self._before, self._ids, self._quote = [], [], ""
        yield from self._flush()
        if self._thinking:
            yield Delta(thinking=words + CLOSE)
            return
        yield Delta(text=words, source=source, inline=True)
        yield from self._text(CLOSE)

    def rest(self) -> Iterator[Delta]:
        """What was held back; the reply is over."""
        if self._ids:
            self._held += self._decoded()
        self._held, self._quote = self._held + self._quote, ""
        if not self.stopped:
            yield from self._flush()

    def _decoded(self) -> str:
        """The text of the ids that no piece holds yet."""
        known = self._tokenizer.decode(self._before, skip_special_tokens=False) if self._before else ""
        whole: str = self._tokenizer.decode([*self._before, *self._ids], skip_special_tokens=False)
        return whole[len(known) :]

    def _text(self, text: str) -> Iterator[Delta]:
        self._held += text
        while True:
            mark = THOUGHT if self._thinking else THINK
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
        keep = max((_overlap(self._held, word) for word in (*self._stop, THINK, THOUGHT)), default=0)
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
