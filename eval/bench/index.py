"""The embedded index at size: points in, searches out, embedding excluded; random unit vectors and Zipf-like terms."""

from __future__ import annotations

import tempfile
import time
import uuid
from pathlib import Path

import numpy as np

from eval.bench.timing import machine, percentile
from retrieval.edge import EdgeIndex
from retrieval.index import Point

_DIMS = {"instant": 512, "deep": 384}


def _points(rng: np.random.Generator, start: int, count: int) -> list[Point]:
    rows = {leg: rng.normal(size=(count, dim)).astype(np.float32) for leg, dim in _DIMS.items()}
    rows = {leg: part / np.linalg.norm(part, axis=1, keepdims=True) for leg, part in rows.items()}
    made = []
    for at in range(count):
        terms = np.unique(rng.zipf(1.3, 80) % 200_000)
        payload = {
            "version": f"v{(start + at) // 50}",
            "document": "d",
            "collection": "c",
            "language": "zh",
            "media_type": "m",
        }
        dense = {leg: part[at] for leg, part in rows.items()}
        made.append(Point(str(uuid.UUID(int=start + at + 1)), payload, dense, {int(t): 1.0 for t in terms}))
    return made


def measure(*, points: int = 20_000, questions: int = 50) -> dict[str, object]:
    """Seconds to take the points in, and milliseconds a question on all three legs, one after another."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as place:
        index = EdgeIndex(Path(place) / "index", _DIMS)
        taken = 0.0
        for at in range(0, points, 1000):
            batch = _points(rng, at, min(1000, points - at))
            begin = time.perf_counter()
            index.upsert(batch)
            taken += time.perf_counter() - begin
        begin = time.perf_counter()
        index.flush()
        taken += time.perf_counter() - begin
        spent = []
        for probe in _points(rng, points, questions):
            begin = time.perf_counter()
            for leg, row in probe.dense.items():
                index.search(leg, row, limit=100)
            index.search("lexical", dict(list((probe.lexical or {}).items())[:12]), limit=100)
            spent.append(1000 * (time.perf_counter() - begin))
        index.close()
        begin = time.perf_counter()
        EdgeIndex(Path(place) / "index", _DIMS).close()
        reopened = time.perf_counter() - begin
    return {
        "points": points, "upsert_s": round(taken, 2), "search_p50_ms": round(percentile(spent, 0.5), 1),
        "search_p95_ms": round(percentile(spent, 0.95), 1), "reopen_s": round(reopened, 2), "questions": questions, **machine(),
    }  # fmt: skip
