"""The lines of a PDF's page with their places, in the order of its text layer; a table or code is one, and running heads are none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ingest import pdf_code, pdf_tables
from ingest.contents import on_page, said
from library.records import Box, Kind

_AROUND = 4  # pages before and after one on which a head of its chapter stands too
_LARGER = 1.15  # times the size of the text
_COMPOUND = re.compile(r"(?<![^\W\d_])(?=([^\W\d_]{2,}-[^\W\d_]{2,}))")
_DIGITS, _NUMBER = re.compile(r"\d+"), re.compile(r"^\d{1,4}(?=\s)|(?<=\s)\d{1,4}$|^(?:\d{1,4}|[ivxlc]{1,7})$")


@dataclass(slots=True)
class Line:
    """Text on one baseline, or a block of several lines."""

    text: str
    box: Box
    block: Kind | None = None  # a whole table, a row a line, or all lines of code that stand together
    prose: bool = False  # a part of a paragraph's line, and no heading
    pitch: float = 0.0  # points from one character to the next where all are of one width, as code is set

    @property
    def size(self) -> float:
        """Its height in points."""
        return self.box.y1 - self.box.y0


def lines(page: Any, number: int) -> list[Line]:
    """Text lines with boxes from the top left; neighbouring runs on one baseline are one line, a table is one."""
    textpage = page.get_textpage()
    left, _, _, top = page.get_mediabox()
    tables = pdf_tables.find(page, textpage, number)
    found: list[Line] = []
    edge, pitch = 0.0, 0.0  # where the last run ends, and its pitch
    for at in range(textpage.count_rects()):
        x0, y0, x1, y1 = bounds = textpage.get_rect(at)
        text = pdf_tables.plain(textpage.get_text_bounded(x0, y0, x1, y1)).replace("\n", " ")
        if not text.strip():
            continue
        box = Box(number, x0 - left, top - y1, x1 - left, top - y0)
        if table := next((table for table in tables if table.holds(box)), None):
            if not any(line.box == table.box for line in found):
                found.append(Line(table.text, table.box, block=Kind.TABLE))
            continue
        even = pdf_code.run(textpage, bounds, text, pitch)
        begin, end = (even.begin - left, even.end - left) if even else (box.x0, box.x1)
        text = even.text if even else text
        last = found[-1] if found and not found[-1].block else None
        coded = even is not None and last is not None and bool(last.pitch)
        if last and _same_line(last.box, box, reach=pdf_code.REACH if coded else 3.0):
            if last.text.endswith(text) and box.x1 <= last.box.x1 + 1:
                continue  # bold by printing twice
            if even and pitch:
                glue = " " * min(pdf_code.BLANKS, max(0, round((begin - edge) / even.pitch)))
            else:
                glue = " " if _apart(last.text, text, (begin - edge) / max(last.size, 1)) else ""
            merged = Box(
                number,
                min(last.box.x0, box.x0),
                min(last.box.y0, box.y0),
                max(last.box.x1, box.x1),
                max(last.box.y1, box.y1),
            )
            found[-1] = Line(last.text + glue + text, merged, pitch=even.pitch if even and coded else 0.0)
        else:
            found.append(Line(text, box, pitch=even.pitch if even else 0.0))
        edge, pitch = end, even.pitch if even else 0.0
    textpage.close()
    return found


def _apart(left: str, right: str, gap: float) -> bool:
    """Whether a blank stands between two runs of one line; `gap` in line heights. Chinese needs a wide one, figures a wider one than words: a 1 leaves room."""
    if left.endswith(" ") or right.startswith(" "):
        return False
    wide = left[-1:] > "\u2e80" or right[:1] > "\u2e80"
    figure = left[-1:].isdigit() and right[:1].isdigit()
    return gap > (1.0 if wide else 0.4 if figure else 0.22)


def _same_line(a: Box, b: Box, *, reach: float) -> bool:
    """Whether the second follows the first within `reach` line heights."""
    overlap = min(a.y1, b.y1) - max(a.y0, b.y0)
    height = min(a.y1 - a.y0, b.y1 - b.y0)
    return (
        overlap > 0.5 * height
        and -2 <= b.x0 - a.x1 < reach * max(a.y1 - a.y0, 6)
        or (overlap > 0.6 * height and abs(b.x0 - a.x1) < 2)
    )


def without_furniture(pages: Sequence[list[Line]], body: float) -> None:
    """Remove running heads and page numbers, which stand at one height of many pages; never a table.

    On most pages, or on most of the left or the right ones, they are equal but for their digits. A chapter's head is on three
    pages near each other, equal but for the page's number: there the first one stays, and what is larger than the text, `body`
    points high, since it may be a slide's title.
    """
    long = [held for held in pages if len(held) > 3]
    beside = [held for held in pages if any(line.block for line in held)]
    common: set[tuple[str, int]] = set()
    for alike in (long, beside, long[::2], long[1::2]):  # pages of one kind have their heads in one place
        seen = Counter(key for held in alike for key in {_key(line, _DIGITS) for line in _edges(held)})
        common |= {key for key, times in seen.items() if times >= max(3, 0.6 * len(alike))}
    near = list(
        _again([{_key(line, _NUMBER) for line in _edges(held) if line.size <= _LARGER * body} for held in pages])
    )
    for held, again in zip(pages, near, strict=True):
        if len(held) > 3 or any(line.block for line in held):
            ends = {id(line) for line in _edges(held) if _key(line, _DIGITS) in common or _key(line, _NUMBER) in again}
            held[:] = [line for line in held if id(line) not in ends]


def without_contents(pages: Sequence[list[Line]]) -> None:
    """Remove the entries of tables of contents, unless nothing else is there."""
    elsewhere = said(line.text for held in pages for line in held)
    left = [on_page([line.text for line in held], elsewhere) for held in pages]
    if all(len(places) == len(held) for places, held in zip(left, pages, strict=True)):
        return
    for places, held in zip(left, pages, strict=True):
        held[:] = [line for at, line in enumerate(held) if at not in places or line.block]


def _again(keys: Sequence[set[tuple[str, int]]]) -> Iterator[set[tuple[str, int]]]:
    """Of each page the keys that two of the pages around it have too, one of them before it."""
    for at, own in enumerate(keys):
        before = Counter(key for other in keys[max(0, at - _AROUND) : at] for key in own & other)
        after = Counter(key for other in keys[at + 1 : at + _AROUND + 1] for key in own & other)
        yield {key for key in before if before[key] + after[key] > 1}


def _edges(held: Sequence[Line]) -> list[Line]:
    return [line for line in (*held[:2], *held[-2:]) if not line.block]


def _key(line: Line, numbers: re.Pattern[str]) -> tuple[str, int]:
    return numbers.sub("#", line.text.strip()), round(line.box.y0 / 6)


def compounds(pages: Iterable[Sequence[Line]]) -> frozenset[str]:
    """The pairs of words that have a hyphen between them within a line, in lower case."""
    return frozenset(found[1].lower() for held in pages for line in held for found in _COMPOUND.finditer(line.text))


def with_code(page: Sequence[Line]) -> list[Line]:
    """Lines of code that stand together as one block; one alone in a paragraph stays a line of it."""
    found: list[Line] = []
    at = 0
    while at < len(page):
        stop = at + 1
        while (
            stop < len(page) and page[stop - 1].pitch and page[stop].pitch and _below(page[stop - 1], page[stop], 1.5)
        ):
            stop += 1
        held = page[at:stop]
        around = [*page[max(0, at - 1) : at], *held, *page[stop : stop + 1]]
        inside = len(held) == 1 and any(_below(a, b, 0.6) for a, b in pairwise(around) if not (a.block or b.block))
        found += [_code(held)] if held[0].pitch and not inside else held
        at = stop
    return found


def _below(one: Line, other: Line, most: float) -> bool:
    """Whether the second stands right below the first, with a gap of `most` line heights at most."""
    gap = other.box.y0 - one.box.y1
    return -0.6 * one.size < gap < most * max(one.size, other.size)


def _code(held: Sequence[Line]) -> Line:
    left = min(line.box.x0 for line in held)
    text = "\n".join(" " * round((line.box.x0 - left) / line.pitch) + line.text.strip() for line in held)
    first, right = held[0].box, max(line.box.x1 for line in held)
    return Line(text, Box(first.page, left, first.y0, right, held[-1].box.y1), Kind.CODE)
