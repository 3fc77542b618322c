"""Questions that a document poses itself, as a list of frequent questions does, and what stands below them; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from library.text import language

_NUMBER = re.compile(
    r"^\s*(?:#{1,6}\s+|[-*•]\s+)?(?:(?:Q|问|問)\s*\d*\s*[.．、:：)）]|\d{1,3}(?:[.．]\d{1,3})*\s*[.．、)）:：]?(?=\s|[^\s\d]))?\s*"
)
_ASKS = re.compile(r"[？?][！!]?\s*$")
_FEWEST = {"zh": 4, "en": 12}  # letters of a question: a shorter one names a subject


def below(question: str, text: str, headings: Sequence[str] = ()) -> tuple[int, int] | None:
    """[start, end) of the text that stands below this very question; None where it is not posed, or nothing stands there.

    :param headings: that the text stands under; where the last one is the question, all of it does, to the next one.
    """
    asked = _letters(question)
    if len(asked) < _FEWEST.get(language(question), _FEWEST["en"]):
        return None
    start = 0 if headings and asked in _said(headings[-1]) else None
    at = 0
    for line in text.split("\n"):
        end = at + len(line)
        if asked in _said(line):
            start = min(end + 1, len(text))
        elif start is not None and _ASKS.search(line) and _is_numbered(line):
            return (start, at) if text[start:at].strip() else None
        at = end + 1
    return (start, len(text)) if start is not None and text[start:].strip() else None


def _is_numbered(line: str) -> bool:
    found = _NUMBER.match(line)
    return found is not None and bool(found[0].strip())


def _said(line: str) -> tuple[str, str]:
    """The line's letters with what may be its number, and without."""
    return _letters(line), _letters(_NUMBER.sub("", line, count=1))


def _letters(line: str) -> str:
    """Letters and digits, without what is told by width or case."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", line)).casefold()
