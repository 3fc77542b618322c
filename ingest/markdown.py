"""Markdown as its readers see it, without its marks, with its headings, blocks and tables (CommonMark 0.31, GFM tables); pure."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from ingest.contents import without_contents
from ingest.structure import FENCE, ROW, block, clean, fenced
from ingest.wrapped import QUOTED, unwrapped
from library.records import Element, Kind

_ATX = re.compile(r"^ {0,3}(#{1,6})\s+\S")
_LONGEST = 100  # characters of a title that is underlined
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})\s*$")
_NO_TITLE = re.compile(r"^(?:[-*+•·●○]\s|>|[-=~*_]+$|#)|\S(?: {3,}|\t)\S")
_TAGGED = re.compile(r"^\s*<h([1-6])(?:\s[^<>]*)?>(.*?)</h\1>\s*$", re.IGNORECASE)
_RULE_ROW = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")

_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_ESCAPED = re.compile(r"\\([*_#`~])")
_IMAGE = re.compile(r"!\[([^\]]{0,1000})\]\([^)]{0,2000}\)")
_LINK = re.compile(r"(?<!!)\[([^\]]{1,1000})\]\((?:[^()]|\([^()]*\))*\)")
_REFERENCE = re.compile(r"\[([^\[\]]*)\](?:\[([^\[\]]*)\])?")
_SHOWN = re.compile(f"!{_REFERENCE.pattern}")
_DEFINED = re.compile(  # to an address: what stands in brackets before a colon may be a label in Chinese
    r"^ {0,3}\[(?!\^)([^\[\]\n]{1,200})\]:[ \t]*(?=<?(?:[a-z]+:|\.{0,2}/|#|[!-~]{0,300}[./][A-Za-z]))[!-~]{1,2000}[ \t]*"
    r"(?:\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\))?[ \t]*$",
    re.MULTILINE,
)
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_EMPHASIS = re.compile(
    r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![\w*])|(?<!\w)_(?=[^\s_])([^_\n]+?)(?<=[^\s_])_(?!\w)"
)
_JUMP = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])\s+\[[^\]]{1,300}\]\(#[^()\s]*\)\s*$")  # an entry of a table of contents
_FEWEST = 3  # of them in a text
_TAG = re.compile(
    r"</?(?:a|b|i|u|s|p|em|strong|font|span|center|sup|sub|div|img|kbd|code|details|summary|picture|source)(?:\s[^<>]*)?/?>|<br\s*/?>",
    re.IGNORECASE,
)
_HELD = re.compile(r"\x00(\d+)\x00")

_CODE_OR_COMMENT = re.compile(
    r"(^ {0,3}(```+|~~~+)[^\n]*\n.*?(?:^ {0,3}\2|\Z)|`[^`\n]+`)|<!--.*?-->", re.MULTILINE | re.DOTALL
)
_FRONT = re.compile(r"---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:[ \t]*(\S.*)\n", re.MULTILINE | re.IGNORECASE)


def looks_like_markdown(text: str) -> bool:
    """Whether a .txt is Markdown inside: two headings by `#`, or by a line below that is as long as they are, or a fence."""
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


def markdown(text: str) -> tuple[str, list[Element]]:
    """Markdown without its inline marks, and its elements; code stays as it is.

    A paragraph is one line, as it is shown. Comments and what reference links point to are left out, since no reader sees
    them, and so are tables of contents; the title in a head of YAML becomes a heading where the text has none of the first
    level, and the rest of the head stays as it is.
    """
    lines: list[str] = []
    levels: dict[int, int] = {}
    code: dict[int, bool] = {}
    in_table = False
    shown = _shown(clean(text))
    labels = {found[1].casefold() for found in _DEFINED.finditer(shown)}
    source = without_contents(unwrapped(shown, soft=True)).split("\n")
    jumps = sum(_JUMP.match(raw) is not None for raw in source) >= _FEWEST
    for raw, is_code in zip(source, fenced(source), strict=True):
        below, in_table = in_table, False
        if is_code:
            code[len(lines)] = True
        elif level := _level(raw):
            levels[len(lines)], raw = level[0], _inline(level[1], labels)
        elif (last := len(lines) - 1) not in levels and last not in code and (under := _title_above(lines[-2:], raw)):
            levels[last] = under
            raw = ""
        elif _RULE_ROW.match(raw) and "-" in raw:
            in_table = bool(lines) and ("|" in raw and "|" in lines[-1] or ROW.match(lines[-1]) is not None)
            if in_table:
                lines[-1] = _barred(lines[-1])
                continue
            raw = ""
        elif jumps and _JUMP.match(raw):
            raw = ""
        else:
            raw = "" if _DEFINED.match(raw) else _inline(raw, labels)
            in_table = below and "|" in raw
            raw = _barred(raw) if in_table else raw
        lines.append(raw)
    lines = [line if at in code else QUOTED.sub("", line) for at, line in enumerate(lines)]
    return "\n".join(lines), _elements(lines, levels, code)


def _barred(row: str) -> str:
    """A row with bars around it, as it is told below a head (`ingest.structure.table_text`)."""
    row = row.strip()
    closed = row.endswith("|") and not row.endswith("\\|")
    return f"{'' if row.startswith('|') else '| '}{row}{'' if closed else ' |'}"


def _level(line: str) -> tuple[int, str] | None:
    """The level and the title of a heading by `#` or by a tag."""
    if _ATX.match(line):
        mark = line.lstrip()
        return len(mark) - len(mark.lstrip("#")), mark.strip("#").strip()
    tagged = _TAGGED.match(line)
    return (int(tagged[1]), tagged[2].strip()) if tagged and tagged[2].strip() else None


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


def _inline(line: str, labels: Container[str]) -> str:
    """A line as it is shown; what stands between backticks is left alone."""
    kept: list[str] = []

    def keep(text: str) -> str:
        kept.append(text)
        return f"\0{len(kept) - 1}\0"

    def named(found: re.Match[str]) -> str:
        return found[1] if (found[2] or found[1]).casefold() in labels else found[0]

    line = _ESCAPED.sub(lambda found: keep(found[1]), _CODE.sub(lambda found: keep(found[0]), line))
    line = _LINK.sub(r"\1", _IMAGE.sub(r"\1", line))
    if labels:
        line = _REFERENCE.sub(named, _SHOWN.sub(named, line))
    line = _EMPHASIS.sub(r"\1\2", _STRONG.sub(r"\2", _STRONG.sub(r"\2", line)))
    return _HELD.sub(lambda found: kept[int(found[1])], _TAG.sub("", line))


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
            block(text, elements, start, end)
        start = end + 1
    return elements
