"""Ranking metrics over binary relevance; pure. Ranks count from 1."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
