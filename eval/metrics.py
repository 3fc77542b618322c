"""Metrics of rankings (binary relevance, ranks from 1), of judgements and of two judges, with intervals; pure."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Sequence
from math import comb, log2


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


def kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float:
    """Agreement of two judges beyond chance (Cohen, 1960), in [-1, 1]; 1 where both always say one and the same thing."""
    if not pairs:
        raise ValueError("two judges without a common row have no agreement")
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    seen = sum(a == b for a, b in pairs) / len(pairs)
    chance = sum(first[label] * second[label] for label in first) / len(pairs) ** 2
    return 1.0 if chance == 1 else (seen - chance) / (1 - chance)


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact two-sided p that two paired shares are the same (McNemar, 1947), from the rows where just one holds."""
    n = only_first + only_second
    tail: float = sum(comb(n, k) for k in range(min(only_first, only_second) + 1)) / 2**n
    return min(1.0, 2 * tail)
