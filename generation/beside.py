"""A claim beside one sentence of a source, word by word: what stands in the place of what; pure.

Each difference names its kind and shows both words; whether it matters is for `generation.verify` to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from generation import lexicon
from generation.facts import facts, names
from generation.order import governed, reordered, stands_for
from generation.voice import actives
from generation.words import NUMERALS, content, denials, joined, phrases, stem, tokens

_BUT = frozenset("而 但 but rather instead".split())
_SAME_VOICE = 0.9  # share of a claim's words in order from which it is the active of its source's passive
_EMPTY = lexicon.STOP | {"时间", "地点", "日期"}  # what may stand at an edge and says nothing
_BRACKETS = re.compile(r"\s?[（(\[［][^（()）\[\]［］]{1,120}[)）\]］]")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing said otherwise: the claim's word and the source's (empty where one of them says nothing)."""

    kind: str  # number, unit, date, name, roles, negation, direction, quantifier, modality, word, added, cell
    claim: str
    source: str

    @property
    def words(self) -> str:
        """Both words."""
        return f"“{self.claim or '—'}” / “{self.source or '—'}”"

    def __str__(self) -> str:
        return f"{self.kind}: {self.words}"


@dataclass(frozen=True, slots=True)
class Alignment:
    """A claim beside a source: `near` is the share of its words that stand there in the same order."""

    near: float
    differences: tuple[Difference, ...]


def align(claim: str, source: str) -> Alignment:
    """Both word by word; differences between the first and the last word that they share.

    What the source says in brackets may be left out, and what it says in the passive said in the active.
    """
    found = _aligned(claim, source)
    bare = _BRACKETS.sub("", source) if found.differences else source
    if bare != source:
        other = _aligned(claim, bare)
        if len(other.differences) < len(found.differences) and other.near >= found.near:
            return other
    return _voiced(claim, source, found) if source.count(" by ") > claim.count(" by ") else found


def _voiced(claim: str, source: str, found: Alignment) -> Alignment:
    """The alignment of an active with the passive of its source: as the active stands to it, or with its roles reversed."""
    for active, reverse in actives(source):
        told, turned = _aligned(claim, active), _aligned(claim, reverse)
        if told.near >= _SAME_VOICE and not told.differences:
            return told
        if turned.near >= _SAME_VOICE and not turned.differences:
            return Alignment(turned.near, (Difference("roles", claim, source),))
    return found


def _aligned(claim: str, source: str) -> Alignment:
    mine, theirs = phrases(claim), phrases(source)
    if not mine or not theirs:
        return Alignment(0.0, ())
    matcher = SequenceMatcher(None, [stem(w) for w in theirs], [stem(w) for w in mine], autojunk=False)
    ops = matcher.get_opcodes()
    near = sum(b1 - b0 for tag, _, _, b0, b1 in ops if tag == "equal") / len(mine)
    found: list[Difference] = []
    named = (_named(claim), _named(source)) if near > 0.4 else (frozenset[str](), frozenset[str]())
    for at, (tag, a0, a1, b0, b1) in enumerate(ops):
        if tag == "equal":
            continue
        change = _Change(mine, theirs, (b0, b1), (a0, a1), named)
        if at in (0, len(ops) - 1):
            found += change.at_edge(first=at == 0)
        else:
            found += change.differences()
    if near >= 0.4:
        found += [Difference("roles", *pair) for pair in (*governed(mine, theirs), *reordered(claim, theirs))]
    return Alignment(near, tuple(dict.fromkeys(found)))


def _named(text: str) -> frozenset[str]:
    return frozenset(word for name in names(text) for word in tokens(name))


