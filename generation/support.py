"""How far source sentences carry a claim, as a few numbers and one probability; pure, numpy only where vectors come in.

The weights in `generation.checkpoints` were fitted by `eval.fit`; this module knows how a feature is counted, not what it is worth.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from generation import beside, compare, lexicon
from generation.words import denials, stem, tokens
from library.text import HAN, sentences

_HAN = re.compile(f"[{HAN}]")
PLAIN = (
    "coverage", "best", "window", "pairs", "triples", "run", "near", "missing_rare", "names", "figures", "negation", "decisive", "words",
    "length", "sources", "letters", "ratio", "size", "absolute", "weak", "denials",
)  # fmt: skip
VECTOR = (*PLAIN, "cosine", "mean_cosine", "joined_cosine", "soft", "worst")
READ = (*VECTOR, "relevant", "answers", "supports")
Encode = Callable[[Sequence[str]], NDArray[np.float32]]  # texts to rows of norm 1
# claim and passage to the reader's three logits: that they belong together, that it answers, that it bears the claim out
Reads = Callable[[str, str], tuple[float, float, float]]

_MARKERS = re.compile(r"\s*[\[［【]\d{1,3}(?:\s*[,，;–-]\s*\d{1,3})*[\]］】]")
# Set by hand, since no Chinese set with labels may be fitted on and shipped: an absolute or a denial that the sources lack
# counts against a claim, and one that claims little (有, 可能) is carried sooner.
_CHINESE = {"absolute": -0.8, "weak": 0.6, "denials": -0.4}
_PARTICLE = re.compile("[的了是在和与及也就而其这那为于之等由从着把被将并但或]")
_ABSOLUTE = re.compile(
    r"\b(?:always|never|all|every|only|none|must|completely|entirely|the most|no one|nobody|exclusively|solely)\b|"
    r"所有|全部|从来|只|都|最|必须|一定|完全|每|唯一|绝对|任何|永远|从未|毫无|根本|肯定|仅|各|一直|总是|就是",
    re.IGNORECASE,
)
_WEAK = re.compile(
    r"\b(?:some|may|can|might|could|often|at least)\b|有|可能|至少|一些|曾|也许|可以|会|不止|存在|需要|应该|想",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One source sentence with its words; [start, end) in the evidence's own text."""

    evidence: int
    start: int
    end: int
    text: str
    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class Measured:
    """A claim against sources: its features in the order of `PLAIN`, of `VECTOR` where an encoder was given, or of `READ` with a reader too, and the sentences that carry it best."""

    features: tuple[float, ...]
    window: tuple[int, ...]  # indexes into the sentences
    alignment: beside.Alignment
    differences: tuple[beside.Difference, ...]
    uncovered: tuple[str, ...]  # content words of the claim that the sources do not hold
    worth: Mapping[str, float]  # of each unit of the claim


@lru_cache(maxsize=512)
def split(text: str, number: int = 0) -> tuple[Sentence, ...]:
    """A text's sentences."""
    return tuple(Sentence(number, a, b, text[a:b], frozenset(units(text[a:b]))) for a, b in sentences(text))


@lru_cache(maxsize=8192)
def units(text: str) -> tuple[str, ...]:
    """What coverage counts: stems of Latin content words, numbers, and pairs of neighbouring Han characters."""
    return tuple(word if _HAN.match(word) else stem(word) for word in _spoken(text))


@lru_cache(maxsize=8192)
def _spoken(text: str) -> tuple[str, ...]:
    """The same before stemming."""
    words = tokens(text)
    han = [bool(_HAN.match(word)) for word in words]
    out: list[str] = []
    for word, after, own, its in zip(words, (*words[1:], ""), han, (*han[1:], False), strict=False):
        if own and its:
            out.append(word + after)
        elif (own and len(words) < 3) or (not own and word not in lexicon.STOP):
            out.append(word)
    return tuple(out)


