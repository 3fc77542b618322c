"""How vectors and term counts are laid out as bytes in the ledger; pure.

Dense vectors are float16. Sentence vectors are int8 with one float32 scale a row: cosines move by less than 0.005.
Term counts of a version are two uint32 arrays behind a header with its number of chunks and of tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def pack(row: NDArray[np.float32]) -> bytes:
    """One dense vector as float16."""
    return bytes(row.astype("<f2").data)


def unpack(data: bytes) -> NDArray[np.float32]:
    """A dense vector as it was packed."""
    return np.frombuffer(data, "<f2").astype(np.float32)


def pack_rows(rows: NDArray[np.float32]) -> bytes:
    """Sentence vectors [n, dim] as int8 with a scale a row."""
    scales = np.maximum(np.abs(rows).max(axis=1, initial=0.0), 1e-9) / 127
    levels = np.rint(rows / scales[:, None]).astype(np.int8)
    parts: list[bytes] = [np.array([len(rows)], "<u4").tobytes(), scales.astype("<f4").tobytes(), levels.tobytes()]
    return b"".join(parts)


def unpack_rows(data: bytes) -> NDArray[np.float32]:
    """Sentence vectors as they were packed; float32 [n, dim]."""
    n = int(np.frombuffer(data, "<u4", 1)[0])
    scales = np.frombuffer(data, "<f4", n, 4)
    levels = np.frombuffer(data, np.int8, offset=4 + 4 * n)
    rows: NDArray[np.float32] = (
        levels.reshape(n, -1).astype(np.float32) * scales[:, None] if n else np.zeros((0, 1), "f4")
    )
    return rows


@dataclass(frozen=True)
class TermCounts:
    """In how many chunks each term stands: sorted ids and counts, with the number of chunks and of tokens."""

    terms: NDArray[np.uint32]
    counts: NDArray[np.uint32]
    chunks: int
    tokens: int

    @classmethod
    def merged(cls, parts: Sequence[TermCounts]) -> TermCounts:
        """The sum of several."""
        if not parts:
            return cls(np.zeros(0, np.uint32), np.zeros(0, np.uint32), 0, 0)
        terms = np.concatenate([part.terms for part in parts])
        counts = np.concatenate([part.counts for part in parts])
        unique, inverse = np.unique(terms, return_inverse=True)
        summed = np.bincount(inverse, weights=counts, minlength=len(unique)).astype(np.uint32)
        return cls(unique, summed, sum(part.chunks for part in parts), sum(part.tokens for part in parts))

    @classmethod
    def of(cls, chunks: Sequence[Mapping[int, int]]) -> TermCounts:
        """Counted from the term frequencies of chunks."""
        df: dict[int, int] = {}
        for terms in chunks:
            for term in terms:
                df[term] = df.get(term, 0) + 1
        order = sorted(df)
        counts = np.array([df[term] for term in order], np.uint32)
        return cls(np.array(order, np.uint32), counts, len(chunks), sum(sum(terms.values()) for terms in chunks))

    @classmethod
    def unpacked(cls, data: bytes) -> TermCounts:
        """Term counts as they were packed."""
        n, chunks, tokens = (int(value) for value in np.frombuffer(data, "<u4", 3))
        terms, counts = np.frombuffer(data, "<u4", n, 12), np.frombuffer(data, "<u4", n, 12 + 4 * n)
        return cls(terms, counts, chunks, tokens)

    def packed(self) -> bytes:
        """As bytes for the ledger."""
        head = np.array([len(self.terms), self.chunks, self.tokens], "<u4")
        return head.tobytes() + self.terms.astype("<u4").tobytes() + self.counts.astype("<u4").tobytes()

    @property
    def mean_length(self) -> float:
        """Tokens of a chunk, on average."""
        return self.tokens / self.chunks if self.chunks else 1.0

    def idf(self, terms: Sequence[int]) -> NDArray[np.float64]:
        """ln(1 + (N − df + 0.5) / (df + 0.5)) of each term; an unknown term has df 0."""
        wanted = np.array(terms, np.uint32)
        df = np.zeros(len(wanted))
        if len(self.terms):
            at = np.minimum(np.searchsorted(self.terms, wanted), len(self.terms) - 1)
            df = np.where(self.terms[at] == wanted, self.counts[at], 0).astype(np.float64)
        result: NDArray[np.float64] = np.log(1 + (self.chunks - df + 0.5) / (df + 0.5))
        return result
