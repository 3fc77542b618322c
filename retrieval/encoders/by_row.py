"""Matrix products in int8 with a scale of each token's own, whose weights are unsigned.

onnxruntime's dynamic quantisation takes one scale for a whole batch, and a few numbers of the feed-forward layers are many times
the rest; and it sums signed weights in 16 bits, which overflow, where a processor has no VNNI. On 320 windows one scale a token
brought the reader's logits' distance from float32's down from .71 to .13 (relevance, whose spread is 4.1), for an eighth more
time; its other products do not need it. The encoder's vectors (120 passages, a processor with AVX2 alone) came from a cosine of
.9966 to float32's, .9902 at the least, to .9994 and .9990. (Dettmers et al., LLM.int8(), arXiv 2208.07339, on such numbers.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encoders.e5_file import E5File
from retrieval.encoders.e5_graph import Graph

_CONTRIB = "com.microsoft"  # the domain of onnxruntime's own operators


class ByRow(Graph):
    """Writes the feed-forward products in int8 at once; the others are left to `e5_graph.quantised`."""

    products: tuple[str, ...] = ("fi", "fo")

    def __init__(self, file: E5File, own: Mapping[str, NDArray[np.float32]] | None = None) -> None:
        """`own` tensors take the place of the file's."""
        super().__init__(file, own)
        self._zero = self.const("zero128", np.array(128, np.uint8))

    def linear(self, x: str, name: str, outputs: int) -> str:
        """x · Wᵀ + b with the tensors `name`.w [outputs, inputs] and `name`.b."""
        if name.rpartition(".")[2] not in self.products:
            return super().linear(x, name, outputs)
        weight = self.tensor(f"{name}.w").reshape(outputs, -1)
        scale = np.maximum(np.abs(weight).max(axis=1), 1e-9) / 127
        # unsigned as the tokens' numbers are: signed ones are summed in 16 bits, which overflow, where there is no VNNI
        rounded = (np.rint(weight / scale[:, None]) + 128).astype(np.uint8).T
        row = self._scale(x)
        product = self.op(
            "MatMulIntegerToFloat", self._rounded(x, row),
            self.const(f"{name}.w", np.ascontiguousarray(rounded)), self.const("unit", np.array(1, np.float32)),
            self.const(f"{name}.scale", scale.astype(np.float32)), self._zero, self._zero, domain=_CONTRIB,
        )  # fmt: skip
        return self.op("Add", self.op("Mul", product, row), self.const(f"{name}.b", self.tensor(f"{name}.b")))

    def _scale(self, x: str) -> str:
        """A hundred and twenty-seventh of each token's largest number; [batch, tokens, 1]."""
        least = self.op("Neg", self.op("ReduceMin", x, axes=[-1], keepdims=1))
        most = self.op("Max", self.op("ReduceMax", x, axes=[-1], keepdims=1), least)
        floor = self.const("tiny", np.array(1e-9, np.float32))
        return self.op("Mul", self.op("Max", most, floor), self.const("per127", np.array(1 / 127, np.float32)))

    def _rounded(self, x: str, row: str) -> str:
        """The numbers in units of their token's scale, 128 as zero: a cast cuts off, so half a unit is added before."""
        shifted = self.op("Add", self.op("Div", x, row), self.const("half128", np.array(128.5, np.float32)))
        return self.op("Cast", shifted, to=2)  # TensorProto.UINT8

    def model(self, *parts: Any) -> Any:
        """The nodes collected, as a model that knows onnxruntime's own operators."""
        from onnx import helper

        made = super().model(*parts)
        made.opset_import.append(helper.make_opsetid(_CONTRIB, 1))
        return made


class AllByRow(ByRow):
    """Writes every product with weights so."""

    products = ("q", "k", "v", "ao", "fi", "fo")
