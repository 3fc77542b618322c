"""What a claim says of a table's cell, or of a line that is one of several owners', against that; pure.

A row is no sentence: beside the right figure stand those of other columns and other rows, and a share of words cannot tell
them apart. Where a claim names a row and one of its columns, that cell alone bears it out or speaks against it. Nothing is
said of a claim that compares, limits, or tells more than the row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import log10
from typing import NamedTuple

from generation.beside import Difference
from generation.facts import Quantity, facts
from generation.support import units
from generation.words import denials
from library import fields
from library.cells import TOLD, cell, column, find, label_of, owner_of, owners, plain, rows, spoken, without
from library.fields import Field
from library.tables import Row, Span, kind, read
from library.text import HAN, sentences

_YES = frozenset("是 必填 必选 必须 必需 yes true y required ✓ ✔ √ ✅".split())
_NO = frozenset("否 可选 选填 非必填 no false n optional ✗ ✘ × x ❌".split())
_OPTIONAL = re.compile(r"可选|选填|非必|无需|\boptional\b", re.IGNORECASE)
_TYPES = (
    {"string", "str", "text", "字符串"}, {"integer", "int", "整数", "整型", "long"}, {"number", "float", "double", "数字", "数值", "浮点数"},
    {"boolean", "bool", "布尔", "布尔值"}, {"array", "list", "数组", "列表"}, {"object", "map", "dict", "对象"}, {"function", "函数"},
)  # fmt: skip
_MORE = re.compile(
    r"增|减|升|降|涨|跌|比|超过|不到|不足|大约|约|左右|以上|以下|至少|至多|合计|共|\b(?:than|about|over|under|least|most|grew|fell|rose|"
    r"increased?|decreased?|between|from|total|approximately|up to)\b",
    re.IGNORECASE,
)
_NOTHING = re.compile(r"没有|无|未设|\bno\b|\bnone\b|\bempty\b|空", re.IGNORECASE)
_UNSET = re.compile(
    r"(?:如果|若)?(?:不|未)(?:设置?|指定|填写?)时?|\b(?:if|when|unless) (?:it is )?(?:not )?(?:set|given)\b",
    re.IGNORECASE,
)
_WAYS = re.compile(
    r"不是|并非|表示|作用|含义|意思|用于|用来|是|为|的|取|从|自|起|开始|支持|加入|新增|提供|参数|属性|字段|选项|配置项?|填写|设置|"
    r"\b(?:by default|available|added|introduced|supported|setting|parameter|option|property|field|set to|means?|used)\b",
    re.IGNORECASE,
)  # how a cell is told, and what its row is called
_OR = re.compile(r"\||/|,|、|或|\bor\b")
_AND = re.compile(r"[,，;；、]|而|\band\b|\bwhile\b")  # between two owners that something is said of
_BARE = re.compile(r"[-−\d.,]+")
_ROUNDED = 0.005  # of a power of ten, within which a figure is the cell's in another unit, or rounded there
_UNSAID = re.compile(r"[\W_]+")
_STOPS = "。.！!；; "  # at a description's end
_TELLING, _MOST = 8, 0.6  # the width from which a description is told apart, and its share of the claim
_LONGEST = 80  # characters of a cell that can be told in a claim
_NEAR = 6  # characters before a word that may turn it
_LEFT = 0.34  # share of a claim's words that neither the row nor its head need hold


class Cell(NamedTuple):
    """What was found: whether the column's cell agrees, both words (kind "number" or "cell"), and the row's [start, end) in the text."""

    agrees: bool
    column: str
    difference: Difference
    start: int
    end: int


def check(claim: str, text: str, header: str = "") -> Iterator[Cell]:
    """One for each row that the claim names together with a column whose cell decides.

    :param header: the head of the table that the text begins in the middle of.
    """
    said = _UNSET.sub(" ", plain(claim))
    found = spoken(said, text, header)
    first = min((where for _, _, where in found), default=None)
    yield from _lines(claim, said, text)
    for row, names, (a, b) in found:
        others = [other for other, own in rows(text, header) if own == names and other is not row]
        rest = said[:a] + " " + said[b:]
        if (a, b) != first:
            continue
        # others may be what the first is said to hold, or stand in its description; if not, rows are compared
        apart = [where for _, _, where in found if where != first and not _is_cell(text, said[slice(*where)], others)]
        decided = _decided(rest, text, row, names, others, described=bool(apart))
        if decided and (not decided.agrees or _told_by(claim, read(text, row.start, row.end, row, names), names)):
            yield decided


def _lines(claim: str, said: str, text: str) -> Iterator[Cell]:
    """The same of "label: value" lines in a block with several owners."""
    own = owners(text)
    called = sorted(where for owner in own.values() if (where := label_of(text, owner, said)))
    if len(called) < 2:
        yield from _told_lines(claim, said, text, own)
    elif parts := _apart(said, called):  # "A is X, B is Y": each part by itself
        found = [list(_told_lines(part, part, text, own)) for part in parts]
        wrong = [one for told in found for one in told if not one.agrees]
        if wrong:
            yield wrong[0]
        elif all(found):
            every = [one for told in found for one in told]
            yield every[0]._replace(start=min(one.start for one in every), end=max(one.end for one in every))


def _apart(said: str, called: Sequence[Span]) -> list[str]:
    """A text in parts that name one owner each; none where nothing stands between two of them that parts sentences."""
    cuts = [0]
    for (_, before), (after, _) in pairwise(called):
        between = [before + match.end() for match in _AND.finditer(said[before:after])]
        if not between:
            return []
        cuts.append(between[-1])
    return [said[a:b] for a, b in pairwise([*cuts, len(said)])]


def _told_lines(claim: str, said: str, text: str, own: Mapping[Span, Field]) -> Iterator[Cell]:
    """Of a claim that calls at most one owner by its label."""
    found: list[tuple[Field, str]] = []  # lines that are named, with what else the claim says
    for field in fields.fields(text):
        whose = owner_of(text, own[field.owner], said) if field.owner else None
        rest = without(said, whose)
        where = label_of(text, field, rest) if whose or (field.start, field.end) in own else None
        if where:
            found.append((field, without(rest, where)))
    below = [one for one in found if one[0].owner]  # where the claim tells something of an owner, that decides
    for field, rest in below or found:
        if difference := _told_of(text, field, rest, list(own.values())):
            whole = f"{text[slice(*(field.owner or field.label))]} {text[field.start : field.end]} {difference.claim}"
            if _told_by(claim, whole, ()):
                agrees = plain(difference.claim) == plain(difference.source)
                yield Cell(agrees, text[slice(*field.label)], difference, field.start, field.end)


def _told_of(text: str, field: Field, rest: str, own: Sequence[Field]) -> Difference | None:
    """The value that a claim tells beside the line's own; None where that is not one of the block's, or denied, or several."""
    label, value = (text[slice(*span)].strip() for span in (field.label, field.value))
    same = own if not field.owner else [one for one in fields.fields(text) if text[slice(*one.label)].strip() == label]
    present = [held for one in same if (held := text[slice(*one.value)].strip()) and find(plain(held), rest)]
    if not present:
        return None
    told = max(present, key=len)
    rest = without(rest, find(plain(told), rest))
    if denials(rest) or any(find(plain(held), rest) for held in present):
        return None
    return Difference("number" if facts(value).quantities else "cell", told, value)


def _decided(
    rest: str, text: str, row: Row, names: Sequence[str], others: Sequence[Row], *, described: bool
) -> Cell | None:
    asked, left = [], rest
    for number in range(1, len(names) if not described else 0):
        where = column(names[number], left)
        if where and names.count(names[number]) == 1:
            asked.append(number)
            left = left[: where[0]] + "\x00" + left[where[1] :] if kind(names[number]) != "required" else left
    if asked:
        found = [(number, _compared(left, text, row, names, number, others)) for number in asked]
    else:
        wordy = [number for number in range(1, len(names)) if kind(names[number]) in ("", "description")]
        found = [(number, one) for number in wordy if (one := _described(rest, text, row, number, others))]
    wrong = [one for _, one in found if one and one[1] is not None]
    if not found or any(one is None for _, one in found) or (wrong and len(found) > 1):
        return None
    number, (value, said) = next((number, one) for number, one in found if one)
    figures = bool(facts(said or value).quantities and facts(value).quantities)
    difference = Difference("number" if figures else "cell", said or value, value)
    return Cell(not wrong, names[number], difference, row.start, row.end)


def _described(rest: str, text: str, row: Row, number: int, others: Sequence[Row]) -> tuple[str, str | None] | None:
    """The same of a cell in words, where most of the claim is a sentence of it, or one of another row's."""
    enough = max(_TELLING, _MOST * _width(_UNSAID.sub("", _WAYS.sub("", rest))))

    def said(of: Row) -> list[str]:
        whole = cell(text, of, number)
        parts = (plain(whole[a:b]).rstrip(_STOPS) for a, b in sentences(whole))
        return [part for part in parts if part in rest and _width(part) >= enough]

    value = cell(text, row, number)
    if own := said(row):
        return None if denials(rest.replace(own[0], " ")) else (value, None)
    strange = max((part for other in others for part in said(other) if part not in plain(value)), key=len, default="")
    return (value, strange) if strange and not denials(rest.replace(strange, " ")) else None


