"""A second look at the first hits by a cross-encoder, which reads question and passage together.

Nogueira and Cho, Passage Re-ranking with BERT, arXiv 1901.04085. The default is our own reader
(`retrieval.reader.reading`); any sentence-transformers `CrossEncoder` takes its place by name.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from library.errors import ModelMissing
from library.records import Hit, Leg


@dataclass(frozen=True, slots=True)
class Verdict:
    """A hit's score in [0, 1], by which it is ordered, and what else the model said of it, for its trace."""

    score: float
    legs: Mapping[str, float] = field(default_factory=dict)


class Reranker(Protocol):
    """Judges hits for a question; `name` says which model does."""

    name: str

    def verdicts(self, question: str, hits: Sequence[Hit]) -> list[Verdict]:
        """One for each hit."""


class CrossEncoderReranker:
    """Any sentence-transformers `CrossEncoder` with one output, by hub name or folder."""

    def __init__(self, name: str) -> None:
        """Load the model.

        :raises ModelMissing: it cannot be had, or has not one output.
        """
        try:
            from sentence_transformers import CrossEncoder

            self._model: Any = CrossEncoder(name, device="cpu")
        except (ImportError, OSError, ValueError) as error:
            reason = (str(error).splitlines() or ["no reason was given"])[0][:200]
            raise ModelMissing(
                f"The reranker {name} cannot be loaded", reason, "Check SUYUAN_RETRIEVAL__RERANKER."
            ) from error
        if self._model.num_labels != 1:
            raise ModelMissing(
                f"{name} is no reranker", f"it has {self._model.num_labels} outputs and one is needed",
                "Name a CrossEncoder that scores relevance.",
            )  # fmt: skip
        self.name = name

    def verdicts(self, question: str, hits: Sequence[Hit]) -> list[Verdict]:
        """The model's relevance through the logistic function, whatever its own last step is."""
        from torch import nn

        pairs = [(question, hit.text) for hit in hits]
        rows = self._model.predict(pairs, activation_fn=nn.Sigmoid(), show_progress_bar=False)
        return [Verdict(float(row)) for row in np.asarray(rows).reshape(-1)]


def reranked(reranker: Reranker, question: str, hits: Sequence[Hit], *, limit_s: float, batch: int = 8) -> list[Hit]:
    """Hits by the reranker's score; those that `limit_s` seconds leave no time for follow in their old order.

    The first batch is always read. A hit that was read carries the reranker's score as its own.
    """
    begin = time.monotonic()
    read: list[Hit] = []
    for at in range(0, len(hits), batch):
        if at and time.monotonic() - begin > limit_s:
            break
        part = hits[at : at + batch]
        for hit, verdict in zip(part, reranker.verdicts(question, part), strict=True):
            legs = {name: Leg(score, 0) for name, score in verdict.legs.items()}
            read.append(replace(hit, score=verdict.score, trace={**hit.trace, **legs}))
    order = sorted(read, key=lambda hit: -hit.score)
    first = [replace(hit, trace={**hit.trace, "reranked": Leg(hit.score, rank)}) for rank, hit in enumerate(order, 1)]
    floor = first[-1].score if first else 1.0
    return [*first, *(replace(hit, score=min(hit.score, floor)) for hit in hits[len(read) :])]
