"""Our forward of the universal sentence encoder: what depends on the token alone is computed once a distinct token.

A token's embedding is projected and normalised (E -> 3·256), passes two residual convolutions of width 2, 3 and 5
with ReLU, is put beside its embedding and normalised (1280), and the text is the sum of its tokens over the root of their
number, through a small network of dense layers (Yang et al., 2019, arXiv 1907.04307). The first convolution is a sum of one
product a position of its window, each a function of one token, so those products are made for the distinct tokens of
a batch and added up by gathering: at 16,000 tokens of prose that is a sixth of the arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ids = NDArray[np.intp]

_WIDTHS = ((2, 0), (3, 1), (5, 2))  # tokens of a window, and how many of them stand before its own
_GAP = 2  # zero rows between two texts: the longest reach of a window on either side
_PARTS, _ROWS = 17, 7530  # the table is stored in parts, row r of part p being token r * parts + p
_EMBEDDING, _BRANCH = 512, 256
_FEATURES = _EMBEDDING + len(_WIDTHS) * _BRANCH
_BATCH = 16_384  # tokens that share the products of their distinct ones: 13 kB each
_BLOCK = 512  # tokens at a time through the second convolution, so that they stay in the cache


class Network:
    """The weights and the forward; holds the table in bytes (66 MB) and the rest in float32 (13 MB)."""

    def __init__(self, weights: Path) -> None:
        """Read the package's weight file."""
        with np.load(weights, allow_pickle=False) as file:
            self._table = np.empty((_PARTS * _ROWS, _EMBEDDING), np.uint8)
            for part in range(_PARTS):
                self._table[part::_PARTS] = file[f"q{part + 1}"]
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
        sums = np.empty((len(texts), _FEATURES), np.float32)
        lengths = np.fromiter(map(len, texts), np.intp, len(texts))
        at = 0
        while at < len(texts):
            stop, tokens = at + 1, int(lengths[at])
            while stop < len(texts) and tokens + lengths[stop] <= _BATCH:
                tokens += int(lengths[stop])
                stop += 1
            self._sum(texts[at:stop], lengths[at:stop], sums[at:stop])
            at = stop
        return self._head(sums, lengths.astype(np.float32))

    def _tokens(self, ids: Ids) -> tuple[Floats, Floats, list[Floats]]:
        """What each distinct token brings: embedding [n, 512], projection [n, 768], and window products, a zero row last."""
        part = ids % _PARTS
        embedding = self._table[ids] * self._w["scale"][part, None] + self._w["lo"][part, None]
        x = embedding @ self._project
        x += self._project_bias
        x -= x.mean(axis=1, keepdims=True)
        x *= (1 / np.sqrt(np.einsum("ij,ij->i", x, x) / x.shape[1] + self._eps))[:, None]
        x *= self._gain
        x += self._shift
        products = []
        for branch, weights in enumerate(self._first):
            made = np.zeros((len(ids) + 1, weights.shape[1]), np.float32)
            np.matmul(x[:, branch * _BRANCH : (branch + 1) * _BRANCH], weights, out=made[:-1])
            products.append(made)
        return embedding, x, products

    def _sum(self, texts: Sequence[Sequence[int]], lengths: Ids, out: Floats) -> None:
        """Sum of the normalised features over each text's tokens; into [len(texts), 1280]."""
        flat = np.fromiter(chain.from_iterable(texts), np.intp, int(lengths.sum()))
        distinct, own = np.unique(flat, return_inverse=True)
        embedding, projected, products = self._tokens(distinct)
        # every text is laid out behind a gap, whose positions point at the zero row of the products
        places = np.arange(len(flat)) + _GAP * (1 + np.repeat(np.arange(len(lengths)), lengths))
        slots = np.full(len(flat) + _GAP * (len(lengths) + 1), len(distinct), np.intp)
        slots[places] = own
        hidden = [np.zeros((len(slots), _BRANCH), np.float32) for _ in _WIDTHS]
        for at in range(0, len(flat), _BLOCK):
            block, here = own[at : at + _BLOCK], places[at : at + _BLOCK]
            for branch, (width, left) in enumerate(_WIDTHS):
                columns = products[branch].reshape(-1, width, _BRANCH)
                total = columns[slots[here - left], 0]
                for position in range(1, width):
                    total += columns[slots[here + (position - left)], position]
                total += self._w[f"b1_{width}"]
                np.maximum(total, 0, out=total)
                total += projected[block, branch * _BRANCH : (branch + 1) * _BRANCH]
                hidden[branch][here] = total
        ends = np.cumsum(lengths)
        out[:] = 0
        text = 0
        for at in range(0, len(flat), _BLOCK):
            block, here = own[at : at + _BLOCK], places[at : at + _BLOCK]
            features = np.empty((len(block), _FEATURES), np.float32)
            features[:, :_EMBEDDING] = embedding[block]
            for branch, (width, left) in enumerate(_WIDTHS):
                window = hidden[branch][here[:, None] + np.arange(-left, width - left)]
                made = window.reshape(len(block), -1) @ self._w[f"w2_{width}"]
                made += self._w[f"b2_{width}"]
                np.maximum(made, 0, out=made)
                made += hidden[branch][here]
                features[:, _EMBEDDING + branch * _BRANCH : _EMBEDDING + (branch + 1) * _BRANCH] = made
            mean = features.sum(axis=1) / _FEATURES
            variance = np.einsum("ij,ij->i", features, features) / _FEATURES - mean * mean
            scale = 1 / np.sqrt(np.maximum(variance, 0) + self._eps)
            shift = scale * mean
            begin = at
            while begin < at + len(block):  # a text may lie over several blocks, and a block over several texts
                end = min(int(ends[text]), at + len(block))
                inside = slice(begin - at, end - at)
                out[text] += scale[inside] @ features[inside] - shift[inside].sum()
                text += end == ends[text]
                begin = end
        out *= self._w["ln_g"]
        out += lengths[:, None] * self._w["ln_b"]

    def _head(self, sums: Floats, lengths: Floats) -> Floats:
        """From summed features to vectors of norm 1."""
        w = self._w
        mean = sums @ w["cnn_W"] + lengths[:, None] * w["cnn_b"]
        mean /= np.sqrt(lengths)[:, None]
        low = np.maximum(mean @ w["p1"] + np.maximum(mean @ w["d0"], 0) @ w["d1"], 0)
        made = np.tanh(low @ w["p3"] + np.maximum(low @ w["d2"], 0) @ w["d3"])
        vectors: Floats = made / np.sqrt(np.maximum(np.einsum("ij,ij->i", made, made), self._eps))[:, None]
        return vectors.astype(np.float32, copy=False)
