"""Our forward of the universal sentence encoder: what depends on the token alone is computed once a distinct token.

A token's embedding is projected and normalised (E -> 3·256), passes two residual convolutions of width 2, 3 and 5
with ReLU, is put beside its embedding and normalised (1280), and the text is the sum of its tokens over the root of their
number, through a small network of dense layers (Yang et al., 2019, arXiv 1907.04307). The first convolution is a sum of one
product a position of its window, each a function of one token, so those products are made for the distinct tokens of
a batch and added up by gathering: at 16,000 tokens of prose that is a sixth of the arithmetic.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ids = NDArray[np.intp]

_WIDTHS = ((2, 0), (3, 1), (5, 2))  # tokens of a window, and how many of them stand before its own
_GAP = 2  # zero rows between two texts: the longest reach of a window on either side
_TABLE = "universal-sentence-encoder-table-1.npy"
_PARTS, _ROWS = 17, 7530  # the table is stored in parts, row r of part p being token r * parts + p
_EMBEDDING, _BRANCH = 512, 256
_FEATURES = _EMBEDDING + len(_WIDTHS) * _BRANCH
_BATCH = 16_384  # tokens that share the products of their distinct ones: 13 kB each
_BLOCK = 512  # tokens at a time through the second convolution, so that they stay in the cache
_SHARE = 256  # rows or tokens that are worth a thread of their own: some milliseconds


def _table(file: Mapping[str, NDArray[np.uint8]], path: Path) -> NDArray[np.uint8]:
    """The token table [tokens, 512]; where `path` cannot be written it is unpacked anew every time (0.3 s)."""
    if not path.exists():
        table = np.empty((_PARTS * _ROWS, _EMBEDDING), np.uint8)
        for part in range(_PARTS):
            table[part::_PARTS] = file[f"q{part + 1}"]
        partial = path.with_suffix(f".{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as out:
                np.save(out, table)
            os.replace(partial, path)
        except OSError:
            partial.unlink(missing_ok=True)
            return table
    mapped: NDArray[np.uint8] = np.load(path, mmap_mode="r", allow_pickle=False)
    return mapped


class Network:
    """The weights and the forward; holds the table in bytes (66 MB) and the rest in float32 (13 MB).

    Rows and texts are shared out among `threads` of our own, since gathering is single-threaded in numpy and the matrix
    library's threads wait for it. It is the caller who holds that library to one thread.
    """

    def __init__(self, weights: Path, cache: Path, *, threads: int = 1) -> None:
        """Read the package's weight file; the table is unpacked into `cache` once and mapped from there."""
        self._threads = threads
        with np.load(weights, allow_pickle=False) as file:
            self._table = _table(file, cache / _TABLE)
            rest = {name: file[name] for name in file.files if not name.startswith("q")}
        self._w = rest
        self._eps = float(rest["eps"])
        widths = [width for width, _ in _WIDTHS]
        self._project = np.concatenate([rest[f"proj{n}"] for n in widths], axis=1)
        self._project_bias = np.concatenate([rest[f"proj_b{n}"] for n in widths])
        self._gain = np.concatenate([rest[f"ln_g{n}"] for n in widths])
        self._shift = np.concatenate([rest[f"ln_b{n}"] for n in widths])
        # width·256 rows by position of the window, so that one product serves all positions of a token
        self._first = [
            np.ascontiguousarray(rest[f"w1_{n}"].reshape(n, _BRANCH, _BRANCH).transpose(1, 0, 2).reshape(_BRANCH, -1))
            for n in widths
        ]

    def encode(self, texts: Sequence[Sequence[int]]) -> Floats:
        """Token ids with their marks of begin and end; [len(texts), 512], every row of norm 1."""
        sums, lengths = self._sums([[text] for text in texts])
        return self._head(sums, lengths)

    def encode_parts(self, texts: Sequence[Sequence[Sequence[int]]]) -> tuple[Floats, list[Floats]]:
        """Texts as consecutive parts, of which the first and the last are the marks of begin and end.

        The features are computed once for a text and all its parts; a part's tokens see those of its neighbours. A part
        has the marks' features with its own, as it would if it were embedded alone.

        :return: a row a text, [len(texts), 512]; and for each text a row for each part between the marks.
        """
        sums, lengths = self._sums(texts)
        counts = np.array([len(text) for text in texts], np.intp)
        last = np.cumsum(counts)
        first = last - counts
        whole = self._head(np.add.reduceat(sums, first), np.add.reduceat(lengths, first))
        marks = np.repeat(sums[first] + sums[last - 1], counts, axis=0)
        rows = self._head(sums + marks, lengths + 2)
        return whole, [rows[a + 1 : b - 1] for a, b in zip(first, last, strict=True)]

    def _sums(self, texts: Sequence[Sequence[Sequence[int]]]) -> tuple[Floats, Floats]:
        """Summed features and number of tokens of every part of every text, in order."""
        lengths = [np.fromiter(map(len, text), np.intp, len(text)) for text in texts]
        tokens = [int(part.sum()) for part in lengths]
        sums = np.zeros((sum(map(len, texts)), _FEATURES), np.float32)
        at, row = 0, 0
        while at < len(texts):
            stop, total = at + 1, tokens[at]
            while stop < len(texts) and total + tokens[stop] <= _BATCH:
                total += tokens[stop]
                stop += 1
            parts = np.concatenate(lengths[at:stop])
            flat = np.fromiter(chain.from_iterable(chain.from_iterable(texts[at:stop])), np.intp, total)
            self._sum(flat, np.array(tokens[at:stop]), parts, sums[row : row + len(parts)])
            at, row = stop, row + len(parts)
        return sums, np.concatenate(lengths).astype(np.float32) if lengths else np.zeros(0, np.float32)

    def _tokens(self, ids: Ids) -> tuple[Floats, Floats, list[Floats]]:
        """What each distinct token brings: embedding [n, 512], projection [n, 768], and window products, a zero row last."""
        embedding = np.empty((len(ids), _EMBEDDING), np.float32)
        projected = np.empty((len(ids), self._project.shape[1]), np.float32)
        products = [np.zeros((len(ids) + 1, weights.shape[1]), np.float32) for weights in self._first]

        def make(a: int, b: int) -> None:
            part, x = ids[a:b] % _PARTS, projected[a:b]
            embedding[a:b] = self._table[ids[a:b]] * self._w["scale"][part, None] + self._w["lo"][part, None]
            np.matmul(embedding[a:b], self._project, out=x)
            x += self._project_bias
            x -= x.mean(axis=1, keepdims=True)
            x *= (1 / np.sqrt(np.einsum("ij,ij->i", x, x) / x.shape[1] + self._eps))[:, None]
            x *= self._gain
            x += self._shift
            for branch, (weights, made) in enumerate(zip(self._first, products, strict=True)):
                np.matmul(x[:, branch * _BRANCH : (branch + 1) * _BRANCH], weights, out=made[a:b])

        self._shared(_even(len(ids), self._count(len(ids))), make)
        return embedding, projected, products

    def _sum(self, flat: Ids, lengths: Ids, parts: Ids, out: Floats) -> None:
        """Sum of the normalised features over each part's tokens; into [len(parts), 1280].

        :param lengths: tokens of each text, between which lies a gap.
        :param parts: tokens of each part; several make a text.
        """
        distinct, own = np.unique(flat, return_inverse=True)
        embedding, projected, products = self._tokens(distinct)
        # every text is laid out behind a gap, whose positions point at the zero row of the products
        places = np.arange(len(flat)) + _GAP * (1 + np.repeat(np.arange(len(lengths)), lengths))
        slots = np.full(len(flat) + _GAP * (len(lengths) + 1), len(distinct), np.intp)
        slots[places] = own
        hidden = [np.zeros((len(slots), _BRANCH), np.float32) for _ in _WIDTHS]
        count, ends = self._count(len(flat)), np.cumsum(parts)

        def first(a: int, b: int) -> None:
            for at in range(a, b, _BLOCK):
                block, here = own[at : min(at + _BLOCK, b)], places[at : min(at + _BLOCK, b)]
                for branch, (width, left) in enumerate(_WIDTHS):
                    columns = products[branch].reshape(-1, width, _BRANCH)
                    total = columns[slots[here - left], 0]
                    for position in range(1, width):
                        total += columns[slots[here + (position - left)], position]
                    total += self._w[f"b1_{width}"]
                    np.maximum(total, 0, out=total)
                    total += projected[block, branch * _BRANCH : (branch + 1) * _BRANCH]
                    hidden[branch][here] = total

        def second(a: int, b: int) -> None:
            begin, end = int(ends[a] - parts[a]), int(ends[b - 1])
            part = a
            for at in range(begin, end, _BLOCK):
                stop = min(at + _BLOCK, end)
                features, scale, shift = self._features(embedding[own[at:stop]], hidden, places[at:stop])
                done = at
                while done < stop:  # a part may lie over several blocks, and a block over several parts
                    until = min(int(ends[part]), stop)
                    if until > done:
                        inside = slice(done - at, until - at)
                        out[part] += scale[inside] @ features[inside] - shift[inside].sum()
                    part += until == ends[part]
                    done = until

        self._shared(_even(len(flat), count), first)
        self._shared(_by_weight(ends, count), second)
        out *= self._w["ln_g"]
        out += parts[:, None] * self._w["ln_b"]

    def _features(self, embedding: Floats, hidden: Sequence[Floats], here: Ids) -> tuple[Floats, Floats, Floats]:
        """Of some tokens the embedding beside the second convolution's [n, 1280], with the norm's scale and shift [n]."""
        features = np.empty((len(here), _FEATURES), np.float32)
        features[:, :_EMBEDDING] = embedding
        for branch, (width, left) in enumerate(_WIDTHS):
            window = hidden[branch][here[:, None] + np.arange(-left, width - left)]
            made = window.reshape(len(here), -1) @ self._w[f"w2_{width}"]
            made += self._w[f"b2_{width}"]
            np.maximum(made, 0, out=made)
            made += hidden[branch][here]
            features[:, _EMBEDDING + branch * _BRANCH : _EMBEDDING + (branch + 1) * _BRANCH] = made
        mean = features.sum(axis=1) / _FEATURES
        variance = np.einsum("ij,ij->i", features, features) / _FEATURES - mean * mean
        scale = 1 / np.sqrt(np.maximum(variance, 0) + self._eps)
        return features, scale, scale * mean

    def _head(self, sums: Floats, lengths: Floats) -> Floats:
        """From summed features to vectors of norm 1."""
        vectors = np.empty((len(sums), _EMBEDDING), np.float32)

        def make(a: int, b: int) -> None:
            vectors[a:b] = self._dense(sums[a:b], lengths[a:b])

        self._shared(_even(len(sums), self._count(len(sums))), make)
        return vectors

    def _dense(self, sums: Floats, lengths: Floats) -> Floats:
        w = self._w
        mean = sums @ w["cnn_W"] + lengths[:, None] * w["cnn_b"]
        mean /= np.sqrt(lengths)[:, None]
        low = np.maximum(mean @ w["p1"] + np.maximum(mean @ w["d0"], 0) @ w["d1"], 0)
        made = np.tanh(low @ w["p3"] + np.maximum(low @ w["d2"], 0) @ w["d3"])
        vectors: Floats = made / np.sqrt(np.maximum(np.einsum("ij,ij->i", made, made), self._eps))[:, None]
        return vectors

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=self._threads, thread_name_prefix="averaging")

    def _count(self, rows: int) -> int:
        """Threads that so many rows or tokens are worth."""
        return max(1, min(self._threads, rows // _SHARE))

    def _shared(self, ranges: Sequence[tuple[int, int]], work: Callable[[int, int], None]) -> None:
        """Work on each [a, b), the ranges side by side."""
        if len(ranges) < 2:
            for own in ranges:
                work(*own)
            return
        list(self._pool.map(work, *zip(*ranges, strict=True)))


def _even(rows: int, count: int) -> list[tuple[int, int]]:
    """[0, rows) in `count` ranges of the same size."""
    edges = [rows * n // count for n in range(count + 1)]
    return [(a, b) for a, b in zip(edges, edges[1:], strict=False) if b > a]


def _by_weight(ends: Ids, count: int) -> list[tuple[int, int]]:
    """The parts that end at `ends` in up to `count` ranges of about the same number of tokens."""
    edges = [0, *(int(np.searchsorted(ends, ends[-1] * n / count)) for n in range(1, count)), len(ends)]
    return [(a, b) for a, b in zip(edges, edges[1:], strict=False) if b > a]
