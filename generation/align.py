"""Two folded texts side by side: the same characters in order, but for what scanning, typing and layout change; pure.

Every repair is one of a closed list (fonts that lose ligatures, look-alike letters, spelling of one word in two
countries, slips of the keyboard) and costs; nothing else is forgiven. Digits are compared as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import eq

from generation.fold import LOST, SPLIT, Folded

_LIGATURES = ("ffi", "ffl", "ff", "fi", "fl", "ft", "ti", "tt")
_LOOKALIKES = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("ii", "u"), ("1", "l"), ("1", "i"), ("l", "i"), ("0", "o"), ("5", "s"), ("8", "b"),
               ("h", "li"), ("nn", "m"), ("c", "e"), ("6", "b"), ("9", "g"), ("|", "l"), ("|", "i"), ("é", "e"))  # fmt: skip
_LATIN_ALIKE: dict[tuple[str, str], list[tuple[str, str]]] = {}  # by the first characters of both
for _left, _right in _LOOKALIKES:
    for _a, _b in ((_left, _right), (_right, _left)):
        _LATIN_ALIKE.setdefault((_a[0], _b[0]), []).append((_a, _b))
_ZH_LOOKALIKES = ("己已巳", "日曰", "土士", "候侯", "徽微", "戊戌戍", "睛晴", "拔拨", "壁璧", "博搏", "辩辨辫", "末未", "人入", "天夭", "析折", "冶治",
                  "今令", "干千", "的地", "住往", "目曰", "兔免", "鸟乌", "大太犬", "历厉", "农衣", "准淮", "岐歧", "竞竟", "暑署", "幕慕墓暮", "赢羸嬴",
                  "贝见", "车东", "复夏", "口囗", "力刀", "八入", "丈大", "井并", "风凤", "问间", "间闻", "夫失", "主王", "玉王", "白自", "士土", "毎每")  # fmt: skip
_ZH_NEVER = set("未不非无千干八人大太王主失夫")  # a slip here may change a number, a negation or a name
_NOT_TYPOS = {"casual", "causal", "martial", "marital", "nuclear", "unclear", "silver", "sliver", "untied", "united",
              "conversation", "conservation", "desert", "dessert", "latter", "later", "planed", "planned", "adding", "ading",
              "assume", "sacred", "scared", "reserve", "reverse", "calvary", "cavalry", "parental", "prenatal", "perfect", "prefect",
              "persecute", "prosecute", "perspective", "prospective", "proscribe", "prescribe", "barely", "barley", "unable", "nuable",
              "immoral", "amoral", "bellow", "below", "filling", "filing", "hoping", "hopping", "staring", "starring"}  # fmt: skip
_CHEAP = 0.0
_DEAR = 1.0
_STEPS = 4000
_GRAM = 4
_COST = 7  # runs of `_GRAM` characters that one repair of at most four may break


@dataclass(frozen=True, slots=True)
class Place:
    """Where `[0, n)` of the quote lies in the source, in folded characters, and how many repairs that took."""

    start: int
    end: int
    repairs: float
    skipped: bool


@dataclass(frozen=True, slots=True)
class Side:
    """A folded text with what may be stepped over, by folded place."""

    raw: str
    folded: Folded
    skips: Mapping[int, Sequence[int]]

    @classmethod
    def of(cls, raw: str, folded: Folded, spans: Sequence[tuple[int, int]]) -> Side:
        """`spans` are [start, end) in `raw`."""
        skips: dict[int, list[int]] = {}
        if spans:
            at = 0
            places = folded.start
            for start, end in spans:
                at = _first(places, start)
                stop = _first(places, end)
                if (
                    folded.text[stop : stop + 1] == SPLIT
                    and at
                    and folded.text[at] != SPLIT
                    and not folded.text[at - 1].isdigit()
                ):
                    stop += 1  # the blank behind a skipped figure parts it from the next and nothing else
                if stop > at:
                    skips.setdefault(at, []).append(stop)
        return cls(raw, folded, skips)

    def begins(self, at: int) -> bool:
        """Whether no Latin letter stands right before folded place `at`."""
        start = self.folded.start[at]
        return not start or not (self.raw[start - 1].isalpha() and ord(self.raw[start - 1]) < 0x250)

    def word(self, at: int) -> str:
        """The unfolded word of letters and digits around folded place `at`."""
        start = self.folded.start[at]
        end = start
        while start > 0 and self.raw[start - 1].isalnum() and ord(self.raw[start - 1]) < 0x250:
            start -= 1
        while end < len(self.raw) and self.raw[end].isalnum() and ord(self.raw[end]) < 0x250:
            end += 1
        return self.raw[start:end]


def _first(places: Sequence[int], wanted: int) -> int:
    """The first index whose place is not before `wanted`."""
    from bisect import bisect_left

    return bisect_left(places, wanted)


def places(source: Side, quote: Side, *, begin: int = 0) -> Iterator[Place]:
    """Every place from `begin` on at which the quote lies in the source, in order of start."""
    text, wanted = source.folded.text, quote.folded.text
    if not wanted:
        return
    allowed = min(4.0, max(1.0, len(wanted) / 15)) if len(wanted) >= 12 else 0.0
    if _elsewhere(text, quote, allowed):
        return
    heads = set(next((alike for alike in _ZH_LOOKALIKES if wanted[0] in alike), wanted[0]))
    heads = heads | {wanted[stop] for stop in quote.skips.get(0, ()) if stop < len(wanted)}
    for at in range(begin, len(text)):
        char = text[at]
        if char not in heads and not (char == LOST and allowed):
            continue
        if len(wanted) >= 6 and not _promising(source, at, quote):
            continue
        if char.isalpha() and char.isascii() and not source.begins(at):
            continue
        found = _from(source, quote, at, allowed)
        if found:
            yield found


def _elsewhere(text: str, quote: Side, allowed: float) -> bool:
    """Whether more of the quote's runs of characters are missing than repairs may break: it stands nowhere here.

    A quarter of them is left to what costs nothing (spelling of two countries, what layout put in between).
    """
    wanted = quote.folded.text
    runs = len(wanted) - _GRAM + 1
    free = runs / 4 + _GRAM * wanted.count(SPLIT) + sum(max(stops) - at + _GRAM for at, stops in quote.skips.items())
    missing = sum(wanted[at : at + _GRAM] not in _grams(text) for at in range(runs))
    return missing > allowed * _COST + free


@lru_cache(maxsize=64)
def _grams(text: str) -> frozenset[str]:
    return frozenset(text[at : at + _GRAM] for at in range(len(text) - _GRAM + 1))


def _promising(source: Side, at: int, quote: Side) -> bool:
    """A cheap look ahead: most of the quote's first characters stand near here, or something here may be stepped over."""
    if 0 in quote.skips or any(near in source.skips for near in range(at + 1, at + 6)):
        return True
    alike: int = sum(map(eq, quote.folded.text[:6], source.folded.text[at : at + 6]))
    return alike >= 2


