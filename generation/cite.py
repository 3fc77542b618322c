"""Markers in a generator's stream to numbers: `[1]`, `[1, 3]`, `[1-3]`, `【1】`, `［1］`, `[ID:1]`, split anywhere; pure.

Numbers come from retrieval: one that was not handed out, zero, and a number twice at one place are dropped and counted.
Nothing inside code or a model's thinking is a marker.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

_MARK = re.compile(
    r"[\[［【]\s*(?:ID\s*[:：]\s*)?([0-9０-９]+(?:\s*[,，、;–—-]\s*(?:ID\s*[:：]\s*)?[0-9０-９]+)*)\s*[\]］】]"
)
_OPEN = re.compile(r"[\[［【][^\]］】\n]{0,60}$")
_NUMBERS = re.compile(r"([0-9０-９]+)(?:\s*[–—-]\s*([0-9０-９]+))?")
_MOST = 20  # a range longer than this is no citation


@dataclass(frozen=True, slots=True)
class Marker:
    """Evidence numbers at a place of the text without markers."""

    at: int
    numbers: tuple[int, ...]


@dataclass
class Markers:
    """Takes a stream apart into clean text and markers; feed it pieces, then `end`.

    The result does not depend on where the pieces were cut.
    """

    known: Collection[int]
    text: str = ""
    markers: list[Marker] = field(default_factory=list)
    dropped: int = 0
    _held: str = ""
    _fence: bool = False

    def feed(self, piece: str) -> str:
        """Add a piece; gives the clean text that is certain now."""
        self._held += piece
        cut = self._safe()
        ready, self._held = self._held[:cut], self._held[cut:]
        return self._take(ready)

    def end(self) -> str:
        """No more pieces; gives the rest of the text."""
        ready, self._held = self._held, ""
        return self._take(ready)

    def _safe(self) -> int:
        """How much of what is held cannot belong to an unfinished marker or fence."""
        open_mark = _OPEN.search(self._held)
        cut = open_mark.start() if open_mark else len(self._held)
        while cut and self._held[cut - 1] in "` \t" and cut == len(self._held):
            stripped = self._held.rstrip("` \t")
            cut = len(stripped)
            break
        if cut and cut < len(self._held) and self._held[cut - 1] in " \t":
            cut = len(self._held[:cut].rstrip(" \t"))
        return cut

    def _take(self, ready: str) -> str:
        before = len(self.text)
        for number, part in enumerate(re.split(r"(```)", ready)):
            if number % 2:
                self._fence = not self._fence
                self.text += part
            elif self._fence:
                self.text += part
            else:
                self._plain(part)
        return self.text[before:]

    def _plain(self, part: str) -> None:
        at = 0
        for found in _MARK.finditer(part):
            self.text += part[at : found.start()].rstrip(" \t")
            numbers = self._resolve(found[1])
            if numbers:
                self.markers.append(Marker(len(self.text), numbers))
            at = found.end()
        self.text += part[at:]

    def _resolve(self, inside: str) -> tuple[int, ...]:
        numbers: list[int] = []
        for first, last in _NUMBERS.findall(inside):
            low = int(first)
            high = int(last) if last else low
            wanted = range(low, high + 1) if 0 <= high - low < _MOST else (low, high)
            for number in wanted:
                if number in self.known and number not in numbers:
                    numbers.append(number)
                else:
                    self.dropped += 1
        return tuple(numbers)
