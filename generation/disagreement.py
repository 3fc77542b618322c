"""Where two sources of an answer give different figures for the same thing, so that both are shown and none is picked; pure.

Only sentences that the answer rests on are looked at, each beside the sentences of other documents; two must be one sentence
but for a figure (`generation.slots`) and must speak of one subject. A false alarm is worse than a miss: every doubt is a no.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from generation.facts import Date, facts, names
from generation.slots import Slot, agree, differing, holds_figure
from generation.support import units
from generation.verify import Span
from library.records import Evidence
from library.text import HAN, sentences, unified

_NAME = re.compile(r"(?<![\w-])[A-Z][\w’'-]*\w")
_NO_SUBJECT = frozenset(
    "The A An In On At Of For By To From With And Or But It Its He She They We You I This That These Those There As If When While After Before During Since "
    "Although However Also Both Each Some Many Most All About January February March April May June July August September October November December".split()
)
_PLACED = re.compile(r"\b(?:in|at|on|of|from|to|by|near|for|with|until|since)\s+(?:the\s+)?$", re.IGNORECASE)
_LEADS = 6  # words of an English sentence within which its subject's name stands
_LEANING = re.compile(r"[这那其它该此他她本两](?!次[\u4e00-\u9fff])|\b(?:it|he|she|they|its|his|her|their|this|these|those)\b", re.IGNORECASE)  # fmt: skip
_OPENING = 8  # characters within which a pronoun leads a sentence
_TOLD = re.compile(
    r"日期|发布|發布|更新|修订|修訂|印发|印發|公布|截至|时间|date|updated|published|released|issued|as of|revised|modified",
    re.IGNORECASE,
)
_LONG = 16  # letters from which a neighbouring sentence is no set phrase
_COMMON = 0.3  # share of words without which two sentences are not compared
_HEAD = 800  # characters of a document among which it says its own date


@dataclass(frozen=True, slots=True)
class Side:
    """One source's sentence with its figure."""

    span: Span
    slot: Slot


@dataclass(frozen=True, slots=True)
class Clash:
    """A cited sentence first, then those that say otherwise, each of another document."""

    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence in its evidence: [start, end) of the evidence's text, and the sentences before and behind it."""

    evidence: Evidence
    start: int
    end: int
    text: str
    around: tuple[str, str]

    @property
    def span(self) -> Span:
        return Span(self.evidence.number, self.evidence.start + self.start, self.evidence.start + self.end)


def clashes(question: str, cited: Sequence[Span], evidence: Sequence[Evidence]) -> list[Clash]:
    """Each cited sentence that other documents contradict in one figure, with theirs; each pair of figures once.

    :param cited: spans of the versions' text, as in an answer's citations.
    """
    said = [one for item in evidence for one in _sentences(item)]
    found: list[Clash] = []
    seen: set[frozenset[Span]] = set()
    for own in said:
        mine = own.span
        if not any(_overlap(mine, span) for span in cited) or not holds_figure(own.text):
            continue
        sides: list[Side] = []
        for other in said:
            slots = _apart(question, own, other)
            if slots is None or (pair := frozenset((mine, other.span))) in seen:
                continue
            seen.add(pair)
            sides = sides or [Side(mine, slots[0])]
            if not any(agree(side.slot.figure, slots[1].figure) for side in sides):
                sides.append(Side(other.span, slots[1]))
        if len(sides) > 1:
            found.append(Clash(tuple(sides)))
    return found


def own_date(title: str, text: str) -> str:
    """The date that a document bears, as far as it says: in its title, in a line that says so, or alone on a line; ISO 8601 or empty."""
    for date in facts(title).dates:
        if date.year:
            return _iso(date)
    lines = text[:_HEAD].split("\n")
    for line in lines:
        dates = [date for date in facts(line).dates if date.year]
        bare = re.sub(r"[\W_]|星期.|周.", "", line)
        if len(dates) == 1 and (len(bare) <= len(dates[0].text) or (len(line) < 80 and _TOLD.search(line))):
            return _iso(dates[0])
    return ""


