"""Does a sentence stand in its source: located exactly, or after folding what typing and page layout change; pure.

It never lowers a threshold until something fits: a sentence that is not found is said to be unsupported.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from library.text import fold_radicals, simplified

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*%?")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "「": '"', "」": '"', "『": '"', "』": '"', "‘": "'", "’": "'",
                         "–": "-", "—": "-", "‑": "-", "−": "-", "·": "·"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A quote's place in a source: [start, end) of the source, and how it was found."""

    start: int
    end: int
    how: str  # "exact" or "normalised"


def locate(quote: str, source: str) -> Found | None:
    """Where the quote stands in the source, or None. Numbers, letters and signs must be equal; width, blanks,
    quotation marks, traditional forms and hyphens at line ends need not."""
    quote = quote.strip()
    if not quote:
        return None
    at = _find(source, quote)
    if at >= 0:
        return Found(at, at + len(quote), "exact")
    folded, places = _folded(source)
    wanted, _ = _folded(quote)
    at = _find(folded, wanted) if wanted else -1
    if at < 0:
        return None
    return Found(places[at], places[at + len(wanted) - 1] + 1, "normalised")


def _find(text: str, wanted: str) -> int:
    """The first place where `wanted` stands and cuts no number, or -1."""
    at = text.find(wanted)
    while at >= 0 and not _whole_words(text, at, at + len(wanted)):
        at = text.find(wanted, at + 1)
    return at


def _folded(text: str) -> tuple[str, list[int]]:
    """The comparison form, and for each of its characters the place in `text` that it came from."""
    out: list[str] = []
    places: list[int] = []
    text = re.sub(r"(?<=[a-z])[-\u00ad]\n(?=[a-z])", lambda m: "\u200b" * len(m[0]), text)
    for at, char in enumerate(text):
        form = simplified(unicodedata.normalize("NFKC", fold_radicals(char))).casefold().translate(_QUOTES)
        for folded in form:
            if folded.isspace() or unicodedata.category(folded) == "Cf":
                continue
            out.append(folded)
            places.append(at)
    return "".join(out), places


def _whole_words(text: str, start: int, end: int) -> bool:
    """No digit run is cut: 12 is not found in 120."""
    before = start and text[start].isdigit() and text[start - 1].isdigit()
    after = end < len(text) and text[end - 1].isdigit() and text[end].isdigit()
    return not before and not after


def missing_numbers(claim: str, source: str) -> list[str]:
    """Numbers of the claim that the source does not hold."""
    held = set(_NUMBER.findall(unicodedata.normalize("NFKC", source)))
    return [number for number in _NUMBER.findall(unicodedata.normalize("NFKC", claim)) if number not in held]