def _from(source: Side, quote: Side, at: int, allowed: float) -> Place | None:
    text, wanted = source.folded.text, quote.folded.text
    stack: list[tuple[int, int, float, bool]] = [(at, 0, 0.0, False)]
    seen: set[tuple[int, int]] = set()
    steps = 0
    while stack:
        i, j, spent, skipped = stack.pop()
        while True:
            steps += 1
            if j == len(wanted):
                return Place(at, i, spent, skipped)
            if (i, j) in seen or steps > _STEPS:
                break
            for stop in quote.skips.get(j, ()):
                stack.append((i, stop, spent, True))
            if i >= len(text):
                break
            if j and i > at:
                for stop in source.skips.get(i, ()):
                    stack.append((stop, j, spent, True))
            if text[i] != wanted[j]:
                seen.add((i, j))
                stack += [
                    (i + di, j + dj, spent + cost, skipped)
                    for di, dj, cost in _repairs(source, i, quote, j)
                    if spent + cost <= allowed
                ]
                break
            i, j = i + 1, j + 1
    return None


def _repairs(source: Side, i: int, quote: Side, j: int) -> Iterator[tuple[int, int, float]]:
    """What may be stepped over at a difference: source characters, quote characters, cost."""
    text, wanted = source.folded.text, quote.folded.text
    if text[i] == SPLIT:
        if _may_join(source, i):
            yield 1, 0, _CHEAP
        return
    if wanted[j] == SPLIT:
        yield 0, 1, _CHEAP
        return
    if text[i] == LOST or wanted[j] == LOST:
        yield from _lost(text, i, wanted, j)
    yield from _typed(source, i, quote, j)
    for own, other in ((text[i:], wanted[j:]), (wanted[j:], text[i:])):
        swap = own is not text[i:] and own == wanted[j:]
        for di, dj, cost in _spelled(own[:8], other[:8], source if not swap else quote, i if not swap else j):
            yield (dj, di, cost) if swap else (di, dj, cost)
    yield from _seen_alike(source, i, quote, j)
    yield from _slips(source, i, quote, j)


