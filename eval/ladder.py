"""What this machine can answer with: from quoting to V2-Lite and a server, each with its memory and what a token costs.

A token of a model that is read from memory takes at least the bytes that are read for it over the machine's bandwidth; of our
own engine it takes what the measured kernels take. `rungs` and `ladder` are pure; `measured` is the only part that times.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from eval.bench.shapes import V2_LITE

if TYPE_CHECKING:
    from generation.deepseek.config import Config
    from library.settings import Settings

CONTEXT = 8192  # tokens of prompt and answer that the cache is counted for
HEADROOM = 1 << 30  # what the product itself needs beside a model
BITS = {
    "fp32": 32.0,
    "fp16": 16.0,
    "bf16": 16.0,
    "int8": 8.0,
    "int4": 5.0,
}  # int4: with scale and zero of each group of 32
_Q4_K_M = 4.9  # bits a weight of llama.cpp's mixed 4-bit form in models of 7 and 8 billion weights


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to answer: bytes it holds, and bytes it reads for a token by the family of kernels that reads them.

    "memory" stands for kernels that are as fast as the memory is.
    """

    name: str
    weights: int = 0
    cache: int = 0  # at CONTEXT tokens
    read: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A rung on one machine; `ms_per_token` is None where nothing is read from this machine's memory."""

    name: str
    memory_gb: float
    fits: bool
    ms_per_token: float | None


@cache
def rungs() -> tuple[Rung, ...]:
    """The ladder, lightest first."""
    small = 1_117_320_768  # the file's bytes
    return (
        Rung("quote (no model)"),
        Rung("small: Qwen2.5 1.5B Q4_K_M", small, _dense(28, 2), {"memory": small}),
        _distilled("R1-Distill-Qwen-7B Q4_K_M", 7_615_616_512, _dense(28, 4)),
        _distilled("R1-Distill-Llama-8B Q4_K_M", 8_030_261_248, _dense(32, 8)),
        *(_lite(family) for family in ("int4", "int8", "bf16")),
        Rung("server (SUYUAN_SERVER__URL)"),
    )


def _dense(layers: int, heads: int) -> int:
    """Bytes of a 16-bit cache of keys and values, heads of 128."""
    return 2 * layers * heads * 128 * 2 * CONTEXT


def _distilled(name: str, count: int, cache: int) -> Rung:
    size = round(count * _Q4_K_M / 8)
    return Rung(name, size, cache, {"memory": size})


def _lite(family: str) -> Rung:
    """DeepSeek-V2-Lite in our engine: experts, feed-forward and wide attention weights in this family, the rest in 16 bits."""
    from generation.checkpoints.names import shapes
    from generation.deepseek.config import parse

    config = parse(V2_LITE)
    weights, read = 0.0, dict[str, float]()
    for name, shape in shapes(config).items():
        narrow = len(shape) == 1 or any(
            part in name for part in ("embed_tokens", "kv_a_proj", "kv_b_proj", "mlp.gate.")
        )
        own = "bf16" if narrow else family
        size = BITS[own] / 8
        for length in shape:
            size *= length
        weights += size
        read[own] = read.get(own, 0.0) + size * _share(config, name)
    return Rung(f"V2-Lite {family}", round(weights), config.layers * config.latent * 2 * CONTEXT, read)


def _share(config: Config, name: str) -> float:
    """How much of a tensor one token reads: the chosen experts of all, one row of the embedding."""
    if "embed_tokens" in name:
        return 1 / config.vocab
    return config.chosen / config.experts if ".experts." in name else 1.0


def ladder(memory: int, speed: Mapping[str, float]) -> list[Row]:
    """The rungs on a machine.

    :param memory: bytes that can be had.
    :param speed: bytes a second by family, "memory" among them; a family that is not there runs at the memory's speed.
    """
    rows = []
    for rung in rungs():
        needed = rung.weights + rung.cache
        seconds = sum(read / speed.get(family, speed["memory"]) for family, read in rung.read.items())
        rows.append(Row(
            rung.name, round(needed / 1e9, 2), not needed or needed + HEADROOM <= memory,
            round(1000 * seconds, 1) if rung.read else None,
        ))  # fmt: skip
    return rows


def available() -> int:
    """Bytes of memory that a new program could have (Linux); elsewhere all there is."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def measured(*, megabytes: int = 256, rounds: int = 5) -> tuple[dict[str, float], dict[str, float]]:
    """Bytes a second by family and of the memory alone, and the milliseconds of each kernel on an expert's weight.

    A family that could not be timed within a second is left out of both.
    """
    import torch

    from generation.deepseek import kernels

    block, taken = torch.ones(megabytes << 18), []
    for _ in range(rounds):
        begin = time.perf_counter()
        block.sum()
        taken.append(time.perf_counter() - begin)
    memory = 4 * block.numel() / min(taken)
    shape = (2 * V2_LITE["moe_intermediate_size"], V2_LITE["hidden_size"])
    spent = kernels.measure(shape, ("bf16", "fp16", "int8", "int4"))
    speed = {family: min(memory, shape[0] * shape[1] * BITS[family] / 8 / (ms / 1000)) for family, ms in spent.items()}
    sixteen = [speed.pop(family) for family in ("bf16", "fp16") if family in speed]
    if sixteen:
        speed["bf16"] = max(sixteen)  # the engine takes the faster of the two 16-bit families
    return speed | {"memory": memory}, spent


def examine(settings: Settings) -> dict[str, Any]:
    """What doctor shows: the bandwidth, the kernels that the engine would take here, and the ladder."""
    import torch

    from generation.deepseek import kernels

    if settings.local.threads:
        torch.set_num_threads(settings.local.threads)
    speed, spent = measured()
    return {
        "memory bandwidth": f"{speed['memory'] / 1e9:.1f} GB/s, {torch.get_num_threads()} threads",
        "kernels": {
            "16-bit": kernels.faster(spent),
            "ms of an expert's weight": {name: round(ms, 3) for name, ms in spent.items()},
        },
        "ladder": [asdict(row) for row in ladder(available(), speed)],
    }


def lines(found: Mapping[str, Any]) -> list[str]:
    """The same as text."""
    spent = ", ".join(f"{name} {ms} ms" for name, ms in found["kernels"]["ms of an expert's weight"].items())
    text = [
        f"{'memory bandwidth':<28} {found['memory bandwidth']}",
        f"{'kernels':<28} 16-bit weights as {found['kernels']['16-bit']}; an expert's weight takes {spent}",
        f"{'to answer with':<28} {'memory':>9} {'a token takes':>15}  fits ({CONTEXT} tokens of context)",
    ]
    for row in found["ladder"]:
        cost = "–" if row["ms_per_token"] is None else f"≥ {row['ms_per_token']:.0f} ms"
        memory = f"{row['memory_gb']:.1f} GB" if row["memory_gb"] else "–"
        text.append(f"  {row['name']:<26} {memory:>9} {cost:>15}  {'yes' if row['fits'] else 'no'}")
    return text
