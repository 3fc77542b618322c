"""What an index must do, whoever keeps the vectors; a point has vectors and filter fields, and no text.

Three dense or sparse legs by name: `instant` and `deep` (cosine) and `lexical` (dot product of BM25 weights).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

DENSE = ("instant", "deep")
LEXICAL = "lexical"
FIELDS = ("version", "document", "collection", "language", "media_type")

Sparse = Mapping[int, float]
Query = NDArray[np.float32] | Sparse


@dataclass(frozen=True, slots=True)
class Filters:
    """Which chunks may be found; an empty field lets everything through, several values are alternatives."""

    collections: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    since: str = ""  # ISO date or time, UTC: only documents that the library took in, or renewed, from then on
    until: str = ""  # and no later than this; a date means its whole day

    def fields(self) -> dict[str, tuple[str, ...]]:
        """Payload field → allowed values, for the fields that restrict; the search turns dates into documents before."""
        every = {
            "collection": self.collections,
            "document": self.documents,
            "language": self.languages,
            "media_type": self.media_types,
        }
        return {name: values for name, values in every.items() if values}


@dataclass(frozen=True, slots=True)
class Point:
    """A chunk as the index holds it."""

    id: str
    payload: Mapping[str, str]
    dense: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    lexical: Sparse | None = None


class Index(Protocol):
    """Holds points and ranks them, leg by leg."""

    key: str  # names this index in the ledger's book of what is indexed

    def upsert(self, points: Sequence[Point]) -> None:
        """Add points, or replace those of the same ids."""

    def set_dense(self, leg: str, rows: Mapping[str, NDArray[np.float32]]) -> None:
        """Add or replace one dense vector of points that are there."""

    def search(
        self, leg: str, query: Query, *, limit: int, filters: Filters = Filters(), ids: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Points by falling score, at most `limit`; with `ids`, only among these."""

    def delete_versions(self, versions: Sequence[str]) -> None:
        """Remove every point of these versions."""

    def count(self) -> int:
        """Points held."""

    def flush(self) -> None:
        """Make everything acknowledged so far survive a crash."""

    def clear(self) -> None:
        """Remove every point."""

    def close(self) -> None:
        """Give back files, locks and connections."""
