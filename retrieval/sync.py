"""The index follows the ledger: what is live goes in, what is not goes out, and a crash in between repeats a step.

A version is marked as indexed only after the index was flushed; every step may be done twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from library import filling
from library.errors import IndexMismatch
from library.records import Chunk
from library.store import Ledger
from library.text import digest
from retrieval import lexical, vectors
from retrieval.index import LEXICAL, Index, Point

if TYPE_CHECKING:
    from retrieval.embed import Encoder

Row = NDArray[np.float32]
_BATCH = 1000  # points that are handed over at once


class Follower:
    """Keeps one index in line with one ledger."""

    TERMS = "terms/1"  # under which model name a version's term counts are kept in the ledger

    def __init__(self, ledger: Ledger, index: Index, encoders: Mapping[str, Encoder]) -> None:
        """Follow `ledger` with `index`, whose dense legs `encoders` name."""
        self._ledger, self._index, self._encoders = ledger, index, encoders
        self._seen: int | None = None
        self._fresh: dict[str, set[str]] = {}  # of an index that lives in memory only
        self._models = "+".join(f"{leg}={encoder.name}" for leg, encoder in sorted(encoders.items()))

    def begin_again(self) -> None:
        """The index was emptied: forget what it held and which models made it."""
        self._seen, self._fresh = None, {}
        self._ledger.unmark_indexed(self._index.key)
        self._ledger.set_meta(f"models/{self._index.key}", self._models)

    def _check_models(self) -> None:
        """Refuse an index whose vectors another model made.

        :raises IndexMismatch: with the command that mends it.
        """
        if self._index.key == "scan":
            return
        made = self._ledger.meta(f"models/{self._index.key}")
        if made is None:
            self._ledger.set_meta(f"models/{self._index.key}", self._models)
        elif made != self._models:
            raise IndexMismatch(
                "The index cannot be searched", f"it was made by {made}, the settings name {self._models}",
                "Run: suyuan reindex (what is in the ledger is not embedded again).",
            )  # fmt: skip

    def _held(self) -> dict[str, set[str]]:
        return self._fresh if self._index.key == "scan" else self._ledger.indexed(self._index.key)

    def _mark(self, versions: Mapping[str, set[str]]) -> None:
        self._index.flush()
        for version, legs in versions.items():
            if self._index.key == "scan":
                self._fresh.setdefault(version, set()).update(legs)
            else:
                self._ledger.mark_indexed(self._index.key, [version], legs)

    def sync(self) -> bool:
        """Bring the index in line and say whether what is live had changed; quick where nothing had."""
        generation = self._ledger.generation()
        if self._seen == generation:
            return False
        self._check_models()
        live, held = self._ledger.live_versions(), self._held()
        gone = [version for version in held if version not in live]
        ready = {leg: filling.complete(self._ledger, encoder.name) for leg, encoder in self._encoders.items()}
        todo = {
            version: document
            for version, document in live.items()
            if LEXICAL not in (own := held.get(version, set()))
            or any(leg not in own and version in done for leg, done in ready.items())
        }
        mean = self._mean_length(list(todo))
        points: list[Point] = []
        marks: dict[str, set[str]] = {}
        found: dict[str, list[str]] = {}  # legs that versions were found complete in, though nobody had said so
        for version, document in todo.items():
            fresh, legs = self._bring(version, document, held.get(version, set()), mean)
            points += fresh
            marks[version] = legs
            for leg in legs & ready.keys():
                if version not in ready[leg]:
                    found.setdefault(leg, []).append(version)
            if len(points) >= _BATCH:
                self._hand_over(points, marks)
        self._hand_over(points, marks)
        for leg, versions in found.items():
            filling.mark(self._ledger, self._encoders[leg].name, versions)
        if gone:
            self._index.delete_versions(gone)
            self._index.flush()
            self._fresh = {version: legs for version, legs in self._fresh.items() if version in live}
            if self._index.key != "scan":
                self._ledger.unmark_indexed(self._index.key, gone)
        self._seen = generation
        return bool(gone) or any(LEXICAL not in held.get(version, set()) for version in todo)

    def _hand_over(self, points: list[Point], marks: dict[str, set[str]]) -> None:
        for at in range(0, len(points), _BATCH):
            self._index.upsert(points[at : at + _BATCH])
        if any(marks.values()):
            self._mark(marks)
        points.clear()
        marks.clear()

    def _bring(self, version: str, document: str, held: set[str], mean: float) -> tuple[list[Point], set[str]]:
        """One version: its points the first time, later only the dense legs that have come since; and the legs so held."""
        chunks = self._ledger.chunks_of(version)
        text = self._ledger.text(version) or ""
        embedded = {chunk.id: chunk.embedded(text[chunk.start : chunk.end]) for chunk in chunks}
        dense = {leg: self._dense(leg, embedded) for leg in self._encoders if leg not in held}
        complete = {leg for leg, rows in dense.items() if len(rows) == len(chunks)}
        if LEXICAL in held:
            for leg in complete:
                self._index.set_dense(leg, dense[leg])
            return [], complete
        return self._points(version, document, chunks, embedded, dense, mean), {LEXICAL, *complete}

    def _dense(self, leg: str, embedded: Mapping[str, str]) -> dict[str, Row]:
        hashes = {key: digest(text) for key, text in embedded.items()}
        held = self._ledger.vectors(self._encoders[leg].name, hashes.values())
        return {key: vectors.unpack(held[name]) for key, name in hashes.items() if name in held}

    def _points(
        self, version: str, document_id: str, chunks: list[Chunk], embedded: Mapping[str, str],
        dense: Mapping[str, Mapping[str, Row]], mean: float,
    ) -> list[Point]:  # fmt: skip
        document = self._ledger.document(document_id)
        if document is None:
            return []
        counted = {chunk.id: lexical.frequencies(embedded[chunk.id]) for chunk in chunks}
        self._keep_terms(version, counted)
        return [
            Point(
                id=chunk.id,
                payload={
                    "version": version, "document": document.id, "collection": document.collection,
                    "language": chunk.language, "media_type": document.media_type,
                },
                dense={leg: rows[chunk.id] for leg, rows in dense.items() if chunk.id in rows},
                lexical=lexical.weights(counted[chunk.id], mean),
            )
            for chunk in chunks
        ]  # fmt: skip

    def _keep_terms(self, version: str, counted: Mapping[str, Mapping[int, int]]) -> None:
        if self._ledger.vectors(self.TERMS, [version]):
            return
        counts = vectors.TermCounts.of(list(counted.values()))
        self._ledger.put_vectors(self.TERMS, {version: counts.packed()})

    def _mean_length(self, versions: list[str]) -> float:
        """The mean length that BM25 divides by: measured on the first versions that are indexed, then kept."""
        kept = self._ledger.meta("mean length")
        if kept is None:
            lengths: list[int] = []
            for version in versions[:: max(1, len(versions) // 20)]:
                text = self._ledger.text(version) or ""
                chunks = self._ledger.chunks_of(version)
                sample = chunks[:: max(1, len(chunks) // 100)]
                lengths += [len(lexical.tokens(chunk.embedded(text[chunk.start : chunk.end]))) for chunk in sample]
            if not lengths:
                return 1.0
            kept = f"{sum(lengths) / len(lengths):.2f}"
            self._ledger.set_meta("mean length", kept)
        return float(kept)
