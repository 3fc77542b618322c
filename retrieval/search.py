"""From a question to hits: every leg's candidates, fused on one scale, read back from the ledger.

The index proposes, the ledger disposes: a hit whose version is not the live one is dropped. Encoders and the index are
opened at their first use, so that a command which needs neither pays for neither.
"""

from __future__ import annotations

import threading
import time
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
from library.records import Chunk, Evidence, Hit
from library.store import Ledger
from library.text import digest, language, sentences
from retrieval import answerable, embed, fuse, hits, lexical, rerank, vectors
from retrieval.deepen import sole_filler
from retrieval.embed import Encoder, PartsEncoder
from retrieval.index import LEXICAL, Filters, Index
from retrieval.sync import Follower

if TYPE_CHECKING:
    from library.settings import Settings
    from retrieval.reader.reader import Judged
    from retrieval.reader.reading import Reading

READER = "reader"  # the name of our own in the settings
SHARE = 0.5  # of the reader's word on a sentence beside coverage and cosine
Stage = Literal["lexical", "dense", "fused", "final"]
_LOOK_AGAIN_S = 5.0  # how often a long filling asks which document is wanted most now


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
    def _follower(self) -> Follower:
        return Follower(self.ledger, self.index, self.encoders)

    # -- vectors ------------------------------------------------------------------------------------------------

    def embed(self, chunks: Sequence[Chunk], texts: Sequence[str], leg: str) -> int:
        """Compute and keep what is missing of a leg's vectors; `texts` are the chunks' own. Gives how many it made."""
        encoder = self.encoders.get(leg)
        if encoder is None or not chunks:
            return 0
        if leg == "instant" and isinstance(encoder, PartsEncoder):
            return self._embed_parts(encoder, chunks, texts)
        embedded = [chunk.embedded(text) for chunk, text in zip(chunks, texts, strict=True)]
        hashes = [digest(text) for text in embedded]
        held = self.ledger.vectors(encoder.name, hashes)
        missing = {key: text for key, text in zip(hashes, embedded, strict=True) if key not in held}
        if missing:
            rows = encoder.passages(list(missing.values()))
            self.ledger.put_vectors(
                encoder.name, {key: vectors.pack(row) for key, row in zip(missing, rows, strict=True)}
            )
        if leg == "instant":
            self._embed_sentences(encoder, chunks, texts)
        return len(missing)

    def _embed_parts(self, encoder: PartsEncoder, chunks: Sequence[Chunk], texts: Sequence[str]) -> int:
        """Passages and their sentences together; what is held of a chunk is held of both."""
        model = f"{encoder.name}/sentences"
        held = self.ledger.vectors(model, [chunk.id for chunk in chunks])
        todo = [(chunk, text) for chunk, text in zip(chunks, texts, strict=True) if chunk.id not in held]
        if not todo:
            return 0
        parts = [[chunk.embedded(""), *(text[a:b] for a, b in sentences(text))] for chunk, text in todo]
        rows, within = encoder.passages_and_parts(parts)
        hashes = [digest(chunk.embedded(text)) for chunk, text in todo]
        self.ledger.put_vectors(encoder.name, {key: vectors.pack(row) for key, row in zip(hashes, rows, strict=True)})
        self.ledger.put_vectors(
            model, {chunk.id: vectors.pack_rows(part[1:]) for (chunk, _), part in zip(todo, within, strict=True)}
        )
        return len(todo)

    def _embed_sentences(self, encoder: Encoder, chunks: Sequence[Chunk], texts: Sequence[str]) -> None:
        model = f"{encoder.name}/sentences"
        held = self.ledger.vectors(model, [chunk.id for chunk in chunks])
        todo = [(chunk.id, text) for chunk, text in zip(chunks, texts, strict=True) if chunk.id not in held]
        parts = [[text[a:b] for a, b in sentences(text)] for _, text in todo]
        rows = encoder.passages([sentence for part in parts for sentence in part])
        at, packed = 0, {}
        for (name, _), part in zip(todo, parts, strict=True):
            packed[name] = vectors.pack_rows(rows[at : at + len(part)])
            at += len(part)
        if packed:
            self.ledger.put_vectors(model, packed)

    def fill(self, leg: str = "deep", *, progress: Callable[[int, int], None] | None = None, batch: int = 64,
             go_on: Callable[[], bool] | None = None) -> int | None:  # fmt: skip
        """Make a leg's missing vectors of live versions and bring them into the index; can be interrupted.

        :param go_on: asked before every batch; where it says no, the rest is left for another time.
        :return: how many it made; None where another process is at it.
        """
        with sole_filler(self.ledger.path.parent) as mine:
            if not mine:
                return None
            made = self.embed_missing(leg, progress=progress, batch=batch, go_on=go_on)
        self.sync()
        return made

    def embed_missing(self, leg: str, *, progress: Callable[[int, int], None] | None = None, batch: int = 64,
                      go_on: Callable[[], bool] | None = None) -> int:  # fmt: skip
        """Make a leg's missing vectors of live versions in the ledger alone, the most asked and newest first."""
        encoder, made, looked = self.encoders.get(leg), 0, 0.0
        if encoder is None:
            return 0
        todo: list[tuple[str, int]] = []
        while True:
            if not todo or time.monotonic() - looked > _LOOK_AGAIN_S:
                todo, looked = filling.waiting(self.ledger, encoder.name)[::-1], time.monotonic()
                total = self.ledger.count_chunks()
            if not todo:
                return made
            left = sum(count for _, count in todo)
            version, _ = todo.pop()
            chunks, text = self.ledger.chunks_of(version), self.ledger.text(version) or ""
            for at in range(0, len(chunks), batch):
                if go_on and not go_on():
                    return made
                part = chunks[at : at + batch]
                made += self.embed(part, [text[chunk.start : chunk.end] for chunk in part], leg)
                if progress:
                    progress(total - left + at + len(part), total)
            filling.mark(self.ledger, encoder.name, [version])

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
        if self._reranker is not None:
            head = rerank.reranked(self._reranker, question, first[: own.rerank_hits], limit_s=own.rerank_ms / 1000)
            first = [*head, *first[own.rerank_hits :]]
        return hits.joined(first[:k], self.ledger)

    def _open(self, leg: Stage) -> None:
        """Load the encoders while the index is opened: most of either runs outside the interpreter's lock."""
        with ThreadPoolExecutor() as pool:
            for encoder in () if leg == "lexical" else self.encoders.values():
                pool.submit(encoder.queries, ["?"])
            self.sync()

    def _dated(self, filters: Filters) -> Filters | None:
        """Filters whose dates have become documents; None where no document is left."""
        if not (filters.since or filters.until):
            return filters
        chosen = self.ledger.updated_between(filters.since, filters.until)
        names = tuple(name for name in chosen if not filters.documents or name in filters.documents)
        return replace(filters, documents=names, since="", until="") if names else None

    @cached_property
    def _reranker(self) -> rerank.Reranker | None:
        name = self.settings.retrieval.reranker
        return self._reading or (rerank.CrossEncoderReranker(name) if name else None)

    @cached_property
    def _reading(self) -> Reading | None:
        """Our own reader, where the settings name it."""
        if self.settings.retrieval.reranker != READER:
            return None
        from retrieval.reader.reading import Reading

        return Reading.load(self.settings, self.terms)

    def scored(self, question: str, filters: Filters, leg: Stage, also: Sequence[str] = ()) -> hits.Scored:
        """Every candidate's score on every leg, and its rank among each leg's first."""
        limit = self.settings.retrieval.candidates
        queries: dict[str, NDArray[np.float32] | dict[int, float]] = {}
        top = 1.0
        if leg != "dense":
            queries[LEXICAL], top = self._lexical_query(question)
        if leg != "lexical":
            queries |= {name: encoder.queries([question])[0] for name, encoder in self.encoders.items()}
        first = {name: self.index.search(name, query, limit=limit, filters=filters) for name, query in queries.items()}
        ranks = {name: {key: rank for rank, (key, _) in enumerate(found, 1)} for name, found in first.items()}
        for name, query in queries.items() if also else ():
            first[name] += self.index.search(name, query, limit=len(also), filters=filters, ids=list(also))
        names = list(dict.fromkeys(key for found in first.values() for key, _ in found))
        legs: dict[str, dict[str, float]] = {}
        for name, query in queries.items():
            known = dict(first[name])
            rest = [key for key in names if key not in known]
            if rest:
                known |= dict(self.index.search(name, query, limit=len(rest), ids=rest))
            legs[name] = known
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

    def _lexical_query(self, question: str) -> tuple[dict[int, float], float]:
        """Term → idf, and the most that a passage can reach."""
        terms = list(lexical.frequencies(question))
        idf = self.terms().idf(terms)
        return dict(zip(terms, map(float, idf), strict=True)), max(float(idf.sum()) * (lexical.K1 + 1), 1e-9)

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

    def sentence_scores(self, question: str, evidence: Sequence[Evidence]) -> list[list[float]]:
        """How well each sentence of each evidence speaks to the question, in the order of `library.text.sentences`.

        Half coverage, half the instant encoder's cosine, both with the heading that the sentence stands under; and, of
        the evidence that there is time to read, the sentence's share of the answer.
        """
        spans = [list(sentences(item.text)) for item in evidence]
        texts = [
            " ".join((*item.heading_path[-1:], item.text[a:b]))
            for item, own in zip(evidence, spans, strict=True)
            for a, b in own
        ]
        flat = iter(self._spoken(question, texts))
        scores = [[next(flat) for _ in own] for own in spans]
        if self._reading is not None:
            limit = self.settings.retrieval.rerank_ms / 1000
            for row, judged in zip(scores, self._reading.whole(question, evidence, limit_s=limit), strict=False):
                row[:] = [score + SHARE * share for score, share in zip(row, judged.shares, strict=True)]
        return scores

    def _spoken(self, question: str, texts: Sequence[str]) -> list[float]:
        query, top = self._lexical_query(question)
        covered = []
        for text in texts:
            terms = lexical.frequencies(text)
            covered.append(sum(idf * (lexical.K1 + 1) for term, idf in query.items() if term in terms) / top)
        encoder = self.encoders.get("instant")
        if encoder is None or not texts:
            return covered
        cosines = encoder.passages(list(texts)) @ encoder.queries([question])[0]
        return [0.5 * cover + 0.5 * max(0.0, float(cosine)) for cover, cosine in zip(covered, cosines, strict=True)]

    def read(self, question: str, found: Sequence[Hit]) -> list[Judged]:
        """What the reader of the settings says of hits.

        :raises ValueError: the settings name no reader of ours.
        """
        if self._reading is None:
            raise ValueError(f"the reranker is {self.settings.retrieval.reranker!r}, not {READER!r}")
        return self._reading.hits(question, found)

    def answerable(self, question: str, found: Sequence[Hit]) -> float | None:
        """How likely it is that the hits answer the question; None where other encoders than the learned ones are set."""
        if [(leg, encoder.name) for leg, encoder in self.encoders.items()] != answerable.MODELS or not found:
            return None if found else 0.0
        texts = [hit.text for hit in found[: answerable.MOST]]
        parts = [[text[a:b] for a, b in sentences(text)] or [text] for text in texts]
        instant, deep = self.encoders["instant"], self.encoders["deep"]
        rows, within = embed.with_parts(instant, texts, parts)
        asked, far = instant.queries([question])[0], deep.queries([question])[0]
        known = [hit.trace["deep"].score if "deep" in hit.trace else None for hit in found[: answerable.MOST]]
        if None in known:
            known = [float(row @ far) for row in deep.passages(texts)]
        passages = [
            answerable.Passage(text, float(row @ asked), [float(x) for x in part @ asked], cosine or 0.0, _read(hit))
            for hit, text, row, part, cosine in zip(found, texts, rows, within, known, strict=False)
        ]
        return answerable.probability(question, passages, lambda terms: [float(x) for x in self.terms().idf(terms)])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts as vectors of norm 1 by the first dense leg there is; of no columns where there is none."""
        encoder = next(iter(self.encoders.values()), None)
        return encoder.passages(list(texts)) if encoder else np.zeros((len(texts), 0), np.float32)

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
        if "index" in self.__dict__ and self._given_index is None:
            self.index.close()
            del self.__dict__["index"]
            self.__dict__.pop("_follower", None)


def _read(hit: Hit) -> tuple[float, float] | None:
    """The reader's logits of relevance and of "answers", where it has read this hit."""
    if not {"relevant", "answers"} <= hit.trace.keys():
        return None
    return fuse.logit(hit.trace["relevant"].score), fuse.logit(hit.trace["answers"].score)
