"""Headings and blocks of text that carries no styles: Markdown, and plain text by Chinese and English numbering; pure."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence

from ingest.numbered import counted
from library.records import Box, Element, Kind

_NUMERAL = "一二三四五六七八九十百零〇两0-9０-９"
_RULES: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(rf"^第[{_NUMERAL}]+[编篇部卷](?:\s|　|$|[^。，；])"), 1),
    (re.compile(rf"^第[{_NUMERAL}]+章(?:\s|　|$|[^。，；])"), 1),
    (re.compile(rf"^第[{_NUMERAL}]+节(?:\s|　|$|[^。，；])"), 2),
    (re.compile(r"^[一二三四五六七八九十]{1,3}[、.．]\s*\S"), 1),
    (re.compile(r"^[（(][一二三四五六七八九十]{1,3}[)）]\s*\S"), 2),
    (re.compile(r"^(?:Chapter|Part|Appendix)\s+(?:\d+|[IVXLC]+|[A-Z])\b", re.IGNORECASE), 1),
    (re.compile(r"^Section\s+\d+(?:\.\d+)*\b", re.IGNORECASE), 2),
)
_DECIMAL = re.compile(r"^(\d{1,2}(?:[.．]\d{1,2}){0,4})[.、．]?\s*[^\s\d.%万亿元倍年月日个分秒米克吨瓦度人次]")
_PROSE_END = re.compile(r"[。；，,;:：！!？?]$|\.$")
LIST = re.compile(r"^\s*(?:[-*+•·●○]\s+|\d{1,3}[.)、]\s*|[（(]\d{1,3}[)）]\s*|[a-zA-Z][.)]\s+)\S")

_ATX = re.compile(r"^ {0,3}(#{1,6})\s+\S")
_LONGEST = 100  # characters of a title that is underlined
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})\s*$")
_NO_TITLE = re.compile(r"^(?:[-*+•·●○]\s|>|[-=~*_]+$|#)|\S(?: {3,}|\t)\S")
FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
ROW = re.compile(r"^\s*\|.*\|\s*$|^[^|\n]+\|[^|\n]+\|")
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

    A paragraph that begins with a number is no heading: one that is long or ends like prose is left alone.
    """
    line = line.strip()
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


def looks_like_markdown(text: str) -> bool:
    """Whether a .txt is Markdown inside: headings with `#` and room between them, or fences."""
    lines = text.split("\n")
    headings = sum(1 for line in lines if _ATX.match(line))
    under = sum(
        1
        for at, line in enumerate(lines)
        if _title_above(lines[max(0, at - 2) : at], line) and _as_wide(lines[at - 1], line)
    )
    return headings >= 2 or under >= 2 or sum(1 for line in lines if FENCE.match(line)) >= 2


def _title_above(above: Sequence[str], line: str) -> int:
    """The level that `line` gives the one above it by being drawn below it (a setext heading); 0 where it is none."""
    found = _UNDERLINE.match(line)
    if not found or not above or not above[-1].strip() or (len(above) > 1 and above[-2].strip()):
        return 0
    if len(above[-1]) > _LONGEST or ROW.match(above[-1]) or _NO_TITLE.search(above[-1].strip()):
        return 0
    return 1 if found[1][0] == "=" else 2


def _as_wide(title: str, line: str) -> bool:
    return abs(len(title.strip()) - len(line.strip())) <= 2


_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?:[^()]|\([^()]*\))*\)")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![\w*])")
_RULE_ROW = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")


_CODE_OR_COMMENT = re.compile(
    r"(^ {0,3}(```+|~~~+)[^\n]*\n.*?(?:^ {0,3}\2|\Z)|`[^`\n]+`)|<!--.*?-->", re.MULTILINE | re.DOTALL
)
_FRONT = re.compile(r"---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:[ \t]*(\S.*)\n", re.MULTILINE | re.IGNORECASE)