def _width(text: str) -> int:
    """Characters, Chinese ones twice."""
    return len(text) + sum("\u3400" <= char <= "\u9fff" for char in text)


def _compared(
    rest: str, text: str, row: Row, names: Sequence[str], number: int, others: Sequence[Row]
) -> tuple[str, str | None] | None:
    """The cell, and what the claim has in its place or None where it agrees; None where nothing can be said."""
    value = cell(text, row, number)
    own = plain(value)
    if kind(names[number]) == "required" and own in _YES | _NO:
        denied = bool(_OPTIONAL.search(rest)) != (denials(_OPTIONAL.sub(" ", rest)) > 0)
        match = TOLD["required"].search(rest)
        told = rest[max(0, match.start() - _NEAR) : match.end()].strip() if match else rest
        return value, None if denied == (own in _NO) else told
    if own and (find(own, rest) or _same(own, rest)):
        return None if denials(rest.replace(own, " ")) else (value, None)
    if not own and _NOTHING.search(rest):
        return value, None
    if any(find(part.strip(), rest) for part in _OR.split(own)):
        return None  # a part of what the cell holds
    inside = [plain(cell(text, row, at)) for at in range(1, len(row.cells))]
    for other in sorted({plain(cell(text, one, number)) for one in others}, key=len, reverse=True):
        if other and find(other, rest) and not any(find(other, held) for held in inside):
            left = rest.replace(other, " ")
            return None if denials(left) or other[0].isdigit() and _MORE.search(left) else (value, other)
    if _MORE.search(rest) or denials(rest) or len(own) > _LONGEST:
        return None
    return _otherwise(rest, own, value, inside, kind(names[number]))


