"""V2-Lite's shape, whole and cut to six layers, and random weights for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from generation.checkpoints.names import shapes
from generation.deepseek.config import Config

if TYPE_CHECKING:
    from torch import Tensor

V2_LITE: dict[str, Any] = {
    "model_type": "deepseek_v2", "vocab_size": 102_400, "hidden_size": 2048, "num_hidden_layers": 27,
    "num_attention_heads": 16, "num_key_value_heads": 16, "q_lora_rank": None, "kv_lora_rank": 512,
    "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "intermediate_size": 10_944,
    "moe_intermediate_size": 1408, "n_routed_experts": 64, "n_shared_experts": 2, "num_experts_per_tok": 6,
    "first_k_dense_replace": 1, "topk_method": "greedy", "norm_topk_prob": False, "routed_scaling_factor": 1.0,
    "rms_norm_eps": 1e-6, "max_position_embeddings": 163_840, "bos_token_id": 100_000, "eos_token_id": 100_001,
    "rope_parameters": {"rope_type": "yarn", "rope_theta": 10_000.0, "factor": 40.0, "beta_fast": 32.0, "beta_slow": 1.0,
                        "original_max_position_embeddings": 4096, "mscale": 0.707, "mscale_all_dim": 0.707},
}  # fmt: skip
SIX: dict[str, Any] = {**V2_LITE, "num_hidden_layers": 6, "n_routed_experts": 8, "vocab_size": 22_784,
                       "bos_token_id": 0, "eos_token_id": 1}  # fmt: skip


def weights(config: Config, *, seed: int = 0) -> dict[str, Tensor]:
    """Random tensors of a checkpoint in bfloat16, of the default kind: deviation 0.02, norms one."""
    random = torch.Generator().manual_seed(seed)
    return {
        name: torch.ones(shape, dtype=torch.bfloat16)
        if "norm" in name
        else (torch.randn(shape, generator=random) * 0.02).bfloat16()
        for name, shape in shapes(config).items()
    }
