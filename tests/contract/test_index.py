"""One suite for every index: Edge, qdrant-client in memory, plain numpy, and a server where QDRANT_URL is set."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from library.errors import LibraryBusy
from retrieval.edge import EdgeIndex
from retrieval.index import Filters, Index, Point
from retrieval.scan import ScanIndex
from retrieval.server import ServerIndex

DIMS = {"instant": 8, "deep": 4}


@pytest.fixture(params=["scan", "edge", "memory", pytest.param("server", marks=pytest.mark.server)])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    made: Index
    if request.param == "scan":
        made = ScanIndex()
    elif request.param == "edge":
        made = EdgeIndex(tmp_path / "index", DIMS)
    else:
        from qdrant_client import QdrantClient

        url = os.environ.get("QDRANT_URL")
        if request.param == "server" and not url:
            pytest.skip("QDRANT_URL is not set")
        client = QdrantClient(url=url) if request.param == "server" else QdrantClient(":memory:")
        made = ServerIndex(client, f"test-{uuid.uuid4().hex}", DIMS)
    yield made
    made.clear()
    made.close()


def unit(rng: np.random.Generator, dim: int) -> np.ndarray:
    row = rng.normal(size=dim).astype(np.float32)
    return row / np.linalg.norm(row)


@pytest.fixture
def points() -> list[Point]:
    rng = np.random.default_rng(5)
    return [
        Point(
            str(uuid.UUID(int=i + 1)),
            {"version": f"v{i % 3}", "document": f"d{i % 5}", "collection": "c", "language": ("zh", "en")[i % 2], "media_type": "m"},
            {"instant": unit(rng, 8)},
            {int(t): float(w) for t, w in zip(rng.choice(30, 5, replace=False), rng.uniform(0.1, 2, 5), strict=True)},
        )
        for i in range(40)
    ]  # fmt: skip


def same(found: list[tuple[str, float]], expected: list[tuple[str, float]]) -> None:
    assert [name for name, _ in found] == [name for name, _ in expected]
    assert np.allclose([score for _, score in found], [score for _, score in expected], atol=2e-3)


def test_every_leg_ranks_as_plain_arithmetic_does(index: Index, points: list[Point]) -> None:
    index.upsert(points)
    oracle = ScanIndex()
    oracle.upsert(points)
    query = points[7].dense["instant"]
    same(index.search("instant", query, limit=6), oracle.search("instant", query, limit=6))
    words = {3: 1.5, 4: 0.2, 11: 2.0}
    same(index.search("lexical", words, limit=6), oracle.search("lexical", words, limit=6))
    assert index.count() == 40


def test_filters_and_ids_restrict(index: Index, points: list[Point]) -> None:
    index.upsert(points)
    query, by_id = points[0].dense["instant"], {point.id: point for point in points}
    found = index.search("instant", query, limit=40, filters=Filters(documents=("d1", "d2"), languages=("zh",)))
    assert found and {by_id[name].payload["document"] for name, _ in found} == {"d1", "d2"}
    assert {by_id[name].payload["language"] for name, _ in found} == {"zh"}
    only = [points[3].id, points[9].id]
    assert {name for name, _ in index.search("instant", query, limit=40, ids=only)} == set(only)


def test_a_leg_may_come_later(index: Index, points: list[Point]) -> None:
    index.upsert(points)
    row = unit(np.random.default_rng(1), 4)
    assert index.search("deep", row, limit=5) == []
    index.set_dense("deep", {points[2].id: row})
    assert [name for name, _ in index.search("deep", row, limit=5)] == [points[2].id]
    assert len(index.search("instant", points[2].dense["instant"], limit=1)) == 1


def test_versions_go_and_a_second_upsert_replaces(index: Index, points: list[Point]) -> None:
    index.upsert(points)
    index.upsert(points[:10])
    assert index.count() == 40
    index.delete_versions(["v0", "v2"])
    assert index.count() == sum(point.payload["version"] == "v1" for point in points)


def test_nothing_asked_finds_nothing(index: Index, points: list[Point]) -> None:
    index.upsert(points)
    assert index.search("lexical", {}, limit=5) == []
    assert index.search("lexical", {999: 1.0}, limit=5) == []


def test_edge_survives_being_closed_and_has_one_owner(tmp_path: Path, points: list[Point]) -> None:
    first = EdgeIndex(tmp_path / "index", DIMS)
    first.upsert(points)
    first.flush()
    with pytest.raises(LibraryBusy, match="another process"):
        EdgeIndex(tmp_path / "index", DIMS)
    first.close()
    second = EdgeIndex(tmp_path / "index", DIMS)
    assert second.count() == 40
    second.close()
