"""Tiny models with weights that show mistakes, as official checkpoints written by transformers, and its logits as the oracle.

Default initialisation hides errors (norms of one, tiny logits, bias zero), so the weights are scaled as the notes measured.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import DeepseekV2Config, DeepseekV2ForCausalLM, DeepseekV3Config, DeepseekV3ForCausalLM
from transformers.modeling_layers import MtpModel

YARN = {
    "rope_type": "yarn", "rope_theta": 10_000.0, "factor": 8.0, "original_max_position_embeddings": 64,
    "beta_fast": 32.0, "beta_slow": 1.0, "mscale": 0.707, "mscale_all_dim": 0.707,
}  # fmt: skip
BASE: dict[str, Any] = {
    "vocab_size": 256, "hidden_size": 128, "intermediate_size": 192, "moe_intermediate_size": 64, "num_hidden_layers": 4,
    "num_attention_heads": 4, "num_key_value_heads": 4, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 24,
    "kv_lora_rank": 32, "n_routed_experts": 16, "num_experts_per_tok": 4, "first_k_dense_replace": 1,
    "max_position_embeddings": 512, "rope_parameters": YARN, "bos_token_id": 0, "eos_token_id": 1,
}  # fmt: skip
SHAPES: dict[str, dict[str, Any]] = {
    "v2-lite": {"q_lora_rank": None, "topk_method": "greedy", "n_shared_experts": 2, "routed_scaling_factor": 1.3},
    "v2": {"q_lora_rank": 48, "topk_method": "group_limited_greedy", "n_group": 4, "topk_group": 2, "n_shared_experts": 2,
           "routed_scaling_factor": 16.0, "rope_parameters": YARN | {"mscale": 0.707, "mscale_all_dim": 0.4}},
    "v3": {"q_lora_rank": 48, "n_group": 4, "topk_group": 2, "n_shared_experts": 1, "routed_scaling_factor": 2.5,
           "norm_topk_prob": True, "num_nextn_predict_layers": 1, "rope_parameters": YARN | {"mscale": 1.0, "mscale_all_dim": 1.0}},
    "v3-negative": {"q_lora_rank": 48, "n_group": 4, "topk_group": 2, "n_shared_experts": 1, "routed_scaling_factor": 2.5,
                    "norm_topk_prob": True, "num_nextn_predict_layers": 0},
}  # fmt: skip


def build(shape: str, *, seed: int = 0, scaled: bool = True, **changes: Any) -> Any:
    """transformers' model of a shape in float32, eager attention."""
    torch.manual_seed(seed)
    v3 = shape.startswith("v3")
    kinds = (DeepseekV3Config, DeepseekV3ForCausalLM) if v3 else (DeepseekV2Config, DeepseekV2ForCausalLM)
    config = kinds[0](**{**BASE, **SHAPES[shape], **changes})
    config._attn_implementation = "eager"
    config._experts_implementation = "eager"
    model = kinds[1](config).eval()
    if scaled:
        scale(model, shift=-0.8 if shape == "v3-negative" else 0.0)
    return model


@torch.no_grad()
def scale(model: Any, *, shift: float = 0.0) -> None:
    """Weights under which every mistake of the notes shows: norms U(0.4, 1.6), projections of variance about 1."""
    for name, weight in [*model.named_parameters(), *model.named_buffers()]:
        if "e_score_correction_bias" in name:
            weight.normal_(shift, 0.3)
        elif "norm" in name and weight.dim() == 1:
            weight.uniform_(0.4, 1.6)
        elif "embed_tokens" in name:
            weight.normal_(0, 1)
        elif weight.dim() >= 2:
            width = weight.shape[-1]
            gain = 1.5 if "kv_a_proj" in name else 2.0 if any(k in name for k in (".gate.weight", "q_proj", "q_b_proj", "kv_b_proj")) else 1.0  # fmt: skip
            weight.normal_(0, gain / math.sqrt(width))


def write(model: Any, folder: Path, *, shard: str = "200KB", mtp: Any = None) -> Path:
    """An official checkpoint of the model, in many shards, with the keys of the published config."""
    model.save_pretrained(folder, max_shard_size=shard)
    if mtp is not None:
        at, parts = f"model.layers.{model.config.num_hidden_layers}.", {}
        for name, weight in mtp.layers[0].state_dict().items():
            parts |= _official(at, name, weight)
        parts[at + "embed_tokens.weight"] = model.model.embed_tokens.weight.detach().clone()
        parts[at + "shared_head.head.weight"] = model.lm_head.weight.detach().clone()
        save_file({name: part.contiguous() for name, part in parts.items()}, folder / "model-mtp.safetensors")
        index = json.loads((folder / "model.safetensors.index.json").read_text())
        index["weight_map"] |= dict.fromkeys(parts, "model-mtp.safetensors")
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def _official(at: str, name: str, weight: torch.Tensor) -> dict[str, torch.Tensor]:
    """transformers' names of an MTP layer to the checkpoint's."""
    name = name.replace("post_norm.", "shared_head.norm.").removeprefix("mtp_block.")
    for ours, theirs in (("decoder_layer.", ""), ("layer.", "")):
        name = theirs + name.removeprefix(ours) if name.startswith(ours) else name
    if name.endswith("experts.gate_up_proj"):
        stem, found = name.removesuffix("gate_up_proj"), {}
        for expert, both in enumerate(weight):
            gate, up = both.chunk(2)
            found |= {
                f"{at}{stem}{expert}.gate_proj.weight": gate.clone(),
                f"{at}{stem}{expert}.up_proj.weight": up.clone(),
            }
        return found
    if name.endswith("experts.down_proj"):
        stem = name.removesuffix("down_proj")
        return {f"{at}{stem}{expert}.down_proj.weight": one.clone() for expert, one in enumerate(weight)}
    return {at + name: weight.detach().clone()}


def with_mtp(model: Any, *, seed: int = 1) -> Any:
    """transformers' multi-token prediction of a V3 toy, scaled likewise."""
    torch.manual_seed(seed)
    mtp = MtpModel(model, 1).eval()
    scale(mtp.layers[0])
    return mtp


def ids(count: int = 96, *, seed: int = 2, vocab: int = 256) -> list[int]:
    """Random token ids."""
    return torch.randint(2, vocab, (count,), generator=torch.Generator().manual_seed(seed)).tolist()


def logits(model: Any, tokens: list[int]) -> torch.Tensor:
    """The oracle: [n, V] without a cache."""
    with torch.no_grad():
        return model(torch.tensor([tokens]), use_cache=False).logits[0]


def error(found: torch.Tensor, right: torch.Tensor) -> float:
    """Relative L2."""
    return float((found.double() - right.double()).norm() / right.double().norm())
