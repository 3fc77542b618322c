"""Where a quote stands in a source: exact, after folding, or aligned around ellipses, insertions and page layout; pure.

It returns the source's own offsets and fails closed: a changed digit, sign, name or negation is not found, and neither is
a cut that may turn the meaning. No threshold is ever lowered.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from generation import context
from generation.align import Place, Side, places
from generation.fold import SPLIT, Folded, fold
from generation.furniture import markers, readings, skippable

_GAP = 600  # folded characters that one ellipsis may leave out
_ELLIPSIS = re.compile(r"\s*[\[(（［〔]?\s*(?:…+|⋯+|\.{3,}|(?:\. ){2,}\.|。{3,}|·{3,})\s*[\])）］〕]?\s*")
_INSERT = re.compile(r"[\[［〔]([^\[\]［］〔〕\n]{1,60})[\]］〕]")
_SOURCE = r"(?:ID|doc(?:ument)?|source|citation|ref|来源|來源|资料|資料|文献|文獻|文档)\s*[:：]?\s*"
_NUMBERS = r"\d{1,3}(?:†\w{1,10})?(?:\s*[,，–-]\s*(?:pp?\.\s*)?\d{1,3})*"
_CLOSING = re.compile(
    rf"(?:\s*(?:[\[［【]\s*(?:{_SOURCE}|\^)?{_NUMBERS}\s*[\]］】]|[(（]\s*{_SOURCE}[\[［]?{_NUMBERS}[\]］]?\s*[)）]|<sup>\d{{1,3}}</sup>))+[.。]?$",
    re.IGNORECASE,
)  # what is put behind a quote to say where it is from
_AND_SO_ON = re.compile(r"(?:,? (?:etc\.?|and so (?:on|forth)\.?)|[，、]?等等?[。.]?)$")
_GOES_ON = re.compile(r"\s*(?:[,，、]|(?:and|or)\b|[和及与與或以])")  # how a list does
_NEXT_MARKER = re.compile(r"\W{0,2}(?:[\[［【]\d{1,3}[^\]］】\n]{0,10}[\]］】])+")
_LETTER = re.compile(r"[\[［]([A-Za-z])[\]］](?=[A-Za-z])")
_WEIGHTY = re.compile(
    r"\b(?:not|no|never|none|all|every|always|only|most|some|few|many|may|might|must|should|could|can|will|"
    r"more|less|least|almost|nearly|than|increase\w*|decrease\w*|except|unless|if|false|true)\b|n[’']t\b"
    r"|[不没沒未非无無否只仅僅全都必须須应應可能将將增减減高低]",
    re.IGNORECASE,
)
_SMALL = re.compile(
    r"(?:it|he|she|they|we|this|that|these|those|its|his|her|their|our|the|a|an|who|which|[它他她其该該此这這那们們是的])+",
    re.I,
)
_UNIT_CASE = re.compile(r"\d\s?((?:[munkMGTP](?:[WVAgsmlLBbJNK]|Hz|bit|Bq|Pa|ol)|[bB]|[kKMGT][bB]ps))(?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class Found:
    """A quote's place: [start, end) of the source, how it was found, and its pieces where something was left out."""

    start: int
    end: int
    how: str  # "exact", "normalised" or "aligned"
    pieces: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Missed:
    """Why a quote was not found: `reason` is for readers; [start, end) is set where its words stand but are cut short."""

    reason: str
    start: int = -1
    end: int = -1


def locate(quote: str, source: str) -> Found | None:
    """Where the quote stands in the source, or None; see `look` for the reason."""
    found = look(quote, source)
    return found if isinstance(found, Found) else None


