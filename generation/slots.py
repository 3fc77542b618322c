"""Two sentences that are one sentence but for a single figure: which figure, and what stands in its place; pure.

Figures are taken out and leave a slot that knows its unit; the words around the slots must then be the same. Whether the
two sentences speak of one subject is not asked here: see `generation.disagreement`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from math import floor, log10

from generation import lexicon
from generation.beside import same
from generation.facts import Date, Quantity, facts
from generation.words import content, stem, tokens
from library.text import HAN, unified

Figure = Quantity | Date

_CLAUSE = re.compile(r"[，。；：！？;:!?()]|,(?!\d)|\.(?!\d)")
_LIMITING = frozenset(
    "about around approximately roughly nearly almost over exactly just total 约 大 近 余 多 超 过 左 右 共 达 总 计 第 了 有 仅".split()
)
_NAMED_BY_NUMBER = re.compile(
    r"[a-z]$|(?:[第届屆§#№]|\b(?:fig(?:ure)?|table|section|article|chapter|part|step|no|version|type|class|route|level|grade|page|line|item|rule|act)\.?)\s*$",
    re.IGNORECASE,
)  # what stands before a figure that is a name
_NAMES_ON = re.compile(
    r"(?:号|號|路|级|級|届|屆|版|期|集|章|节|節|条|條|款|项|項|[-–~至到:/]\s*[\d一二三四五六七八九十]|[A-Za-z](?![a-z]))"
)
_RANGE = re.compile(r"[\d一二三四五六七八九十百千万亿%]\s*[-–~至到:/]\s*$")
_LONG_NUMBER = 7  # digits in a row from which a figure without a unit is a telephone or serial number
_ENOUGH, _SHARE = 5, 0.6  # weight of the shared words (a Latin word counts two, a Han character one), and their share
# What happens once: only there do two dates speak of one event.
_ONCE = re.compile(
    r"成立|创立|创办|创建|建立|设立|建成|落成|竣工|动工|开工|始建|建于|建於|开业|开馆|开放|开通|通车|出生|生于|诞生|去世|逝世|病逝|卒于|毕业|出版|发布|發布|发表|发行|上映|首播|推出|上市|签订|签署|颁布|施行|生效|当选|就任|上任|"
    r"爆发|发生|结束|登陆|灭亡|独立|合并|更名|改名|获得|获颁|击败|\b(?:founded|established|built|opened|completed|created|constructed|inaugurated|born|died|published|released|launched|signed|"
    r"elected|appointed|began|started|ended|discovered|invented|introduced|premiered|killed|assassinated|married|adopted|enacted|dissolved|acquired|won|defeated|graduated|joined)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Slot:
    """A figure of a sentence, where it stands in it ([start, end)), and its words as written."""

    figure: Figure
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Line:
    """A sentence's words with a slot in the place of each figure, the clause of each word, and the figures by place."""

    words: tuple[str, ...]
    stems: tuple[str, ...]
    clauses: tuple[int, ...]
    figures: Mapping[int, Figure]
    weight: int


def holds_figure(text: str) -> bool:
    """Whether there is a figure or date in it."""
    found = facts(text)
    return bool(found.quantities or found.dates)


def differing(one: str, other: str, *, versions: bool = False) -> tuple[Slot, Slot] | None:
    """The figure of each sentence where they are the same sentence but for it; None in every doubtful case.

    :param versions: they are known to be one sentence in two versions, so that a date need not be of what happens once.
    >>> [slot.text for slot in differing("Oslo Museum shows 3,400 paintings.", "Oslo Museum shows 3,500 paintings.")]
    ['3,400', '3,500']
    """
    mine, theirs = _line(one), _line(other)
    if not mine.figures or not theirs.figures or not _near(mine, theirs):
        return None
    matcher = SequenceMatcher(None, mine.stems, theirs.stems, autojunk=False)
    ops = matcher.get_opcodes()
    pairs = [
        (at, at + b0 - a0) for tag, a0, a1, b0, _ in ops if tag == "equal" for at in range(a0, a1) if at in mine.figures
    ]
    apart = [pair for pair in pairs if not agree(mine.figures[pair[0]], theirs.figures[pair[1]])]
    if len(apart) != 1 or not _framed(mine, theirs, apart[0], versions or _happens_once(one)):
        return None
    equal = [(a0, a1) for tag, a0, a1, _, _ in ops if tag == "equal"]
    shared = sum(_weight(mine.words[a0:a1]) for a0, a1 in equal)
    if shared < _ENOUGH or shared < _SHARE * max(mine.weight, theirs.weight):
        return None
    clauses = mine.clauses[apart[0][0]], theirs.clauses[apart[0][1]]
    for tag, a0, a1, b0, b1 in ops:
        if tag != "equal" and not _may_differ(mine, theirs, (a0, a1), (b0, b1), clauses):
            return None
    return _slot(one, mine.figures[apart[0][0]]), _slot(other, theirs.figures[apart[0][1]])


