"""Tables on a PDF's page: by the rules drawn between cells, or by rules above and below columns of text.

A PDF has no tables, only text at places and lines beside it; read without them, a table falls into a heap of cells. Rules
that touch form a grid (after Nurminen, Algorithmic extraction of data in tables in PDF documents, 2013); between rules of
one width, as papers set them, columns are where every line leaves a gap. What holds too much running text, or too little of
anything, is a frame or a drawing and no table.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import pi
from typing import Any, NamedTuple

from ingest.structure import joined, table_text
from library.records import Box
from library.text import fold_radicals

_NEAR = 2.5  # points within which two places are one
_THIN = 3.0  # points of a rule's own width at most
_SEGMENTS = 6000  # of a page's paths that are looked at; more is a drawing
_RULES = 800  # of one direction
_LEAST = 4.0  # points of a row or a column
_COVERED = 0.6  # share of a cell's side that its rule covers
_CELLS = 3000  # of one table; more is paper with squares
_CELL = 900  # characters of a cell; more is a frame around running text
_MANY = 4  # times as many columns as rows at most; boxes around words are no table
_FILLED = 0.3  # share of the cells that hold text
_WIDE = 90.0  # points of a rule that stands above or below a whole table
_GAP = 7.0  # points between two columns that no rule parts
_BLANK = 0.6  # of a line's height that parts two words where no blank is told
_WORDS = 28  # characters of a cell of such a table in the mean; more are the columns of a page
_LOOKED, _TURNED = 40, 0.2  # characters that are asked for their angle; radians from which it is not level
_TALL = 0.75  # share of the page's height that such a table takes at most

Cells = list[tuple[tuple[float, float, float, float], list[str]]]  # rows: bounds from the bottom left, and texts


class Rule(NamedTuple):
    """A line at `at` (y of a level one, x of an upright one) from `a` to `b`, in points from the page's bottom left."""

    at: float
    a: float
    b: float


class Word(NamedTuple):
    """Characters side by side with their place, in points from the page's bottom left."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float


class Table(NamedTuple):
    """Its place on the page, from the top left, and its cells, row by row."""

    box: Box
    rows: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        """One row a line."""
        return table_text(self.rows)

    def holds(self, box: Box) -> bool:
        """Whether the middle of a text's box lies in the table."""
        x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        return self.box.x0 <= x <= self.box.x1 and self.box.y0 <= y <= self.box.y1


def find(page: Any, textpage: Any, number: int) -> list[Table]:
    """The tables of a page of pypdfium2, from the top."""
    level, upright = _rules(page)
    if len(level) < 3 or max(len(level), len(upright)) > _RULES or _is_turned(textpage):
        return []
    left, bottom, _, top = page.get_mediabox()
    found = []
    groups = _touching(level, upright)
    for h, v in groups:
        cells = _grid(textpage, h, v) if v else None
        if cells and (table := _table(cells, number, left, top)):
            found.append(table)
    lone = [h[0] for h, v in groups if not v]
    for h in _alike(lone):
        cells = _columns(textpage, h) if h[0].at - h[-1].at < _TALL * (top - bottom) else None
        if cells and (table := _table(cells, number, left, top)):
            found.append(table)
    kept: list[Table] = []
    for table in sorted(found, key=lambda table: (table.box.x0 - table.box.x1) * (table.box.y1 - table.box.y0)):
        if not any(_within(table.box, other.box) for other in kept):
            kept.append(table)
    return sorted(kept, key=lambda table: table.box.y0)