def look(quote: str, source: str) -> Found | Missed:
    """The first place that holds the whole quote and is no misleading cut.

    >>> look("grew by 5 %", "Sales grew by 5% in May.")
    Found(start=6, end=16, how='normalised', pieces=((6, 16),))
    """
    quote = quote.strip()
    if not fold(quote).text.strip(SPLIT):
        return Missed("the quote holds no words")
    missed = Missed("its words do not stand in the source")
    for found in _candidates(quote, source):
        why = _objection(quote, source, found)
        if not why:
            return found
        missed = Missed(why, found.start, found.end)
    return missed


def _candidates(quote: str, source: str) -> Iterator[Found]:
    """Places in order of how literal they are; then without the quote's own closing markers, or without an "etc." where the source's list goes on."""
    yield from _literal_first(quote, source)
    bare = _CLOSING.sub("", quote)
    if bare != quote and fold(bare).text:
        mine = markers(quote[len(bare) :])
        for found in _literal_first(bare, source):
            after = _NEXT_MARKER.match(source[found.end : found.end + 40])
            if not after or set(mine) <= set(markers(after[0])):
                yield found
    head = _AND_SO_ON.sub("", quote)
    if head != quote and not _short(head):
        yield from (found for found in _literal_first(head, source) if _GOES_ON.match(source, found.end))


def _literal_first(quote: str, source: str) -> Iterator[Found]:
    at = source.find(quote)
    while at >= 0:
        yield Found(at, at + len(quote), "exact", ((at, at + len(quote)),))
        at = source.find(quote, at + 1)
    folded, wanted = fold(source), fold(quote)
    at = folded.text.find(wanted.text)
    while at >= 0:
        yield _found(folded, [(at, at + len(wanted.text))], "normalised")
        at = folded.text.find(wanted.text, at + 1)
    for spans in readings(source):
        yield from _aligned(quote, source, Side.of(source, folded, spans))


def _aligned(quote: str, source: str, own: Side) -> Iterator[Found]:
    """Places in one reading of the source: with repairs, without the brackets of a letter, and around what was left out or put in."""
    for place in places(own, _side(quote)):
        if _same_markers(quote, source, own.folded, place):
            yield _found(own.folded, [(place.start, place.end)], "aligned")
    plain = _LETTER.sub(r"\1", quote)
    if plain != quote:
        for place in places(own, _side(plain)):
            yield _found(own.folded, [(place.start, place.end)], "aligned")
    parts = _parts(plain)
    if len(parts) > 1:
        yield from _pieced(parts, own)


def _side(text: str) -> Side:
    return Side.of(text, fold(text), skippable(text))


def _found(folded: Folded, spans: list[tuple[int, int]], how: str) -> Found:
    pieces = tuple((folded.start[a], folded.end[b - 1]) for a, b in spans)
    return Found(pieces[0][0], pieces[-1][1], how, pieces)


