"""Fusion on an absolute scale: coverage + 4·deep + ½·(instant passage + instant best sentence); pure.

One set of weights for every language and direction. Coverage is BM25 over the most that the question could reach, so it
is near zero where no word matches and needs no language rule; ranks would give that noise the authority of a signal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

DEEP, INSTANT = 4.0, 0.5
DEEP_NEUTRAL = 0.85  # cosine of multilingual-e5-small between texts that have little to do with each other
MIDDLE, STEEP = 0.80, 4.0  # fused score at which a passage is as likely to answer as not, and how fast that changes


def fused(coverage: float, instant: float, sentence: float, deep: float | None) -> float:
    """One candidate's score; without its deep vector it stands as if that leg had nothing to say."""
    own = 0.0 if deep is None else DEEP * (deep - DEEP_NEUTRAL)
    return coverage + own + INSTANT * (instant + sentence)


def filled(deep: Mapping[str, float], names: Sequence[str]) -> dict[str, float | None]:
    """Deep cosines of all candidates; one whose vector is not there yet gets the candidates' mean, or None."""
    known = [deep[name] for name in names if name in deep]
    mean = sum(known) / len(known) if known else None
    return {name: deep.get(name, mean) for name in names}


def absolute(score: float) -> float:
    """A fused score as a number in (0, 1) that means the same in every library; monotone."""
    return 1 / (1 + math.exp(-STEEP * (score - MIDDLE)))
