"""Canonical text and its elements; headings and blocks of plain text by Chinese and English numbering; pure."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence

from ingest.numbered import counted
from library.records import Box, Element, Kind

_NUMERAL = "一二三四五六七八九十百零〇两0-9０-９"
_RULES: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(rf"^第\s?[{_NUMERAL}]+\s?[编篇部卷](?:\s|　|$|[^。，；])"), 1),
    (re.compile(rf"^第\s?[{_NUMERAL}]+\s?章(?:\s|　|$|[^。，；])"), 1),
    (re.compile(rf"^第\s?[{_NUMERAL}]+\s?节(?:\s|　|$|[^。，；])"), 2),
    (re.compile(r"^[一二三四五六七八九十]{1,3}[、.．]\s*\S"), 1),
    (re.compile(r"^[（(][一二三四五六七八九十]{1,3}[)）]\s*\S"), 2),
    (re.compile(r"^(?:Chapter|Part|Appendix)\s+(?:\d+|[IVXLC]+|[A-Z])\b", re.IGNORECASE), 1),
    (re.compile(r"^Section\s+\d+(?:\.\d+)*\b", re.IGNORECASE), 2),
)
_DECIMAL = re.compile(r"^(\d{1,2}(?:[.．]\d{1,2}){0,4})[.、．]?\s*[^\s\d.%万亿元倍年月日个分秒米克吨瓦度人次]")
_ASKED = re.compile(
    r"\d{1,2}(?:[.．]\d{1,2}){1,4}[.．、]?\s+(?=.*[？?])\S.{2,120}[？?！!]"
)  # of questions with their answers
_PROSE_END = re.compile(r"[。；，,;:：！!？?]$|\.$")
LIST = re.compile(r"^\s*(?:[-*+•·●○]\s+|\d{1,3}[.)、]\s*|[（(]\d{1,3}[)）]\s*|[a-zA-Z][.)]\s+)\S")

FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
ROW = re.compile(r"^\s*\|.*\|\s*$|^[^|\n]+\|[^|\n]+\|")
_CENTRED, _TITLE = 8, 80  # blanks before a title in the middle of its line, at least; its characters, at most
_LETTERS = re.compile(r"[^\W\d_]+")
_JOIN_HYPHEN = re.compile(r"(?<=[a-z])[-\u00ad]$")


class Writer:
    """Collects canonical text and its elements; offsets are right by construction."""

    def __init__(self) -> None:
        """An empty document."""
        self._parts: list[str] = []
        self._length = 0
        self.elements: list[Element] = []

    def add(
        self,
        kind: Kind,
        text: str,
        *,
        level: int = 0,
        page: int | None = None,
        boxes: Iterable[Box] = (),
        gap: str = "\n\n",
    ) -> None:
        """Append one element; blank text is left out, `gap` goes before it."""
        text = clean(text).strip("\n")
        if not text.strip():
            return
        if self._length:
            self._parts.append(gap)
            self._length += len(gap)
        self.elements.append(Element(kind, self._length, self._length + len(text), level, page, tuple(boxes)))
        self._parts.append(text)
        self._length += len(text)

    def extend(self, text: str, boxes: Iterable[Box]) -> None:
        """Replace the last element's text by a longer one and add boxes to it."""
        last = self.elements.pop()
        self._length -= len(self._parts.pop())
        text = clean(text)
        self.elements.append(
            Element(last.kind, self._length, self._length + len(text), last.level, last.page, (*last.boxes, *boxes))
        )
        self._parts.append(text)
        self._length += len(text)

    @property
    def last(self) -> str:
        """The text of the last element."""
        return self._parts[-1] if self._parts else ""

    @property
    def text(self) -> str:
        """Everything that was added."""
        return "".join(self._parts)


def add_table(
    writer: Writer, rows: Iterable[Sequence[object]], *, headed: bool = False, page: int | None = None
) -> None:
    """A table as one element; `headed` where the source says that the first row is a head."""
    writer.add(Kind.TABLE, table_text(rows, headed=headed), page=page)


