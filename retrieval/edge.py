"""Qdrant Edge inside the process: one shard in the home, one owner at a time.

A second `load` of an open shard damages the first handle, so our own lock is taken before the shard is touched. The
write-ahead log stays on: without it a killed process loses acknowledged points.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from library.errors import IndexMismatch, LibraryBusy
from retrieval.index import FIELDS, LEXICAL, Filters, Point, Query


class EdgeIndex:
    """The shard in `folder`; see `retrieval.index.Index`."""

    key = "edge"

    def __init__(self, folder: Path, dims: Mapping[str, int], *, fresh: bool = False) -> None:
        """Open the shard, or make it; with `fresh`, throw away what is there.

        :raises LibraryBusy: another process owns it.
        :raises IndexMismatch: it was made for vectors of other dimensions.
        """
        self._folder, self._dims = folder, dict(dims)
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = (folder.parent / f"{folder.name}.lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise LibraryBusy(
                f"The index in {folder} is in use", "another process has it open",
                "Close the other Suyuan, or search through its page.",
            ) from error  # fmt: skip
        if fresh:
            self._wipe()
        made = not any(folder.iterdir())
        self._shard = self._open()
        if made:
            self.index_fields()

    def _wipe(self) -> None:
        for entry in self._folder.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def _open(self) -> Any:
        import qdrant_edge as edge

        if any(self._folder.iterdir()):
            try:
                return edge.EdgeShard.load(str(self._folder), self._config())
            except Exception as error:  # noqa: BLE001 - Edge raises plain Exception with its reason as text
                self._lock.close()
                raise IndexMismatch(
                    f"The index in {self._folder} cannot be opened", str(error).splitlines()[0],
                    "Run: suyuan reindex (nothing is embedded again).",
                ) from error  # fmt: skip
        return edge.EdgeShard.create(str(self._folder), self._config())

    def _config(self) -> Any:
        import qdrant_edge as edge

        return edge.EdgeConfig(
            vectors={
                leg: edge.EdgeVectorParams(
                    size=dim, distance=edge.Distance.Cosine, datatype=edge.VectorStorageDatatype.Float16
                )
                for leg, dim in self._dims.items()
            },
            sparse_vectors={LEXICAL: edge.EdgeSparseVectorParams()},
            wal_enabled=True,
        )

    def upsert(self, points: Sequence[Point]) -> None:
        """See `Index`."""
        import qdrant_edge as edge

        rows = []
        for point in points:
            vector: dict[str, Any] = {leg: row.astype(np.float32) for leg, row in point.dense.items()}
            if point.lexical is not None:
                vector[LEXICAL] = _sparse(point.lexical)
            rows.append(edge.Point(point.id, vector, dict(point.payload)))
        if rows:
            self._shard.update(edge.UpdateOperation.upsert_points(rows))

    def set_dense(self, leg: str, rows: Mapping[str, NDArray[np.float32]]) -> None:
        """See `Index`."""
        import qdrant_edge as edge

        if rows:
            vectors: dict[str, Any] = {key: row.astype(np.float32) for key, row in rows.items()}
            points = [edge.PointVectors(key, {leg: row}) for key, row in vectors.items()]
            self._shard.update(edge.UpdateOperation.update_vectors(points))

    def search(
        self, leg: str, query: Query, *, limit: int, filters: Filters = Filters(), ids: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """See `Index`."""
        import qdrant_edge as edge

        if isinstance(query, Mapping):
            if not query:
                return []
            vector: Any = _sparse(query)
        else:
            vector = query.astype(np.float32).tolist()
        must: list[Any] = [
            edge.FieldCondition(key=name, match=edge.MatchAny(list(values)))
            for name, values in filters.fields().items()
        ]
        if ids is not None:
            must.append(edge.HasIdCondition(set(ids)))
        request = edge.QueryRequest(
            limit=limit,
            query=edge.Query.Nearest(vector, using=leg),
            filter=edge.Filter(must=must) if must else None,
            with_payload=False,
        )
        return [(str(point.id), float(point.score)) for point in self._shard.query(request)]

    def delete_versions(self, versions: Sequence[str]) -> None:
        """See `Index`."""
        import qdrant_edge as edge

        for at in range(0, len(versions), 200):
            condition = edge.FieldCondition(key="version", match=edge.MatchAny(list(versions[at : at + 200])))
            self._shard.update(edge.UpdateOperation.delete_points_by_filter(edge.Filter(must=[condition])))

    def count(self) -> int:
        """See `Index`."""
        import qdrant_edge as edge

        return int(self._shard.count(edge.CountRequest(exact=True)))

    def flush(self) -> None:
        """See `Index`."""
        self._shard.flush()

    def clear(self) -> None:
        """See `Index`."""
        self._shard.close()
        self._wipe()
        self._shard = self._open()
        self.index_fields()

    def index_fields(self) -> None:
        """Keyword indexes on the filter fields, so that a filtered search stays as fast as an open one."""
        import qdrant_edge as edge

        for name in FIELDS:
            self._shard.update(edge.UpdateOperation.create_field_index(name, edge.PayloadSchemaType.Keyword))

    def close(self) -> None:
        """See `Index`."""
        self._shard.close()
        self._lock.close()


def _sparse(weights: Mapping[int, float]) -> Any:
    import qdrant_edge as edge

    return edge.SparseVector(list(weights.keys()), list(weights.values()))
