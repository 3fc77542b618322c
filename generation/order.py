"""Who does what to whom, by the order of words: phrases that changed places between a claim and its source; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from generation import lexicon
from generation.words import content, joined, phrases

Pair = tuple[str, str]  # the claim's words and the source's

_MARKERS = frozenset("by than from to against 被 比 由 向 给 把 对".split())
_PRONOUNS = frozenset("them they it he him she her his its their this these those 它 他 她 其 此 该 这 们".split())
_VOICES = ("by", "被")
_CLAUSE = re.compile(r"[，,。；;：:！!？?]\s*")


def governed(mine: Sequence[str], theirs: Sequence[str]) -> Iterator[Pair]:
    """Who stands behind "by", "than", 被, 比 and the like: where both sides hold the same words, it must be the same one."""
    for marker in _MARKERS.intersection(mine).intersection(theirs):
        if any(word == marker and after in _PRONOUNS for word, after in pairwise(theirs)):
            continue  # 把它们: the claim may say what they are
        said, stood = _behind(mine, marker), _behind(theirs, marker)
        if any(set(a) & set(b) for a in said for b in stood):
            continue
        for words in said:
            if words and set(words) <= set(theirs) and any(b and set(b) <= set(mine) for b in stood):
                yield f"{marker} {joined(words)}", f"{marker} {joined(stood[0])}"


def reordered(claim: str, theirs: Sequence[str]) -> Iterator[Pair]:
    """Clauses of the claim that hold nothing but the source's words, yet not in its order; one phrase may have moved to an edge."""
    held = Counter(theirs)
    for clause in _CLAUSE.split(claim):
        mine = phrases(clause)
        if len(mine) < 5 or Counter(mine) - held or any((word in theirs) > (word in mine) for word in _VOICES):
            continue  # a word that the source lacks, or the active of its passive
        ops = SequenceMatcher(None, theirs, mine, autojunk=False).get_opcodes()
        loose = [
            (b0, b1) for tag, a0, a1, b0, b1 in ops if tag != "equal" and b1 > b0 and not stands_for(theirs[a0:a1])
        ]
        spoken = [
            (a, b)
            for a, b in loose
            if any(not word[0].isdigit() and word not in lexicon.DUTIES for word in content(mine[a:b]))
        ]
        if not spoken or sum(b - a for a, b in loose) > 0.4 * len(mine):
            continue
        a, b = spoken[0]
        if len(spoken) > 1 or not (a == 0 or b == len(mine)) or not _within(mine[a:b], theirs):
            yield joined(mine[a:b]), ""
            return


def stands_for(words: Sequence[str]) -> bool:
    """Whether a stretch of the source is a pronoun, with no more than small words, for which a claim may put what it means."""
    return any(word in _PRONOUNS for word in words) and all(word in lexicon.STOP for word in words)


def _behind(words: Sequence[str], marker: str) -> list[list[str]]:
    """The content words right behind each place of a marker."""
    reach = 3 if marker.isascii() else 4
    return [content(words[at + 1 : at + 1 + reach]) for at, word in enumerate(words) if word == marker]


def _within(phrase: Sequence[str], words: Sequence[str]) -> bool:
    """Whether a phrase that denies nothing stands among the words as it is."""
    if any(word in lexicon.NEGATIONS for word in phrase):
        return False
    length, first = len(phrase), phrase[0]
    return any(words[at] == first and list(words[at : at + length]) == list(phrase) for at in range(len(words)))
