"""Builds the reader's ONNX graph: lower layers from the package's file, upper ones and heads from our own weights.

The same layers as the deep encoder's, with what each token matches added between the two parts (`training/reader_net.py`
is the same network in torch). Matrix products in int8, those of the feed-forward layers as `by_row` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from library.text import digest
from retrieval.encoders.by_row import ByRow
from retrieval.encoders.e5_file import E5File
from retrieval.encoders.e5_graph import Graph, quantised
from retrieval.reader.pairs import TOLD

WEIGHTS = Path(__file__).with_name("weights.npz")
Tensors = Mapping[str, NDArray[np.float32]]


def pack(tensors: Tensors) -> dict[str, NDArray[Any]]:
    """Matrices as int8 with a float32 scale a row, vectors as they are."""
    packed: dict[str, NDArray[Any]] = {}
    for name, value in tensors.items():
        if value.ndim < 2:
            packed[name] = value.astype(np.float32)
            continue
        scale = np.maximum(np.abs(value).max(axis=1, keepdims=True), 1e-9) / 127
        packed[name] = np.rint(value / scale).astype(np.int8)
        packed[f"{name}:scale"] = scale.astype(np.float32)
    return packed


def unpacked(path: Path = WEIGHTS) -> dict[str, NDArray[np.float32]]:
    """The tensors of a file made from `pack`."""
    with np.load(path) as held:
        return {name: _tensor(held, name) for name in held.files if not name.endswith(":scale")}


def kinds(path: Path = WEIGHTS) -> NDArray[np.float32]:
    """The rows that are added by a token's kind, alone: a question needs no other tensor outside of the graph."""
    with np.load(path) as held:
        return _tensor(held, "kinds.w")


def _tensor(held: Mapping[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    value = held[name].astype(np.float32)
    scale = f"{name}:scale"
    return value * held[scale] if scale in held else value


def ensure(file: E5File, folder: Path, weights: Path = WEIGHTS) -> Path:
    """The int8 graph in `folder`, named by the weights it was made from; built there the first time."""
    name = f"reader-3-{digest(weights.read_bytes())[:12]}.onnx"
    return quantised(folder / name, lambda: build(file, unpacked(weights), ByRow))


def build(file: E5File, own: Tensors, kind: type[Graph] = Graph) -> Any:
    """The graph in float32, or what `kind` makes of it.

    Inputs, all float32: `embeddings` and `kinds` (the rows of `kinds.weight`) [batch, tokens, hidden], `mask`, `asked` and
    `inside` [batch, tokens]. Outputs: `judged` [batch, 3], the logits of relevance, of "answers" and of "supports", and `span`
    [batch, tokens, 2].
    """
    graph = kind(file, own)
    hidden = file.hidden
    x = graph.norm("embeddings", "emb.ln.w", "emb.ln.b")
    bias = graph.bias("mask")
    for layer in range(file.layers):
        if layer == TOLD:
            x = graph.op("Add", x, "kinds")
        x = graph.layer(x, f"l{layer}.", bias)
    pooled = graph.op(
        "Concat", _first(graph, x), graph.mean(x, "asked"), graph.mean(x, "inside"), _most(graph, x), axis=1
    )
    judged = graph.linear(graph.op("Tanh", graph.linear(pooled, "pool", hidden)), "judge", len(own["judge.w"]))
    shape: list[str | int] = ["batch", "tokens"]
    return graph.model(
        {"embeddings": [*shape, hidden], "kinds": [*shape, hidden], "mask": shape, "asked": shape, "inside": shape},
        {"judged": (judged, ["batch", len(own["judge.w"])]), "span": (graph.linear(x, "span", 2), [*shape, 2])},
    )


def _first(graph: Graph, x: str) -> str:
    """The first token's state; [batch, hidden]."""
    return graph.op("Gather", x, graph.const("zero", np.array(0, np.int64)), axis=1)


def _most(graph: Graph, x: str) -> str:
    """The largest value over the tokens inside; [batch, hidden]."""
    outside = graph.op("Sub", graph.const("one", np.array(1, np.float32)), "inside")
    far = graph.op("Mul", outside, graph.const("far", np.array(-1e4, np.float32)))
    shifted = graph.op("Add", x, graph.op("Unsqueeze", far, graph.const("axis2", np.array([2], np.int64))))
    most = graph.op("ReduceMax", shifted, axes=[1], keepdims=0)
    # of a passage without a word nothing is inside, and int8's one scale a batch must not be spent on that
    return graph.op("Max", most, graph.const("floor", np.array(-32, np.float32)))
