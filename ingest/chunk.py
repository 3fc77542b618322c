"""Cut a document along its structure into chunks that the embedders read whole; pure.

A chunk never crosses a top-level heading, never cuts a table row, keeps code whole where it fits and ends where a
sentence ends. The heading path and a table's header row go into what is embedded and never into what is quoted.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from library.records import Box, Chunk, Element, Kind
from library.text import digest, language, sentences

Count = Callable[[str], int]
Span = tuple[int, int]

_NEAR = 3.0  # points by which the edges of a table on two pages differ
_MAX_BOXES = 40  # a highlight on a page needs no more


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch that is not cut further, with what it stands under."""

    start: int
    end: int
    path: tuple[str, ...]
    section: int  # grows at every top-level heading
    context: str
    page: int | None
    boxes: tuple[Box, ...]
    heading: bool = False


def split(
    text: str, elements: Sequence[Element], *, version: str, count: Count, target: int, limit: int
) -> list[Chunk]:
    """Chunks of about `target` and never more than `limit` tokens, in order, without overlap; only blanks are left out.

    :param count: tokens of a text in the embedder's own vocabulary; asked only where a cheap upper bound does not do.
    :raises ValueError: limit < target.
    """
    if limit < target:
        raise ValueError(f"limit {limit} is below target {target}")
    measure = _Measure(count)
    pieces = [part for piece in _pieces(text, elements) for part in _fitting(text, piece, measure, target, limit)]
    groups = list(_groups(text, pieces, measure, target, limit))
    return [_chunk(text, group, version, ordinal, measure) for ordinal, group in enumerate(groups)]


class _Measure:
    """Token counts with an upper bound that needs no tokenizer: one token a character and two a text."""

    def __init__(self, count: Count) -> None:
        self._count = count

    def bound(self, text: str) -> int:
        """An estimate: 0.85 tokens a wide character, 0.35 a narrow one, a little above what the vocabularies need."""
        wide = len(text) - len(text.encode("ascii", "ignore"))
        return int(0.85 * wide + 0.35 * (len(text) - wide)) + 3

    def fits(self, text: str, limit: int) -> bool:
        """Whether the text certainly has at most `limit` tokens; the tokenizer is asked only near the limit."""
        if len(text.encode()) + 2 <= limit:
            return True
        if self.bound(text) > 3 * limit:
            return False
        return self._count(text) <= limit if self.bound(text) * 1.6 > limit else True


def _pieces(text: str, elements: Sequence[Element]) -> Iterator[_Piece]:
    """Elements as pieces, table rows one by one; text between elements is not lost."""
    path: list[tuple[int, str]] = []
    section, at = 0, 0
    table: tuple[Element, str] | None = None  # the last element where it was one, and its head
    for element in sorted(elements, key=lambda e: (e.start, e.end)):
        start = max(element.start, at)
        if at < start and text[at:start].strip():
            yield from _lines(text, at, start, tuple(name for _, name in path), section)
        if start >= element.end:
            continue
        if element.kind is Kind.HEADING:
            name = " ".join(text[start : element.end].split()).lstrip("# ")[:120]
            path = [*((level, n) for level, n in path if level < element.level), (element.level, name)]
            section += element.level <= 1
        names = tuple(name for _, name in path)
        own = names[:-1] if element.kind is Kind.HEADING else names
        if element.kind is Kind.TABLE:
            above = table[1] if table and _goes_on(text, table[0], element) else ""
            yield from _rows(text, start, element, own, section, above)
            table = element, above or _first_line(text, start, element.end)
        else:
            table = None
            yield _Piece(
                start, element.end, own, section, "", element.page, element.boxes, element.kind is Kind.HEADING
            )
        at = element.end
    if text[at:].strip():
        yield from _lines(text, at, len(text), tuple(name for _, name in path), section)


def _lines(text: str, start: int, end: int, path: tuple[str, ...], section: int) -> Iterator[_Piece]:
    for a, b in _line_spans(text, start, end):
        yield _Piece(a, b, path, section, "", None, ())