@dataclass(frozen=True, slots=True)
class _Change:
    """Words [a, b) of the claim in the place of words [c, d) of the source; `named` are the words of names of both."""

    mine: Sequence[str]
    theirs: Sequence[str]
    put: tuple[int, int]
    out: tuple[int, int]
    named: tuple[frozenset[str], frozenset[str]]

    @property
    def new(self) -> list[str]:
        """The claim's words."""
        return list(self.mine[slice(*self.put)])

    @property
    def old(self) -> list[str]:
        """The source's words."""
        return list(self.theirs[slice(*self.out)])

    def at_edge(self, *, first: bool) -> Iterator[Difference]:
        """Before the first or after the last shared word a claim may say less, or put its phrases in another order."""
        new, old = self.new, self.old
        if not new:
            dropped = [w for w in old[-2:] if w in lexicon.NEGATIONS or w in lexicon.HEDGES] if first else []
            if dropped:
                at = self.out[1] - 2 + old[-2:].index(dropped[0])
                yield from self._against(at, at + len(dropped)).differences()
            return
        if not denials(joined(new)) and all(word in self.theirs or word in _EMPTY for word in new):
            return  # a phrase in another place; whether that turns the roles about is looked at apart
        a, b = self.out
        beside = ((max(a, b - len(new)), b) if first else (a, min(b, a + len(new)))) if len(new) <= 4 else (a, a)
        for difference in self._against(*beside).differences():
            if (
                difference.kind not in ("added", "modality")
                and (difference.kind != "negation" or denials(joined(new)))
                and (difference.kind not in ("number", "name") or self._in_place(*beside, first=first))
            ):
                yield difference

    def _against(self, start: int, end: int) -> _Change:
        """The same words of the claim, against words [start, end) of the source."""
        return _Change(self.mine, self.theirs, self.put, (start, end), self.named)

    def _in_place(self, start: int, end: int, *, first: bool) -> bool:
        """Whether the first figure or name stands as far from the shared words on both sides, and nowhere else in the source."""
        new, old = self.new, list(self.theirs[start:end])
        if first:
            new, old = new[::-1], old[::-1]
        for kinds in ((_figures(new), _figures(old)), ([w for w in new if w in self.named[0]], [w for w in old if w in self.named[1]])):  # fmt: skip
            if kinds[0] and kinds[1] and new.index(kinds[0][0]) == old.index(kinds[1][0]):
                return kinds[0][0] not in self.theirs
        return False

    def differences(self) -> Iterator[Difference]:
        """What it means that the one stands where the other did: the first of the kinds, in order of weight."""
        new, old = self.new, self.old
        said, stood = joined(new), joined(old)
        before = list(self.mine[max(0, self.put[0] - 1) : self.put[0]])
        if (denials(joined([*before, *new])) - denials(joined([*before, *old]))) % 2 and not self._undenied():
            yield Difference("negation", said, stood)
        elif self._opposed():
            yield Difference("direction", *self._opposed())
        elif self._times():
            yield Difference("direction", said, stood)
        elif _figures(new) and _figures(old) and not _same_figures(said, stood) and not self._taken_whole():
            yield Difference("number", said, stood)
        elif self._names():
            yield Difference("name", said, stood)
        elif self._limits():
            yield Difference("quantifier", said, stood)
        elif new and old and _classes(new, lexicon.DUTIES) != _classes(old, lexicon.DUTIES):
            if not self._clause_dropped(_obliges):
                yield Difference("modality", said, stood)
        elif self._hedges():
            yield Difference("modality", said, stood)
        elif same(new, old):
            return
        elif content(new) and not self._moved_duty() and not self._written_out():
            yield Difference("word", said, stood) if content(old) else Difference("added", said, "")

    def _opposed(self) -> tuple[str, str] | tuple[()]:
        """Two words of opposite sense, one of them with a character beside it where the rest of a word is shared."""
        new, old = self.new, self.old
        if not new or not old:
            return ()
        mine = _grams(self.mine, *self.put)
        theirs = _grams(self.theirs, *self.out)
        plain = {*mine} & {*theirs}
        return next(((a, b) for a in mine for b in theirs if (a, b) in lexicon.OPPOSED and not {a, b} & plain), ())

    def _names(self) -> bool:
        """A name in the place of another one; a part of it, or a pronoun, may stand for it."""
        mine = [word for word in self.new if word in self.named[0]]
        theirs = [word for word in self.old if word in self.named[1]]
        if not mine or not theirs or set(mine) & set(theirs) or max(len(self.new), len(self.old)) > 5:
            return False
        if "".join(word[0] for word in theirs) == mine[0] or "".join(word[0] for word in mine) == theirs[0]:
            return False  # initials
        return not all(one[:4] == other[:4] for one, other in zip(mine, theirs, strict=False))

    def _limits(self) -> bool:
        """Another quantifier, or one more or less of those that a reader cannot miss."""
        new, old = self.new, self.old
        if len(new) > 6 or len(old) > 6:
            return False
        mine, theirs = _classes(new, lexicon.QUANTIFIERS), _classes(old, lexicon.QUANTIFIERS)
        if mine == theirs or not (new or any(len(w) > 1 for w in old if w in lexicon.QUANTIFIERS)):
            return False
        if mine and theirs and {word for word in (*new, *old) if word in lexicon.QUANTIFIERS} <= lexicon.OFTEN:
            return False
        if not old and set(new) == {"some"}:
            return False  # what is said at large holds of some; the Chinese words would rather tell them from the rest
        alone = [not [w for w in content(words) if w not in lexicon.QUANTIFIERS] for words in (new, old)]
        return (bool(mine) and bool(theirs)) or all(alone)

    def _undenied(self) -> bool:
        """Whether a denial was left out with all that it denies."""
        return self._clause_dropped(_denies) or self._not_this_but_that()

    def _clause_dropped(self, weighs: Callable[[Sequence[str]], bool]) -> bool:
        """Whether a whole clause was left out that holds a weighty word, but not of what stands beside it."""
        old = self.old
        return len(old) > 8 and len(self.new) < 3 and not weighs([*self.new, *old[:1], *old[-3:]])

    def _not_this_but_that(self) -> bool:
        """Whether the source denies one thing to say another (不…而是…, not … but …), and the claim says nothing of the former."""
        denied = [at for at in range(*self.out) if self.theirs[at] in lexicon.NEGATIONS]
        if _denies(self.new) or not denied or not _BUT.intersection(self.theirs[denied[-1] :]):
            return False
        dropped = [content(self.theirs[at + 1 : self.out[1]]) for at in denied]
        return all(words and words[0] not in self.mine for words in dropped)

    def _taken_whole(self) -> bool:
        """Whether a figure was taken with the word beside it from another place of the source: "activates 37" of "37 activated"."""
        new = [stem(word) for word in content(self.new)]
        a, b = self.out
        theirs = [stem(word) for word in (*self.theirs[:a], *([""] * (b - a)), *self.theirs[b:])]
        reach = len(self.new) + 3
        near = any(set(new) <= set(theirs[at : at + reach]) for at in range(len(theirs)))
        return near and any(word not in _figures(self.new) for word in content(self.new))

    def _written_out(self) -> bool:
        """Whether the claim puts what a pronoun of the source means, in the source's own words; a name is not believed."""
        own = content(self.new)
        return stands_for(self.old) and all(word in self.theirs and word not in self.named[0] for word in own)

    def _moved_duty(self) -> bool:
        """Whether nothing was added but a "may" or "must" that the source has at another place."""
        own = content(self.new)
        return not self.old and all(
            word in lexicon.DUTIES and self.mine.count(word) == self.theirs.count(word) for word in own
        )

    def _times(self) -> bool:
        mine, theirs = _classes(self.new, lexicon.TIMES), _classes(self.old, lexicon.TIMES)
        return bool(mine) and bool(theirs) and mine != theirs

    def _hedges(self) -> bool:
        new, old = self.new, self.old
        return _classes(new, lexicon.HEDGES) != _classes(old, lexicon.HEDGES)


