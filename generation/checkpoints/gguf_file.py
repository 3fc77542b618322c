"""GGUF files of architecture deepseek2, as llama.cpp's converter writes them: metadata to a config, tensors under published names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from generation.checkpoints.names import shapes
from generation.checkpoints.tensors import AGAIN
from generation.deepseek import kernels, quantise
from generation.deepseek.assemble import Source
from generation.deepseek.config import Config, parse
from generation.deepseek.kernels import Family, Linear
from library.errors import InputError, ModelMissing

_CURE = "Use a GGUF file of a DeepSeek-V2, V3 or R1 model, or run this one through llama.cpp."
_NAMES = {  # within a layer
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
    "self_attn.q_a_proj": "attn_q_a", "self_attn.q_a_layernorm": "attn_q_a_norm", "self_attn.q_b_proj": "attn_q_b",
    "self_attn.kv_a_proj_with_mqa": "attn_kv_a_mqa", "self_attn.kv_a_layernorm": "attn_kv_a_norm",
    "self_attn.kv_b_proj": "attn_kv_b", "self_attn.o_proj": "attn_output", "mlp.gate": "ffn_gate_inp",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    "mlp.shared_experts.gate_proj": "ffn_gate_shexp", "mlp.shared_experts.up_proj": "ffn_up_shexp",
    "mlp.shared_experts.down_proj": "ffn_down_shexp",
}  # fmt: skip
_GLOBAL = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}


def read(path: Path) -> tuple[Config, Source]:
    """The config and the weights of a file; multi-token prediction is not in such files.

    :raises ModelMissing: the file is absent, cut off, or lacks a tensor.
    :raises InputError: it is of another architecture, or a tensor does not fit.
    """
    from gguf import GGUFReader

    try:
        reader = GGUFReader(path)
    except FileNotFoundError as error:
        raise ModelMissing("The model is absent", f"there is no file {path.name}", AGAIN) from error
    except (ValueError, OSError, IndexError, KeyError) as error:
        raise ModelMissing(f"The file {path.name} is cut off or no GGUF file", str(error), AGAIN) from error
    meta = {name: field.contents() for name, field in reader.fields.items() if not name.startswith("tokenizer.ggml.to")}
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    config = parse(keys(meta, tensors["token_embd.weight"].data.shape[0] if "token_embd.weight" in tensors else 0))
    weights = _Gguf(config, tensors)
    weights.check()
    return config, weights


def keys(meta: Mapping[str, Any], vocab: int) -> dict[str, Any]:
    """A file's metadata as the keys of a published config.

    :raises InputError: another architecture, or one of the early files that do not say how experts are grouped.
    """
    kind = meta.get("general.architecture")
    if kind != "deepseek2":
        raise InputError(f"The GGUF file is of architecture {kind}", "the engine reads deepseek2", _CURE)

    def get(name: str, other: Any = None) -> Any:
        return meta.get(f"deepseek2.{name}", other)

    v3, low = get("expert_gating_func", 1) == 2, get("attention.q_lora_rank") or None
    if low and get("expert_group_count") is None:
        raise InputError(
            "The GGUF file does not say how experts are grouped", "it was made by an early converter", _CURE
        )
    groups, rope = int(get("expert_group_count") or 1), int(get("rope.dimension_count"))
    method = "noaux_tc" if v3 else "group_limited_greedy" if groups > 1 else "greedy"
    magnitude = float(get("rope.scaling.yarn_log_multiplier", 0.0)) * 10  # the file holds 0.1 mscale_all_dim
    yarn = {
        "rope_type": "yarn", "factor": get("rope.scaling.factor"), "mscale": magnitude, "mscale_all_dim": magnitude,
        "original_max_position_embeddings": get("rope.scaling.original_context_length"),
    }  # fmt: skip
    return {
        "model_type": "deepseek_v3" if v3 else "deepseek_v2", "vocab_size": vocab, "hidden_size": get("embedding_length"),
        "num_hidden_layers": get("block_count"), "num_attention_heads": get("attention.head_count"), "q_lora_rank": low,
        "kv_lora_rank": get("attention.kv_lora_rank"), "qk_rope_head_dim": rope,
        "qk_nope_head_dim": get("attention.key_length_mla", get("attention.key_length", 0)) - rope,
        "v_head_dim": get("attention.value_length_mla", get("attention.value_length")),
        "intermediate_size": get("feed_forward_length"), "moe_intermediate_size": get("expert_feed_forward_length"),
        "n_routed_experts": get("expert_count"), "n_shared_experts": get("expert_shared_count"),
        "num_experts_per_tok": get("expert_used_count"), "first_k_dense_replace": get("leading_dense_block_count"),
        "topk_method": method, "n_group": groups, "topk_group": get("expert_group_used_count") or 1,
        "norm_topk_prob": bool(get("expert_weights_norm", False)), "routed_scaling_factor": get("expert_weights_scale", 1.0),
        "rms_norm_eps": get("attention.layer_norm_rms_epsilon"), "rope_theta": get("rope.freq_base", 10_000.0),
        "rope_scaling": yarn if get("rope.scaling.type") == "yarn" else None,
    }  # fmt: skip


class _Gguf(Source):
    def __init__(self, config: Config, tensors: Mapping[str, Any]) -> None:
        super().__init__(self._plain)
        self._shapes, self._tensors = shapes(config), tensors

    def check(self) -> None:
        absent = [name for name in map(place, self._shapes) if not self._held(name[0])]
        if absent:
            raise ModelMissing(f"The GGUF file has no tensor {absent[0][0]}", f"{len(absent)} are missing", AGAIN)

    def _held(self, name: str) -> bool:
        split = name.endswith("attn_kv_b.weight") and name.replace("_kv_b", "_k_b") in self._tensors
        return split or name in self._tensors

    def linear(self, names: tuple[str, ...], family: Family) -> Linear:
        """4-bit groups of 32 are taken as they are; other forms are converted."""
        found = [self._raw(name) for name in names]
        if family == "int4" and all(kind.name == "Q4_0" and data.shape[0] % 16 == 0 for data, kind in found):
            return kernels.restore(q4_0(torch.cat([torch.from_numpy(data.copy()) for data, _ in found])))
        return super().linear(names, family)

    def _raw(self, name: str) -> tuple[Any, Any]:
        own, expert = place(name)
        if own not in self._tensors:
            raise ModelMissing(f"The GGUF file has no tensor {own}", "the model needs it", AGAIN)
        tensor = self._tensors[own]
        return tensor.data if expert is None else tensor.data[expert], tensor.tensor_type

    def _plain(self, name: str) -> Tensor:
        own, _ = place(name)
        wanted = self._shapes[name]
        if own.endswith("attn_kv_b.weight") and own not in self._tensors:
            found = self._joined(own)
        else:
            found = dequantised(*self._raw(name))
        if tuple(found.shape) != wanted:
            raise InputError(
                f"The tensor {own} has the shape {list(found.shape)}", f"its metadata asks for {list(wanted)}", AGAIN
            )
        return found

    def _joined(self, own: str) -> Tensor:
        """W_UK, which such files hold transposed [H, kv_rank, nope], and W_UV by head, as kv_b_proj has them."""
        parts = [self._tensors[own.replace("_kv_b", half)] for half in ("_k_b", "_v_b")]
        up_k, up_v = (dequantised(part.data, part.tensor_type) for part in parts)
        return torch.cat((up_k.transpose(1, 2), up_v), dim=1).flatten(0, 1)


def dequantised(data: Any, kind: Any) -> Tensor:
    """float32 of a tensor's blocks."""
    from gguf import quants

    return torch.from_numpy(quants.dequantize(data, kind).astype("float32", copy=True))


