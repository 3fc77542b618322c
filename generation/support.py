"""How far source sentences carry a claim, as a few numbers and one probability; pure, numpy only where vectors come in.

The weights in `generation.weights` were fitted by `eval.fit`; this module knows how a feature is counted, not what it is worth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from generation import beside, compare
from generation.words import content, denials, stem, tokens
from library.text import HAN, sentences

_HAN = re.compile(f"[{HAN}]")
PLAIN = (
    "coverage", "best", "window", "pairs", "triples", "run", "near", "missing_rare", "names", "figures", "negation", "decisive", "words",
    "length", "sources", "letters", "ratio", "size", "absolute", "weak", "denials",
)  # fmt: skip
VECTOR = (*PLAIN, "cosine", "mean_cosine", "joined_cosine")
Encode = Callable[[Sequence[str]], NDArray[np.float32]]  # texts to rows of norm 1

_MARKERS = re.compile(r"\s*[\[［【]\d{1,3}(?:\s*[,，;–-]\s*\d{1,3})*[\]］】]")
_PARTICLE = re.compile("[的了是在和与及也就而其这那为于之等由从着把被将并但或]")
_ABSOLUTE = re.compile(
    r"\b(?:always|never|all|every|only|none|must|completely|entirely|the most)\b|所有|全部|从来|只|都|最|必须|一定|完全|每|唯一|绝对|任何|永远",
    re.IGNORECASE,
)
_WEAK = re.compile(r"\b(?:some|may|can|might|could|often|at least)\b|有|可能|至少|一些|曾|也许|可以|会", re.IGNORECASE)


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
    """A claim against sources: its features in the order of `PLAIN`, or of `VECTOR` where an encoder was given, and the sentences that carry it best."""

    features: tuple[float, ...]
    window: tuple[int, ...]  # indexes into the sentences
    alignment: beside.Alignment
    differences: tuple[beside.Difference, ...]
    uncovered: tuple[str, ...]  # content words of the claim that the sources do not hold


@lru_cache(maxsize=512)
def split(text: str, number: int = 0) -> tuple[Sentence, ...]:
    """A text's sentences."""
    return tuple(Sentence(number, a, b, text[a:b], frozenset(units(text[a:b]))) for a, b in sentences(text))


@lru_cache(maxsize=8192)
def units(text: str) -> tuple[str, ...]:
    """What coverage counts: stems of Latin content words, numbers, and pairs of neighbouring Han characters."""
    words = tokens(text)
    out: list[str] = []
    for at, word in enumerate(words):
        if _HAN.match(word):
            if at + 1 < len(words) and _HAN.match(words[at + 1]):
                out.append(word + words[at + 1])
            elif len(words) < 3:
                out.append(word)
        elif content([word]):
            out.append(stem(word))
    return tuple(out)


def measure(claim: str, sources: Sequence[Sentence], encode: Encode | None = None) -> Measured:
    """Count everything for one claim against the sentences of its evidence; reference markers in it do not count."""
    claim = _MARKERS.sub("", claim)
    wanted = units(claim)
    weights = {unit: _weight(unit, sources) for unit in wanted}
    total = sum(weights[unit] for unit in wanted) or 1.0
    held = frozenset().union(*(sentence.stems for sentence in sources)) if sources else frozenset()
    gains = [sum(weights[unit] for unit in wanted if unit in sentence.stems) / total for sentence in sources]
    window = _cover(wanted, weights, sources, gains)
    inside = frozenset().union(*(sources[at].stems for at in window)) if window else frozenset()
    text = " ".join(sources[at].text for at in window)
    whole = "\n".join(sentence.text for sentence in sources)
    alignments = [beside.align(claim, sources[at].text) for at in window[:2]]
    alignment = max(alignments, key=lambda one: one.near, default=beside.Alignment(0.0, ()))
    differences = compare.figures(claim, text, whole) + compare.missing_names(claim, whole)
    swapped = next(filter(None, (compare.roles(claim, sources[at].text) for at in window[:2])), None)
    if swapped:
        differences.append(swapped)
    mine = [stem(word) for word in tokens(claim)]
    theirs = [[stem(word) for word in tokens(sources[at].text)] for at in window]
    missing = [unit for unit in wanted if unit not in held]
    kinds = [difference.kind for difference in differences]
    features: tuple[float, ...] = (
        sum(weights[unit] for unit in wanted if unit in held) / total,
        max(gains, default=0.0),
        sum(weights[unit] for unit in wanted if unit in inside) / total,
        _grams(mine, theirs, 2),
        _grams(mine, theirs, 3),
        _run(mine, theirs) / max(1, len(mine)),
        alignment.near,
        max((weights[unit] for unit in missing), default=0.0),
        float(min(3, kinds.count("name"))),
        float(min(2, sum(kind in ("number", "unit", "date") for kind in kinds))),
        float(_negations(claim) != _negations(sources[window[0]].text)) if window else 0.0,
        float(
            any(d.kind in ("negation", "direction", "quantifier") for d in alignment.differences)
            and alignment.near >= 0.6
        ),
        float(min(4, sum(d.kind in ("word", "added") for d in alignment.differences)))
        if alignment.near >= 0.6
        else 0.0,
        log(1 + len(mine)),
        log(1 + len(sources)),
        sum(char in text for char in claim) / max(1, len(claim)),
        len(claim) / max(1, len(text)),
        log(1 + len(text)),
        float(len(_ABSOLUTE.findall(claim))),
        float(len(_WEAK.findall(claim))),
        float(denials(claim)),
    )
    if encode:
        features += _cosines(encode, claim, [sources[at].text for at in window])
    return Measured(features, tuple(window), alignment, tuple(differences), tuple(dict.fromkeys(missing)))


def _cosines(encode: Encode, claim: str, texts: Sequence[str]) -> tuple[float, float, float]:
    """The best and the mean cosine of the claim with its window's sentences, and that with all of them as one text."""
    if not texts:
        return 0.0, 0.0, 0.0
    rows = encode([claim, *(text[:500] for text in texts), " ".join(texts)[:900]])
    cosines = rows[1:] @ rows[0]
    return float(cosines[:-1].max()), float(cosines[:-1].mean()), float(cosines[-1])


def probability(features: Sequence[float], weights: Sequence[float], bias: float) -> float:
    """Logistic; in (0, 1)."""
    z = bias + sum(a * b for a, b in zip(features, weights, strict=True))
    return 1 / (1 + exp(-max(-30.0, min(30.0, z))))


def _weight(unit: str, sources: Sequence[Sentence]) -> float:
    """Rarer among the sentences counts more; so do figures and long words; Chinese pairs with a particle in them less."""
    df = sum(unit in sentence.stems for sentence in sources)
    if unit[0].isdigit():
        worth = 1.3
    elif unit.isascii():
        worth = 1.0 if len(unit) > 3 else 0.7
    else:
        worth = 0.4 if _PARTICLE.search(unit) else 1.0
    return log(1 + (len(sources) + 1) / (1 + df)) * worth


def _cover(
    wanted: Sequence[str], weights: dict[str, float], sources: Sequence[Sentence], gains: Sequence[float]
) -> list[int]:
    """At most three sentences that together hold most of the claim, chosen one by one; the best first."""
    chosen: list[int] = []
    left = set(wanted)
    total = sum(weights[unit] for unit in left) or 1.0
    while len(chosen) < 3 and left and sources:
        best = max(
            range(len(sources)),
            key=lambda at: (sum(weights[unit] for unit in left if unit in sources[at].stems), gains[at]),
        )
        gain = sum(weights[unit] for unit in left if unit in sources[best].stems) / total
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