def _line_spans(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        if text[start:stop].strip():
            yield start, stop
        start = stop + 1


def _first_line(text: str, start: int, end: int) -> str:
    return next((text[a:b].strip()[:300] for a, b in _line_spans(text, start, end)), "")


def _rows(text: str, start: int, table: Element, path: tuple[str, ...], section: int, above: str) -> Iterator[_Piece]:
    """Rows below the table's own first one, or all of them below the head `above` that the last page has; not that head again."""
    own = _first_line(text, start, table.end)
    for number, (a, b) in enumerate(_line_spans(text, start, table.end)):
        is_head = not number and own == (above or own)
        yield _Piece(a, b, path, section, "" if is_head else above or own, table.page, table.boxes)


def _goes_on(text: str, last: Element, table: Element) -> bool:
    """Whether a table is the rest of the one that ends the page before: nothing between them, as wide, as many columns."""
    if last.page is None or table.page != last.page + 1 or text[last.end : table.start].strip():
        return False
    if not last.boxes or not table.boxes or last.boxes[-1].page != last.page:
        return False
    a, b = last.boxes[-1], table.boxes[0]
    columns = [max(line.count("|") for line in text[one.start : one.end].split("\n")) for one in (last, table)]
    return 0 < columns[0] == columns[1] and abs(a.x0 - b.x0) < _NEAR and abs(a.x1 - b.x1) < _NEAR


def _fitting(text: str, piece: _Piece, measure: _Measure, target: int, limit: int) -> Iterator[_Piece]:
    """The piece, or parts of it at sentence ends, each within the limit with its path and context."""
    room = limit - measure.bound(_before(piece)) if piece.path or piece.context else limit
    if room < limit // 3:  # a path this long would leave no room for the text
        piece = _Piece(
            piece.start, piece.end, piece.path[-1:], piece.section, "", piece.page, piece.boxes, piece.heading
        )
        room = limit // 3
    if measure.fits(text[piece.start : piece.end], room):
        yield piece
        return
    for a, b in _cuts(text, piece.start, piece.end, measure, min(target, room), room):
        yield _Piece(a, b, piece.path, piece.section, piece.context, piece.page, piece.boxes)


def _before(piece: _Piece) -> str:
    return " › ".join(piece.path) + piece.context


def _cuts(text: str, start: int, end: int, measure: _Measure, target: int, room: int) -> Iterator[Span]:
    """Whole sentences up to the target; a sentence over the room is cut at clause ends, then anywhere."""
    begin: int | None = None
    stop = start
    for a, b in sentences(text, start=start, end=end):
        if not measure.fits(text[a:b], room):
            if begin is not None:
                yield begin, stop
                begin = None
            yield from _hard(text, a, b, measure, room)
        elif begin is None:
            begin = a
        elif measure.bound(text[begin:b]) > target:
            yield begin, stop
            begin = a
        stop = b
    if begin is not None:
        yield begin, stop


def _hard(text: str, start: int, end: int, measure: _Measure, room: int) -> Iterator[Span]:
    while start < end:
        stop = min(end, start + 2 * room)
        while stop - start > 1 and not measure.fits(text[start:stop], room):
            stop = start + max(1, (stop - start) * 3 // 4)
        if stop < end:
            better = max(text.rfind(mark, start + (stop - start) // 2, stop) for mark in "，、,;: \t")
            stop = better + 1 if better > start else stop
        if text[start:stop].strip():
            yield start, stop
        start = stop


def _groups(text: str, pieces: Sequence[_Piece], measure: _Measure, target: int, limit: int) -> Iterator[list[_Piece]]:
    """Neighbouring pieces of one section, joined up to the target; a heading goes with what follows it."""
    group: list[_Piece] = []
    size = 0
    for piece in pieces:
        own = measure.bound(text[piece.start : piece.end])
        if group and (
            piece.section != group[-1].section
            or size + own > target
            and not all(part.heading for part in group)
            or piece.heading
            and size > target // 2
            or piece.context
            and piece.page != group[-1].page  # a table goes on, whose head stands on the page before
            or not _together(text, group, piece, measure, limit)
        ):
            yield group
            group, size = [], 0
        group.append(piece)
        size += own
    if group:
        yield group


def _together(text: str, group: list[_Piece], piece: _Piece, measure: _Measure, limit: int) -> bool:
    return measure.fits(_before(group[0]) + text[group[0].start : piece.end], limit - 8)


def _chunk(text: str, group: Sequence[_Piece], version: str, ordinal: int, measure: _Measure) -> Chunk:
    start, end = group[0].start, group[-1].end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    pages = [piece.page for piece in group if piece.page is not None]
    boxes = tuple(dict.fromkeys(box for piece in group for box in piece.boxes))[:_MAX_BOXES]
    body = text[start:end]
    chunk = Chunk(
        id=str(uuid.UUID(hex=digest(version, str(ordinal)))), version=version, ordinal=ordinal, start=start, end=end,
        heading_path=group[0].path, pages=(min(pages), max(pages)) if pages else None, boxes=boxes,
        language=language(body), context=group[0].context,
    )  # fmt: skip
    tokens = measure.bound(chunk.embedded(body))
    return replace(chunk, tokens=tokens)
