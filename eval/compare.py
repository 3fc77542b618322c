"""Two runs over the same cases, paired: the mean difference with its interval, McNemar's test where values are yes or no; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eval.metrics import bootstrap, mcnemar

Cases = Mapping[str, Mapping[str, float]]  # case → metric → value


@dataclass(frozen=True, slots=True)
class Paired:
    """One metric over the n cases that both runs have: means, second less first, 95 % bootstrap interval of that."""

    metric: str
    n: int
    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float | None = None  # McNemar, exact; None where a value is neither 0 nor 1

    @property
    def differs(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0

    def as_dict(self) -> dict[str, float | int | None]:
        """For JSON."""
        numbers = {name: round(getattr(self, name), 4) for name in ("first", "second", "difference", "low", "high")}
        return {"n": self.n, **numbers, "p": None if self.p is None else round(self.p, 4)}


def paired(first: Cases, second: Cases, *, seed: int = 0) -> list[Paired]:
    """Each metric that both runs have on a common case, in the order of the first run."""
    common = [case for case in first if case in second]
    metrics = dict.fromkeys(name for case in common for name in first[case] if name in second[case])
    return [_one(name, common, first, second, seed) for name in metrics]


def _one(name: str, common: list[str], first: Cases, second: Cases, seed: int) -> Paired:
    values = [
        (first[case][name], second[case][name]) for case in common if name in first[case] and name in second[case]
    ]
    n = len(values)
    gains = [b - a for a, b in values]
    low, high = bootstrap(lambda at: sum(gains[i] for i in at) / len(at), range(n), seed=seed, rounds=1000)
    binary = all(value in (0, 1) for pair in values for value in pair)
    p = mcnemar(sum(a > b for a, b in values), sum(b > a for a, b in values)) if binary else None
    return Paired(name, n, sum(a for a, _ in values) / n, sum(b for _, b in values) / n, sum(gains) / n, low, high, p)
