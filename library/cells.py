"""Which cells of a table a text names by its row and column, and which line of a block by its owner and label; pure.

A row goes by its first cell. A column goes by its name, and in Chinese or English by what such a column says wherever that is
known (`library.tables.kind`): "默认是多少" names the column "Default".
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from library import fields
from library.fields import Field
from library.tables import EMPTY, Row, Span, kind, named
from library.text import HAN

Named = tuple[Row, tuple[str, ...]]  # a row with the names of its columns

_LATIN = "A-Za-z0-9_"
_QUOTES = re.compile(r"(?<=\w)['’]s\b|[`*\"'“”‘’「」『』《》]")  # and an owner's "'s"
_SHORTEST = 2  # characters of a row's or a column's name
TOLD = {
    "default": re.compile(r"默认值?|缺省值?|\bdefaults?(?: values?)?\b(?: to\b)?", re.IGNORECASE),
    "type": re.compile(r"(?:参数|数据|字段)?类型|\btypes?\b", re.IGNORECASE),
    "version": re.compile(r"版本|\bversions?\b|\bsince\b", re.IGNORECASE),
    "required": re.compile(r"必填项?|必选项?|必须|必需|可选项?|选填|\brequired\b|\boptional\b|\bmandatory\b", re.IGNORECASE),
}  # fmt: skip
_DESCRIBED = re.compile(
    r"什么意思|含义|意思是|作用|用途|有什么用|(?:干|做)什么|是什么|什么是|\bmean(?:ing|s)?\b|\bpurpose\b|\bwhat (?:does|do)\b.*\bdo\b|"
    r"\bwhat (?:is|are)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"什么|多少|哪[个些种]?|[吗呢啊]|怎么|如何|请问|必须|用来|用于|意思|含义|作用|用途|开始|支持|加入|参数|属性|字段|选项|配置项?|设置|填写?|"
    r"[的是为有从在里中做干值了？。，]|\b(?:what|which|who|when|where|how (?:many|much|long|large|old)|does|did|do|is|are|was|were|there|the|an?|of|in|on|for|to|from|i|we|you|have|has|had|must|should|can|"
    r"set|sets?|value|parameter|option|property|field|setting|column|means?|meaning|purpose|used|use|available|added|add|it|its|this|that|by)\b",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"谁|哪[家个一](?:公司|单位|企业|机构|人)?|叫什么|名称|名字|\bwho\b|\bwhich (?:company|person|party)\b|\bnames?\b|\bcalled\b",
    re.IGNORECASE,
)
_KIND = re.compile(
    r"地址|号码?|\b(?:address(?:es)?|numbers?)\b", re.IGNORECASE
)  # "the phone number" for the label "phone"
_WORD = re.compile(rf"[{HAN}]{{2}}|[A-Za-z0-9_][\w.-]*")
_STRANGE = 0.34  # share of a question's other words that what is about the table need not hold


def plain(text: str) -> str:
    """One width and case, without quotation marks and possessive endings."""
    return _QUOTES.sub("", unicodedata.normalize("NFKC", text)).replace("\\|", "|").casefold().strip(EMPTY)


def find(part: str, whole: str) -> Span | None:
    """Where a plain part stands as a word of its own, and not within a longer one or a longer number."""
    if len(part) < _SHORTEST and (not part or part.isalpha()):
        return None
    before = rf"(?<![{_LATIN}])(?<!\d[.,])" if re.match(f"[{_LATIN}]", part) else ""
    after = rf"(?![{_LATIN}[<]|[.,:-][{_LATIN}])" if re.search(f"[{_LATIN}]$", part) else ""
    match = re.search(f"{before}{re.escape(part)}{after}", whole)
    return match.span() if match else None


@lru_cache(maxsize=64)
def rows(text: str, header: str = "") -> tuple[Named, ...]:
    """The rows below a head; the same text is asked about sentence after sentence."""
    return tuple(named(text, header)) if "|" in text else ()


def cell(text: str, row: Row, number: int) -> str:
    """A cell as it stands; of a row that is shorter, nothing."""
    return text[slice(*row.cells[number])].strip() if number < len(row.cells) else ""


def name(text: str, row: Row) -> str:
    """What a row goes by."""
    return plain(cell(text, row, 0))


def _bare(text: str, row: Row) -> str:
    """What it goes by without what stands in brackets there."""
    return fields.bare(name(text, row))


def column(title: str, said: str) -> Span | None:
    """Where a plain text names a column; one that describes in words is never named so."""
    known = kind(title)
    if known == "description":
        return None
    if known:
        match = TOLD[known].search(said)
        return match.span() if match else None
    return find(plain(title), said)


def spoken(said: str, text: str, header: str = "") -> list[tuple[Row, tuple[str, ...], Span]]:
    """The rows that a plain text names, with where it does; the longest name of those that overlap."""
    every = rows(text, header)
    often = Counter(_bare(text, row) for row, _ in every)
    found = [
        (row, names, where)
        for row, names in every
        for called in dict.fromkeys((name(text, row), _bare(text, row)))
        if (called == name(text, row) or often[called] == 1) and (where := find(called, said))
    ]
    found = [one for one in found if not any(_inside(one[2], other[2]) for other in found)]
    if len({name(text, row) for row, _, _ in found}) > 1:  # a column may go by the name of a row
        found = [one for one in found if not any(form.fullmatch(said[slice(*one[2])]) for form in TOLD.values())]
    return found


def unasked(question: str, text: str, header: str = "") -> list[Span]:
    """[start, end) of the other rows of the tables of which a question names a row."""
    found = spoken(plain(question), text, header)
    wanted, heads = {row.start for row, _, _ in found}, {names for _, names, _ in found}
    others = [(row.start, row.end) for row, names in rows(text, header) if names in heads and row.start not in wanted]
    return others + _other_owners(plain(question), text)


def answers(question: str, text: str, header: str = "", about: str = "") -> bool:
    """Whether a cell is just what the question asks for: it names the row and the column, and little that is not about the table.

    :param about: what the table stands under: title and headings.
    """
    return any(True for _ in _answering(question, text, header, about)) or any(
        True for _ in _lines(question, text, about)
    )


def answering(question: str, text: str, header: str = "", about: str = "") -> list[Span]:
    """[start, end) of the rows with such a cell, of a column that the question names; prose may describe a thing better than a cell."""
    found = _answering(question, text, header, about)
    told = dict.fromkeys((row.start, row.end) for row, title in found if kind(title) != "description")
    return [*told, *_lines(question, text, about)]


def _answering(question: str, text: str, header: str, about: str) -> Iterator[tuple[Row, str]]:
    """Rows with the title of the column whose cell answers."""
    said = plain(question)
    for row, names, (a, b) in spoken(said, text, header):
        rest = f"{said[:a]} {said[b:]}"
        for number in range(1, len(names)):
            left = rest
            if kind(names[number]) != "description":
                where = column(names[number], rest)
                left = rest[: where[0]] + " " + rest[where[1] :] if where else ""
            elif not _DESCRIBED.search(rest):
                left = ""
            if left and plain(cell(text, row, number)) and _about(left, f"{about} {names[0]}"):
                yield row, names[number]


def label_of(text: str, field: Field, said: str) -> Span | None:
    """Where a plain text names a field by its label."""
    called = fields.names(plain(text[slice(*field.label)]))
    return next((where for one in called if (where := find(one, said))), None)


def owner_of(text: str, owner: Field, said: str) -> Span | None:
    """Where a plain text names an owner, by label or by value."""
    return label_of(text, owner, said) or find(plain(text[slice(*owner.value)]), said)


def owners(text: str) -> dict[Span, Field]:
    """The lines that others belong to."""
    held = {field.owner for field in fields.fields(text) if field.owner}
    return {(field.start, field.end): field for field in fields.fields(text) if (field.start, field.end) in held}


def _lines(question: str, text: str, about: str) -> Iterator[Span]:
    """[start, end) of the lines that say just what is asked: who an owner is, or what a label says of the owner that is named, else of each."""
    said, own = plain(question), owners(text)
    called = {span: where for span, owner in own.items() if (where := owner_of(text, owner, said))}
    for field in fields.fields(text):
        if not plain(text[slice(*field.value)]) or (field.owner and called and field.owner not in called):
            continue
        whose = called.get(field.owner) if field.owner else None
        where = label_of(text, field, without(said, whose))
        if not where or ((field.start, field.end) in own and not _WHO.search(said)):
            continue
        if _about(_KIND.sub(" ", _WHO.sub(" ", without(without(said, whose), where))), about):
            yield field.start, field.end


def _other_owners(said: str, text: str) -> list[Span]:
    """The lines of other owners than those that a plain text names."""
    own = owners(text)
    named_ones = {span for span, owner in own.items() if owner_of(text, owner, said)}
    if not named_ones:
        return []
    return [
        (field.start, field.end)
        for field in fields.fields(text)
        if (field.owner or (field.start, field.end)) in own.keys() - named_ones
    ]


def without(said: str, span: Span | None) -> str:
    """A text without a span of it, at its old length."""
    return said if span is None else said[: span[0]] + " " * (span[1] - span[0]) + said[span[1] :]


def _about(rest: str, whole: str) -> bool:
    """Whether these words of a question, but few, stand in what is about the table."""
    words = _WORD.findall(_ASKING.sub(" ", rest))
    held = plain(whole)
    return sum(word.rstrip(".-") not in held for word in words) <= _STRANGE * len(words)


def _inside(one: Span, other: Span) -> bool:
    return one != other and other[0] <= one[0] and one[1] <= other[1]