def plain(text: str) -> str:
    """What pdfium tells, with one line break for all and the hyphens at line ends, which it marks in two ways, as such."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return fold_radicals(text).replace("\x02", "-").replace("\ufffe", "-")


def _is_turned(textpage: Any) -> bool:
    """Whether the text does not run from left to right, by some of its characters."""
    import pypdfium2.raw as raw

    count = textpage.count_chars()
    looked: list[float] = [raw.FPDFText_GetCharAngle(textpage, at) for at in range(0, count, max(1, count // _LOOKED))]
    return sum(_TURNED < angle < 2 * pi - _TURNED for angle in looked) > len(looked) / 2


def _table(rows: Cells, number: int, left: float, top: float) -> Table | None:
    kept = [(edges, tuple(cells)) for edges, cells in rows if any(cells)]
    every = [cell for _, cells in kept for cell in cells]
    filled = [cell for cell in every if cell]
    if sum(sum(map(bool, cells)) > 1 for _, cells in kept) < 2 or len(filled) < _FILLED * len(every):
        return None
    if max(map(len, filled)) > _CELL or len(kept[0][1]) > _MANY * len(kept):
        return None
    (x0, _, x1, y1), y0 = kept[0][0], kept[-1][0][1]
    return Table(Box(number, x0 - left, top - y1, x1 - left, top - y0), tuple(cells for _, cells in kept))


def _rules(page: Any) -> tuple[list[Rule], list[Rule]]:
    """The level and the upright lines, those of one line joined."""
    import pypdfium2.raw as raw

    level, upright, seen = [], [], 0
    for path in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=3):
        seen += (count := raw.FPDFPath_CountSegments(path))
        if seen > _SEGMENTS:
            return [], []
        x0, y0, x1, y1 = path.get_bounds()
        sides = [(x0, y0, x1, y1)] if min(x1 - x0, y1 - y0) <= _THIN else _sides(path, count)
        for a, b, c, d in sides:
            if d - b <= _THIN < c - a:
                level.append(Rule((b + d) / 2, a, c))
            elif c - a <= _THIN < d - b:
                upright.append(Rule((a + c) / 2, b, d))
    return _merged(level), _merged(upright)


def _sides(path: Any, count: int) -> Iterator[tuple[float, float, float, float]]:
    """The straight segments of a path, each as its bounds."""
    import pypdfium2.raw as raw

    matrix, x, y = path.get_matrix(), ctypes.c_float(), ctypes.c_float()
    begin = last = (0.0, 0.0)
    for at in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, at)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        here, kind = matrix.on_point(x.value, y.value), raw.FPDFPathSegment_GetType(segment)
        ends = [(last, here)] if kind == raw.FPDF_SEGMENT_LINETO else []
        if kind == raw.FPDF_SEGMENT_MOVETO:
            begin = here
        if raw.FPDFPathSegment_GetClose(segment):
            ends.append((here, begin))
        for (ax, ay), (bx, by) in ends:
            yield min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)
        last = here


def _merged(rules: Iterable[Rule]) -> list[Rule]:
    """Pieces of one line as one."""
    lines: list[list[Rule]] = []
    for rule in sorted(rules):
        if lines and rule.at - lines[-1][-1].at <= _NEAR:
            lines[-1].append(rule)
        else:
            lines.append([rule])
    found: list[Rule] = []
    for line in lines:
        at = sum(rule.at for rule in line) / len(line)
        for rule in sorted(line, key=lambda rule: rule.a):
            if found and found[-1].at == at and rule.a <= found[-1].b + _NEAR:
                found[-1] = found[-1]._replace(b=max(found[-1].b, rule.b))
            else:
                found.append(Rule(at, rule.a, rule.b))
    return found


def _touching(level: Sequence[Rule], upright: Sequence[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Level and upright rules that meet, in groups."""
    group = list(range(len(level) + len(upright)))

    def first(one: int) -> int:
        while group[one] != one:
            one = group[one]
        return one

    for i, h in enumerate(level):
        for j, v in enumerate(upright):
            if h.a - _NEAR <= v.at <= h.b + _NEAR and v.a - _NEAR <= h.at <= v.b + _NEAR:
                group[first(i)] = first(len(level) + j)
    found: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for i, h in enumerate(level):
        found.setdefault(first(i), ([], []))[0].append(h)
    for j, v in enumerate(upright):
        found.setdefault(first(len(level) + j), ([], []))[1].append(v)
    return [(h, v) for h, v in found.values() if h]


def _places(values: Iterable[float]) -> list[float]:
    """Where rows or columns are parted."""
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] >= _LEAST:
            found.append(value)
    return found


def _grid(textpage: Any, level: Sequence[Rule], upright: Sequence[Rule]) -> Cells | None:
    """The rows of a grid; a cell over several columns stands in the first of them, one over several rows in each."""
    xs = _places([v.at for v in upright] + [min(h.a for h in level), max(h.b for h in level)])
    ys = _places([h.at for h in level] + [min(v.a for v in upright), max(v.b for v in upright)])[::-1]
    if len(xs) < 3 or len(ys) < 3 or len(xs) * len(ys) > _CELLS:
        return None

    def parted(rules: Sequence[Rule], at: float, a: float, b: float) -> bool:
        covered = sum(min(b, r.b) - max(a, r.a) for r in rules if abs(r.at - at) < _LEAST and r.a < b and a < r.b)
        return covered >= _COVERED * (b - a)

    found: Cells = []
    above: dict[tuple[int, int], str] = {}  # cells that go on below, with what they hold
    for row, (y1, y0) in enumerate(pairwise(ys), 1):
        cuts = [at for at in range(1, len(xs) - 1) if parted(upright, xs[at], y0, y1)]
        texts, below = [""] * (len(xs) - 1), dict[tuple[int, int], str]()
        for one, other in pairwise([0, *cuts, len(xs) - 1]):
            ends = (y for y in ys[row:] if parted(level, y, xs[one], xs[other]))
            text = above.get((one, other))
            if text is None:
                text = _held(textpage, xs[one], next(ends, ys[-1]), xs[other], y1)
            if not parted(level, y0, xs[one], xs[other]):
                below[one, other] = text
            texts[one] = text
        found.append(((xs[0], y0, xs[-1], y1), texts))
        above = below
    return found