def agree(one: Figure, other: Figure) -> bool:
    """Whether two figures can both be right: equal, one within the other's limit, or one the other rounded."""
    if isinstance(one, Date) or isinstance(other, Date):
        return not (isinstance(one, Date) and isinstance(other, Date) and one.clashes(other))
    if one.same(other) or one.value == other.value:
        return True
    for limited, exact in ((one, other), (other, one)):
        if (limited.limit == ">" and exact.value >= limited.value) or (limited.limit == "<" and exact.value <= limited.value):  # fmt: skip
            return True
        if limited.limit == "~" and abs(exact.value - limited.value) <= 0.02 * abs(limited.value):
            return True
    return _rounded(one, other) or _rounded(other, one)


def _rounded(coarse: Quantity, fine: Quantity) -> bool:
    """Whether `coarse` is `fine` with fewer digits: 12万 of 123,456; 10 is not 14 rounded."""
    few, many = _digits(coarse.number), _digits(fine.number)
    if few >= many or not fine.value or not coarse.value or coarse.value * fine.value < 0:
        return False
    step = 10.0 ** (floor(log10(abs(fine.value))) - few + 1)
    near = abs(round(fine.value / step) * step - coarse.value) <= 1e-9 * abs(coarse.value)
    return near and (few > 1 or abs(fine.value / coarse.value - 1) <= 0.05)


def _digits(number: float) -> int:
    """Significant digits of a figure as written."""
    return len(f"{abs(number):.10f}".rstrip("0").replace(".", "").strip("0")) or 1


@lru_cache(maxsize=4096)
def _line(text: str) -> _Line:
    plain = unified(text)
    found = facts(text)
    figures: list[Figure] = [*found.dates, *(q for q in found.quantities if _counted(plain, q))]
    figures.sort(key=lambda one: one.start)
    words: list[str] = []
    clauses: list[int] = []
    held: dict[int, Figure] = {}
    clause = at = 0
    ends: list[Figure | None] = [*figures, None]
    for figure in ends:
        for index, piece in enumerate(_CLAUSE.split(plain[at : figure.start if figure else len(plain)])):
            clause += index > 0
            own = tokens(piece)
            words += own
            clauses += [clause] * len(own)
        if figure:
            held[len(words)] = figure
            words.append("\0" + ("date" if isinstance(figure, Date) else figure.dimension))
            clauses.append(clause)
            at = figure.end
    return _Line(tuple(words), tuple(map(stem, words)), tuple(clauses), held, _weight(words))


def _counted(text: str, quantity: Quantity) -> bool:
    """Whether a figure counts or measures; one that names a part, a line, a version or ends a range does not."""
    before, after = text[max(0, quantity.start - 10) : quantity.start], text[quantity.end : quantity.end + 4]
    if _NAMED_BY_NUMBER.search(before) or _RANGE.search(before) or (not quantity.dimension and _NAMES_ON.match(after)):
        return False
    if re.match(r"\s*[-–~至到]\s*\d", after):
        return False
    bare = re.fullmatch(r"\d+", quantity.text)
    return not bare or bool(quantity.dimension) or len(quantity.text) < _LONG_NUMBER


def _near(mine: _Line, theirs: _Line) -> bool:
    """A cheap look first: enough words in common."""
    held, own = set(mine.stems), set(theirs.stems)
    return 2 * len(held & own) >= max(len(held), len(own))


def _weight(words: Sequence[str]) -> int:
    return sum(
        1 if re.match(f"[{HAN}]", word) else 2
        for word in content([word for word in words if not word.startswith("\0")])
    )


def _happens_once(text: str) -> bool:
    return bool(_ONCE.search(unified(text)))


def _framed(mine: _Line, theirs: _Line, pair: tuple[int, int], once: bool) -> bool:
    """Whether the word behind the slot is the same, or one beside it where the unit tells what is measured; a date's event happens once."""
    a, b = pair
    before = _at(mine.stems, a - 1) == _at(theirs.stems, b - 1)
    after = _at(mine.stems, a + 1) == _at(theirs.stems, b + 1)
    figure = mine.figures[a]
    if isinstance(figure, Date):
        return (before or after) and once
    return (before or after) if figure.dimension else after


def _at(words: Sequence[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""


def _may_differ(
    mine: _Line, theirs: _Line, own: tuple[int, int], other: tuple[int, int], clauses: tuple[int, int]
) -> bool:
    """Whether a stretch that only one has, or that each says in other words, leaves the two sentences the same."""
    figures = [at for at in range(*own) if at in mine.figures], [at for at in range(*other) if at in theirs.figures]
    if any(figures) and (all(figures) or any(isinstance(mine.figures[at], Date) for at in figures[0]) or any(isinstance(theirs.figures[at], Date) for at in figures[1])):  # fmt: skip
        return False
    said, stood = mine.words[slice(*own)], theirs.words[slice(*other)]
    if any(word in lexicon.NEGATIONS for word in (*said, *stood)):
        return False
    said, stood = (tuple(word for word in content(words) if word not in _LIMITING) for words in (said, stood))
    if not said and not stood:
        return True
    if said and stood:
        return same(said, stood)
    inside = [mine.clauses[at] == clauses[0] for at in range(*own)], [theirs.clauses[at] == clauses[1] for at in range(*other)]  # fmt: skip
    return not any(inside[0]) if said else not any(inside[1])


def _slot(text: str, figure: Figure) -> Slot:
    same_length = len(unified(text)) == len(text)
    return Slot(figure, figure.start, figure.end, text[figure.start : figure.end].strip() if same_length else figure.text)  # fmt: skip