def table_text(rows: Iterable[Sequence[object]], *, headed: bool = False) -> str:
    """One row a line, cells divided by ` | `; empty rows and trailing cells are left out.

    Below a head bars stand around every row as in Markdown, and a row is as long as the head at least: that is how it is known.
    """
    lines, width = [], 0
    for row in rows:
        cells = [" ".join(str(cell).split()) if cell is not None else "" for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        width = width or len(cells)
        if headed:
            cells = [cell.replace("|", "\\|") for cell in (*cells, *[""] * (width - len(cells)))]
        lines.append(f"| {' | '.join(cells)} |" if headed else " | ".join(cells))
    return "\n".join(lines)


def joined(left: str, right: str, compounds: Container[str] = ()) -> str:
    """Two lines of one paragraph: hyphens at the end go, Chinese needs no blank.

    :param compounds: pairs of words that the text joins by a hyphen of their own, in lower case.
    """
    left = left.rstrip()
    if _JOIN_HYPHEN.search(left) and right[:1].islower():
        pair = "-".join(_LETTERS.findall(left)[-1:] + _LETTERS.findall(right)[:1])
        return (left if pair.lower() in compounds else left[:-1]) + right
    wide = left[-1:] > "\u2e80" or right[:1] > "\u2e80"
    return left + ("" if wide else " ") + right


_DROP = {code: None for code in (*range(0x00, 0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xFEFF, 0xAD)}


def clean(text: str) -> str:
    """One line break for all, no control characters, no surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\x0c", "\n").translate(_DROP)
    return text.encode("utf-8", "replace").decode("utf-8") if re.search("[\ud800-\udfff]", text) else text


def heading_level(line: str) -> int:
    """The level that a plain line's numbering gives it, 0 where it is no heading.

    A paragraph that begins with a number is no heading: one that is long or ends like prose is left alone, but for a question
    that is numbered in two steps and more.
    """
    line = line.strip()
    if _ASKED.fullmatch(line):
        return 1 + len(re.findall(r"\d[.．](?=\d)", line[:14]))
    if not line or len(line) > 50 or _PROSE_END.search(line):
        return 0
    for rule, level in _RULES:
        if rule.match(line):
            return level
    found = _DECIMAL.match(line)
    if found and (found[1].count(".") + found[1].count("．") or not _PROSE_END.search(line)) and len(line) <= 40:
        depth = 1 + found[1].count(".") + found[1].count("．")
        return depth if depth > 1 else 0
    return 0


def plain(text: str) -> list[Element]:
    """Elements of plain text, in place: paragraphs by blank lines or one a line, headings by their numbering."""
    elements: list[Element] = []
    lines = text.split("\n")
    headings = counted(lines)
    titled = title_line(lines)
    for place, (start, end) in enumerate(lines_of(text)):
        level = 1 if place == titled else heading_level(text[start:end]) or (2 if place in headings else 0)
        if level:
            elements.append(Element(Kind.HEADING, start, end, level))
        else:
            block(text, elements, start, end)
    return elements


def title_line(lines: Sequence[str]) -> int | None:
    """The place of the title that a plain text begins with, set in the middle of its line and alone."""
    first = next((place for place, line in enumerate(lines) if line.strip()), None)
    if first is None or (first + 1 < len(lines) and lines[first + 1].strip()):
        return None
    line = lines[first].rstrip()
    centred = len(line) - len(line.lstrip()) >= _CENTRED and len(line.strip()) <= _TITLE
    return first if centred and not _PROSE_END.search(line) else None


def block(text: str, elements: list[Element], start: int, end: int) -> None:
    """Add a line, text[start:end], to the block before it, or begin a new one."""
    line = text[start:end]
    if not line.strip():
        return
    kind = Kind.TABLE if ROW.match(line) else Kind.LIST_ITEM if LIST.match(line) else Kind.PARAGRAPH
    last = elements[-1] if elements else None
    joined = last is not None and last.end == start - 1 and last.kind is kind and kind is not Kind.LIST_ITEM
    if last is not None and joined and (kind is Kind.TABLE or not _stands_alone(text[last.start : last.end])):
        elements[-1] = Element(kind, last.start, end)
    else:
        elements.append(Element(kind, start, end))


def _stands_alone(paragraph: str) -> bool:
    """A line that ends like a whole paragraph: files with one paragraph a line keep them apart."""
    return len(paragraph) > 60 and paragraph.rstrip()[-1:] in "。！？.!?”\"'"


def fenced(lines: Iterable[str]) -> Iterator[bool]:
    """Of each line whether it is code between fences, or a fence (CommonMark 0.31, 4.5)."""
    fence = ""
    for line in lines:
        found = FENCE.match(line)
        yield bool(fence or found)
        fence = "" if fence and line.strip().startswith(fence) else fence or (found[1] if found else "")


def lines_of(text: str) -> Iterator[tuple[int, int]]:
    """The [start, end) of each line, without its break."""
    start = 0
    while start <= len(text):
        stop = text.find("\n", start)
        stop = len(text) if stop < 0 else stop
        yield start, stop
        start = stop + 1