def measure(
    claim: str, sources: Sequence[Sentence], encode: Encode | None = None, reads: Reads | None = None
) -> Measured:
    """Count everything for one claim against the sentences of its evidence; reference markers in it do not count."""
    claim = _MARKERS.sub("", claim)
    wanted = units(claim)
    held = _held(tuple(sources))
    weights = {unit: _weight(unit, len(held.get(unit, ())), len(sources)) for unit in wanted}
    total = sum(weights[unit] for unit in wanted) or 1.0
    gains = [gain / total for gain in _gains(wanted, weights, held, len(sources))]
    window = _cover(wanted, weights, sources, gains, held)
    inside = frozenset().union(*(sources[at].stems for at in window)) if window else frozenset()
    text = " ".join(sources[at].text for at in window)
    whole = "\n".join(sentence.text for sentence in sources)
    alignments = [beside.align(claim, sources[at].text) for at in window[:2]]
    alignment = _beyond(max(alignments, key=lambda one: one.near, default=beside.Alignment(0.0, ())), whole)
    differences = compare.figures(claim, text, whole) + compare.missing_names(claim, whole)
    swapped = next(filter(None, (compare.roles(claim, sources[at].text) for at in window[:2])), None)
    if swapped:
        differences.append(swapped)
    missing = [unit for unit in wanted if unit not in held]
    features: tuple[float, ...] = (
        sum(weights[unit] for unit in wanted if unit in held) / total,
        max(gains, default=0.0),
        sum(weights[unit] for unit in wanted if unit in inside) / total,
        *_runs(claim, [sources[at].text for at in window]),
        alignment.near,
        max((weights[unit] for unit in missing), default=0.0),
        *_kinds(differences),
        float(_negations(claim) != _negations(sources[window[0]].text)) if window else 0.0,
        *_decisive(alignment),
        log(1 + len(tokens(claim))),
        log(1 + len(sources)),
        sum(char in text for char in claim) / max(1, len(claim)),
        len(claim) / max(1, len(text)),
        log(1 + len(text)),
        _added(_ABSOLUTE, claim, whole),
        _added(_WEAK, claim, whole),
        float(min(2, max(0, denials(claim) - denials(whole)))),
    )
    uncovered = tuple(dict.fromkeys(missing))
    measured = Measured(features, tuple(window), alignment, tuple(differences), uncovered, weights)
    return with_vectors(measured, claim, sources, encode, reads) if encode else measured


def with_vectors(
    measured: Measured, claim: str, sources: Sequence[Sentence], encode: Encode, reads: Reads | None = None
) -> Measured:
    """What was measured by words, with the features that need vectors, and a reader where one is given."""
    claim = _MARKERS.sub("", claim)
    texts = [sources[at].text for at in measured.window]
    features = measured.features + _by_vectors(encode, claim, texts, measured.worth)
    if reads:
        features += reads(claim, "\n".join(sentence.text for sentence in sources))
    return replace(measured, features=features)


def _runs(claim: str, texts: Sequence[str]) -> tuple[float, float, float]:
    """Shares of the claim's pairs and triples of words that stand in the texts, and of its words in the longest run."""
    mine = [stem(word) for word in tokens(claim)]
    theirs = [[stem(word) for word in tokens(text)] for text in texts]
    return _grams(mine, theirs, 2), _grams(mine, theirs, 3), _run(mine, theirs) / max(1, len(mine))


def _beyond(alignment: beside.Alignment, whole: str) -> beside.Alignment:
    """Without what only joins sentences: a whole clause that the claim adds to one of them and that stands in another."""
    added = [one for one in alignment.differences if not one.source and one.kind != "roles"]
    clauses = [one for one in added if len(tokens(one.claim)) >= (4 if one.claim.isascii() else 8)]
    if not clauses:
        return alignment
    said = f" {' '.join(tokens(whole))} "
    held = {one for one in clauses if f" {' '.join(tokens(one.claim))} " in said}
    return replace(alignment, differences=tuple(one for one in alignment.differences if one not in held))


def _kinds(differences: Sequence[beside.Difference]) -> tuple[float, float]:
    """How many names and how many figures the sources lack."""
    kinds = [difference.kind for difference in differences]
    figures = sum(kind in ("number", "unit", "date") for kind in kinds)
    return float(min(3, kinds.count("name"))), float(min(2, figures))


def _decisive(alignment: beside.Alignment) -> tuple[float, float]:
    """Whether a word turns the meaning of a sentence that is else the source's, and how many other words differ in it."""
    if alignment.near < 0.6:
        return 0.0, 0.0
    kinds = [difference.kind for difference in alignment.differences]
    turns = any(kind in ("negation", "direction", "quantifier") for kind in kinds)
    return float(turns), float(min(4, sum(kind in ("word", "added") for kind in kinds)))


def _added(pattern: re.Pattern[str], claim: str, whole: str) -> float:
    """How many words of a kind the claim has and the sources have not; two at most."""
    held = whole.casefold()
    return float(min(2, sum(found[0].casefold() not in held for found in pattern.finditer(claim))))