def _same_markers(quote: str, source: str, folded: Folded, place: Place) -> bool:
    """Where both sides carry reference markers, they must be the same ones."""
    if not place.skipped:
        return True
    mine = markers(quote)
    theirs = markers(source[max(0, folded.start[place.start] - 8) : folded.end[place.end - 1] + 8])
    return not mine or not theirs or set(mine) <= set(theirs)


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of the quote, and what stands before it: nothing, an ellipsis, or an inserted word."""

    text: str
    joint: str  # "", "ellipsis", "insert"
    inserted: str = ""


def _parts(quote: str) -> list[_Part]:
    parts: list[_Part] = []
    at, joint, inserted = 0, "", ""
    joints = sorted(
        [(m.start(), m.end(), "ellipsis", "") for m in _ELLIPSIS.finditer(quote)]
        + [
            (m.start(), m.end(), "insert", m[1])
            for m in _INSERT.finditer(quote)
            if not _ELLIPSIS.fullmatch(m[0]) and not markers(m[0])
        ]
    )
    for start, end, kind, inside in joints:
        if start < at:
            continue
        text = quote[at:start]
        if fold(text).text:
            parts.append(_Part(text, joint, inserted))
            joint, inserted = kind, inside
        elif kind == "insert":
            joint, inserted = ("insert", inside) if not parts else (joint or "insert", inserted + " " + inside)
        at = end
    if fold(quote[at:]).text:
        parts.append(_Part(quote[at:], joint, inserted))
    elif joint == "insert" and parts:
        parts.append(_Part("", joint, inserted))
    if len(parts) == 1 and parts[0].joint == "insert":
        parts.insert(0, _Part("", ""))
    return parts


def _pieced(parts: list[_Part], source: Side) -> Iterator[Found]:
    """The parts in order, each within a bounded gap of the one before."""
    if any(part.joint == "insert" and not _harmless(part.inserted, source) for part in parts):
        return
    solid = [part for part in parts if part.text]
    if not solid or (len(solid) > 1 and any(_short(part.text) and part.joint != "insert" for part in solid[1:])):
        return
    for first in places(source, _side(solid[0].text)):
        spans = _rest(solid, 1, [(first.start, first.end)], source)
        if spans:
            yield _found(source.folded, spans, "aligned")


def _rest(parts: list[_Part], index: int, spans: list[tuple[int, int]], source: Side) -> list[tuple[int, int]]:
    if index == len(parts):
        return spans
    part, end = parts[index], spans[-1][1]
    tried = 0
    for place in places(source, _side(part.text), begin=end):
        if place.start - end > (_GAP if part.joint == "ellipsis" else 24) or tried > 5:
            break
        tried += 1
        if _joinable(part, source, end, place.start):
            whole = _rest(parts, index + 1, [*spans, (place.start, place.end)], source)
            if whole:
                return whole
    return []


def _joinable(part: _Part, source: Side, end: int, start: int) -> bool:
    """Whether what lies between two pieces may be left out, or be what an insertion stands for."""
    a, b = source.folded.end[end - 1], source.folded.start[start]
    dropped = source.raw[a:b]
    if part.joint == "ellipsis":
        return not context.left_out(source.raw, a, b) and not context.crosses(source.raw, a, b)
    words = fold(dropped).text
    return not words or bool(_SMALL.fullmatch(words)) or words in fold(part.inserted).text


def _harmless(inserted: str, source: Side) -> bool:
    """Whether inserted words bring no figure, negation, limit or name that the source does not hold."""
    if re.fullmatch(r"\s*(?:sic|原文如此|emphasis added|重点为引者所加)\s*", inserted, re.IGNORECASE):
        return True
    words = fold(inserted).text
    if _WEIGHTY.search(inserted) or len(words) > 40:
        return False
    if words in source.folded.text:
        return True
    if any(char.isdigit() for char in words) or re.search("[\u3400-\u9fff]", words):
        return bool(_SMALL.fullmatch(words))
    names = re.findall(r"\b[A-Z][A-Za-z]+", inserted)
    return all(fold(name).text in source.folded.text for name in names)


def _short(text: str) -> bool:
    folded = fold(text).text
    han = sum(ord(char) > 0x2E80 for char in folded)
    return 2 * han + (len(folded) - han) < 8


def _objection(quote: str, source: str, found: Found) -> str:
    start = found.start
    while start and quote[:1] == source[start - 1] and not quote[0].isalnum():
        start, quote = start - 1, quote[1:]
    why = context.turned(source, start, found.end)
    if why or found.how == "exact":
        return why
    cited = " ".join(source[a:b] for a, b in found.pieces)
    quote = html.unescape(quote)
    own, theirs = sorted(_UNIT_CASE.findall(quote)), sorted(_UNIT_CASE.findall(cited))
    if len(own) == len(theirs) and own != theirs and not (quote.isupper() or cited.isupper()):
        return "a unit is written otherwise"
    asked = source[found.end - 1 : found.end + 1]
    if re.search("[?？]", asked) and re.search(r"[.。!！]\s*[”\"’」』）)]*$", quote):
        return "the source asks what the quote states"
    return ""
