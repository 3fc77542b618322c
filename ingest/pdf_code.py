"""Type whose characters all have one width, as code and what a terminal shows are set: read by its places, character by character.

Between two such characters pdfium sees a gap where a narrow one stands ("apt - get"), and none of the blanks that set
columns off; how far it is from one to the next says how many blanks there are.
"""

from __future__ import annotations

import ctypes
import re
import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ingest.pdf_tables import plain

REACH = 30.0  # line heights between two runs of one line of code at most
BLANKS = 200  # in a row at most
_PITCHES = 1.0, 100.0  # points; what is closer or farther is no type to be read
_FIXED = 1  # in a font's flags (ISO 32000-1, table 123)
_NAMES = re.compile(r"mono|courier|consol|typewriter|cmtt|txtt|menlo|inconsolata", re.IGNORECASE)


class Run(NamedTuple):
    """Text with where its first character begins and its last one ends, and from one to the next, in points."""

    text: str
    begin: float
    end: float
    pitch: float


def run(textpage: Any, bounds: tuple[float, float, float, float], text: str, known: float) -> Run | None:
    """The text within these bounds anew, where its characters are of one width; `known` is the pitch before it, else 0."""
    import pypdfium2.raw as raw

    x0, y0, x1, y1 = bounds
    first = raw.FPDFText_GetCharIndexAtPos(textpage, x0 + 0.5, (y0 + y1) / 2, 3, 3)
    if first < 0 or not _is_fixed(textpage, first):
        return None
    chars: list[str] = []
    places: list[float] = []
    x, y, line = ctypes.c_double(), ctypes.c_double(), None
    for at in range(first, min(first + len(text) + 2, textpage.count_chars())):
        raw.FPDFText_GetCharOrigin(textpage, at, x, y)
        if raw.FPDFText_IsGenerated(textpage, at) == 1:
            continue
        line = y.value if line is None else line
        if not (
            x0 - _PITCHES[1] <= x.value < x1 and abs(y.value - line) <= 1
        ):  # so written that what is no number ends it
            break
        chars.append(chr(raw.FPDFText_GetUnicode(textpage, at)))
        places.append(x.value)
    steps, wide = [b - a for a, b in pairwise(places) if b > a], _advance(textpage, first)
    pitch = statistics.median_low(steps) if steps else 0.0
    if not 0 < pitch < 1.5 * wide:  # characters that all stand apart tell none
        pitch = known or wide
    if (
        not chars or not _PITCHES[0] <= pitch <= _PITCHES[1] or any(char > "\u2e80" for char in chars)
    ):  # many Chinese fonts say that they are even
        return None
    anew = plain(_spaced(chars, places, pitch))
    return Run(anew, places[0], places[-1] + pitch, pitch) if anew.split() and _same(anew, text) else None


def _same(one: str, other: str) -> bool:
    """Whether nothing but blanks differs."""
    return "".join(one.split()) == "".join(other.split())


def _is_fixed(textpage: Any, at: int) -> bool:
    import pypdfium2.raw as raw

    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    raw.FPDFText_GetFontInfo(textpage, at, name, 128, flags)
    return bool(flags.value & _FIXED) or bool(_NAMES.search(name.value.decode("utf-8", "replace")))


def _advance(textpage: Any, at: int) -> float:
    """How wide a character is with the room that its font gives it."""
    import pypdfium2.raw as raw

    bounds = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(textpage, at, bounds)
    return float(bounds.right - bounds.left)


def _spaced(chars: Sequence[str], places: Sequence[float], pitch: float) -> str:
    text = chars[0]
    for char, (a, b) in zip(chars[1:], pairwise(places), strict=True):
        text += " " * min(BLANKS, max(0, round((b - a) / pitch) - 1)) + char
    return text