def _denies(words: Sequence[str]) -> bool:
    return denials(joined(words)) > 0


def _obliges(words: Sequence[str]) -> bool:
    return bool(_classes(words, lexicon.DUTIES))


def _classes(words: Sequence[str], table: Mapping[str, str]) -> frozenset[str]:
    return frozenset(table[word] for word in words if word in table)


def _grams(words: Sequence[str], start: int, end: int) -> list[str]:
    """Words [start, end) alone and, in Chinese, each joined with its neighbour on either side."""
    out = [*words[start:end]]
    for at in range(max(0, start - 1), min(end, len(words) - 1)):
        if ord(words[at][0]) > 0x2E80 and ord(words[at + 1][0]) > 0x2E80:
            out.append(words[at] + words[at + 1])
    return out


def _figures(words: Sequence[str]) -> list[str]:
    return [word for word in words if word[0].isdigit() or (set(word.lstrip("第")) <= NUMERALS and (len(word) > 1 or word in "两二三四五六七八九"))]  # fmt: skip


def _same_figures(said: str, stood: str) -> bool:
    """Whether every figure of the one is stated by the other, whichever way it is written."""
    mine, theirs = facts(said).quantities, facts(stood).quantities
    if not mine:
        return _figures(said.split()) == _figures(stood.split())
    return all(any(one.close(other) for other in theirs) for one in mine)


def same(new: Sequence[str], old: Sequence[str]) -> bool:
    """Whether two stretches say the same in other words of the lexicon."""
    if _alike(joined(new), joined(old)):
        return True
    mine, theirs = content(new), content(old)
    return bool(mine) and len(mine) == len(theirs) and all(map(_alike, mine, theirs))


def _alike(one: str, other: str) -> bool:
    return stem(one) == stem(other) or bool(_senses(one) & _senses(other))


_STEMS: dict[str, frozenset[int]] = {}
for _word, _numbers in lexicon.SAME.items():
    _STEMS[stem(_word)] = _STEMS.get(stem(_word), frozenset()) | _numbers


def _senses(word: str) -> frozenset[int]:
    """The groups of words of one meaning that hold it, in whichever form."""
    return lexicon.SAME.get(word, frozenset()) | _STEMS.get(stem(word), frozenset())
