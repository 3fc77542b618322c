"""Metrics of rankings (binary relevance, ranks from 1) and of yes-or-no judgements, with intervals; pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Hashable, Sequence
from math import log2


def ndcg(ranked: Sequence[str], relevant: Collection[str], *, k: int = 10) -> float:
    """Normalised discounted cumulative gain in [0, 1] (Järvelin and Kekäläinen, 2002), gain 1 for a relevant id."""
    if not relevant:
        raise ValueError("no relevant passage is marked, so this question has no score")
    gained = sum(1 / log2(rank + 1) for rank, name in enumerate(ranked[:k], 1) if name in relevant)
    return gained / sum(1 / log2(rank + 1) for rank in range(1, min(k, len(relevant)) + 1))


def success(ranked: Sequence[str], relevant: Collection[str], *, k: int) -> float:
    """1 where a relevant id is among the first k, else 0."""
    return float(any(name in relevant for name in ranked[:k]))


def recall(ranked: Sequence[str], relevant: Collection[str], *, k: int) -> float:
    """Share of the relevant ids among the first k."""
    return len(set(ranked[:k]) & set(relevant)) / len(relevant)


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str], *, k: int = 10) -> float:
    """1 / rank of the first relevant id among the first k, else 0."""
    return next((1 / rank for rank, name in enumerate(ranked[:k], 1) if name in relevant), 0.0)


def macro_f1(truth: Sequence[bool], said: Sequence[bool]) -> float:
    """Mean of the two classes' F1; a class that neither holds counts 0."""
    scores = []
    for label in (True, False):
        hits = sum(t is label and s is label for t, s in zip(truth, said, strict=True))
        both = sum(t is label for t in truth) + sum(s is label for s in said)
        scores.append(2 * hits / both if both else 0.0)
    return sum(scores) / 2


def auc(truth: Sequence[bool], scores: Sequence[float]) -> float:
    """Chance that a true row scores above a false one, ties half (Mann and Whitney, 1947); 0.5 where one class is missing."""
    order = sorted(range(len(scores)), key=lambda at: scores[at])
    ranks = [0.0] * len(scores)
    at = 0
    while at < len(order):
        end = at
        while end + 1 < len(order) and scores[order[end + 1]] == scores[order[at]]:
            end += 1
        for index in order[at : end + 1]:
            ranks[index] = (at + end) / 2 + 1
        at = end + 1
    positive = sum(truth)
    negative = len(truth) - positive
    if not positive or not negative:
        return 0.5
    total = sum(rank for rank, true in zip(ranks, truth, strict=True) if true)
    return (total - positive * (positive + 1) / 2) / (positive * negative)


def bootstrap(
    statistic: Callable[[Sequence[int]], float], groups: Sequence[Hashable], *, seed: int = 0, rounds: int = 300
) -> tuple[float, float]:
    """95 % percentile interval of `statistic` (Efron, 1979), which is given row numbers; rows of a group are drawn together."""
    members: dict[Hashable, list[int]] = {}
    for at, group in enumerate(groups):
        members.setdefault(group, []).append(at)
    rng, held = random.Random(seed), list(members.values())
    drawn = sorted(statistic([at for own in rng.choices(held, k=len(held)) for at in own]) for _ in range(rounds))
    return drawn[round(0.025 * (rounds - 1))], drawn[round(0.975 * (rounds - 1))]