def _by_vectors(
    encode: Encode, claim: str, texts: Sequence[str], weights: Mapping[str, float]
) -> tuple[float, float, float, float, float]:
    """The best and the mean cosine of the claim with its window's sentences, that with all of them as one text, and `_soft`.

    Everything is embedded in one call, since each has its own cost.
    """
    mine = {word: unit for word, unit in zip(_spoken(claim), units(claim), strict=True)}
    held = {word: unit for text in texts for word, unit in zip(_spoken(text), units(text), strict=True)}
    known = set(held.values())
    missing = [word for word, unit in mine.items() if unit not in known] if held else []
    whole = [claim, *(text[:500] for text in texts), " ".join(texts)[:900]] if texts else []
    rows = encode([*whole, *missing, *(held if missing else ())]) if whole else np.zeros((0, 1), np.float32)
    best = dict[str, float]()
    if missing:
        words = rows[len(whole) :]
        nearest = (words[: len(missing)] @ words[len(missing) :].T).max(axis=1)
        best = {word: float(value) for word, value in zip(missing, nearest, strict=True)}
    soft = _soft(mine, best, weights) if mine and held else (0.0, 0.0)
    if not whole:
        return 0.0, 0.0, 0.0, *soft
    cosines = rows[1 : len(whole)] @ rows[0]
    return float(cosines[:-1].max()), float(cosines[:-1].mean()), float(cosines[-1]), *soft


def _soft(mine: Mapping[str, str], best: Mapping[str, float], weights: Mapping[str, float]) -> tuple[float, float]:
    """Each word of the claim against the nearest word of its window: the weighted mean, and the mean of the three worst.

    :param mine: word → its unit.
    :param best: the nearest cosine of words that the window lacks; the others count 1.
    """
    near = {word: best.get(word, 1.0) for word in mine}
    total = sum(weights[unit] for unit in mine.values()) or 1.0
    mean = sum(near[word] * weights[unit] for word, unit in mine.items()) / total
    worst = sorted(near.values())[:3]
    return mean, sum(worst) / len(worst)


def probability(measured: Measured, weights: Mapping[str, float], bias: float, *, chinese: bool = False) -> float:
    """Logistic over the features that the weights name; in (0, 1)."""
    names = next(names for names in (PLAIN, VECTOR, READ) if len(names) == len(measured.features))
    values = dict(zip(names, measured.features, strict=True))
    z = bias + sum(weight * values[name] for name, weight in weights.items())
    if chinese:
        z += sum(weight * values[name] for name, weight in _CHINESE.items())
    return 1 / (1 + exp(-max(-30.0, min(30.0, z))))


@lru_cache(maxsize=8)
def _held(sources: tuple[Sentence, ...]) -> Mapping[str, Sequence[int]]:
    """Unit → the indexes of the sentences that hold it."""
    index = defaultdict[str, list[int]](list)
    for at, sentence in enumerate(sources):
        for unit in sentence.stems:
            index[unit].append(at)
    return dict(index)


def _gains(
    wanted: Iterable[str], weights: Mapping[str, float], held: Mapping[str, Sequence[int]], n: int
) -> list[float]:
    """What of the wanted units each of `n` sentences holds, by weight."""
    gains = [0.0] * n
    for unit in wanted:
        for at in held.get(unit, ()):
            gains[at] += weights[unit]
    return gains


def _weight(unit: str, df: int, n: int) -> float:
    """Rarer among `n` sentences counts more; so do figures and long words; Chinese pairs with a particle in them less."""
    if unit[0].isdigit():
        worth = 1.3
    elif unit.isascii():
        worth = 1.0 if len(unit) > 3 else 0.7
    else:
        worth = 0.4 if _PARTICLE.search(unit) else 1.0
    return log(1 + (n + 1) / (1 + df)) * worth


def _cover(
    wanted: Sequence[str], weights: dict[str, float], sources: Sequence[Sentence], gains: Sequence[float],
    held: Mapping[str, Sequence[int]],
) -> list[int]:  # fmt: skip
    """At most three sentences that together hold most of the claim, chosen one by one; the best first."""
    chosen: list[int] = []
    left = set(wanted)
    total = sum(weights[unit] for unit in left) or 1.0
    while len(chosen) < 3 and left and sources:
        more = _gains(left, weights, held, len(sources))
        best = max(range(len(sources)), key=lambda at: (more[at], gains[at]))
        gain = more[best] / total
        if gain < (0.12 if chosen else 1e-9):
            break
        chosen.append(best)
        left -= sources[best].stems
    return chosen


def _grams(mine: list[str], theirs: list[list[str]], n: int) -> float:
    own = [tuple(mine[i : i + n]) for i in range(len(mine) - n + 1)]
    held = {tuple(words[i : i + n]) for words in theirs for i in range(len(words) - n + 1)}
    return sum(gram in held for gram in own) / len(own) if own else 0.0


def _run(mine: list[str], theirs: list[list[str]]) -> int:
    """The longest run of words that stands in one of them."""
    best = 0
    for words in theirs:
        before: dict[int, int] = {}
        for own in mine:
            now = {j: before.get(j - 1, 0) + 1 for j, word in enumerate(words) if word == own}
            best = max(best, *now.values()) if now else best
            before = now
    return best


def _negations(text: str) -> int:
    return denials(text) % 2
