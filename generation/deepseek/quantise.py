"""Weights to 8 and 4 bits, latents to 8 bits and back; pure."""

from __future__ import annotations

import torch
from torch import Tensor

_ROWS = 512  # rows that are converted at once, so that little is held beside the result
GROUP = 32  # weights that share a scale and a zero in 4 bits
LATENTS = 8  # latents of a token that share a scale
_BLOCK = 16  # such groups whose scales are stored as steps below the largest
_ZERO = 192  # what a byte of scale adds: they reach from 2^-24 to 2^8
_STEPS = 8  # of a latent scale to the octave: finer ones lose less, but 15 must reach from the largest to the smallest


def int8(weight: Tensor) -> tuple[Tensor, Tensor]:
    """int8 [out, in] and float32 [out]: symmetric, one scale an output row."""
    codes, scales = [], []
    for part in weight.split(_ROWS):
        wide = part.float()
        scale = wide.abs().amax(-1).clamp_min(1e-12) / 127
        codes.append((wide / scale[:, None]).round().to(torch.int8))
        scales.append(scale)
    return torch.cat(codes), torch.cat(scales)


def latents(rows: Tensor) -> tuple[Tensor, Tensor]:
    """int8 [n, r] and uint8 [n, r / 16 + r / 128] of float latents [n, r]: codes, and 4.5 bits of scale for every eight.

    Scales are powers of 2^(1/8). Eight latents, r / 8 apart, share one, so that a vector of scales multiplies eight vectors.
    It is kept as four bits below the largest of sixteen neighbours, which has a byte. Of the smallest scale that holds its
    latents and the two above it, the one that happens to round them best is taken. Gaussian latents lose 4.1e-3 (relative
    L2); a bfloat16 scale for every 32, about as many bytes, loses 5.4e-3.
    """
    groups = rows.float().unflatten(-1, (LATENTS, -1))  # [n, 8, r / 8]
    power = (_STEPS * torch.log2(groups.abs().amax(1).clamp_min(1e-30) / 127.5)).ceil().clamp(-_ZERO, 255 - _ZERO)
    power = power.unflatten(-1, (-1, min(_BLOCK, power.shape[-1])))  # [n, r / 128, 16]
    top = power.amax(-1, keepdim=True)
    codes, below, least = groups, power, torch.full_like(groups[:, 0], float("inf"))
    for more in range(3):
        tried = (top - power - more).clamp(0, 15)
        scale = torch.exp2((top - tried) / _STEPS).flatten(1)[:, None]
        rounded = (groups / scale).round().clamp(-127, 127)
        loss = (rounded * scale - groups).square().sum(1)  # [n, r / 8]
        better = loss < least
        codes, least = torch.where(better[:, None], rounded, codes), torch.where(better, loss, least)
        below = torch.where(better.view_as(below), tried, below)
    low, high = below.flatten(1).to(torch.uint8).chunk(2, dim=-1)
    scales = torch.cat((low | high << 4, (top[..., 0] + _ZERO).to(torch.uint8)), dim=-1)
    return codes.to(torch.int8).flatten(1), scales


def latent_scales(width: int) -> int:
    """Bytes of scales that a token's `width` latents have."""
    return width // (2 * LATENTS) + -(-width // (_BLOCK * LATENTS))


def latents_back(codes: Tensor, scales: Tensor) -> Tensor:
    """float32 [n, r] of what `latents` gave."""
    width = codes.shape[1] // (2 * LATENTS)
    packed, top = scales[:, :width], scales[:, width:].float() - _ZERO
    below = torch.cat((packed & 15, packed >> 4), dim=-1).unflatten(-1, (top.shape[1], -1))
    scale = torch.exp2((top[..., None] - below) / _STEPS).flatten(1)
    return (codes.float().unflatten(-1, (LATENTS, -1)) * scale[:, None]).flatten(1)


def int4(weight: Tensor) -> tuple[Tensor, Tensor]:
    """What torch's packed 4-bit product reads: uint8 [out, in / 2] and bfloat16 [in / 32, out, 2] of scale and zero."""
    parts = [packed(*groups(part)) for part in weight.split(_ROWS)]
    return torch.cat([codes for codes, _ in parts]), torch.cat([scales for _, scales in parts], dim=1)


def groups(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Codes 0..15 uint8 [out, in] and float32 [in / 32, out, 2] of scale and zero.

    A code q of a group stands for (q - 8) * scale + zero; scale and zero are rounded to bfloat16 before codes are chosen.
    """
    wide = weight.float().unflatten(-1, (-1, GROUP))  # [out, in / 32, 32]
    low, high = wide.amin(-1, keepdim=True), wide.amax(-1, keepdim=True)
    scale = ((high - low).clamp_min(1e-8) / 15).bfloat16().float()
    zero = (low + 8 * scale).bfloat16().float()
    codes = ((wide - zero) / scale + 8).round().clamp(0, 15).to(torch.uint8)
    return codes.flatten(1), torch.cat((scale, zero), dim=-1).transpose(0, 1)


def packed(codes: Tensor, scales: Tensor) -> tuple[Tensor, Tensor]:
    """Codes 0..15 [out, in] and scales [in / 32, out, 2] in torch's packed order."""
    made = torch._convert_weight_to_int4pack_for_cpu(codes.to(torch.int32).contiguous(), 1)
    return made, scales.bfloat16().contiguous()
