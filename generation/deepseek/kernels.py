"""Matrix products of torch that the engine may use, and the measurement that picks among them on this machine.

Each holds one weight [out, in] and gives float32. `rows` takes few rows and gives every row the bits that it would have alone,
so that batches and speculation change nothing; calling it takes many rows and may be faster.
"""

from __future__ import annotations

import functools
import time
import warnings
from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.deepseek import quantise

Family = Literal["fp32", "bf16", "fp16", "int8", "int4"]
FEW = 8  # rows that `rows` takes at once
_CACHES = 1 << 26  # bytes that no cache holds
_ROUNDS = 12


class Linear:
    """y = x W^T."""

    family: Family
    shape: tuple[int, int]  # [out, in]

    def __call__(self, x: Tensor) -> Tensor:
        """[n, in] -> [n, out]."""
        raise NotImplementedError

    def rows(self, x: Tensor) -> Tensor:
        """The same for few rows, bit-equal to each row alone."""
        return self(x)

    def plain(self) -> dict[str, Tensor]:
        """The weight as tensors for a file, names without a path."""
        raise NotImplementedError

    def pack(self) -> None:
        """Go over to the form that is fast, where it was made without."""


class _Kept(Linear):
    """A weight that is held as it is computed with."""

    def __init__(self, weight: Tensor) -> None:
        self.weight, self.shape = weight.contiguous(), _shape(weight)

    def plain(self) -> dict[str, Tensor]:
        return {"weight": self.weight}


class _Full(_Kept):
    """float32, the type of the rows."""

    family: Family = "fp32"

    def __init__(self, weight: Tensor) -> None:
        super().__init__(weight.float())
        self._parts = next(count for count in (8, 4, 2, 1) if self.shape[0] % count == 0)

    def __call__(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight)

    def rows(self, x: Tensor) -> Tensor:
        # A batch of eight thin products runs on all threads; MKL keeps a single-row product on one.
        split = self.weight.view(self._parts, -1, self.shape[1])
        # The row must come as a transposed [1, in]: with other strides the same product takes four times as long.
        return each(lambda row: torch.bmm(split, row.t()[None].expand(self._parts, -1, 1)).view(1, -1), x)


class _Bf16(_Kept):
    """bfloat16 weights as they are in the file; few rows go past oneDNN, which is slow with one."""

    family: Family = "bf16"

    def __init__(self, weight: Tensor) -> None:
        super().__init__(weight.bfloat16())

    def __call__(self, x: Tensor) -> Tensor:
        if native_bf16():
            return F.linear(x.to(torch.bfloat16), self.weight).float()
        return F.linear(x, self.weight.float())  # a many-row bfloat16 product crawls on such a CPU (pytorch#83863)

    def rows(self, x: Tensor) -> Tensor:
        was = torch._C._get_mkldnn_enabled()
        torch._C._set_mkldnn_enabled(False)
        try:
            return F.linear(x.to(torch.bfloat16), self.weight).float()
        finally:
            torch._C._set_mkldnn_enabled(was)


class _Fp16(Linear):
    """float16 weights packed by fbgemm, float32 rows."""

    family: Family = "fp16"

    def __init__(self, weight: Tensor) -> None:
        if max(float(end.abs()) for end in weight.aminmax()) >= 65_504:
            raise ValueError("a weight is too large for float16")
        self.shape = _shape(weight)
        self._packed = torch.ops.quantized.linear_prepack_fp16(weight.float().contiguous(), None)

    def __call__(self, x: Tensor) -> Tensor:
        return torch.ops.quantized.linear_dynamic_fp16(x, self._packed)

    def plain(self) -> dict[str, Tensor]:
        return {"weight": torch.ops.quantized.linear_unpack_fp16(self._packed)[0].half()}


class _Int8(Linear):
    """8-bit weights, one scale an output row; activations 8-bit with each row's own scale, so that rows do not mix.

    Usable from its plain form at once; `pack` makes the form that is fast.
    """

    family: Family = "int8"

    def __init__(self, codes: Tensor, scale: Tensor) -> None:
        self.shape = _shape(codes)
        self._plain: tuple[Tensor, Tensor] | None = (codes, scale)
        self._packed: object = None

    def pack(self) -> None:
        """The plain form is given up."""
        if self._plain is None:
            return
        codes, scale = self._plain
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch announces that quantised tensors will move to another package
            zero = torch.zeros(self.shape[0], dtype=torch.int64)
            whole = torch._make_per_channel_quantized_tensor(codes, scale.double(), zero, 0)
            self._packed = torch.ops.quantized.linear_prepack(whole, None)
        self._plain = None

    def __call__(self, x: Tensor) -> Tensor:
        plain = self._plain
        if plain is not None:
            return torch._weight_int8pack_mm(x.to(torch.bfloat16), plain[0], plain[1].to(torch.bfloat16)).float()
        size = x.abs().amax(-1, keepdim=True).clamp_min_(1e-20)
        return self.product(x / size, *activation_step()).mul_(size)

    def product(self, x: Tensor, step: float, zero: int) -> Tensor:
        """Rows within [-1, 1], rounded to multiples of `step`, times the packed weight."""
        return torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(x, step, zero, self._packed)

    def plain(self) -> dict[str, Tensor]:
        if self._plain is not None:
            return {"codes": self._plain[0], "scale": self._plain[1]}
        whole = torch.ops.quantized.linear_unpack(self._packed)[0]
        return {"codes": whole.int_repr(), "scale": whole.q_per_channel_scales().float()}