def _iso(date: Date) -> str:
    parts = [f"{date.year:04d}", *(f"{part:02d}" for part in (date.month, date.day) if part)]
    return "-".join(parts)


def _sentences(item: Evidence) -> Iterator[_Said]:
    spans = list(sentences(item.text))
    texts = ["", *(item.text[start:end] for start, end in spans), ""]
    for at, (start, end) in enumerate(spans):
        yield _Said(item, start, end, texts[at + 1], (texts[at], texts[at + 2]))


def _overlap(one: Span, other: Span) -> bool:
    return one.evidence == other.evidence and one.start < other.end and other.start < one.end


def _apart(question: str, own: _Said, other: _Said) -> tuple[Slot, Slot] | None:
    """The two figures, where the sentences are of different documents or versions and say them of one thing."""
    mine, theirs = own.evidence, other.evidence
    if mine.document == theirs.document and mine.version == theirs.version:
        return None
    if not _near(own.text, other.text) or not holds_figure(other.text):
        return None
    pairs = [(a, b) for a, b in zip(own.around, other.around, strict=True) if a and b]
    versions = bool(pairs) and all(_same_words(a, b) for a, b in pairs)
    slots = differing(own.text, other.text, versions=versions)
    return slots if slots and (versions or _one_subject(question, own, other, slots)) else None


def _near(one: str, other: str) -> bool:
    """A cheap look first: enough words in common for one sentence with another figure."""
    mine, theirs = _units(one), _units(other)
    return len(mine & theirs) >= _COMMON * max(len(mine), len(theirs))


@lru_cache(maxsize=2048)
def _units(text: str) -> frozenset[str]:
    return frozenset(units(text))


def _same_words(one: str, other: str) -> bool:
    """Whether two neighbouring sentences are one, so that what stands beside them is two versions of one text."""
    mine, theirs = (re.sub(r"\W", "", unified(text)) for text in (one, other))
    return len(mine) >= _LONG and mine == theirs


def _one_subject(question: str, own: _Said, other: _Said, slots: tuple[Slot, Slot]) -> bool:
    """Whether both name it before the figure, or the question names it and both stand where it is spoken of."""
    if any(_LEANING.search(one.text[:_OPENING]) for one in (own, other)):
        return False
    heads = own.text[: slots[0].start], other.text[: slots[1].start]
    subjects = [set(_subjects(head, one.text)) for head, one in zip(heads, (own, other), strict=True)]
    if subjects[0] & subjects[1]:
        return True
    asked = set(_subjects(question, question))
    named = all(_mentions(one, name) for one in (own, other) for name in asked)
    return named and all(_asked(question, head) for head in heads)


def _subjects(head: str, text: str) -> Iterator[str]:
    """Names that stand before the figure and do not merely say where or when."""
    held = names(text)
    yield from (name for name in held if re.search(f"[{HAN}]", name) and name in head)
    chinese = bool(re.search(f"[{HAN}]", text))
    for found in _NAME.finditer(head):
        early = chinese or len(head[: found.start()].split()) < _LEADS
        if early and found[0] not in _NO_SUBJECT and not _PLACED.search(head[: found.start()]):
            yield found[0]


def _mentions(one: _Said, name: str) -> bool:
    """Whether a name stands in the sentence, the one before it, or its evidence's title and headings."""
    return any(name in text for text in (one.text, one.around[0], one.evidence.title, *one.evidence.heading_path))


def _asked(question: str, head: str) -> bool:
    """Whether what stands before the figure is what the question names: four Han characters in a row, or most of its words."""
    plain, asked = (unified(text) for text in (head, question))
    if re.search(f"[{HAN}]", asked):
        runs: Iterable[str] = (plain[at : at + 4] for at in range(len(plain) - 3))
        return any(re.fullmatch(f"[{HAN}]{{4}}", run) and run in asked for run in runs)
    wanted, held = set(units(question)), set(units(head))
    return len(wanted & held) >= max(3, 0.6 * len(wanted))
