"""A measured number with how many it rests on and its 95 % interval; pure.

A share has Wilson's interval, which holds at 0 and 1 and for small n; a mean has a bootstrap interval with a fixed seed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from eval.metrics import bootstrap

_Z = 1.96  # 95 %


@dataclass(frozen=True, slots=True)
class Rate:
    """hits of n, with Wilson's 95 % interval (Wilson, 1927)."""

    hits: int
    n: int

    @classmethod
    def of(cls, holds: Iterable[bool]) -> Rate:
        """The share of those that hold."""
        found = list(holds)
        return cls(sum(found), len(found))

    @property
    def value(self) -> float:
        """The share; 0 of nothing."""
        return self.hits / self.n if self.n else 0.0

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return self._wilson()[0]

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return self._wilson()[1]

    def _wilson(self) -> tuple[float, float]:
        if not self.n:
            return 0.0, 1.0
        middle = (self.value + _Z**2 / (2 * self.n)) / (1 + _Z**2 / self.n)
        half = _Z / (1 + _Z**2 / self.n) * sqrt(self.value * (1 - self.value) / self.n + _Z**2 / (4 * self.n**2))
        return max(0.0, middle - half), min(1.0, middle + half)

    def as_dict(self) -> dict[str, float | int]:
        """For JSON: `value`, `hits`, `n`, `low`, `high`."""
        return {"value": round(self.value, 4), "hits": self.hits, "n": self.n,
                "low": round(self.low, 4), "high": round(self.high, 4)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of n values with its 95 % bootstrap interval (Efron, 1979)."""

    value: float
    n: int
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float], *, groups: Sequence[Hashable] | None = None, seed: int = 0) -> Mean:
        """Values of one group are drawn together; of nothing the mean is 0 and its interval [0, 0]."""
        if not values:
            return cls(0.0, 0, 0.0, 0.0)
        own = range(len(values)) if groups is None else groups
        low, high = bootstrap(lambda at: sum(values[i] for i in at) / len(at), own, seed=seed)
        return cls(sum(values) / len(values), len(values), low, high)

    def as_dict(self) -> dict[str, float | int]:
        """For JSON: `value`, `n`, `low`, `high`."""
        return {"value": round(self.value, 4), "n": self.n, "low": round(self.low, 4), "high": round(self.high, 4)}


Estimate = Rate | Mean


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of values in [0, 1]; a share where all of them are 0 or 1, since a bootstrap of equal values has no width."""
    if all(value in (0, 1) for value in values):
        return Rate.of(value == 1 for value in values)
    return Mean.of(values)
