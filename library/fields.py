"""Blocks of "label: value" lines that say the same of several owners: the parties of a contract, the people of a list; pure.

"Legal representative: Liu" says nothing of whose it is; that stands lines before it. Where labels come again in such a block,
it is cut into one record for each owner, and every line of a record belongs to the record's first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from library.text import HAN

Span = tuple[int, int]

_LINE = re.compile(
    rf"[ \t]{{0,3}}(?:[-*•·] )?\**(?P<label>[{HAN}A-Z][^\n:：,，。；;！!？?|*]{{0,39}}?)[ \t]*\**[:：]\**[ \t]*(?P<value>[^\n]*?)[ \t]*"
)
_BRACKETS = re.compile(r"[（(]([^()（）]*)[)）]")
_OR = re.compile(r"[/／、]")
_VALUE = 120  # characters of a value; a longer one is prose
_WORDS = 6  # of a label that is no sentence
_LEAST = 4  # lines of a block: two owners with something said of each


class Field(NamedTuple):
    """[start, end) of a line, of its label and of its value; `owner` is the line of whom it is, None where it is of no one else."""

    start: int
    end: int
    label: Span
    value: Span
    owner: Span | None = None


@lru_cache(maxsize=64)
def fields(text: str) -> tuple[Field, ...]:
    """The lines of all blocks with several owners."""
    if text.count(":") + text.count("：") < _LEAST:
        return ()
    found: list[Field] = []
    for block in _blocks(text):
        found += _owned(text, block)
    return tuple(found)


def owner_at(text: str, at: int) -> Span | None:
    """[start, end) of the line that the line at an offset belongs to."""
    return next((field.owner for field in fields(text) if field.start <= at < field.end), None)


def bare(label: str) -> str:
    """A label without what stands in brackets."""
    return _BRACKETS.sub("", label).strip()


def names(label: str) -> tuple[str, ...]:
    """What a label may be called: as it stands, without its brackets, and by what stands in them."""
    parts = [
        label,
        bare(label),
        *_OR.split(bare(label)),
        *(part for held in _BRACKETS.findall(label) for part in _OR.split(held)),
    ]
    return tuple(dict.fromkeys(part.strip() for part in parts if len(part.strip()) > 1))


def _blocks(text: str) -> list[list[Field]]:
    """Runs of such lines, with nothing but empty lines between them."""
    blocks: list[list[Field]] = [[]]
    at = 0
    for line in text.split("\n"):
        match = _LINE.fullmatch(line)
        if match and len(match["value"]) <= _VALUE and len(match["label"].split()) <= _WORDS:
            label, value = ((at + a, at + b) for a, b in (match.span("label"), match.span("value")))
            blocks[-1].append(Field(at, at + len(line), label, value))
        elif line.strip() and blocks[-1]:
            blocks.append([])
        at += len(line) + 1
    return [block for block in blocks if len(block) >= _LEAST]


def _owned(text: str, block: Sequence[Field]) -> list[Field]:
    """The block's lines with their owners; none where no label comes again."""
    labels = [text[slice(*field.label)].strip() for field in block]
    often = {label for label, count in Counter(labels).items() if count > 1}
    if not often:
        return []
    first = next(at for at, label in enumerate(labels) if label in often)
    by_own = labels[0] in often  # every record begins with the same label
    begins = [0 if by_own else max(0, first - 1)]
    seen: set[str] = set()
    for at in range(begins[0] + 1, len(block)):
        ahead = labels[at + 1] if at + 1 < len(block) else ""
        if labels[at] == labels[0] if by_own else labels[at] not in often and ahead in seen:
            begins.append(at)
            seen = set()
        else:
            seen.add(labels[at])
    if len(begins) < 2:
        return []
    found = [*block[: begins[0]]]
    for begin, end in zip(begins, [*begins[1:], len(block)], strict=True):
        owner = block[begin]
        last = max((at for at in range(begin, end) if labels[at] in often), default=begin)
        found.append(owner)
        line = owner.start, owner.end
        found += [field._replace(owner=line) for field in block[begin + 1 : last + 1]]
        found += block[last + 1 : end]
    return found
