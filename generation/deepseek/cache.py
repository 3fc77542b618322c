"""The latent cache: per token and layer one normalised latent and one rotated key (DeepSeek-V2 report, 2.1), nothing else.

float32, bfloat16, or 8-bit latents with a scale for every eight of them and bfloat16 rotated keys (which a scale would drown).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from generation.deepseek import quantise
from generation.deepseek.config import Config

Store = Literal["fp32", "bf16", "int8"]
BLOCK = 256  # capacities are multiples of it
_READ = 64  # so are the rows that attention reads, which masks the last: matrix products of odd sizes are slow


@dataclass(slots=True, eq=False)
class Segment:
    """Rows of all layers, one tensor [capacity, width] for each of `_kinds`."""

    layers: list[tuple[Tensor, ...]]
    capacity: int

    def bytes(self) -> int:
        """Bytes allocated."""
        return sum(part.numel() * part.element_size() for parts in self.layers for part in parts)


class Cache:
    """The past of one sequence; positions are counted from 0, `length` of them are valid."""

    def __init__(
        self, config: Config, store: Store = "bf16", *, capacity: int = 0, layers: int | None = None, device: str = "cpu"
    ) -> None:  # fmt: skip
        """:param capacity: tokens to allocate now; it grows when they are used up."""
        self.config, self.store, self.device = config, store, device
        self.depth = config.layers if layers is None else layers
        self.length = 0
        self._kinds = _kinds(config, store)
        self._shared: tuple[tuple[Segment, int], ...] = ()  # read only, with the rows of each that count
        self._base = 0  # rows in shared segments
        self._own = self._segment(_up(capacity, BLOCK))

    def _segment(self, capacity: int) -> Segment:
        def rows(width: int, dtype: object) -> Tensor:
            return torch.zeros(capacity, width, dtype=dtype, device=self.device)

        return Segment([tuple(rows(*kind) for kind in self._kinds.values()) for _ in range(self.depth)], capacity)

    def reserve(self, count: int) -> None:
        """Make room for `count` more tokens; doubles what is its own, with one copy."""
        need = self.length + count - self._base
        if need <= self._own.capacity:
            return
        grown, used = self._segment(_up(max(need, 2 * self._own.capacity), BLOCK)), self.length - self._base
        for old, new in zip(self._own.layers, grown.layers, strict=True):
            for source, target in zip(old, new, strict=True):
                target[:used].copy_(source[:used])
        self._own = grown

    def write(self, layer: int, at: int, rows: Tensor) -> None:
        """Put rows [n, latent] at positions at, at + 1, ... of a layer; they count after `advance`."""
        start = at - self._base
        latent, key = rows[:, : self.config.kv_rank], rows[:, self.config.kv_rank :]
        given = (*quantise.latents(latent), key) if self.store == "int8" else (rows,)
        for source, target in zip(given, self._own.layers[layer], strict=True):
            target[start : start + rows.shape[0]].copy_(source)

    def advance(self, count: int) -> None:
        """Count rows that have been written in all layers."""
        self.length += count

    def pieces(self, layer: int, stop: int, *, size: int = 1 << 30) -> Iterator[tuple[int, int, tuple[Tensor, ...]]]:
        """Stretches of at most `size` rows that cover positions [0, stop): first position, valid rows, tensors.

        The tensors go on behind the valid rows up to a multiple of 64, with finite values.
        """
        first = 0
        for segment, used in (*self._shared, (self._own, stop - self._base)):
            used = min(used, stop - first)
            for start in range(0, used, size):
                count = min(size, used - start)
                stop_at = start + _up(count, _READ)
                yield first + start, count, tuple(part[start:stop_at] for part in segment.layers[layer])
            first += max(used, 0)

    def truncate(self, length: int) -> None:
        """Forget all from a position on; segments shared with others stay as they are."""
        if not 0 <= length <= self.length:
            raise ValueError(f"cannot truncate {self.length} tokens to {length}")
        if length < self._base:
            kept, first = [], 0
            for segment, used in self._shared:
                if first < length:
                    kept.append((segment, min(used, length - first)))
                first += used
            self._shared, self._base, self._own = tuple(kept), length, self._segment(0)
        self.length = length

    def fork(self) -> Cache:
        """A second continuation of the same past; nothing is copied, and neither writes into what both read."""
        used = self.length - self._base
        if used:
            self._shared, self._base = (*self._shared, (self._own, used)), self.length
            self._own = self._segment(0)
        twin = Cache(self.config, self.store, layers=self.depth, device=self.device)
        twin._shared, twin._base, twin.length = self._shared, self._base, self.length
        return twin

    def segments(self) -> list[Segment]:
        """All segments that are read, shared ones first."""
        return [segment for segment, _ in self._shared] + [self._own]

    def bytes(self) -> int:
        """Bytes allocated, shared segments included."""
        return sum(segment.bytes() for segment in self.segments())

    def elements_per_token(self) -> int:
        """Cached numbers a token in all layers, read off the tensors (8-bit scales are not counted)."""
        return sum(part.shape[1] for parts in self._own.layers for part in (parts[0], *parts[2:]))

    def state(self) -> dict[str, Tensor]:
        """The valid rows as tensors [layers, length, ...], for a file."""
        whole: dict[str, list[Tensor]] = {name: [] for name in self._kinds}
        for layer in range(self.depth):
            found = [[part[:count] for part in parts] for _, count, parts in self.pieces(layer, self.length)]
            for name, parts in zip(whole, zip(*found, strict=True), strict=True):
                whole[name].append(torch.cat(parts))
        return {name: torch.stack(parts) for name, parts in whole.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Fill an empty cache with what `state` gave.

        :raises ValueError: the tensors are not those of this config and store.
        """
        self.length = 0
        parts = [state[name] for name in self._kinds]
        count = int(parts[0].shape[1])
        self.reserve(count)
        for layer, targets in enumerate(self._own.layers):
            for source, target in zip(parts, targets, strict=True):
                if source.shape != (self.depth, count, target.shape[1]) or source.dtype != target.dtype:
                    raise ValueError(f"a stored cache of {tuple(source.shape)} does not fit this model")
                target[:count].copy_(source[layer])
        self.length = count


def _kinds(config: Config, store: Store) -> dict[str, tuple[int, object]]:
    """Name, width and type of a layer's tensors; for the codes and their scales see `quantise.latents`."""
    if store == "int8":
        scales = quantise.latent_scales(config.kv_rank)
        return {
            "codes": (config.kv_rank, torch.int8),
            "scales": (scales, torch.uint8),
            "keys": (config.rope, torch.bfloat16),
        }
    return {"rows": (config.latent, torch.float32 if store == "fp32" else torch.bfloat16)}


def decoded(parts: tuple[Tensor, ...], dtype: object) -> Tensor:
    """Rows [n, latent] of one piece in a type to compute in."""
    if len(parts) == 1:
        return parts[0].to(dtype)
    return torch.cat((quantise.latents_back(parts[0], parts[1]).to(dtype), parts[2].to(dtype)), dim=-1)


def _up(count: int, to: int) -> int:
    """The next multiple."""
    return -(-count // to) * to
