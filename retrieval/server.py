"""A Qdrant server by URL, and qdrant-client's `:memory:`: the same layout as the embedded shard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from library.errors import BackendError, IndexMismatch
from retrieval.index import FIELDS, LEXICAL, Filters, Point, Query


class ServerIndex:
    """One collection; see `retrieval.index.Index`."""

    def __init__(self, client: Any, name: str, dims: Mapping[str, int]) -> None:
        """Use or make the collection.

        :raises IndexMismatch: it is there with vectors of other dimensions.
        """
        from qdrant_client import models

        self._client, self._name, self._dims = client, name, dict(dims)
        self.key = f"server/{name}"
        if client.collection_exists(name):
            found = client.get_collection(name).config.params.vectors
            held = {leg: found[leg].size for leg in found} if isinstance(found, dict) else {}
            if held != self._dims:
                raise IndexMismatch(
                    f"The collection {name} cannot be used", f"it holds {held}, the settings ask for {self._dims}",
                    "Name another one by SUYUAN_INDEX__NAME, or remove it on the server and run: suyuan reindex.",
                )  # fmt: skip
            return
        client.create_collection(
            name,
            vectors_config={
                leg: models.VectorParams(size=dim, distance=models.Distance.COSINE) for leg, dim in dims.items()
            },
            sparse_vectors_config={LEXICAL: models.SparseVectorParams()},
        )
        for field in FIELDS:
            client.create_payload_index(name, field, models.PayloadSchemaType.KEYWORD)

    @classmethod
    def connect(cls, url: str, api_key: str, name: str, dims: Mapping[str, int]) -> ServerIndex:
        """The collection on the server at `url`.

        :raises BackendError: the server does not answer.
        """
        from qdrant_client import QdrantClient

        try:
            return cls(QdrantClient(url=url, api_key=api_key or None, timeout=60), name, dims)
        except (OSError, RuntimeError, ValueError) as error:
            raise BackendError(
                f"The Qdrant server {url} did not answer", str(error)[:200], "Check SUYUAN_INDEX__URL and that it runs."
            ) from error
        except Exception as error:
            if type(error).__module__.startswith(("qdrant_client", "httpx")):
                raise BackendError(
                    f"The Qdrant server {url} did not answer",
                    str(error)[:200],
                    "Check SUYUAN_INDEX__URL and that it runs.",
                ) from error
            raise

    def upsert(self, points: Sequence[Point]) -> None:
        """See `Index`."""
        from qdrant_client import models

        rows = []
        for point in points:
            vector: dict[str, Any] = {leg: row.astype(float).tolist() for leg, row in point.dense.items()}
            if point.lexical is not None:
                vector[LEXICAL] = models.SparseVector(indices=list(point.lexical), values=list(point.lexical.values()))
            rows.append(models.PointStruct(id=point.id, vector=vector, payload=dict(point.payload)))
        if rows:
            self._client.upsert(self._name, rows, wait=True)

    def set_dense(self, leg: str, rows: Mapping[str, NDArray[np.float32]]) -> None:
        """See `Index`."""
        from qdrant_client import models

        if rows:
            vectors = [
                models.PointVectors(id=key, vector={leg: row.astype(float).tolist()}) for key, row in rows.items()
            ]
            self._client.update_vectors(self._name, vectors, wait=True)

    def search(
        self, leg: str, query: Query, *, limit: int, filters: Filters = Filters(), ids: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """See `Index`."""
        from qdrant_client import models

        must: list[Any] = [
            models.FieldCondition(key=name, match=models.MatchAny(any=list(values)))
            for name, values in filters.fields().items()
        ]
        if ids is not None:
            must.append(models.HasIdCondition(has_id=list(ids)))
        vector: Any
        if isinstance(query, Mapping):
            if not query:
                return []
            vector = models.SparseVector(indices=list(query), values=list(query.values()))
        else:
            vector = query.astype(float).tolist()
        found = self._client.query_points(
            self._name, query=vector, using=leg, limit=limit, query_filter=models.Filter(must=must) if must else None,
            with_payload=False,
        )  # fmt: skip
        return [(str(point.id), float(point.score)) for point in found.points]

    def delete_versions(self, versions: Sequence[str]) -> None:
        """See `Index`."""
        from qdrant_client import models

        condition = models.FieldCondition(key="version", match=models.MatchAny(any=list(versions)))
        self._client.delete(self._name, models.FilterSelector(filter=models.Filter(must=[condition])), wait=True)

    def count(self) -> int:
        """See `Index`."""
        return int(self._client.count(self._name, exact=True).count)

    def flush(self) -> None:
        """The server writes before it answers."""

    def clear(self) -> None:
        """See `Index`."""
        self._client.delete_collection(self._name)
        self.__init__(self._client, self._name, self._dims)  # type: ignore[misc]

    def close(self) -> None:
        """See `Index`."""
        self._client.close()