def _otherwise(rest: str, bare: str, value: str, inside: Sequence[str], column: str) -> tuple[str, str] | None:
    """A figure or a type that stands in the cell's place."""
    wordy = [
        held for held in inside if not _BARE.fullmatch(held)
    ]  # another column's figure is no excuse, one in a description is
    told = [figure for figure in facts(rest).quantities if not any(find(figure.text, held) for held in wordy)]
    own = facts(bare).quantities
    if len(told) == 1 and (not bare or len(own) == 1 and _comparable(told[0], own[0])):
        return value, told[0].text
    if column == "type":
        mine = [group for group in _TYPES if group & set(re.findall(rf"[a-z]+|[{HAN}]+", bare))]
        for group in _TYPES:
            word = next((word for word in sorted(group) if find(word, rest)), "")
            if word and mine and group not in mine:
                return value, word
    return None


def _comparable(told: Quantity, own: Quantity) -> bool:
    """Whether they differ in the same unit; one that a head may give to the cell ("in millions") is not known here."""
    if told.same(own) or (told.dimension and own.dimension and told.dimension != own.dimension):
        return False
    if _BARE.fullmatch(told.text) or not _BARE.fullmatch(own.text) or not told.value or not own.value:
        return True
    powers = log10(abs(told.value / own.value))
    return abs(powers - round(powers)) > _ROUNDED


def _same(bare: str, rest: str) -> bool:
    """Whether the cell is a figure that the claim writes otherwise."""
    own = facts(bare).quantities
    return len(own) == 1 and own[0].text == bare and any(own[0].same(other) for other in facts(rest).quantities)


def _told_by(claim: str, row: str, names: Sequence[str]) -> bool:
    """Whether the row, its head and the ways to name a column leave little of the claim."""
    left = _WAYS.sub(" ", _UNSET.sub(" ", claim))
    for pattern in TOLD.values():
        left = pattern.sub(" ", left)
    wanted = units(left)
    held = frozenset(units(f"{' '.join(names)} {row}"))
    return sum(unit not in held for unit in wanted) <= _LEFT * len(wanted)


def _is_cell(text: str, name: str, others: Sequence[Row]) -> bool:
    return any(plain(cell(text, row, number)) == name for row in others for number in range(1, len(row.cells)))
