"""Rotary positions: YaRN's frequencies, cosines and sines for the positions in use, and the softmax scale."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from generation.deepseek.config import Config, Yarn


def magnitude(factor: float, mscale: float) -> float:
    """g(m) = 0.1 m ln(factor) + 1 (arXiv:2309.00071, eq. 22, with DeepSeek's m)."""
    return 1.0 if factor <= 1 else 0.1 * mscale * math.log(factor) + 1.0


def softmax_scale(config: Config) -> float:
    """(nope + rope)^-1/2, times g(mscale_all_dim) squared under YaRN: of the whole logit, in both forms of attention."""
    scale: float = config.head**-0.5
    return scale * magnitude(config.yarn.factor, config.yarn.mscale_all_dim) ** 2 if config.yarn else scale


def frequencies(width: int, theta: float, yarn: Yarn | None) -> Tensor:
    """float32 [width / 2], radians a position: slow pairs are divided by the factor, fast ones kept, a ramp between.

    arXiv:2309.00071, eq. 17-21. Holds at all positions, also of prompts shorter than the original length.
    """
    kept = 1.0 / theta ** (torch.arange(0, width, 2, dtype=torch.float32) / width)
    if yarn is None:
        return kept

    def pair(rotations: float) -> float:
        return width * math.log(yarn.original / (rotations * 2 * math.pi)) / (2 * math.log(theta))

    low, high = max(math.floor(pair(yarn.beta_fast)), 0), min(math.ceil(pair(yarn.beta_slow)), width - 1)
    ramp = ((torch.arange(width // 2, dtype=torch.float32) - low) / (high - low or 0.001)).clamp(0, 1)
    return kept / yarn.factor * ramp + kept * (1 - ramp)


class Rotary:
    """Cosines and sines of positions 0, 1, ..., made as far as they are asked for."""

    def __init__(self, config: Config, device: str = "cpu") -> None:
        self._config, self._device = config, device
        yarn = config.yarn
        self._size = magnitude(yarn.factor, yarn.mscale) / magnitude(yarn.factor, yarn.mscale_all_dim) if yarn else 1.0
        self._table = torch.empty(0, 2, config.rope // 2, device=device)

    def table(self, stop: int) -> Tensor:
        """float32 [>= stop, 2, rope / 2]: cosine and sine, both times g(mscale) / g(mscale_all_dim)."""
        if self._table.shape[0] < stop:
            rate = frequencies(self._config.rope, self._config.theta, self._config.yarn)
            angle = torch.arange(max(1024, 2 * stop), dtype=torch.float32)[:, None] * rate
            self._table = (torch.stack((angle.cos(), angle.sin()), dim=1) * self._size).to(self._device)
        return self._table


def rotate(x: Tensor, at: Tensor) -> Tensor:
    """Rotate neighbouring pairs (x0, x1), (x2, x3), ... in place of each other, in float32.

    :param x: [n, heads, rope], the order of the checkpoint; at: [n, 2, rope / 2] rows of `Rotary.table`.
    """
    cos, sin = at[:, 0, None], at[:, 1, None]  # [n, 1, rope / 2]
    wide = x.float()
    even, odd = wide[..., 0::2], wide[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2).to(x.dtype)
