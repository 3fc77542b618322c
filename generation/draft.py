"""An answer while it is written."""

from __future__ import annotations

import re

from generation.chat import Delta
from generation.cite import Markers
from generation.review import Piece, Reviewer
from library.records import Claim, Evidence

_STOPS = ("。", ".", "！", "!", "？", "?", "\n")
_LOOP = re.compile(r"([^\n]{12,500}?[。.！!？?])(?:\s*\1){2,}\s*$")


class Draft:
    """An answer while it is written: clean text, where its markers stood, and which stretches were copied."""

    def __init__(self, evidence: dict[int, Evidence], *, text: str = "") -> None:
        self.evidence, self.usage = evidence, dict[str, int]()
        self.markers = Markers(evidence.keys(), text=text)
        self.copied: list[Piece] = []
        self.quoted: list[Piece] = []  # the same, within sentences

    @property
    def text(self) -> str:
        """What is shown, without markers."""
        return self.markers.text

    def add(self, delta: Delta) -> str:
        """Takes a piece in; what of it can be shown already."""
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
        """Nothing more comes; what was held back."""
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

    def claims(self, reviewer: Reviewer) -> list[Claim]:
        """Each sentence with its status: copied stretches are checked against their source like all others."""
        if self.copied:
            return [reviewer.copied(self.text, start, end, source) for start, end, source in self.copied]
        return list(reviewer.claims(self.text, self.markers.markers, self.quoted))
