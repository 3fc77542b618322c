"""Lines that an editor or a mail program broke at one width, put together again; pure.

Without it every such line would be taken for a sentence, and a quote would end where the line does. What is no running text
keeps its lines: verse, addresses, code, tables, records of one length.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from ingest.structure import LIST, ROW, fenced, heading_level, joined

_NARROWEST = 40  # cells; a narrower column is a list of words more often than text
_NEAR = 12  # cells by which the widest line of a paragraph may miss the document's width
_SLACK = 6  # cells that a line may leave free though the next word would have filled them
_HANGS = 3  # cells that a line of wide characters may be short
_CODE = 4  # blanks before a line of Markdown that is code
_SHARE = 0.8  # of a paragraph's lines that must be full

QUOTED = re.compile(r"^(?: {0,3}>)+ ?")
_NO_PROSE = re.compile(r"^\s*(?:#{1,6}\s|>|[=~^*_-]{3,}\s*$)|\S[ \t]{4,}\S|\S\t\S")
_HARD = re.compile(r"(?: {2}|\\)$")
_FIRST = re.compile(
    r"[\u2e80-\U0003ffff][\u3001\u3002\uff0c\uff01\uff1a\uff1b\uff1f\uff09\u201d\u2019\u300b\u300d\u3011]*|[^\s\u2e80-\U0003ffff]+"
)
_HEAD = re.compile(r"[^\w\s]*([^\W\d_]+)")
_STOP = re.compile(r"[\u3001\u3002\uff0c\uff01\uff1a\uff1b\uff1f,.;:!?]$")
_OPEN = re.compile(  # no item of a list ends so, and a number after it is a reference
    r"\b(?:sections?|articles?|clauses?|paragraphs?|chapters?|versions?|pages?|and|or|of|to|in|by|the|under|than|with|from|at)$",
    re.IGNORECASE,
)
_COMMAS = ",\uff0c\u3001"  # a sentence goes on after them
_LABEL = re.compile(r"[\w.-]+\s?[:=]")
_FIGURE = re.compile(r"\s*\d+(?:\.\d+)+(?![\d.)\s])")
_WORD = re.compile(r"[^\W\d_]+")


class _Compounds(Container[str]):
    """Pairs of words that a hyphen at a line's end holds together: all but those that the text has as one word as well."""

    def __init__(self, text: str) -> None:
        self._words = frozenset(word.lower() for word in _WORD.findall(text))

    def __contains__(self, pair: object) -> bool:
        return str(pair).replace("-", "") not in self._words


@dataclass(slots=True)
class _Block:
    """Neighbouring lines that may be one paragraph; `lines` are their places in the document."""

    lines: list[int] = field(default_factory=list)
    indent: int | None = None  # of the second line and all below it


def unwrapped(text: str, *, soft: bool = False) -> str:
    """The text with every paragraph that was broken at one width on a single line; all other lines stay as they are.

    A line is full where the next one's first word would not have fitted any more (greedy filling, as editors do it). A
    paragraph was wrapped where at least four fifths of its lines are full and go on in the middle of a sentence. Two lines
    alone are judged by the width that longer paragraphs of the same text have.

    :param soft: a break within a paragraph is a blank to whoever reads it (CommonMark 0.31, 6.8); then a line is put to the one
        before it wherever it goes on in the middle of a sentence, whatever their widths.
    """
    lines = text.split("\n")
    if len(lines) < 3:
        return text
    held = _continued(lines, soft)
    if not held:
        return text
    compounds = _Compounds(text)
    out = [lines[0]]
    for place, line in enumerate(lines[1:], 1):
        if place not in held:
            out += ["\n", line]
            continue
        # the last piece alone is looked at: a paragraph of a whole book would be copied for every line of it
        more = QUOTED.sub("", line).strip()
        out[-1] = joined(out[-1], more, compounds).removesuffix(more)
        out.append(more)
    return "".join(out)


def _continued(lines: Sequence[str], soft: bool) -> set[int]:
    """The lines that belong to the line before them; what is quoted is judged by itself, without its marks."""
    held = _broken(lines, soft)
    for first, last in _quoted(lines):
        inner = [QUOTED.sub("", line) for line in lines[first:last]]
        held |= {first + place for place in _broken(inner, soft)}
    return held


def _broken(lines: Sequence[str], soft: bool) -> set[int]:
    blocks = list(_blocks(lines))
    widths = [float(own) for block in blocks if (own := _own_width(lines, block))]
    width = median(widths) if widths else 0.0
    return {place for block in blocks for place in _held(lines, block, width, soft)}


