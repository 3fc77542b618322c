"""Weights on a device, in 16, 8 or 4 bits; where they do not fit, the routed experts stay with the CPU's kernels.

Everything is plain torch and runs on a CPU too, where it is tested.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.deepseek import quantise
from generation.deepseek.assemble import Plan, Precision, Weights, assemble
from generation.deepseek.config import Config
from generation.deepseek.kernels import Family, Linear
from generation.deepseek.model import Model
from generation.deepseek.moe import Moe

Parts = dict[str, "Tensor"]


class Portable(Linear):
    """A weight [out, in] on any device, as it is or in 8 or 4 bits; the products are float32's or bfloat16's."""

    def __init__(self, weight: Tensor, family: Family, device: str, dtype: object) -> None:
        self.family, self.shape = family, (int(weight.shape[0]), int(weight.shape[1]))
        self.parts: Parts = {"weight": weight.to(device, dtype)}
        if family == "int8":
            codes, scale = quantise.int8(weight)
            self.parts = {"codes": codes.to(device), "scale": scale.to(device, dtype)}
        if family == "int4" and weight.shape[1] % quantise.GROUP == 0:
            codes, scales = quantise.groups(weight)
            halves = codes[:, 0::2] | codes[:, 1::2] << 4
            self.parts = {"halves": halves.to(device), "scales": scales.transpose(0, 1).contiguous().to(device, dtype)}

    def __call__(self, x: Tensor) -> Tensor:
        """See `Linear`."""
        return F.linear(x, full(self.parts, x.dtype))

    def rows(self, x: Tensor) -> Tensor:
        """See `Linear`."""
        return torch.cat([self(row[None]) for row in x])

    def plain(self) -> Parts:
        """See `Linear`."""
        return self.parts


def full(parts: Mapping[str, Tensor], dtype: object) -> Tensor:
    """The weight [..., out, in] that the parts stand for."""
    if "weight" in parts:
        return parts["weight"].to(dtype)
    if "codes" in parts:
        return parts["codes"].to(dtype) * parts["scale"][..., None]
    halves, scales = parts["halves"], parts["scales"]
    codes = torch.stack((halves & 15, halves >> 4), dim=-1).flatten(-2).to(dtype).unflatten(-1, (-1, quantise.GROUP))
    return ((codes - 8) * scales[..., :1] + scales[..., 1:]).flatten(-2)


class OnDevice:
    """Weights put on a device as they are asked for; routed experts stay with the CPU's kernels where `experts` says so."""

    def __init__(self, source: Weights, device: str, dtype: object, *, experts: Family | None = None) -> None:
        self._source, self._device, self._dtype, self._experts = source, device, dtype, experts

    def tensor(self, name: str, dtype: object) -> Tensor:
        """See `Weights`; the router alone stays in float32."""
        exact = name.endswith(("mlp.gate.weight", "correction_bias"))
        return self._source.tensor(name, dtype if exact else self._dtype).to(self._device)

    def linear(self, names: tuple[str, ...], family: Family) -> Linear:
        """See `Weights`."""
        if self._experts and ".experts." in names[0]:
            return self._source.linear(names, self._experts)
        return Portable(
            torch.cat([self._source.tensor(name, torch.bfloat16) for name in names]), family, self._device, self._dtype
        )


def place(
    config: Config, weights: Weights, precision: Precision = "16-bit", *, device: str = "cuda", mtp: bool = False,
    identity: str = "", experts: Family | None = None, dtype: object = torch.bfloat16,
) -> Model:  # fmt: skip
    """A model on a device.

    :param experts: keep the routed experts on the CPU in this family: attention, shared experts, router, head and cache need
        the device's memory, the routed experts (nine tenths of the weights) do not.
    """
    wide: Family = "int8" if precision == "int8" else "int4" if precision == "int4" else "bf16"
    how, put = Plan(precision, wide, "bf16"), OnDevice(weights, device, dtype, experts=experts)
    model = assemble(config, put, how, mtp=mtp, identity=f"{identity}/{device}", device=device, dtype=dtype)
    for block in model.blocks:
        if experts and isinstance(block.feed_forward, Moe):
            block.feed_forward.apart = "cpu"
    return model
