"""Fair timing on a noisy machine: contenders take turns, medians are compared, ratios are what is reported."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(contenders: Mapping[str, Callable[[], object]], *, rounds: int = 5,
                clock: Callable[[], float] = time.perf_counter) -> dict[str, float]:  # fmt: skip
    """Median seconds of each contender by `clock`; every round runs each of them once, in order."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, call in contenders.items():
            begin = clock()
            call()
            seconds[name].append(clock() - begin)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def machine() -> dict[str, object]:
    """What the figures were taken on."""
    return {"cores": os.cpu_count(), "python": platform.python_version(), "machine": platform.machine()}


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
