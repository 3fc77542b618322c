"""Markers in a generator's stream to numbers: `[1]`, `[1, 3]`, `[1-3]`, `【1】`, `［1］`, `[ID:1]`, split anywhere; pure.

Numbers come from retrieval: one that was not handed out, zero, and a number twice at one place are dropped and counted.
Nothing inside code or a model's thinking is a marker (a fence that is never closed is code to its end, as in CommonMark);
thinking is taken out, also where its opening tag is missing or it was cut off.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

_DIGITS = "0-9０-９"
_MARK = re.compile(
    rf"[\[［【](?=[^\]］】]{{1,60}}[\]］】])\s*(?:ID\s*[:：]\s*)?([{_DIGITS}]+(?:\s*[,，、;；–—-]\s*(?:ID\s*[:：]\s*)?[{_DIGITS}]+)*)\s*[\]］】]"
)
_EVENT = re.compile(
    rf"(?P<fence>`{{3,}})|(?P<code>(?<!`)`[^`\n]{{1,200}}`(?!`))|(?P<think></?think>)|(?P<mark>{_MARK.pattern})"
)
_UNSURE = re.compile(
    r"[ \t]*(?:[\[［【][^\]］】]{0,60}|(?<!`)`[^`\n]{0,200}`*|</?t?h?i?n?k?)$|[ \t]+$"
)  # a tail that more text may turn into one of the above
_OPENED = re.compile(rf"[\[［【][\s{_DIGITS},，、;；:：ID–—-]*$")
_NUMBERS = re.compile(rf"([{_DIGITS}]+)(?:\s*[–—-]\s*([{_DIGITS}]+))?")
_MOST = 20  # a range longer than this is no citation


@dataclass(frozen=True, slots=True)
class Marker:
    """Evidence numbers at a place of the text without markers."""

    at: int
    numbers: tuple[int, ...]


@dataclass
class Markers:
    """Takes a stream apart into clean text, markers and thinking; feed it pieces, then `end`.

    The result does not depend on where the pieces were cut.
    """

    known: Collection[int]
    text: str = ""
    markers: list[Marker] = field(default_factory=list)
    dropped: int = 0
    thinking: str = ""
    _held: str = ""
    _fenced: bool = False
    _thinks: bool = False
    _seam: int = -1  # where the last marker was taken out
    _parted: bool = False  # a thought was taken out, and nothing has followed yet

    def feed(self, piece: str) -> str:
        """Add a piece; gives the clean text that is certain now."""
        self._held += piece
        cut = self._certain()
        ready, self._held = self._held[:cut], self._held[cut:]
        return self._take(ready)

    def end(self) -> str:
        """No more pieces; gives the rest of the text."""
        ready, self._held = self._held, ""
        return self._take(ready)

    def _certain(self) -> int:
        """How much of what is held no later piece can change."""
        at = 0
        while True:
            event, unsure = _EVENT.search(self._held, at), _UNSURE.search(self._held, at)
            if unsure and (not event or unsure.start() <= event.start()):
                return unsure.start()
            if not event:
                return len(self._held)
            at = event.end()

    def _take(self, ready: str) -> str:
        before, at = len(self.text), 0
        for found in _EVENT.finditer(ready):
            kind = found.lastgroup if found.lastgroup in ("fence", "code", "think") else "mark"
            kind = next((name for name in ("fence", "code", "think") if found[name]), kind)
            if self._ignored(kind, found[0]):
                continue
            self._add(ready[at : found.start()], before_mark=kind == "mark")
            self._event(kind, found)
            at = found.end()
        self._add(ready[at:])
        return self.text[min(before, len(self.text)) :]

    def _ignored(self, kind: str, what: str) -> bool:
        """Within thinking only its end counts, within a fence only the fence."""
        if self._thinks:
            return what != "</think>"
        return self._fenced and kind != "fence"

    def _event(self, kind: str, found: re.Match[str]) -> None:
        if kind == "fence":
            self._fenced = not self._fenced
            self._add(found[0])
        elif kind == "code":
            self._add(found[0])
        elif kind == "mark":
            numbers = self._resolve(_MARK.fullmatch(found[0]) or found)
            if numbers:
                self.markers.append(Marker(len(self.text), numbers))
            self._stay_open()
            self._seam = len(self.text)
        elif found[0] == "<think>":
            self._thinks = True
        else:
            self._ended_thinking()

    def _ended_thinking(self) -> None:
        """A closing tag without an opening one: all so far was thinking."""
        if not self._thinks:
            self.thinking += self.text
            self.text, self.dropped = "", 0
            self.markers.clear()
        self._thinks = False
        self._parted = bool(self.text.strip())

    def _add(self, part: str, *, before_mark: bool = False) -> None:
        if self._thinks:
            self.thinking += part
            return
        if before_mark:
            part = part.rstrip(" \t")
        if not self.text.strip() and self.thinking:
            part = part.lstrip()
        if part and self._parted:
            self._stay_open()
            self.text += "\n\n"  # what stood around a thought is two texts: no tick or bracket closes across it
            self._parted = False
        if part.startswith("`") and self._seam == len(self.text) and self.text.endswith("`"):
            self.text += " "  # code on both sides of a marker that was taken out
        self.text += part

    def _stay_open(self) -> None:
        """What stood around a marker or a thought must not close up to another marker."""
        if _OPENED.search(self.text[-80:]):
            self.text += "·"

    def _resolve(self, found: re.Match[str]) -> tuple[int, ...]:
        numbers: list[int] = []
        for first, last in _NUMBERS.findall(found[1]):
            low = int(first)
            high = int(last) if last else low
            wanted = range(low, high + 1) if 0 <= high - low < _MOST else (low, high)
            for number in wanted:
                if number in self.known and number not in numbers:
                    numbers.append(number)
                else:
                    self.dropped += 1
        return tuple(numbers)