def markdown(text: str) -> tuple[str, list[Element]]:
    """Markdown without its inline marks, and its elements; code stays as it is.

    Comments are left out, since no reader sees them; the title in a head of YAML becomes a heading where the text has none of
    the first level, and the rest of the head stays as it is.
    """
    lines: list[str] = []
    levels: dict[int, int] = {}
    code: dict[int, bool] = {}
    fence = ""
    for raw in _shown(clean(text)).split("\n"):
        found = FENCE.match(raw)
        if fence or found:
            code[len(lines)] = True
            fence = "" if fence and raw.strip().startswith(fence) else fence or (found[1] if found else "")
        elif _ATX.match(raw):
            mark = raw.lstrip()
            levels[len(lines)] = len(mark) - len(mark.lstrip("#"))
            raw = _inline(mark.strip("#").strip())
        elif (last := len(lines) - 1) not in levels and last not in code and (level := _title_above(lines[-2:], raw)):
            levels[last] = level
            raw = ""
        elif _RULE_ROW.match(raw) and "-" in raw:
            raw = ""
            if lines and ROW.match(lines[-1]):
                continue
        else:
            raw = _inline(raw)
        lines.append(raw)
    return "\n".join(lines), _elements(lines, levels, code)


def _shown(text: str) -> str:
    """The text without comments, and without the marks around a head, whose title goes before it."""
    # Behind the last end there is none to be found, and looking for one from every beginning would take too long.
    last = text.rfind("-->") + 3 if "-->" in text else 0
    text = _CODE_OR_COMMENT.sub(lambda found: found[1] or "", text[:last]) + text[last:]
    front = _FRONT.match(text)
    if not front:
        return text
    head, body = front[1], text[front.end() :]
    titled = _TITLE.search(head)
    if titled is None or re.search(r"^# +\S", body, re.MULTILINE):
        return f"{head}\n{body}"
    title = titled[1].strip("\"' ")
    return f"# {title}\n\n{head[: titled.start()]}{head[titled.end() :]}\n{body}"


def _inline(line: str) -> str:
    line = _LINK.sub(r"\1", _IMAGE.sub(r"\1", line))
    line = _EMPHASIS.sub(r"\1", _STRONG.sub(r"\2", _STRONG.sub(r"\2", line)))
    return re.sub(r"</?(?:b|i|u|em|strong|font|span|center|sup|sub)(?:\s[^<>]*)?>|<br\s*/?>", "", line)


def _elements(lines: list[str], levels: dict[int, int], code: dict[int, bool]) -> list[Element]:
    text, start = "\n".join(lines), 0
    elements: list[Element] = []
    for number, line in enumerate(lines):
        end = start + len(line)
        if number in code:
            if elements and elements[-1].kind is Kind.CODE and code.get(number - 1) and elements[-1].end == start - 1:
                elements[-1] = Element(Kind.CODE, elements[-1].start, end)
            else:
                elements.append(Element(Kind.CODE, start, end))
        elif number in levels and line.strip():
            elements.append(Element(Kind.HEADING, start, end, levels[number]))
        else:
            _block(text, elements, start, end)
        start = end + 1
    return elements


def plain(text: str) -> list[Element]:
    """Elements of plain text, in place: paragraphs by blank lines or one a line, headings by their numbering."""
    elements: list[Element] = []
    headings = counted(text.split("\n"))
    for place, (start, end) in enumerate(_lines(text)):
        level = heading_level(text[start:end]) or (2 if place in headings else 0)
        if level:
            elements.append(Element(Kind.HEADING, start, end, level))
        else:
            _block(text, elements, start, end)
    return elements


def _block(text: str, elements: list[Element], start: int, end: int) -> None:
    """Add a line to the block before it, or begin a new one."""
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


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start <= len(text):
        stop = text.find("\n", start)
        stop = len(text) if stop < 0 else stop
        yield start, stop
        start = stop + 1
