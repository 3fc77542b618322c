"""Named weights to a model: which tensors a config asks for, and in which form each is held."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import torch
from torch import Tensor

from generation.deepseek import kernels
from generation.deepseek.config import Config
from generation.deepseek.kernels import Family, Linear
from generation.deepseek.mla import Attention
from generation.deepseek.model import Block, Model, Mtp
from generation.deepseek.moe import Mlp, Moe
from generation.deepseek.rope import softmax_scale

Precision = Literal["fp32", "16-bit", "int8", "int4"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How weights are held: wide ones (experts, MLPs, W_O, head, the direct W_Q) and narrow ones (low rank)."""

    precision: Precision
    wide: Family
    narrow: Family


@functools.cache
def plan(config: Config, precision: Precision) -> Plan:
    """Choose families; the 16-bit one is measured on this machine, once, for a second at most."""
    shape = 2 * config.expert_width, config.hidden
    narrow = "fp32" if precision == "fp32" else kernels.faster(kernels.measure(shape, ("bf16", "fp16")))
    return Plan(precision, narrow if precision == "16-bit" else precision, narrow)


class Weights(Protocol):
    """Where named weights come from; names are those of the published checkpoints."""

    def tensor(self, name: str, dtype: object) -> Tensor:
        """One tensor in a type."""

    def linear(self, names: tuple[str, ...], family: Family) -> Linear:
        """One weight, the named ones one below the other."""


class Source:
    """Weights that are converted as they are asked for, one at a time."""

    def __init__(self, get: Callable[[str], Tensor]) -> None:
        self._get = get

    def tensor(self, name: str, dtype: object) -> Tensor:
        """See `Weights`."""
        return self._get(name).to(dtype).contiguous()

    def linear(self, names: tuple[str, ...], family: Family) -> Linear:
        """Made from the plain tensors; nothing else is kept of them."""
        parts = [self._get(name) for name in names]
        made = kernels.make(torch.cat(parts) if len(parts) > 1 else parts[0], family)
        parts.clear()
        made.pack()
        return made


def assemble(
    config: Config, weights: Weights, how: Plan, *, mtp: bool = False, identity: str = "", device: str = "cpu",
    dtype: object = torch.float32,
) -> Model:  # fmt: skip
    """Build the model layer by layer and expert by expert; `mtp` where the weights have such a layer."""
    blocks = [_block(config, weights, how, layer) for layer in range(config.layers)]
    extra = None
    if mtp:
        at = f"model.layers.{config.layers}."
        extra = Mtp(
            weights.tensor(at + "enorm.weight", torch.float32), weights.tensor(at + "hnorm.weight", torch.float32),
            weights.linear((at + "eh_proj.weight",), how.narrow), _block(config, weights, how, config.layers),
            weights.tensor(at + "shared_head.norm.weight", torch.float32),
        )  # fmt: skip
    return Model(
        replace(config, mtp=int(mtp)), weights.tensor("model.embed_tokens.weight", torch.float32 if how.precision == "fp32" else torch.bfloat16), blocks,
        weights.tensor("model.norm.weight", torch.float32), weights.linear(("lm_head.weight",), how.wide), extra,
        f"{identity}/{how.wide}/{how.narrow}", dtype, device,
    )  # fmt: skip


def _block(config: Config, weights: Weights, how: Plan, layer: int) -> Block:
    at = f"model.layers.{layer}."
    return Block(
        weights.tensor(at + "input_layernorm.weight", torch.float32), _attention(config, weights, how, at + "self_attn."),
        weights.tensor(at + "post_attention_layernorm.weight", torch.float32), _feed_forward(config, weights, how, layer, at + "mlp"),
    )  # fmt: skip


def _attention(config: Config, weights: Weights, how: Plan, at: str) -> Attention:
    c = config
    rounded = how.precision != "fp32" and kernels.native_bf16()  # elsewhere bfloat16 is slow
    # kv_b_proj holds W_UK and W_UV of each head in turn, not all of one and then all of the other.
    whole = weights.tensor(at + "kv_b_proj.weight", torch.bfloat16 if rounded else torch.float32)
    up_k, up_v = whole.view(c.heads, c.nope + c.value, c.kv_rank).split((c.nope, c.value), dim=1)
    low = c.q_rank is not None
    return Attention(
        c, softmax_scale(c),
        weights.linear((at + "q_a_proj.weight",), how.narrow) if low else None,
        weights.tensor(at + "q_a_layernorm.weight", torch.float32) if low else None,
        weights.linear((at + "q_b_proj.weight",), how.narrow) if low else weights.linear((at + "q_proj.weight",), how.wide),
        weights.linear((at + "kv_a_proj_with_mqa.weight",), how.narrow),
        weights.tensor(at + "kv_a_layernorm.weight", torch.float32),
        up_k.transpose(1, 2).contiguous().transpose(1, 2), up_v.contiguous(), weights.linear((at + "o_proj.weight",), how.wide), rounded,
    )  # fmt: skip


def _feed_forward(config: Config, weights: Weights, how: Plan, layer: int, at: str) -> Mlp | Moe:
    def mlp(name: str) -> Mlp:
        pair = (f"{name}.gate_proj.weight", f"{name}.up_proj.weight")
        return Mlp(weights.linear(pair, how.wide), weights.linear((f"{name}.down_proj.weight",), how.wide))

    if not config.is_moe(layer):
        return mlp(at)
    return Moe(
        config, weights.tensor(at + ".gate.weight", torch.float32),
        weights.tensor(at + ".gate.e_score_correction_bias", torch.float32) if config.gate == "noaux_tc" else None,
        [mlp(f"{at}.experts.{expert}") for expert in range(config.experts)],
        mlp(at + ".shared_experts") if config.shared else None,
    )  # fmt: skip
