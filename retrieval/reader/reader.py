"""The reader: question and passage read together, to say whether this passage answers and which sentence does.

A cross-encoder (Nogueira and Cho, arXiv 1901.04085) with a span head (Devlin et al., arXiv 1810.04805) on
multilingual-e5-small; `docs/models.md` says what it was trained on and what it is bad at.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval import lexical
from retrieval.encoders.e5 import MultilingualE5
from retrieval.reader import graph
from retrieval.reader.pairs import SIDES, Pair, Passage, Piece, Rare, Writer, covering, tiled
from retrieval.vectors import TermCounts

ROOM = 144  # tokens of a window
_BATCH_TOKENS = 512  # of one step: what stays in the cache
_RARE = 0.04
_KEPT = 64  # windows whose logits are kept: those of a question
_NOTHING = (-20.0, -20.0, -20.0)  # of an empty text

Floats = NDArray[np.float32]
Worth = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Text:
    """A passage to be read; `near` is the offset of a sentence that is known to speak of the question.

    `header` is the head of the table that the text begins in the middle of.
    """

    text: str
    title: str = ""
    near: int | None = None
    header: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """One passage: logits of relevance and of "answers", and each sentence's [start, end) with its share of the answer."""

    relevant: float
    answers: float
    sentences: tuple[tuple[int, int], ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the library knows of terms: the weight of one, and which of some are rare."""

    worth: Worth
    rare: Rare


def terms_of(counts: TermCounts) -> Terms:
    """Weights and rarity as these counts tell them; a term is rare in fewer than a twenty-fifth of the passages."""
    known: dict[str, float] = {}
    bar = min(log(1 + (1 - _RARE) / _RARE), 0.99 * log(1 + (counts.chunks - 0.5) / 1.5))

    def worth(term: str) -> float:
        if term not in known:
            known[term] = float(counts.idf([lexical.term_id(term)])[0])
        return known[term]

    return Terms(worth, lambda terms: frozenset(term for term in terms if worth(term) > bar))


class Reader:
    """Reads pairs by onnxruntime in int8."""

    name = "suyuan-reader-1"

    def __init__(self, *, threads: int = 0, cache: Path | None = None, weights: Path = graph.WEIGHTS) -> None:
        """Files are opened at the first question.

        :raises ModelMissing: the package with the lower layers is not installed.
        """
        self._threads, self._weights = threads, weights
        self._cache = cache or Path.home() / ".cache" / "suyuan"
        self._encoder = MultilingualE5(threads=threads, cache=cache)
        self.writer = Writer(self._encoder)
        self._kept: dict[Pair, tuple[Floats, Floats]] = {}
        self._passage = lru_cache(maxsize=4)(
            self.writer.passage
        )  # the same evidence is asked about sentence after sentence

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads or len(os.sched_getaffinity(0))
        options.log_severity_level = 3
        path = graph.ensure(self._encoder.file, self._cache, self._weights)
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _kinds(self) -> Floats:
        return graph.kinds(self._weights)

    def open(self) -> None:
        """Read the weights, which the first question would wait for."""
        self.judge("?", [Text("?")], Terms(lambda term: 1.0, frozenset))

    def judge(self, question: str, texts: Sequence[Text], terms: Terms) -> list[Judged]:
        """One window of each passage, the one that holds most of the question."""
        asked = self.writer.question(question)
        read = []
        for text in texts:
            passage = self.writer.passage(text.text, text.title, text.header)
            focus = next(
                (n for n, (a, b) in enumerate(passage.spans) if text.near is not None and a <= text.near < b), None
            )
            read.append((passage, [covering(passage, asked, terms.worth, room=ROOM, focus=focus)]))
        return self._judged(asked, read, terms)

    def judge_whole(self, question: str, texts: Sequence[Text], terms: Terms) -> list[Judged]:
        """Every passage from its first to its last sentence, in windows that overlap."""
        asked = self.writer.question(question)
        read = []
        for text in texts:
            passage = self.writer.passage(text.text, text.title, text.header)
            read.append((passage, tiled(passage, room=ROOM)))
        return self._judged(asked, read, terms)

    def claim(self, claim: str, text: str, terms: Terms) -> tuple[float, float, float]:
        """The logits of relevance, "answers" and "supports" for a claim and the window of a text that holds most of it."""
        asked, passage = self.writer.question(claim), self._passage(text)
        if not passage.pieces:
            return _NOTHING
        window = covering(passage, asked, terms.worth, room=ROOM)
        ((judged, _),) = self.heads([self.writer.pair(asked, passage, window, terms.rare)])
        return float(judged[0]), float(judged[1]), float(judged[2])

    def _judged(self, asked: Piece, read: Sequence[tuple[Passage, list[list[Piece]]]], terms: Terms) -> list[Judged]:
        pairs = [
            self.writer.pair(asked, passage, window, terms.rare) for passage, windows in read for window in windows
        ]
        heads = self.heads(pairs)
        out, at = [], 0
        for passage, windows in read:
            own = heads[at : at + len(windows)]
            out.append(_merged(passage, pairs[at : at + len(windows)], own))
            at += len(windows)
        return out

    def heads(self, pairs: Sequence[Pair]) -> list[tuple[Floats, Floats]]:
        """Of each pair the logits of relevance, "answers" and "supports" [3], and the span logits [n, 2].

        The last ones are kept: a short passage is one window to the order, the refusal and the choice of a sentence.
        """
        kept = self._kept
        known = {pair: kept[pair] for pair in pairs if pair in kept}
        new = [pair for pair in dict.fromkeys(pairs) if pair not in known]
        known |= zip(new, self._heads(new), strict=True)
        self._kept = dict([*kept.items(), *known.items()][-_KEPT:])  # put in place whole, for other threads
        return [known[pair] for pair in pairs]

    def _heads(self, pairs: Sequence[Pair]) -> list[tuple[Floats, Floats]]:
        order = sorted(range(len(pairs)), key=lambda at: len(pairs[at].ids))
        found: dict[int, tuple[Floats, Floats]] = {}
        at = 0
        while at < len(order):
            stop = at + 1
            while stop < len(order) and (stop + 1 - at) * len(pairs[order[stop]].ids) <= _BATCH_TOKENS:
                stop += 1
            judged, span = self._run([pairs[number] for number in order[at:stop]])
            for row, number in enumerate(order[at:stop]):
                found[number] = judged[row], span[row, : len(pairs[number].ids)]
            at = stop
        return [found[number] for number in range(len(pairs))]

    def _run(self, pairs: Sequence[Pair]) -> tuple[Floats, Floats]:
        longest, width = max(len(pair.ids) for pair in pairs), self._encoder.dim
        embeddings, kinds = (np.zeros((len(pairs), longest, width), np.float32) for _ in range(2))
        mask, asked, inside = (np.zeros((len(pairs), longest), np.float32) for _ in range(3))
        for row, pair in enumerate(pairs):
            size, kind = len(pair.ids), np.array(pair.kinds)
            embeddings[row, :size] = self._encoder.embeddings(pair.ids)
            kinds[row, :size] = self._kinds[kind]
            mask[row, :size], asked[row, :size] = 1, kind < SIDES // 2
            inside[row, :size] = np.array(pair.sentence) >= 0
        judged, span = self._session.run(
            ["judged", "span"],
            {"embeddings": embeddings, "kinds": kinds, "mask": mask, "asked": asked, "inside": inside},
        )
        return judged, span


def _merged(passage: Passage, pairs: Sequence[Pair], heads: Sequence[tuple[Floats, Floats]]) -> Judged:
    """The best window's logits; each sentence's largest share of an answer over the windows that hold it."""
    shares = np.zeros(len(passage.spans))
    for pair, (judged, span) in zip(pairs, heads, strict=True):
        where = np.array(pair.sentence)
        inside = np.flatnonzero(where >= 0)
        if len(inside):
            mass = np.bincount(where[inside], _softmax(span[inside, 0]) + _softmax(span[inside, 1]), len(shares)) / 2
            shares = np.maximum(shares, mass * _logistic(float(judged[1])))
    best = np.max([judged for judged, _ in heads], axis=0) if heads else np.array(_NOTHING)
    return Judged(float(best[0]), float(best[1]), passage.spans, tuple(map(float, shares)))


def _softmax(logits: Floats) -> Floats:
    shifted = np.exp(logits - logits.max())
    shares: Floats = shifted / shifted.sum()
    return shares


def _logistic(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))
