"""From a question to hits: every leg's candidates, fused on one scale, read back from the ledger.

The index proposes, the ledger disposes: a hit whose version is not the live one is dropped. Encoders and the index are
opened at their first use, so that a command which needs neither pays for neither.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from library import filling
from library.errors import LibraryBusy
from library.records import Chunk, Hit
from library.store import Ledger
from library.text import language
from retrieval import embed, fuse, hits, rerank, vectors
from retrieval.deepen import sole_filler
from retrieval.embed import Encoder
from retrieval.embedding import Embedding
from retrieval.index import LEXICAL, Filters, Index, Query
from retrieval.judging import Judging, lexical_query
from retrieval.sync import Follower

if TYPE_CHECKING:
    from library.settings import Settings

Found = dict[str, list[tuple[str, float]]]  # leg → candidates with their scores, best first
Stage = Literal["lexical", "dense", "fused", "final"]


class Search:
    """Search over one ledger; `encoders` and `index` may be handed in, else the settings name them."""

    def __init__(
        self,
        ledger: Ledger,
        settings: Settings,
        *,
        index: Index | None = None,
        encoders: Mapping[str, Encoder] | None = None,
    ) -> None:
        """Open nothing yet."""
        self.ledger, self.settings = ledger, settings
        self._given_index, self._given_encoders = index, encoders
        self._terms: vectors.TermCounts | None = None
        self._following = threading.RLock()  # one thread at a time brings the index in line
        self._asked: set[object] = set()  # questions that are being searched for

    # -- what is opened at first use ----------------------------------------------------------------------------

    @cached_property
    def encoders(self) -> dict[str, Encoder]:
        """Dense leg → its encoder."""
        if self._given_encoders is not None:
            return dict(self._given_encoders)
        own = self.settings.retrieval
        return {
            leg: embed.load(name, threads=own.threads, cache=self.settings.cache)
            for leg, name in (("instant", own.instant), ("deep", own.deep))
            if name
        }

    @cached_property
    def index(self) -> Index:
        """The index of the settings; where another process owns the shard, an exact one in memory."""
        if self._given_index is not None:
            return self._given_index
        dims = {leg: encoder.dim for leg, encoder in self.encoders.items()}
        if self.settings.index.url:
            from retrieval.server import ServerIndex

            own = self.settings.index
            return ServerIndex.connect(own.url, own.api_key.get_secret_value(), own.name, dims)
        from retrieval.edge import EdgeIndex

        try:
            return EdgeIndex(self.settings.home / "index", dims)
        except LibraryBusy:
            from retrieval.scan import ScanIndex

            return ScanIndex()

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        """The legs search side by side: index and encoders work outside the interpreter's lock."""
        return ThreadPoolExecutor(max_workers=4, thread_name_prefix="leg")

    @cached_property
    def _follower(self) -> Follower:
        return Follower(self.ledger, self.index, self.encoders)

    @cached_property
    def embedding(self) -> Embedding:
        """Makes and keeps vectors."""
        return Embedding(self.ledger, lambda: self.encoders)

    @cached_property
    def judging(self) -> Judging:
        """Says which sentence answers, and whether anything does."""
        return Judging(self.settings, lambda: self.encoders, self.terms)

    def embed(self, chunks: Sequence[Chunk], texts: Sequence[str], leg: str) -> int:
        """See `Embedding.embed`."""
        return self.embedding.embed(chunks, texts, leg)

    # -- keeping the index in line ------------------------------------------------------------------------------

    def fill(self, leg: str = "deep", *, progress: Callable[[int, int], None] | None = None, batch: int = 64,
             go_on: Callable[[], bool] | None = None) -> int | None:  # fmt: skip
        """Make a leg's missing vectors of live versions and bring them into the index; can be interrupted.

        :param go_on: asked before every batch; where it says no, the rest is left for another time.
        :return: how many it made; None where another process is at it.
        """
        with sole_filler(self.ledger.path.parent) as mine:
            if not mine:
                return None
            made = self.embedding.missing(leg, progress=progress, batch=batch, go_on=go_on)
        self.sync()
        return made

    def sync(self) -> None:
        """Bring the index in line with the ledger."""
        with self._following:
            if self._follower.sync():
                self._terms = None

    def rebuild(self) -> None:
        """Empty the index and fill it again from the ledger; nothing is embedded twice.

        :raises LibraryBusy: another process owns the index.
        """
        if self._given_index is None and not self.settings.index.url:
            from retrieval.edge import EdgeIndex

            self.close()
            dims = {leg: encoder.dim for leg, encoder in self.encoders.items()}
            self.__dict__["index"] = EdgeIndex(self.settings.home / "index", dims, fresh=True)
        else:
            self.index.clear()
        self._follower.begin_again()
        self.sync()

    # -- searching ----------------------------------------------------------------------------------------------

    def search(self, question: str, *, k: int = 10, filters: Filters = Filters(), leg: Stage = "final",
               also: Sequence[str] = ()) -> list[Hit]:  # fmt: skip
        """The k best passages, best first, each with the score and rank of every leg.

        At the stage `final` the reranker of the settings has had its say, and neighbours of one section are one hit.

        :param also: chunks that are weighed as candidates whether or not a leg brings them.
        """
        asked = object()
        self._asked.add(asked)
        try:
            return self._searched(question, k, filters, leg, also)
        finally:
            self._asked.discard(asked)

    @property
    def asking(self) -> bool:
        """Whether a question is being searched for."""
        return bool(self._asked)

    def _searched(self, question: str, k: int, filters: Filters, leg: Stage, also: Sequence[str]) -> list[Hit]:
        if "index" not in self.__dict__:
            self._open(leg)
        self.sync()
        dated = self._dated(filters)
        if dated is None:
            return []
        found = self.scored(question, dated, leg, also)
        own = self.settings.retrieval
        if leg != "final":
            return hits.read(self.ledger, question, found, count=k)
        first = hits.read(self.ledger, question, found, count=max(k, own.rerank_hits) if own.reranker else k)
        if self.judging.reranker is not None:
            head = rerank.reranked(
                self.judging.reranker, question, first[: own.rerank_hits], limit_s=own.rerank_ms / 1000
            )
            first = [*head, *first[own.rerank_hits :]]
        return hits.joined(first[:k], self.ledger)

    def _open(self, leg: Stage) -> None:
        """Load encoders and reader while the index is opened: most of each runs outside the interpreter's lock."""
        for encoder in () if leg == "lexical" else self.encoders.values():
            self._pool.submit(encoder.queries, ["?"])
        if leg == "final":
            self._pool.submit(self.judging.open)
        self.sync()

    def _dated(self, filters: Filters) -> Filters | None:
        """Filters whose dates have become documents; None where no document is left."""
        if not (filters.since or filters.until):
            return filters
        chosen = self.ledger.updated_between(filters.since, filters.until)
        names = tuple(name for name in chosen if not filters.documents or name in filters.documents)
        return replace(filters, documents=names, since="", until="") if names else None

    def scored(self, question: str, filters: Filters, leg: Stage, also: Sequence[str] = ()) -> hits.Scored:
        """Every candidate's score on every leg, and its rank among each leg's first."""
        queries: dict[str, Query] = {}
        top = 1.0
        if leg != "dense":
            queries[LEXICAL], top = lexical_query(question, self.terms())
        if leg != "lexical":
            embedded = self._pool.map(lambda encoder: encoder.queries([question])[0], self.encoders.values())
            queries |= dict(zip(self.encoders, embedded, strict=True))
        first, more = self._first(queries, filters, also)
        ranks = {name: {key: rank for rank, (key, _) in enumerate(found, 1)} for name, found in first.items()}
        names = list(dict.fromkeys(key for name in queries for key, _ in (*first[name], *more[name])))
        legs = self._every(queries, {name: dict((*first[name], *more[name])) for name in queries}, names)
        coverage = {key: score / top for key, score in legs.get(LEXICAL, {}).items()}
        sentence, nearest = self._sentence_scores(queries.get("instant"), names)
        deep = fuse.filled(legs.get("deep", {}), names)
        scores: dict[str, dict[str, float]] = {}
        levels: dict[str, float] = {}
        for key in names:
            row = {"lexical": coverage.get(key, 0.0)} if LEXICAL in queries else {}
            if "instant" in queries:
                row |= {"instant": legs["instant"].get(key, 0.0), "sentence": sentence.get(key, 0.0)}
            if key in legs.get("deep", {}):
                row["deep"] = legs["deep"][key]
            scores[key] = row
            levels[key] = fuse.fused(
                row.get("lexical", 0.0), row.get("instant", 0.0), row.get("sentence", 0.0), deep[key]
            )
        signals = self._signals(question, names, scores, deep)
        for key, score in zip(names, self._ordering(names, signals, legs, ranks), strict=True):
            scores[key]["fused"] = float(score)
        return hits.Scored(scores, ranks, nearest, levels, signals)

    def _first(self, queries: Mapping[str, Query], filters: Filters, also: Sequence[str]) -> tuple[Found, Found]:
        """Each leg's first candidates, and those of `also`; the legs side by side."""

        def one(name: str) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
            query, index = queries[name], self.index
            found = index.search(name, query, limit=self.settings.retrieval.candidates, filters=filters)
            return found, index.search(name, query, limit=len(also), filters=filters, ids=list(also)) if also else []

        both = dict(zip(queries, self._pool.map(one, queries), strict=True))
        return {name: found for name, (found, _) in both.items()}, {name: rest for name, (_, rest) in both.items()}

    def _every(self, queries: Mapping[str, Query], known: dict[str, dict[str, float]],
               names: Sequence[str]) -> dict[str, dict[str, float]]:  # fmt: skip
        """Each leg's score of every candidate, also of those that another leg brought."""

        def one(name: str) -> dict[str, float]:
            rest = [key for key in names if key not in known[name]]
            found = self.index.search(name, queries[name], limit=len(rest), ids=rest) if rest else ()
            return {**known[name], **dict(found)}

        return dict(zip(queries, self._pool.map(one, queries), strict=True))

    def _signals(self, question: str, names: Sequence[str], scores: Mapping[str, Mapping[str, float]],
                 deep: Mapping[str, float | None]) -> fuse.Signals:  # fmt: skip
        """What the order is made from, in the order of `names`."""
        asked = language(question)
        spoken = self.ledger.chunk_languages(names)
        coverage, instant, sentence = (
            np.array([scores[name].get(leg, 0.0) for name in names]) for leg in (LEXICAL, "instant", "sentence")
        )
        known = np.array([fuse.DEEP_NEUTRAL if deep[name] is None else deep[name] for name in names], float)
        crossing = np.array([float(bool(spoken.get(name)) and spoken[name] != asked) for name in names])
        return fuse.Signals(coverage, instant, sentence, known - fuse.DEEP_NEUTRAL, crossing)

    def _ordering(self, names: Sequence[str], signals: fuse.Signals, legs: Mapping[str, Mapping[str, float]],
                  ranks: Mapping[str, Mapping[str, int]]) -> NDArray[np.float64]:  # fmt: skip
        """By the weights that were learned with these models; where there are none, by ranks."""
        if legs.keys() == {LEXICAL}:
            return signals.coverage
        values = fuse.weights(tuple(self.encoders[leg].name for leg in ("instant", "deep") if legs.get(leg)))
        return fuse.reciprocal(ranks, names) if values is None else fuse.learned(signals, values)

    def _sentence_scores(self, query: object, names: Sequence[str]) -> tuple[dict[str, float], dict[str, int]]:
        """The cosine of each candidate's nearest sentence, and which sentence that is."""
        if not isinstance(query, np.ndarray):
            return {}, {}
        held = self.ledger.vectors(f"{self.encoders['instant'].name}/sentences", names)
        best: dict[str, float] = {}
        nearest: dict[str, int] = {}
        for key, data in held.items():
            rows = vectors.unpack_rows(data)
            if len(rows):
                cosines = rows @ query
                nearest[key] = int(cosines.argmax())
                best[key] = float(cosines[nearest[key]])
        return best, nearest

    def terms(self) -> vectors.TermCounts:
        """Term counts over all live versions."""
        if self._terms is None:
            held = self.ledger.vectors(Follower.TERMS, list(self.ledger.live_versions()))
            self._terms = vectors.TermCounts.merged([vectors.TermCounts.unpacked(data) for data in held.values()])
        return self._terms

    def stats(self) -> dict[str, object]:
        """What the doctor and the library page show of vectors and index; opens no index."""
        shown: dict[str, object] = {}
        for leg, encoder in self.encoders.items():
            made, chunks = filling.share(self.ledger, encoder.name)
            shown[f"{leg} vectors"] = f"{made} of {chunks}, {made / max(1, chunks):.0%} ({encoder.name})"
        shown["index"] = self.settings.index.url or f"Qdrant Edge in {Path(self.settings.home) / 'index'}"
        return shown

    def close(self) -> None:
        """Close the index where it was opened here."""
        if "_pool" in self.__dict__:
            self._pool.shutdown()
            del self.__dict__["_pool"]
        if "index" in self.__dict__ and self._given_index is None:
            self.index.close()
            del self.__dict__["index"]
            self.__dict__.pop("_follower", None)
