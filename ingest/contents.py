"""Tables of contents: they say nothing that the headings below do not say, and answer no question; pure."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import pairwise

_LEADERS = re.compile(r"\S\s*(?:[.·…．]\s?){4,}\s*(?:\d{1,4}|[ivxlcIVXLC]{1,7})\s*$")
_PAGE = re.compile(r"\s*(?:\d{1,4}|[ivxlcIVXLC]{1,7})\s*$")
_DOTS = re.compile(r"\s*(?:[.·…．]\s?){4,}.*$")
_LAST = re.compile(r"\d{1,4}(?=\s*$)")
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
_WIDEST = 400  # characters of one with its dots
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
    found = {place for run in _led(lines, said(lines)) for place in run}
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


def on_page(lines: Sequence[str], elsewhere: Container[str]) -> frozenset[int]:
    """The places of entries on a page of a PDF, where several lead to their page by dots; chapters may have none.

    :param elsewhere: what the document's other lines say (`said`).
    """
    dotted = {place for run in _led(lines, elsewhere) for place in run}
    if not dotted:
        return frozenset()
    first, last = min(dotted), max(dotted)
    while first and _undotted(lines[first - 1]):
        first -= 1
    undotted = {place for place in range(first, last) if _undotted(lines[place])}
    named = {first - 1} if first and _NAMED.match(lines[first - 1]) else set[int]()
    return frozenset({*dotted, *undotted, *named})


def said(lines: Iterable[str]) -> frozenset[str]:
    """What lines without dots to a page say, with their number and without."""
    return frozenset(form for line in lines if len(line) <= _WIDEST and not _leads(line) for form in _forms(line))


def _led(lines: Sequence[str], elsewhere: Container[str]) -> Iterator[list[int]]:
    """Runs of entries with dots to pages that ascend, below the name of such a table or told once more elsewhere.

    A list of prices has neither.
    """
    filled = [place for place, line in enumerate(lines) if line.strip()]
    run: list[int] = []
    other = 0
    for place in (*filled, -1):
        if place >= 0 and _leads(lines[place]):
            run.append(place)
            other = 0
            continue
        other += 1
        if place >= 0 and run and other <= _BETWEEN:
            continue
        if len(run) >= _DOTTED and _ascend([lines[one] for one in run]):
            again = sum(any(form in elsewhere for form in _forms(_DOTS.sub("", lines[one]))) for one in run)
            if 2 * again >= len(run) or _is_named(lines, run[0]):
                yield run
        run = []


def _is_named(lines: Sequence[str], place: int) -> bool:
    """Whether the name of such a table stands above, with a few entries without dots between at most."""
    for _ in range(_BETWEEN):
        above = _above(lines, place)
        if above is None or not _undotted(lines[above]):
            return above is not None and _NAMED.match(lines[above]) is not None
        place = above
    return False


def _undotted(line: str) -> bool:
    """Whether it may be an entry without dots, or its page alone."""
    return _PAGED.match(line) is not None or _PAGE.match(line) is not None or bool(_key(line))


def _ascend(entries: Sequence[str]) -> bool:
    """Whether their pages go on, but for one in ten."""
    pages = [int(found[0]) for entry in entries if (found := _LAST.search(entry))]
    return sum(b < a for a, b in pairwise(pages)) <= len(pages) // 10


def _forms(line: str) -> tuple[str, str]:
    return _bare(line), _bare(_NUMBERED.sub("", line, count=1))


def _bare(line: str) -> str:
    return re.sub(r"\W", "", line).casefold()


def _leads(line: str) -> bool:
    """Whether dots lead to a page; a longer line is none, and costs too much to look through."""
    return len(line) <= _WIDEST and _LEADERS.search(line) is not None


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
    key = _bare(bare)
    return key if len(key) < 2 * _SURE else key[:_SURE]
