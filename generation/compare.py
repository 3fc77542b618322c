"""What a claim says otherwise than all its sources do: figures, dates, units, names, roles; pure.

Each difference names its kind and shows both words. It gives no verdict; `generation.verify` does.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from generation.beside import Difference
from generation.facts import Date, Facts, Quantity, facts, names
from generation.words import content, stem, tokens
from library.text import HAN, unified


def figures(claim: str, window: str, whole: str) -> list[Difference]:
    """Quantities and dates of the claim that neither the window nor the whole evidence states, with the nearest figure."""
    mine, near, all_ = facts(claim), facts(window), facts(whole)
    found = []
    for quantity in mine.quantities:
        difference = _quantity(quantity, near, all_)
        if difference:
            found.append(difference)
    for date in mine.dates:
        difference = _date(date, near, all_)
        if difference:
            found.append(difference)
    return found


def _quantity(quantity: Quantity, near: Facts, whole: Facts) -> Difference | None:
    held = [other for other in near.quantities if quantity.same(other)]
    if held and all(quantity.opposes(other) for other in held):
        return Difference("number", f"{quantity.limit} {quantity.text}", f"{held[0].limit} {held[0].text}")
    if held or any(quantity.same(other) for other in whole.quantities):
        return None
    if any(quantity.allows(other) or (other.limit == "~" and other.allows(quantity)) for other in near.quantities):
        return None
    if not quantity.dimension or quantity.dimension == "duration":
        for date in whole.dates:
            if _part_of(quantity, date):
                return None
    every = (*near.quantities, *whole.quantities)
    unit = next((other for other in every if quantity.alike(other) or quantity.close(other)), None)
    if unit:
        return Difference("unit", quantity.text, unit.text)
    alike = [other for other in near.quantities if other.dimension == quantity.dimension] or list(near.quantities)
    nearest = min(alike, key=lambda other: abs(other.value - quantity.value)).text if alike else ""
    return Difference("number", quantity.text, nearest)


def _part_of(quantity: Quantity, date: Date) -> bool:
    """Whether a figure without a unit, or with 年, 月 or 日, is that part of a date."""
    unit = quantity.text.lstrip("0123456789.")
    parts = ((date.year, ("", "年")), (date.month, ("", "月", "月份")), (date.day, ("", "日", "号")))
    return any(quantity.number == value and unit in forms for value, forms in parts)


def _date(date: Date, near: Facts, whole: Facts) -> Difference | None:
    if any(date.within(other) for other in (*near.dates, *whole.dates)):
        return None
    parts = [part for part in (date.year, date.month, date.day) if part is not None]
    if len(parts) == 1 and any(parts[0] == quantity.value for quantity in whole.quantities):
        return None
    years = {other.year for other in whole.dates}
    if date.year in years and any(
        Date(None, date.month, date.day, 0, 0, "").within(other) and other.month for other in whole.dates
    ):
        return None  # the year and the day stand apart
    clash = next((other for other in (*near.dates, *whole.dates) if date.clashes(other)), None)
    return Difference("date", date.text, clash.text if clash else "")


def missing_names(claim: str, whole: str) -> list[Difference]:
    """Names of the claim that the evidence does not hold; a Chinese claim over an English source is not judged by them."""
    folded, held, stems = _held(whole)
    found = []
    for name in names(claim):
        bare = _bare(name)
        if re.search(f"[{HAN}]", name):
            tail = bare[-4:] if not re.search("[·]", name) else bare
            if re.search(f"[{HAN}]", whole) and tail not in folded and bare not in folded:
                found.append(Difference("name", name, ""))
        elif bare not in held and stem(bare) not in stems and bare not in folded:
            found.append(Difference("name", name, ""))
    return found


@lru_cache(maxsize=16)
def _held(whole: str) -> tuple[str, frozenset[str], frozenset[str]]:
    """The evidence as names are looked up in it: its text, its words, and their stems."""
    folded = _bare(whole)
    words = frozenset(re.findall(r"\w+", folded))
    return folded, words, frozenset(map(stem, words))


_SHORT = tuple(
    (re.compile(rf"(?<![A-Za-z.]){'[.]? ?'.join(letters)}(?![A-Za-z])"), full)
    for letters, full in (
        ("USA", "United States"), ("US", "United States"), ("UK", "United Kingdom"), ("EU", "European Union"),
        ("UN", "United Nations"),
    )
)  # fmt: skip


def _bare(text: str) -> str:
    """A text as names are compared: countries' initials written out, "Hart - Parr" joined, without case, accents and 's."""
    plain = unified(text)
    for short, full in _SHORT:
        plain = short.sub(full, plain)
    plain = unicodedata.normalize("NFD", re.sub(r"(?<=\w) [-‐–] (?=\w)", "-", plain).casefold())
    return re.sub(r"[’']s\b", "", "".join(c for c in plain if not unicodedata.combining(c)))


# The name behind it does what is done to the one before: "by" must reach it without another preposition.
_PASSIVE = re.compile(
    r"\b(?:was|were|is|are|been|being)\b[\w\s-]{0,60}\bby(?:\s+(?!(?:for|in|on|at|from|to|of|with)\b)[\w’'-]+){0,6}\s*$|被|由|遭|受到",
    re.IGNORECASE,
)

_NAMED = re.compile(r"\b[A-Z]\w*")


def roles(claim: str, source: str) -> Difference | None:
    """Two names that do the same thing to each other the other way round: "A bought B" against "B bought A"."""
    held = [name for name in names(claim) if name in source]
    for at, first in enumerate(held):
        for second in held[at + 1 :]:
            mine, theirs = _between(claim, first, second), _between(source, first, second)
            if not mine or not theirs or not _content(_NAMED.sub(" ", mine[1])):
                continue
            if not _content(mine[1]) & _content(theirs[1]):
                continue
            forward = [pair[0] is not bool(_PASSIVE.search(pair[1])) for pair in (mine, theirs)]
            if forward[0] is not forward[1]:
                return Difference(
                    "roles",
                    f"{first} → {second}" if mine[0] else f"{second} → {first}",
                    f"{second} → {first}" if mine[0] else f"{first} → {second}",
                )
    return None


def _content(words: str) -> frozenset[str]:
    return frozenset(content([stem(word) for word in tokens(words)]))


def _between(text: str, first: str, second: str) -> tuple[bool, str] | None:
    """Whether `first` comes first, and the words between the two in one clause."""
    a, b = text.find(first), text.find(second)
    if a < 0 or b < 0 or a == b:
        return None
    words = text[a + len(first) : b] if a < b else text[b + len(second) : a]
    return (
        (a < b, words)
        if 1 < len(words) <= 60 and not re.search("[。；;，,.!?！？]|\\b(?:and|or)\\b|[和与及、]", words)
        else None
    )
