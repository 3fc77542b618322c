"""Fits the small logistic regression behind `generation.support` and writes its weights with where they come from.

`python -m eval.fit generation/weights.py FILE...` uses half A (`half_g`) of the files, and only subsets whose source names a licence that
allows it: nothing is fitted on AttributedQA, LFQA, OCNLI or RGB.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.datasets import judged
from generation import support

_FREE = ("ab_ExpertQA", "ab_Stanford-GenSearch", "wice")
# What says the same of a short source as of a long one; the rest only tells the sets apart, and is left to `--tune`.
KEPT = (
    "coverage", "window", "pairs", "run", "near", "missing_rare", "names", "figures", "negation", "decisive", "words",
    "soft", "worst", "cosine", "joined_cosine",
)  # fmt: skip
_RIDGE = 40.0
_HEAD = '"""Weights of the claim verifier, written by `python -m eval.fit` from half A (`half_g`) of: {rows}."""\n'
Array = NDArray[np.float64]


def logistic(x: Array, y: Array, weight: Array, *, ridge: float) -> tuple[Array, float]:
    """Weights [d] and bias of a ridge logistic regression by Newton's method; `weight` counts each row.

    :param x: [n, d], best standardised.  :param y: [n] of 0 and 1.
    """
    design = np.hstack([x, np.ones((len(x), 1))])
    penalty = np.diag([ridge] * x.shape[1] + [0.0])
    theta = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ theta, -30, 30)))
        gradient = design.T @ (weight * (p - y)) + penalty @ theta
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design + penalty + 1e-9 * np.eye(len(theta))
        step = np.linalg.solve(hessian, gradient)
        theta -= step
        if np.abs(step).max() < 1e-8:
            break
    return theta[:-1], float(theta[-1])


def fitted(x: Array, y: Array, weight: Array, *, ridge: float = 20.0) -> tuple[list[float], float]:
    """As `logistic`, on standardised columns, with the scale folded into the weights."""
    mean, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-6)
    own, bias = logistic((x - mean) / spread, y, weight, ridge=ridge)
    return [float(w) for w in own / spread], float(bias - (own * mean / spread).sum())


def balanced(y: Array) -> Array:
    """Row weights that give both classes half of the rows."""
    share = float(np.clip(y.mean(), 1e-6, 1 - 1e-6))
    return np.where(y > 0, 0.5 / share, 0.5 / (1 - share))


def features(
    row: dict[str, Any], encode: support.Encode | None, reads: support.Reads | None = None
) -> support.Measured:
    """A row of claim and evidence (see `eval.datasets.judged`), measured."""
    sources = [sentence for number, text in enumerate(row["evidence"], 1) for sentence in support.split(text, number)]
    return support.measure(row["claim"], sources, encode, reads)


def reader(texts: Iterable[str], *, threads: int = 0, cache: Path | None = None) -> support.Reads:
    """The reader that ships, for claims beside these texts, which stand for the library when it asks what is rare."""
    from retrieval import lexical
    from retrieval.reader.reader import Reader, terms_of
    from retrieval.vectors import TermCounts

    own = Reader(threads=threads, cache=cache)
    terms = terms_of(TermCounts.of([lexical.frequencies(text) for text in dict.fromkeys(texts)]))
    return lambda claim, passage: own.claim(claim, passage, terms)


@lru_cache(maxsize=1)
def encoder(name: str = "use", *, threads: int = 0, cache: Path | None = None) -> support.Encode:
    """An encoder, by default the instant one that ships with the product, with what it embedded kept."""
    from retrieval.embed import load

    return kept(load(name, threads=threads, cache=cache).passages)


def kept(encode: support.Encode) -> support.Encode:
    """The same, embedding each text once."""
    held: dict[str, NDArray[np.float32]] = {}

    def encoded(texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in held]
        if new:
            held.update(zip(new, encode(new), strict=True))
        return np.stack([held[text] for text in texts])

    return encoded


def main(out: Path, files: Sequence[Path]) -> None:
    """Fit the sets of weights and write them."""
    held: list[tuple[Array, Array]] = []
    used: dict[str, int] = {}
    for path in files:
        every = judged(path)
        reads = reader(text for row in every for text in row["evidence"])
        own = [row for row in every if row["half_g"] == "A" and str(row["subset"]).startswith(_FREE)]
        used |= {name: sum(row["subset"] == name for row in own) for name in {str(row["subset"]) for row in own}}
        x = np.array([features(row, encoder(), reads).features for row in own])
        held.append((x, np.array([float(row["label"] == "supported") for row in own])))
    x, y = np.concatenate([a for a, _ in held]), np.concatenate([b for _, b in held])
    weight = np.concatenate([balanced(b) * (2.0 if len(b) < 300 else 1.0) for _, b in held])
    lines = [_HEAD.format(rows=", ".join(f"{name} {n}" for name, n in sorted(used.items())))]
    for name, columns in (("PLAIN", support.PLAIN), ("VECTOR", support.VECTOR), ("READ", support.READ)):
        kept = [key for key in columns if key in KEPT or key not in support.VECTOR]
        own_weights, bias = fitted(x[:, [columns.index(key) for key in kept]], y, weight, ridge=_RIDGE)
        lines.append(f"{name}_BIAS = {bias:.5f}\n{name} = {{")
        lines += [f'    "{key}": {w:.5f},' for key, w in zip(kept, own_weights, strict=True)]
        lines.append("}")
    out.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
