"""Do these passages answer this question? One probability out of a few measured signals; it gives a refusal its number.

Signals of the best passage and the best of each over all passages: coverage of the question by passage and by sentence,
cosines of both encoders, whether a sentence that speaks to the question holds the kind of thing it asks for, and what
the reader says where it has read them. Logistic regressions, one with and one without the reader, whose weights
`training/answerable.py` learned, stand in `answerable.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from library import cells, posed
from library.questions import KINDS, expected, holds
from library.tables import told
from retrieval import lexical
from retrieval.fuse import logistic

FILE = Path(__file__).with_name("answerable.json")
MODELS = [("instant", "use-multilingual-v3+parts"), ("deep", "multilingual-e5-small-int8")]  # learned with these
# What the reader finds irrelevant by more than this answers nothing, whatever a small library's figures say.
_LEEWAY = 0.2
# What a cell answers that the question names by row and column: it is seen in 156 of 160 questions on held tables, and in none of the
# same whose row was taken out (`eval.cells`). The same holds of what stands below the question itself, as in a list of frequent questions.
_TOLD = 0.9
MOST = 5  # passages that are looked at
READER = ("best passage: relevant", "best passage: answers", "most: relevant", "most: answers", "second: answers")
_ROW = ("coverage", "sentence coverage", "sentence cosine", "cosine", "deep", "sentence", "expected sentence")
FEATURES = (
    *(f"best passage: {name}" for name in (*_ROW, "holds what is asked for")), *(f"most: {name}" for name in _ROW),
    "rarest three terms", "terms in any passage", "terms asked", "kind known", "deep above its mean",
    *(f"asks for {kind.kind}" for kind in KINDS), "length", "several passages",
)  # fmt: skip

Array = NDArray[np.float64]
Idf = Callable[[Sequence[int]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage with its cosines to the question: of the whole and of each sentence, and the deep one.

    `read` are the reader's logits of relevance and of "answers", `header` the head of a table that the text is in the middle of,
    `about` the title and headings that it stands under.
    """

    text: str
    cosine: float
    sentence_cosines: Sequence[float]
    deep: float
    read: tuple[float, float] | None = None
    header: str = ""
    about: str = ""


def probability(question: str, passages: Sequence[Passage], idf: Idf) -> float:
    """In (0, 1): that one of the passages, best first, answers the question; 0 where there is none."""
    if not passages:
        return 0.0
    told = any(
        cells.answers(question, one.text, one.header, one.about)
        or posed.below(question, one.text, one.about.split(" › ")[-1:])
        for one in passages[:MOST]
    )
    return max(_TOLD if told else 0.0, _learned(question, passages[:MOST], idf))


def _learned(question: str, passages: Sequence[Passage], idf: Idf) -> float:
    row = features(question, passages, idf)
    if len(row) == len(FEATURES):
        weights, bias = _weights("plain")
        return logistic(float(row @ weights + bias))
    weights, bias = _weights("reader")
    relevant = max(passage.read[0] for passage in passages if passage.read is not None)
    return logistic(min(float(row @ weights + bias), relevant + _LEEWAY))


@lru_cache(maxsize=2)
def _weights(kind: str) -> tuple[Array, float]:
    names = FEATURES if kind == "plain" else (*FEATURES, *READER)
    held = json.loads(FILE.read_text("utf-8"))[kind]
    return np.array([held["weights"][name] for name in names]), float(held["bias"])


def features(question: str, passages: Sequence[Passage], idf: Idf) -> Array:
    """In the order of `FEATURES`; followed by `READER` where every passage has been read."""
    terms = list(lexical.frequencies(question))
    worth = dict(zip(terms, map(float, idf(terms)), strict=True))
    total = sum(worth.values()) or 1.0
    held = [frozenset(lexical.frequencies(f"{passage.header}\n{passage.text}")) for passage in passages]
    rows = np.array([_row(question, p, worth, total, own) for p, own in zip(passages, held, strict=True)])
    best = int((rows[:, 0] + rows[:, 2] + 4 * (rows[:, 4] - 0.85) + rows[:, 6]).argmax())
    rarest = sorted(worth, key=lambda term: -worth[term])[:3]
    inside = frozenset().union(*held)
    kind = expected(question)
    plain = np.array([
        *rows[best], *rows.max(axis=0)[:7],
        sum(term in held[best] for term in rarest) / max(1, len(rarest)),
        sum(worth[term] for term in terms if term in inside) / total,
        math.log(1 + len(terms)), float(kind is not None), float(rows[:, 4].max() - rows[:, 4].mean()),
        *(float(kind is own) for own in KINDS), math.log(1 + len(passages[best].text)), float(len(passages) > 1),
    ])  # fmt: skip
    said = np.array([passage.read for passage in passages if passage.read is not None])
    if len(said) < len(passages):
        return plain
    second = float(np.sort(said[:, 1])[-2]) if len(said) > 1 else float(said[0, 1])
    return np.array([*plain, *said[best], *said.max(axis=0), second])


def _row(question: str, passage: Passage, worth: dict[int, float], total: float, held: frozenset[int]) -> list[float]:
    parts = [reads for _, reads in told(passage.text, passage.header)] or [passage.text]
    covered = np.array([
        sum(worth[term] for term in lexical.frequencies(part) if term in worth) / total for part in parts
    ])  # fmt: skip
    cosines = np.resize(np.array(passage.sentence_cosines or [passage.cosine], float), len(parts))
    both = 0.5 * covered + 0.5 * cosines
    kind, at = expected(question), int(both.argmax())
    if kind is None:
        fitting, there = float(both[at]), 0.5
    else:
        fitting = max(
            (float(b) for b, part in zip(both, parts, strict=True) if holds(kind, part, question)), default=0.0
        )
        there = float(holds(kind, parts[at], question))
    coverage = sum(value for term, value in worth.items() if term in held) / total
    return [coverage, covered.max(), cosines.max(), passage.cosine, passage.deep, both[at], fitting, there]