def q4_0(blocks: Tensor) -> dict[str, Tensor]:
    """GGUF's blocks of 32 weights (float16 scale, 16 bytes of codes, low halves first), uint8 [out, in / 32 * 18], as `plain` has them.

    A code there stands for (q - 8) * scale too; only the scale is rounded to bfloat16.
    """
    groups = blocks.unflatten(-1, (-1, 18))
    scale = groups[..., :2].contiguous().view(torch.float16).float()  # [out, in / 32, 1]
    codes = torch.cat((groups[..., 2:] & 15, groups[..., 2:] >> 4), dim=-1)
    scales = torch.cat((scale, torch.zeros_like(scale)), dim=-1).transpose(0, 1)
    return dict(zip(("packed", "scales"), quantise.packed(codes.flatten(1), scales), strict=True))


def place(name: str) -> tuple[str, int | None]:
    """A published name as the file's, and the expert within that tensor."""
    stem, _, kind = name.rpartition(".")
    if stem in _GLOBAL:
        return f"{_GLOBAL[stem]}.{kind}", None
    layer, rest = re.fullmatch(r"model\.layers\.(\d+)\.(.+)", stem).groups()  # type: ignore[union-attr]
    if kind == "e_score_correction_bias":
        return f"blk.{layer}.exp_probs_b.bias", None
    expert = re.fullmatch(r"mlp\.experts\.(\d+)\.(gate|up|down)_proj", rest)
    if expert:
        return f"blk.{layer}.ffn_{expert[2]}_exps.weight", int(expert[1])
    return f"blk.{layer}.{_NAMES[rest]}.{kind}", None
