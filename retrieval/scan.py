"""An index in plain numpy: exact, in memory, gone with the process.

It serves a process that may not open the shard because another one owns it, and it is the oracle of the contract
suite. It must stay the obvious version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.index import Filters, Point, Query


class ScanIndex:
    """Points in dictionaries; matrices are laid out at the first search after a change."""

    key = "scan"

    def __init__(self) -> None:
        """An empty index."""
        self._points: dict[str, Point] = {}
        self._layout: dict[str, tuple[list[str], NDArray[np.float32]]] = {}
        self._postings: dict[int, tuple[NDArray[np.int64], NDArray[np.float32]]] | None = None

    def upsert(self, points: Sequence[Point]) -> None:
        """See `Index`."""
        self._points.update({point.id: point for point in points})
        self._forget()

    def set_dense(self, leg: str, rows: Mapping[str, NDArray[np.float32]]) -> None:
        """See `Index`."""
        for key, row in rows.items():
            old = self._points[key]
            self._points[key] = Point(old.id, old.payload, {**old.dense, leg: row}, old.lexical)
        self._forget()

    def search(
        self, leg: str, query: Query, *, limit: int, filters: Filters = Filters(), ids: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """See `Index`."""
        names, scores = self._lexical(query) if isinstance(query, Mapping) else self._dense(leg, query)
        fields, among = filters.fields(), None if ids is None else set(ids)
        found = []
        for at in np.argsort(-scores, kind="stable"):
            name = names[at]
            if isinstance(query, Mapping) and scores[at] <= 0:
                break
            payload = self._points[name].payload
            if (among is None or name in among) and all(payload.get(k) in values for k, values in fields.items()):
                found.append((name, float(scores[at])))
                if len(found) == limit:
                    break
        return found

    def _dense(self, leg: str, query: NDArray[np.float32]) -> tuple[list[str], NDArray[np.float32]]:
        if leg not in self._layout:
            names = [name for name, point in self._points.items() if leg in point.dense]
            rows = [self._points[name].dense[leg] for name in names]
            self._layout[leg] = names, np.array(rows, np.float32)
        names, matrix = self._layout[leg]
        if not names:
            return [], np.zeros(0, np.float32)
        return names, matrix @ query.astype(np.float32)

    def _lexical(self, query: Mapping[int, float]) -> tuple[list[str], NDArray[np.float32]]:
        names = list(self._points)
        if self._postings is None:
            held: dict[int, tuple[list[int], list[float]]] = {}
            for row, name in enumerate(names):
                for term, weight in (self._points[name].lexical or {}).items():
                    rows, weights = held.setdefault(term, ([], []))
                    rows.append(row)
                    weights.append(weight)
            self._postings = {t: (np.array(r, np.int64), np.array(w, np.float32)) for t, (r, w) in held.items()}
        scores = np.zeros(len(names), np.float32)
        for term, weight in query.items():
            if term in self._postings:
                rows_of, weights_of = self._postings[term]
                scores[rows_of] += weight * weights_of
        return names, scores

    def delete_versions(self, versions: Sequence[str]) -> None:
        """See `Index`."""
        gone = set(versions)
        self._points = {k: p for k, p in self._points.items() if p.payload["version"] not in gone}
        self._forget()

    def count(self) -> int:
        """See `Index`."""
        return len(self._points)

    def flush(self) -> None:
        """Nothing outlives the process."""

    def clear(self) -> None:
        """See `Index`."""
        self._points = {}
        self._forget()

    def close(self) -> None:
        """See `Index`."""
        self.clear()

    def _forget(self) -> None:
        self._layout, self._postings = {}, None
