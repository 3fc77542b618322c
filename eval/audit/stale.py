"""Where a citation stands today: at its place, moved with a newer version, reworded, or gone with its document; and the difference."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Literal

from generation.quotes import locate
from generation.support import units
from library.records import Citation
from library.store import Ledger
from library.text import HAN, sentences

_TOKEN = re.compile(rf"[{HAN}]|\d+(?:[.,]\d+)*|[^\W\d_]+|\s+|.", re.DOTALL)
_LOOKED_AT = 6  # sentences that share most words with the cited one and are compared letter by letter
_ALIKE = (
    0.3  # share of letters in order from which a sentence of the new version is shown as what became of the cited one
)

Piece = tuple[Literal["same", "gone", "new"], str]


class Standing(StrEnum):
    """What today's library says of a citation."""

    RESOLVES = "resolves"  # its version is the live one
    MOVED = "moved"  # a newer version still has the words
    CHANGED = "changed"  # a newer version has not
    REMOVED = "document removed"
    LOST = "lost"  # its version is not kept, or other words stand at the place


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch [start, end) of a version's text."""

    version: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Today:
    """A citation's standing; where the words are now, or what the newer version says in their stead."""

    standing: Standing
    kept: bool  # the cited version can still be read, and says so
    place: Place | None = None
    difference: tuple[Piece, ...] = ()


def today(ledger: Ledger, citation: Citation) -> Today:
    """Look the citation up in today's ledger."""
    text = ledger.text(citation.version)
    kept = text is not None and text[citation.start : citation.end] == citation.cited_text
    document = ledger.document(citation.document)
    if document is None or document.version is None:
        return Today(Standing.REMOVED if kept else Standing.LOST, kept)
    if document.version == citation.version:
        place = Place(citation.version, citation.start, citation.end)
        return Today(Standing.RESOLVES, True, place) if kept else Today(Standing.LOST, False)
    live = ledger.text(document.version) or ""
    found = _find(citation.cited_text, live)
    if found:
        return Today(Standing.MOVED, kept, Place(document.version, *found))
    nearest = closest(citation.cited_text, live)
    if nearest is None:
        return Today(Standing.CHANGED if kept else Standing.LOST, kept)
    said = live[nearest[0] : nearest[1]]
    return Today(
        Standing.CHANGED if kept else Standing.LOST, kept, Place(document.version, *nearest),
        difference(citation.cited_text, said),
    )  # fmt: skip


def _find(words: str, text: str) -> tuple[int, int] | None:
    at = text.find(words)
    if at >= 0:
        return at, at + len(words)
    found = locate(words, text)
    return (found.start, found.end) if found else None


def closest(words: str, text: str) -> tuple[int, int] | None:
    """The stretch of as many sentences as `words` has that is most like it; None where nothing is near."""
    spans = list(sentences(text))
    count = max(1, len(list(sentences(words))))
    windows = [(spans[at][0], spans[min(at + count, len(spans)) - 1][1]) for at in range(len(spans))]
    wanted = Counter(units(words))
    shared = [sum((wanted & Counter(units(text[a:b]))).values()) for a, b in windows]
    first = sorted(range(len(windows)), key=lambda at: -shared[at])[:_LOOKED_AT]
    rated = [(SequenceMatcher(None, words, text[slice(*windows[at])], autojunk=False).ratio(), -at) for at in first]
    best, at = max(rated, default=(0.0, 0))
    return windows[-at] if best >= _ALIKE else None


def difference(old: str, new: str) -> tuple[Piece, ...]:
    """Old to new by words, numbers and single Han characters: what stayed, went and came, in order."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    pieces: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(("same", "".join(before[a:b])))
            continue
        if b > a:
            pieces.append(("gone", "".join(before[a:b])))
        if d > c:
            pieces.append(("new", "".join(after[c:d])))
    return tuple(pieces)