def _held(textpage: Any, x0: float, y0: float, x1: float, y1: float) -> str:
    """The text within these bounds, its lines as one."""
    return _one_line(plain(textpage.get_text_bounded(x0 + 0.5, y0 + 0.5, x1 - 0.5, y1 - 0.5)).split("\n"))


def _one_line(lines: Iterable[str]) -> str:
    found = ""
    for line in lines:
        if line.strip():
            found = joined(found, line.strip()) if found else line.strip()
    return " ".join(found.split())


def _alike(level: Sequence[Rule]) -> Iterator[list[Rule]]:
    """Wide rules of one width below each other, from the top; three at least."""
    rest = sorted((rule for rule in level if rule.b - rule.a >= _WIDE), key=lambda rule: -rule.at)
    while rest:
        same = [rule for rule in rest if abs(rule.a - rest[0].a) < _NEAR and abs(rule.b - rest[0].b) < _NEAR]
        rest = [rule for rule in rest if rule not in same]
        if len(same) > 2:
            yield same


def _columns(textpage: Any, level: Sequence[Rule]) -> Cells | None:
    """The rows between rules of one width; what stands above the second rule is the head, a line without its first cell goes on with the row above."""
    x0, x1 = level[0].a - _NEAR, level[0].b + _NEAR
    words = list(_words(textpage, x0, level[-1].at, x1, level[0].at))
    edges = _gaps([word for word in words if word.y1 < level[1].at + _NEAR] or words, x0, x1)
    if len(edges) < 3:
        return None
    found: Cells = []
    for line in _lines(words):
        cells = [_one_line([_spaced([word for word in line if a <= word.x0 < b])]) for a, b in pairwise(edges)]
        y0, y1 = min(word.y0 for word in line), max(word.y1 for word in line)
        in_head = y0 > level[1].at - _NEAR
        ruled = found and any(y1 - _NEAR < rule.at < found[-1][0][1] + _NEAR for rule in level)
        if found and (in_head or not (ruled or cells[0])):
            (_, _, _, top), before = found[-1]
            found[-1] = (x0, y0, x1, top), [_one_line(both) for both in zip(before, cells, strict=True)]
        else:
            found.append(((x0, y0, x1, y1), cells))
    filled = [cell for _, cells in found for cell in cells if cell]
    return found if filled and sum(map(len, filled)) <= _WORDS * len(filled) else None


def _words(textpage: Any, x0: float, y0: float, x1: float, y1: float) -> Iterator[Word]:
    """What stands within these bounds, parted at blanks and at gaps."""
    word: Word | None = None
    before: tuple[float, ...] = ()
    for at in range(textpage.count_chars()):
        a, b, c, d = box = textpage.get_charbox(at)
        inside = x0 <= a and c <= x1 and y0 <= (b + d) / 2 <= y1
        char = textpage.get_text_range(at, 1) if inside else " "
        goes_on = (
            word
            and char.strip()
            and (box == before or -_NEAR <= a - word.x1 < _BLANK * (word.y1 - word.y0))  # a ligature has one box
            and b < word.y1
            and word.y0 < d
        )
        if word and goes_on:
            word = Word(word.text + char, word.x0, min(word.y0, b), max(word.x1, c), max(word.y1, d))
        else:
            if word:
                yield word
            word = Word(char, a, b, c, d) if char.strip() else None
        before = box
    if word:
        yield word


def _lines(words: Iterable[Word]) -> list[list[Word]]:
    """Words side by side, from the top."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (-(word.y0 + word.y1), word.x0)):
        if lines and (word.y0 + word.y1) / 2 > lines[-1][0].y0:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda word: word.x0) for line in lines]


def _spaced(words: Sequence[Word]) -> str:
    found = ""
    for word in words:
        found = joined(found, plain(word.text)) if found else plain(word.text)
    return found


def _gaps(words: Sequence[Word], x0: float, x1: float) -> list[float]:
    """The left edges of the columns between which no word stands, and the right edge of the last."""
    edges, right = [x0], None
    for word in sorted(words, key=lambda word: word.x0):
        if right is not None and word.x0 - right > _GAP:
            edges.append(word.x0 - _NEAR)
        right = word.x1 if right is None else max(right, word.x1)
    return [*edges, x1]


def _within(one: Box, other: Box) -> bool:
    return other.x0 <= one.x0 + 1 and one.x1 <= other.x1 + 1 and other.y0 <= one.y0 + 1 and one.y1 <= other.y1 + 1