class _Int4(Linear):
    """4-bit weights in groups of 32 with a scale and a zero each, packed by torch; bfloat16 rows."""

    family: Family = "int4"

    def __init__(self, packed: Tensor, scales: Tensor) -> None:
        """:param packed: uint8 [out, in / 2] in torch's own order; scales: bfloat16 [in / 32, out, 2]."""
        self._packed, self._scales = packed, scales
        self.shape = (int(packed.shape[0]), 2 * int(packed.shape[1]))

    def __call__(self, x: Tensor) -> Tensor:
        rows = x.to(torch.bfloat16)
        return torch._weight_int4pack_mm_for_cpu(rows, self._packed, quantise.GROUP, self._scales).float()

    def plain(self) -> dict[str, Tensor]:
        return {"packed": self._packed, "scales": self._scales}


class _Looped(Linear):
    """Another kernel whose rows are not bit-equal among neighbours on this machine: few rows go one by one."""

    def __init__(self, inner: Linear) -> None:
        self.family, self.shape, self.plain, self.pack = inner.family, inner.shape, inner.plain, inner.pack  # type: ignore[method-assign]
        self._inner = inner

    def __call__(self, x: Tensor) -> Tensor:
        return self._inner(x)

    def rows(self, x: Tensor) -> Tensor:
        return each(self._inner.rows, x)


def each(product: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """`product` of every row [1, in] alone."""
    return product(x) if x.shape[0] == 1 else torch.cat([product(row) for row in x.split(1)])


def make(weight: Tensor, family: Family) -> Linear:
    """One weight [out, in] in a family's form; int4 falls back to bfloat16 where the shape does not fit its groups.

    8-bit weights are left to be packed later, when the weight they came from is given up.
    """
    return _exact(_build(weight, family))


def restore(parts: dict[str, Tensor]) -> Linear:
    """The opposite of `plain`; 8-bit weights are not packed yet."""
    if "codes" in parts:
        return _exact(_Int8(parts["codes"], parts["scale"]))
    if "packed" in parts:
        return _exact(_Int4(parts["packed"], parts["scales"]))
    kinds: dict[object, Callable[[Tensor], Linear]] = {torch.float16: _Fp16, torch.bfloat16: _Bf16}
    return _exact(kinds.get(parts["weight"].dtype, _Full)(parts["weight"]))


def _shape(weight: Tensor) -> tuple[int, int]:
    return int(weight.shape[0]), int(weight.shape[1])


def _build(weight: Tensor, family: Family) -> Linear:
    if family == "int4" and weight.shape[1] % quantise.GROUP == 0 and weight.shape[0] % 16 == 0:
        return _Int4(*quantise.int4(weight))
    if family == "int8":
        return _Int8(*quantise.int8(weight))
    kinds: dict[str, Callable[[Tensor], Linear]] = {"fp16": _Fp16, "fp32": _Full}
    return kinds.get(family, _Bf16)(weight)


def _exact(linear: Linear) -> Linear:
    return linear if _row_exact(linear.family) else _Looped(linear)


@functools.cache
def native_bf16() -> bool:
    """Whether the CPU multiplies bfloat16 itself, so that products of many rows are fast."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


@functools.cache
def activation_step() -> tuple[float, int]:
    """Scale and zero of 8-bit activations in [-1, 1]: 7 bits where 16-bit sums would saturate (CPUs without VNNI)."""
    full = _Int8(torch.full((16, 512), 127, dtype=torch.int8), torch.full((16,), 1 / 127))
    full.pack()
    exact = abs(float(full.product(torch.ones(1, 512), 1 / 127, 128)[0, 0]) - 512) < 1
    return (1 / 127, 128) if exact else (1 / 63, 64)


@functools.cache
def _row_exact(family: Family) -> bool:
    """Whether rows of this family have the same bits alone and among neighbours; tried once."""
    linear, x = _build(torch.randn(256, 512), family), torch.randn(FEW, 512)
    linear.pack()
    alone = torch.cat([linear.rows(row) for row in x.split(1)])
    return all(bool((linear.rows(x[:count]) == alone[:count]).all()) for count in range(2, FEW + 1))


def measure(
    shape: tuple[int, int], families: tuple[Family, ...], *, seconds: float = 0.9, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:  # fmt: skip
    """Fewest milliseconds of one row through each family, taking turns, within `seconds` by `clock`, all included.

    Several weights take turns, so that they come from memory as in a model; the fewest, because other work only ever adds.
    What is not reached in time is left out: the clock is looked at before every call, so that one at most is late.
    """
    end = clock() + seconds
    weight, row = torch.linspace(-0.05, 0.05, shape[0] * shape[1]).view(shape), torch.randn(1, shape[1])
    copies = max(2, -(-_CACHES // (2 * weight.numel())))
    linears, spent = dict[tuple[str, int], Linear](), dict[str, float]()
    for turn in range(copies * _ROUNDS * len(families)):
        family, copy = families[turn % len(families)], turn // len(families) % copies
        if clock() >= end:
            break
        linear = linears[family, copy] = linears.get((family, copy)) or make(weight.clone(), family)
        linear.pack()
        begin = clock()
        linear.rows(row)
        spent[family] = min(spent.get(family, float("inf")), 1000 * (clock() - begin))
    return spent


def faster(spent: dict[str, float]) -> Family:
    """The 16-bit family to take after `measure`: bf16 where it is clearly faster (a model's many weights cost it a tenth more)."""
    return "bf16" if spent.get("bf16", float("inf")) < 0.85 * spent.get("fp16", 0.0) else "fp16"
