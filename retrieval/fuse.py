"""Fusion of what the legs say of a candidate: the order of the hits, and a level that means the same in every library.

The order comes from weights learned on questions with known passages (`training/fusion.py`): each of coverage, passage
cosine, best sentence's cosine and deep cosine counts more or less where question and passage differ in language, and
where words match well at all. Legs of other models than those have no known scale: their ranks are fused (Cormack et al.,
Reciprocal Rank Fusion, SIGIR 2009). The level is coverage + 4·deep + ½·(instant passage + instant best sentence). Coverage
is BM25 over the most that the question could reach, so it is near zero where no word matches and needs no language rule.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DEEP, INSTANT = 4.0, 0.5
DEEP_NEUTRAL = 0.85  # cosine of multilingual-e5-small between texts that have little to do with each other
MIDDLE, STEEP = 0.80, 4.0  # fused score at which a passage is as likely to answer as not, and how fast that changes


_RRF = 60  # the constant of the paper
FILE = Path(__file__).with_name("fusion.json")


@dataclass(frozen=True, slots=True)
class Signals:
    """What the legs say of n candidates; a leg that is absent is zero throughout."""

    coverage: Floats
    instant: Floats
    sentence: Floats
    deep: Floats  # less `DEEP_NEUTRAL`
    crossing: Floats  # 1 where question and passage differ in language

    def features(self) -> Floats:
        """[n, 12]: the four signals, the same where languages differ, the same times the best coverage of all."""
        plain = np.stack([self.coverage, self.instant, self.sentence, self.deep], axis=1)
        best = self.coverage.max(initial=0.0)
        return np.concatenate([plain, plain * self.crossing[:, None], plain * best], axis=1)


@lru_cache(maxsize=4)
def weights(models: tuple[str, ...]) -> Floats | None:
    """The learned weights [12] for these models, instant first; None where none were learned."""
    for row in json.loads(FILE.read_text("utf-8"))["weights"]:
        if tuple(row["models"]) == models:
            return np.array(row["values"], float)
    return None


def learned(signals: Signals, values: Floats) -> Floats:
    """Every candidate's score for the order; comparable within one question only."""
    scores: Floats = signals.features() @ values
    return scores


def reciprocal(ranks: Mapping[str, Mapping[str, int]], names: Sequence[str]) -> Floats:
    """Sum over the legs of 1 / (60 + rank); a candidate that is not among a leg's first gets nothing from it."""
    return np.array([sum(1 / (_RRF + leg[name]) for leg in ranks.values() if name in leg) for name in names])


def fused(coverage: float, instant: float, sentence: float, deep: float | None) -> float:
    """One candidate's level; without its deep vector it stands as if that leg had nothing to say."""
    own = 0.0 if deep is None else DEEP * (deep - DEEP_NEUTRAL)
    return coverage + own + INSTANT * (instant + sentence)


def filled(deep: Mapping[str, float], names: Sequence[str]) -> dict[str, float | None]:
    """Deep cosines of all candidates; one whose vector is not there yet gets the candidates' mean, or None."""
    known = [deep[name] for name in names if name in deep]
    mean = sum(known) / len(known) if known else None
    return {name: deep.get(name, mean) for name in names}


def absolute(score: float) -> float:
    """A level as a number in (0, 1) that means the same in every library; monotone."""
    return logistic(STEEP * (score - MIDDLE))


def logistic(value: float) -> float:
    """1 / (1 + exp(-value)); in (0, 1)."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))
