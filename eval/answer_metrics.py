"""Answers against what was expected: exact match and F1 as SQuAD and CMRC count them, points, and cited stretches; pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence

from library.text import HAN, normalise, simplified

_WORD = re.compile(rf"[{HAN}]|\d+(?:\.\d+)?|[^\W\d_{HAN}]+")
_ARTICLES = frozenset({"a", "an", "the"})

Stretch = tuple[Hashable, int, int]  # a text and [start, end) in it


def words(text: str) -> list[str]:
    """What both scores compare: Han characters one by one, Latin words without articles, numbers without separators.

    Width, case, traditional characters and punctuation do not count (Rajpurkar et al., 2016; Cui et al., 2019); a decimal
    point does, so that 3.5 is not 35.
    """
    folded = simplified(unicodedata.normalize("NFKC", text)).casefold()
    folded = re.sub(r"(?<=\d),(?=\d{3})", "", folded).replace("'", "").replace("’", "")
    return [word for word in _WORD.findall(folded) if word not in _ARTICLES]


def exact_match(answer: str, accepted: Sequence[str]) -> float:
    """1 where the answer is one of the accepted ones, word for word."""
    own = words(answer)
    return float(any(own == words(one) for one in accepted))


def f1(answer: str, accepted: Sequence[str]) -> float:
    """Harmonic mean of the shares of words in common, with the accepted answer that fits best."""
    return max((_f1(words(answer), words(one)) for one in accepted), default=0.0)


def _f1(own: Sequence[str], other: Sequence[str]) -> float:
    if not own or not other:
        return float(own == other)
    common = sum((Counter(own) & Counter(other)).values())
    return 2 * common / (len(own) + len(other))


def holds(texts: Iterable[str], expected: Iterable[str]) -> bool:
    """Whether one of the expected strings stands in the texts, after NFKC and without blanks."""
    joined = normalise("".join(texts))
    return any(normalise(string) in joined for string in expected)


def point_recall(answer: str, points: Sequence[Sequence[str]], says: Callable[[str, str], bool] | None = None) -> float:
    """Share of the points that the answer makes; a point is a list of strings that say the same.

    :param says: (answer, point) → whether the answer says it in other words.
    """
    made = (holds([answer], point) or bool(says and any(says(answer, one) for one in point)) for point in points)
    return sum(made) / len(points)


def coverage(wanted: Iterable[Stretch], given: Iterable[Stretch]) -> float:
    """Share of the characters of the wanted stretches that the given ones cover; 0 of nothing."""
    own, other = _merged(wanted), _merged(given)
    total = sum(end - start for spans in own.values() for start, end in spans)
    covered = sum(
        max(0, min(end, last) - max(start, first))
        for text, spans in own.items() for start, end in spans for first, last in other.get(text, ())
    )  # fmt: skip
    return covered / total if total else 0.0


def _merged(stretches: Iterable[Stretch]) -> dict[Hashable, list[tuple[int, int]]]:
    """By text, in order, none touching another."""
    found: dict[Hashable, list[tuple[int, int]]] = {}
    for text, start, end in sorted(stretches, key=lambda stretch: stretch[1:]):
        spans = found.setdefault(text, [])
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], end)
        elif end > start:
            spans.append((start, end))
    return found