def _may_join(source: Side, i: int) -> bool:
    """Whether the blank in the source between two digits parts no two numbers: thousands, or a line's end."""
    text = source.folded.text
    start = i
    while start > 0 and text[start - 1].isdigit():
        start -= 1
    stop = i + 1
    while stop < len(text) and text[stop].isdigit():
        stop += 1
    if stop - i - 1 == 3 and 1 <= i - start <= 3:
        return True
    around = source.raw[max(0, source.folded.start[i] - 8) : source.folded.start[i] + 8]
    return stop - i - 1 == 1 and i - start == 1 and 2 * sum(map(str.isspace, around)) >= len(around) - 3


def _lost(text: str, i: int, wanted: str, j: int) -> Iterator[tuple[int, int, float]]:
    for own, other, di, dj in ((text[i], wanted[j:], 1, 0), (wanted[j], text[i:], 0, 1)):
        if own != LOST:
            continue
        for ligature in _LIGATURES:
            if other.startswith(ligature):
                yield (1, len(ligature), _DEAR) if di else (len(ligature), 1, _DEAR)
        if other and not other[0].isdigit():
            yield 1, 1, _DEAR
        yield di, dj, _DEAR


def _typed(source: Side, i: int, quote: Side, j: int) -> Iterator[tuple[int, int, float]]:
    """Signs and words that stand for each other, and contractions written out."""
    text, wanted = source.folded.text, quote.folded.text
    for own, a, other, b, flip in ((text, i, wanted, j, False), (wanted, j, text, i, True)):
        pairs: list[tuple[int, int]] = []
        if own[a] == "&" and other.startswith("and", b):
            pairs.append((1, 3))
        if own[a] == "%" and other.startswith("percent", b):
            pairs.append((1, 7))
        side, at = (quote, a) if flip else (source, a)
        if _apostrophe(side, at):
            if own[a] == "t" and own[a - 1 : a] == "n" and other.startswith("ot", b):
                pairs.append((0, 1))  # don't and do not
            if own[a] == "t" and own[a - 3 : a] == "can" and other.startswith("not", b):
                pairs.append((0, 2))
            for short, long in (
                ("s", "is"),
                ("s", "has"),
                ("re", "are"),
                ("ll", "will"),
                ("ve", "have"),
                ("m", "am"),
                ("d", "would"),
            ):
                if own.startswith(short, a) and other.startswith(long, b):
                    pairs.append((0, len(long) - len(short)))
        for da, db in pairs:
            yield (db, da, _CHEAP) if flip else (da, db, _CHEAP)


def _apostrophe(side: Side, at: int) -> bool:
    place = side.folded.start[at]
    return side.raw[place - 1 : place] in ("'", "’", "ʼ", "＇")


