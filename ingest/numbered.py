"""Headings that a plain text tells by counting: "1. Definitions", "2. Term", each alone between blank lines; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_NUMBER = re.compile(r"\s*(\d{1,2})(?:[.．、)]\s*|\s{1,3})(?=[^\s\d])(.*\S)\s*$")
_LONGEST = 80  # characters of such a heading
_LEAST = 3  # headings of one count
_RUN_IN = re.compile(
    r"\s*(\d{1,2})[.)]\s+[A-Z][\w'’-]*(?:\s+[\w'’-]+){0,8}\.\s+[A-Z(\"“]"
)  # "2. Term. This agreement …"
_PROSE = re.compile(r"[。；，,;:：！？!?]$")
_SMALL = re.compile(r"(?<![\w'’])[a-z]{4,}")  # words that a title begins with a capital, mostly


def counted(lines: Sequence[str]) -> frozenset[int]:
    """The places of the lines that are headings by their count.

    They count on from 0 or 1 without a gap, stand alone, and have text below them: what is numbered with nothing between is a
    list. What begins a paragraph with its title counts too, and stays a part of it. A line that ends like prose is none; one
    full stop is let pass where the words begin with capitals.
    """
    found = dict(_alone(lines))
    run_in = {place: int(own[1]) for place, line in enumerate(lines) if (own := _RUN_IN.match(line))}
    chain: list[int] = []
    number = -1
    for place, at in sorted((found | run_in).items()):
        below = next((below for below in range(place + 1, len(lines)) if lines[below].strip()), None)
        if place in found and (below is None or below in found):
            continue
        if at in (0, 1) and number in (-1, at):
            chain, number = [place], at
        elif chain and at == number + 1:
            chain.append(place)
            number = at
    return frozenset(chain) & found.keys() if len(chain) >= _LEAST else frozenset()


def _alone(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The places of the lines that may be such headings, and their numbers."""
    for place, line in enumerate(lines):
        found = _NUMBER.match(line)
        if not found or len(line.strip()) > _LONGEST or _PROSE.search(found[2]):
            continue
        if (place and lines[place - 1].strip()) or (place + 1 < len(lines) and lines[place + 1].strip()):
            continue
        if found[2].endswith(".") and len(_SMALL.findall(found[2])) > len(found[2].split()) // 4:
            continue
        yield place, int(found[1])
