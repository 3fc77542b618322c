"""V2-Lite's full shape with random weights on one GPU: decoding beside the limit of its memory, and reading 64K tokens.

Run it with `python -m eval.bench.cuda` or `suyuan bench cuda`; 16-bit weights need 32 GB of GPU memory, 8 bits half of it.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from eval.bench.engine import filled
from eval.bench.shapes import V2_LITE
from generation.checkpoints.names import shapes
from generation.cuda.decode import Decoder
from generation.cuda.place import place
from generation.deepseek.assemble import Precision, Source
from generation.deepseek.config import Config, parse
from generation.deepseek.moe import Mlp
from library.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from generation.deepseek.kernels import Linear
    from generation.deepseek.model import Model


def measure(
    *, shape: Mapping[str, Any] = V2_LITE, device: str = "cuda", context: int = 8192, long: int = 65_536,
    precisions: Sequence[Precision] = ("16-bit", "int8", "int4"), tokens: int = 64, compiled: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """Tokens a second, their share of the bandwidth limit, and the long prompt's time and memory, by precision.

    :raises InputError: there is no such device.
    """
    if device != "cpu" and not torch.cuda.is_available():
        raise InputError("There is no GPU", "torch finds no CUDA device", "Run this where one is.")
    config = parse(shape)
    found: dict[str, Any] = {
        "device": torch.cuda.get_device_name() if device != "cpu" else "cpu", "torch": str(torch.__version__),
        "context": context, "bandwidth_gb_s": round(bandwidth(device) / 1e9, 1),
    }  # fmt: skip
    for precision in precisions:
        model = place(config, Source(_Random(config, device).get), precision, device=device, dtype=torch.bfloat16)
        found[precision] = {
            **decoding(model, context, tokens, found["bandwidth_gb_s"] * 1e9, compiled=compiled),
            **reading(model, long),
        }  # fmt: skip
        del model
        if device != "cpu":
            torch.cuda.empty_cache()
    return found


class _Random:
    """Weights made where they are used, each from the number of its name."""

    def __init__(self, config: Config, device: str) -> None:
        self._shapes, self._device = shapes(config), device
        self._number = {name: number for number, name in enumerate(self._shapes)}

    def get(self, name: str) -> Tensor:
        """Deviation 0.02, norms one."""
        shape = self._shapes[name]
        if "norm" in name:
            return torch.ones(shape, dtype=torch.bfloat16, device=self._device)
        random = torch.Generator(self._device).manual_seed(self._number[name])
        return torch.randn(shape, generator=random, device=self._device).mul_(0.02).bfloat16()


def bandwidth(device: str, *, size: int = 1 << 30) -> float:
    """Bytes a second that a copy of `size` bytes reads and writes, the best of ten."""
    source = torch.empty(size if device != "cpu" else size // 16, dtype=torch.uint8, device=device).fill_(1)
    target, best = torch.empty_like(source), float("inf")
    for _ in range(10):
        begun = _now(device)
        target.copy_(source)
        best = min(best, _now(device) - begun)
    return 2 * float(source.numel()) / best


def bytes_of(linear: Linear) -> int:
    """Bytes of a weight as it is held."""
    return sum(part.numel() * part.element_size() for part in linear.plain().values())


def read_bytes(model: Model, context: int) -> int:
    """Bytes of weights and cache that one token must read."""

    def mlp(one: Mlp) -> int:
        return bytes_of(one.gate_up) + bytes_of(one.down)

    total = bytes_of(model.head) + context * model.config.latent * len(model.blocks) * 2
    for block in model.blocks:
        own, forward = block.attention, block.feed_forward
        linears: list[Linear] = [one for one in (own.q_down, own.q_up, own.kv_down, own.out) if one is not None]
        total += sum(map(bytes_of, linears)) + sum(part.numel() * part.element_size() for part in (own.up_k, own.up_v))
        if isinstance(forward, Mlp):
            total += mlp(forward)
        else:
            total += model.config.chosen * mlp(forward.experts[0]) + (mlp(forward.shared) if forward.shared else 0)
            total += forward.gate.numel() * forward.gate.element_size()
    return total


def decoding(model: Model, context: int, tokens: int, limit: float, *, compiled: bool) -> dict[str, float]:
    """Batch 1 over a cache of random latents; the first tokens compile and capture, and are not counted."""
    cache = filled(model, context, "bf16")
    decoder = Decoder(model, context + tokens + 8, compiled=compiled)
    decoder.fill(cache)
    want = model.step([7], [cache])[0][0].float()
    first = decoder.step(7).float()
    spent = []
    for token in range(tokens):
        begun = _now(model.device)
        decoder.step(token)
        spent.append(_now(model.device) - begun)
    median, bytes_read = statistics.median(spent[2:]), read_bytes(model, context)
    return {
        "tokens_per_second": round(1 / median, 1), "bytes_per_token": bytes_read,
        "of_bandwidth_limit": round(bytes_read / median / limit, 3),
        "error_to_plain_step": float(f"{(first - want).norm() / want.norm():.2e}"),
    }  # fmt: skip


def reading(model: Model, count: int) -> dict[str, float]:
    """A prompt of `count` tokens: tokens a second and the most memory used."""
    random = torch.Generator().manual_seed(5)
    ids = torch.randint(2, model.config.vocab, (count,), generator=random).tolist()
    model.prefill(ids[:64], model.cache())
    if model.device != "cpu":
        torch.cuda.reset_peak_memory_stats()
    begun = _now(model.device)
    model.prefill(ids, model.cache("bf16", count))
    taken = _now(model.device) - begun
    most = torch.cuda.max_memory_allocated() if model.device != "cpu" else 0
    return {
        "prefill_tokens": count,
        "prefill_per_second": round(count / taken, 1),
        "prefill_peak_gb": round(most / 1e9, 2),
    }


def _now(device: str) -> float:
    if device != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter()


if __name__ == "__main__":
    import sys

    sys.stdout.write(json.dumps(measure(), indent=2) + "\n")