def _quoted(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The [first, last) of neighbouring lines that are quoted equally deep."""
    deep = [0 if is_code else _depth(line) for line, is_code in zip(lines, fenced(lines), strict=True)]
    first = 0
    for place in range(1, len(lines) + 1):
        if place == len(lines) or deep[place] != deep[first]:
            if deep[first]:
                yield first, place
            first = place


def _depth(line: str) -> int:
    found = QUOTED.match(line)
    return found[0].count(">") if found else 0


def _blocks(lines: Sequence[str]) -> Iterator[_Block]:
    block = _Block()
    for place, (line, is_code) in enumerate(zip(lines, fenced(lines), strict=True)):
        heads = heading_level(line) and not (block.lines and _runs_on(lines[place - 1].rstrip()))
        if is_code or not line.strip() or ROW.match(line) or _NO_PROSE.search(line) or heads:
            yield block
            block = _Block()
            continue
        indent = _width(line) - _width(line.lstrip())
        item = LIST.match(line) and not (block.lines and _is_reference(lines[place - 1], line))
        if item or block.indent not in (None, indent):
            yield block
            block = _Block()
        elif block.lines:
            block.indent = indent
        block.lines.append(place)
    yield block


def _runs_on(before: str) -> bool:
    """Whether a line of some length ends in the middle of a sentence: what comes next is no heading, whatever its number."""
    return _width(before) >= _NARROWEST and (before[-1].isalnum() or before[-1] in _COMMAS)


def _is_reference(before: str, line: str) -> bool:
    """Whether what looks like the number of an item is a figure, or what the line before refers to."""
    return bool(_OPEN.search(before.rstrip()) or _FIGURE.match(line))


def _own_width(lines: Sequence[str], block: _Block) -> int:
    """The width that a paragraph of three lines and more was surely broken at, 0 where it was not."""
    if len(block.lines) < 3:
        return 0
    width = max(_width(lines[place].rstrip()) for place in block.lines)
    full = [_filled(lines[a], lines[b]) > width for a, b in pairwise(block.lines)]
    return width if width >= _NARROWEST and all(full) and _goes_on(lines, block, 0.5) else 0


def _held(lines: Sequence[str], block: _Block, width: float, soft: bool) -> Iterator[int]:
    """The lines of a block that belong to the line before them."""
    filled = frozenset(_wrapped(lines, block, width))
    soft = soft and bool(block.lines) and not lines[block.lines[0]].startswith(" " * _CODE)
    for before, place in pairwise(block.lines):
        goes_on = soft and _within_a_sentence(lines[before].rstrip(), lines[place].lstrip(), wraps=bool(width))
        if (place in filled or goes_on) and not _HARD.search(lines[before]):
            yield place


def _wrapped(lines: Sequence[str], block: _Block, width: float) -> Iterator[int]:
    """The lines below a full one, in a block that was broken at one width."""
    if len(block.lines) < 2:
        return
    own = max(_width(lines[place].rstrip()) for place in block.lines)
    near = bool(width) and abs(own - width) <= _NEAR
    if not near and not _own_width(lines, block):
        return
    least = min(own, width - _SLACK) if near else own
    full = [_filled(lines[a], lines[b]) > least for a, b in pairwise(block.lines)]
    if sum(full) < _SHARE * len(full) or not _goes_on(lines, block, 0.25 if near else 0.5):
        return
    for place, is_full in zip(block.lines[1:], full, strict=True):
        if is_full or lines[place].lstrip()[:1].islower():
            yield place


def _within_a_sentence(before: str, after: str, *, wraps: bool) -> bool:
    """Whether a line goes on with a small letter after no stop, or in Chinese after a comma; a label begins something new.

    Where the text `wraps` its paragraphs, a line of some length without a stop goes on whatever comes next.
    """
    if after[0] > "\u2e80":
        return before[-1] in _COMMAS
    if _LABEL.match(after) or before[-1] in ".!?:;\u3002\uff01\uff1a\uff1b\uff1f|":
        return False
    return after[0].islower() or (wraps and _width(before) >= _NARROWEST)


def _goes_on(lines: Sequence[str], block: _Block, least: float) -> bool:
    """Whether the lines go on in the middle of a sentence, as no verse, record or list of words does.

    :param least: the share of words at the lines' heads that must be small, for names and terms begin some of them.
    """
    inside = [(lines[a].rstrip(), lines[b].lstrip()) for a, b in pairwise(block.lines)]
    stopped = sum(bool(_STOP.search(before)) and not after[0].islower() for before, after in inside)
    heads = [(before, head[1]) for before, after in inside if (head := _HEAD.match(after))]
    spaced = [(before.split(), word) for before, word in heads if _width(before) < 1.1 * len(before)]  # no Chinese
    small = sum(word[0].islower() or (word.isupper() and before[-1].isupper()) for before, word in spaced)
    prose = all(len(before) > 2 for before, _ in spaced) and small >= least * len(spaced)
    return prose and 2 * stopped <= len(inside) <= 2 * len(heads)


def _filled(line: str, after: str) -> int:
    """How wide the line would be with the next one's first word, or its first character where the text is wide.

    A wide line may be three cells short: half a character, and one that punctuation hangs out by in the widest line.
    """
    first = _FIRST.match(after.lstrip())
    word = first[0] if first else ""
    wide = line.rstrip()[-1:] > "\u2e80" or word[:1] > "\u2e80"
    return _width(line.rstrip()) + _width(word) + (_HANGS if wide else 1)


def _width(line: str) -> int:
    """Cells of a terminal: two for a wide character, eight to the next tab."""
    if line.isascii():
        return len(line.expandtabs(8))
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line.expandtabs(8))