def _spelled(own: str, other: str, side: Side, at: int) -> Iterator[tuple[int, int, float]]:
    """British and American spelling of one word: own side's, other side's characters."""
    text = side.folded.text
    before = text[at - 1 : at]
    if len(side.word(at)) < 5:
        return
    if own[:1] == "s" and other[:1] == "z" and before in ("i", "y") and other[1:2] in ("e", "i", "a"):
        yield 1, 1, _CHEAP
    if own[:2] == "ur" and other[:1] == "r" and before == "o":
        yield 1, 0, _CHEAP
    if own[:2] == "re" and other[:2] == "er" and before in ("t", "b"):
        yield 2, 2, _CHEAP
    if own[:1] == "l" and before == "l" and own[1:3] in ("ed", "in", "er") and other[:2] == own[1:3]:
        yield 1, 0, _CHEAP
    if own[:2] == "ue" and before == "g" and other[:1] != "u":
        yield 2, 0, _CHEAP
    if own[:2] == "se" and other[:2] == "ce" and before == "n":
        yield 1, 1, _CHEAP
    if own[:1] == "a" and own[1:2] == "e" and other[:1] == "e":
        yield 1, 0, _CHEAP


def _seen_alike(source: Side, i: int, quote: Side, j: int) -> Iterator[tuple[int, int, float]]:
    """Letters that scanning takes for each other; a digit for a letter only where the other side's word is all letters,
    or all digits, but for it."""
    text, wanted = source.folded.text, quote.folded.text
    for a, b in _LATIN_ALIKE.get((text[i], wanted[j]), ()):
        if text.startswith(a, i) and wanted.startswith(b, j):
            first, second = source.word(i), quote.word(j)
            if any(c.isdigit() for c in a + b):
                if _odd_digit(first, second, a) or _odd_digit(second, first, b):
                    yield len(a), len(b), _DEAR
            elif len(first) >= 5 and len(second) >= 5 and not first[0].isupper():
                yield len(a), len(b), _DEAR
    for alike in _ZH_LOOKALIKES:
        if text[i] in alike and wanted[j] in alike and not {text[i], wanted[j]} & _ZH_NEVER:
            yield 1, 1, _DEAR
    # a ligature that the font lost altogether: "di erent"
    for ligature in _LIGATURES[:5]:
        if wanted.startswith(ligature, j) and _parted(source, i):
            yield 0, len(ligature), _DEAR
        if text.startswith(ligature, i) and _parted(quote, j):
            yield len(ligature), 0, _DEAR


def _parted(side: Side, at: int) -> bool:
    """Whether blanks, and nothing else, stand before this place and a letter before them."""
    gap = side.raw[side.folded.end[at - 1] : side.folded.start[at]] if at else ""
    return bool(gap) and not gap.strip(" \u00a0") and side.folded.text[at - 1].isalpha()


def _odd_digit(word: str, other: str, piece: str) -> bool:
    """Whether `piece` of `word` is the one letter among figures, or the one figure among letters."""
    if min(len(word), len(other)) < 3:
        return False
    digits = sum(map(str.isdigit, word))
    if piece.isdigit():
        return digits == 1 and len(word) >= (6 if word[-1].isdigit() else 4)
    return digits >= 2 and (piece == "o" or word[-1].casefold() != piece)


def _slips(source: Side, i: int, quote: Side, j: int) -> Iterator[tuple[int, int, float]]:
    """Two letters changed about, or one doubled or not, in a long lower-case word that is no other word."""
    first, second = source.word(i), quote.word(j)
    if len(first) < 6 or not first.isalpha() or not second.isalpha() or first[0].isupper():
        return
    if (
        first.casefold() in _NOT_TYPOS
        or second.casefold() in _NOT_TYPOS
        or first[:3].casefold() != second[:3].casefold()
    ):
        return
    text, wanted = source.folded.text, quote.folded.text
    if text[i : i + 2] == wanted[j : j + 2][::-1] and len(wanted) > j + 1:
        yield 2, 2, _DEAR
    if i and text[i] == text[i - 1] and text[i + 1 : i + 2] == wanted[j]:
        yield 1, 0, _DEAR
    if j and wanted[j] == wanted[j - 1] and wanted[j + 1 : j + 2] == text[i]:
        yield 0, 1, _DEAR
