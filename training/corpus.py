"""A pool of passages searched by coverage and the instant encoder's cosine: hard negatives from our own legs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval import lexical, vectors
from retrieval.encoders.use import UniversalSentenceEncoder

_LONGEST = 1500  # characters of a passage that are looked at
_RARE = 0.04  # a term in fewer of the passages is rare


class Corpus:
    """Passages by id, held in memory."""

    def __init__(self, texts: dict[str, str], encoder: UniversalSentenceEncoder) -> None:
        """Count and embed every text."""
        from scipy.sparse import csr_matrix

        self.names = list(texts)
        self.texts = texts
        self._at = {name: at for at, name in enumerate(self.names)}
        counted = [lexical.frequencies(text[:_LONGEST]) for text in texts.values()]
        self._counts = vectors.TermCounts.of(counted)
        self._column = {int(term): at for at, term in enumerate(self._counts.terms)}
        rows, columns, values = [], [], []
        for row, terms in enumerate(counted):
            for term, value in lexical.weights(terms, self._counts.mean_length).items():
                rows.append(row)
                columns.append(self._column[term])
                values.append(value)
        self._weights = csr_matrix((values, (rows, columns)), shape=(len(texts), len(self._column)), dtype=np.float32)
        self._encoder = encoder
        self._vectors = encoder.passages([text[:_LONGEST] for text in texts.values()])

    def worth(self, term: str) -> float:
        """A term's idf."""
        return float(self._counts.idf([lexical.term_id(term)])[0])

    def rare(self, terms: Sequence[str]) -> frozenset[str]:
        """Those of the terms that few passages hold."""
        bar = np.log(1 + (1 - _RARE) / _RARE)
        return frozenset(term for term in terms if self.worth(term) > bar)

    def first(self, questions: Sequence[str], count: int) -> list[list[str]]:
        """For each question the `count` best passages' names, best first."""
        asked = self._encoder.queries(list(questions))
        found = []
        for question, row in zip(questions, asked, strict=True):
            scores = self._coverage(question) + 0.8 * (self._vectors @ row)
            top = np.argpartition(-scores, min(count, len(scores) - 1))[:count]
            found.append([self.names[at] for at in top[np.argsort(-scores[top])]])
        return found

    def _coverage(self, question: str) -> NDArray[np.float32]:
        terms = list(lexical.frequencies(question))
        idf = self._counts.idf(terms)
        wanted = np.zeros(len(self._column), np.float32)
        for term, value in zip(terms, idf, strict=True):
            if term in self._column:
                wanted[self._column[term]] = value
        reached: NDArray[np.float32] = self._weights @ wanted / max(1e-9, float(idf.sum()) * (lexical.K1 + 1))
        return reached
