"""Weights to 8 and 4 bits and back; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

_ROWS = 2048  # rows that are converted at once, so that little is held beside the result
GROUP = 32  # weights that share a scale and a zero in 4 bits


def int8(weight: Tensor) -> tuple[Tensor, Tensor]:
    """int8 [out, in] and float32 [out]: symmetric, one scale an output row."""
    codes, scales = [], []
    for part in weight.split(_ROWS):
        wide = part.float()
        scale = wide.abs().amax(-1).clamp_min(1e-12) / 127
        codes.append((wide / scale[:, None]).round().to(torch.int8))
        scales.append(scale)
    return torch.cat(codes), torch.cat(scales)


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


def q4_0(blocks: Tensor) -> tuple[Tensor, Tensor]:
    """GGUF's blocks of 32 weights (float16 scale, 16 bytes of codes, low halves first), uint8 [out, in / 32 * 18], packed.

    A code there stands for (q - 8) * scale too; only the scale is rounded to bfloat16.
    """
    groups = blocks.unflatten(-1, (-1, 18))
    scale = groups[..., :2].contiguous().view(torch.float16).float()  # [out, in / 32, 1]
    codes = torch.cat((groups[..., 2:] & 15, groups[..., 2:] >> 4), dim=-1)
    return packed(codes.flatten(1), torch.cat((scale, torch.zeros_like(scale)), dim=-1).transpose(0, 1))


def blocks(weight: Tensor, scale: Tensor, edge: int) -> Tensor:
    """FP8 e4m3 [m, n] times the scale of its edge x edge block [ceil(m / edge), ceil(n / edge)], as bfloat16.

    DeepSeek-V3 report, 3.3.2; the file calls the factor `weight_scale_inv`, and it is multiplied.
    """
    full = scale.float().repeat_interleave(edge, 0).repeat_interleave(edge, 1)
    return (weight.float() * full[: weight.shape[0], : weight.shape[1]]).bfloat16()
