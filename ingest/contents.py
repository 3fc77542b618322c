"""Tables of contents: they say nothing that the headings below do not say, and answer no question; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_LEADERS = re.compile(r"\S\s*(?:[.·…．]\s?){4,}\s*(?:\d{1,4}|[ivxlcIVXLC]{1,7})\s*$")
_LISTED = re.compile(r"^\s*[-*+•·]\s+(?=\S)")
_NUMBER = r"(?:\d{1,2}(?:[.．]\d{1,2}){0,4}|[A-Z](?:\.\d{1,2})+|第\s?[\d一二三四五六七八九十百]+\s?[章节節编編篇部])"
_NUMBERED = re.compile(rf"\s*{_NUMBER}[.．、:]?\s*(?=[^\s\d.])")
_PAGED = re.compile(
    rf"\s*(?:{_NUMBER}[.．、]?\s|(?:Chapter|Part|Appendix)\s|[A-Z][\w ]*\s).*\s(?:\d{{1,4}}|[ivxlc]{{1,7}})\s*$"
)
_NAMED = re.compile(r"\s*(?:目\s*[录錄次]|(?:Table of )?Contents)\s*$", re.IGNORECASE)
_STOP = re.compile(r"[。；，,;:：]$")
_FEWEST = 6  # numbered lines in a row whose headings stand below
_BETWEEN = 4  # lines of entries that are broken elsewhere than their headings
_DOTTED = 4  # entries with dots to their page
_LONGEST = 120  # characters of an entry
_SURE = 16  # characters by which a long entry is told, since it may be broken elsewhere than its heading


def without_contents(text: str) -> str:
    """The text without them; the lines of one are left out wholly."""
    lines = text.split("\n")
    found = contents(lines)
    return "\n".join(line for place, line in enumerate(lines) if place not in found) if found else text


def contents(lines: Sequence[str]) -> frozenset[int]:
    """The places of lines that are entries of a table of contents, and of its name above.

    Such are entries with dots to their page, and numbered lines in a row that stand once more below with text between them.
    """
    dotted = [place for place, line in enumerate(lines) if _LEADERS.search(line)]
    found = set(dotted) if len(dotted) >= _DOTTED else set[int]()
    for run in _runs(lines, _below(lines)):
        found |= run
    for place in sorted(found):
        above = _above(lines, place)
        while above is not None and above not in found and _key(lines[above]):
            found.add(above)  # a chapter that is named otherwise below
            above = _above(lines, above)
        if above is not None and _NAMED.match(lines[above]):
            found.add(above)
    return frozenset(found)


def on_page(lines: Sequence[str]) -> frozenset[int]:
    """The places of entries on a page of a PDF, where several lead to their page by dots; chapters may have none."""
    dotted = [place for place, line in enumerate(lines) if _LEADERS.search(line)]
    if len(dotted) < _DOTTED:
        return frozenset()
    first, last = dotted[0], dotted[-1]
    between = {place for place in range(max(0, first - 1), last + 1) if _PAGED.match(lines[place])}
    named = {place for place in range(first) if _NAMED.match(lines[place])}
    return frozenset({*dotted, *between, *named})


def _above(lines: Sequence[str], place: int) -> int | None:
    return next((at for at in range(place - 1, -1, -1) if lines[at].strip()), None)


def _below(lines: Sequence[str]) -> dict[int, int]:
    """The last place where each numbered line stands once more."""
    last: dict[str, int] = {}
    for place, line in enumerate(lines):
        if key := _key(line):
            last[key] = place
    return {place: last[key] for place, line in enumerate(lines) if (key := _key(line)) and last[key] > place}


def _runs(lines: Sequence[str], below: dict[int, int]) -> Iterator[set[int]]:
    """Runs of such lines, with those between that go on with the line before them."""
    filled = [place for place, line in enumerate(lines) if line.strip()]
    run: list[int] = []
    other = 0
    for place in (*filled, -1):
        if place in below:
            run.append(place)
            other = 0
            continue
        other += 1
        if place >= 0 and run and other <= _BETWEEN:
            run.append(place)
            continue
        while run and run[-1] not in below:
            run.pop()
        told = [one for one in run if one in below]
        if len(told) >= _FEWEST and _spread([below[one] for one in told], lines):
            yield set(run)
        run = []


def _spread(places: Sequence[int], lines: Sequence[str]) -> bool:
    """Whether most of these lines have text below them, as headings have and the items of a form that is filled in again have not."""
    held = set(places)
    ends = [next((at for at in range(place + 1, len(lines)) if lines[at].strip()), None) for place in places]
    return sum(end is not None and end not in held for end in ends) > 0.5 * len(ends)


def _key(line: str) -> str:
    """What an entry and its heading have in common; empty for what is neither."""
    bare = _LISTED.sub("", line).strip()
    if len(bare) > _LONGEST or not _NUMBERED.match(bare) or _STOP.search(bare):
        return ""
    key = re.sub(r"\W", "", bare).casefold()
    return key if len(key) < 2 * _SURE else key[:_SURE]
