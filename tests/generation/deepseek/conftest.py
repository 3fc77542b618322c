"""A small engine for tests that are not about parity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from generation.checkpoints.names import shapes
from generation.deepseek.assemble import Plan, Source, assemble
from generation.deepseek.config import parse
from generation.deepseek.model import Model

TINY: dict[str, Any] = {
    "model_type": "deepseek_v3", "vocab_size": 96, "hidden_size": 64, "intermediate_size": 128, "moe_intermediate_size": 32,
    "num_hidden_layers": 2, "num_attention_heads": 2, "q_lora_rank": 32, "kv_lora_rank": 32, "qk_nope_head_dim": 16,
    "qk_rope_head_dim": 8, "v_head_dim": 16, "n_routed_experts": 8, "n_shared_experts": 1, "num_experts_per_tok": 2,
    "n_group": 2, "topk_group": 1, "first_k_dense_replace": 1, "num_nextn_predict_layers": 1, "norm_topk_prob": True,
    "routed_scaling_factor": 2.5, "rope_theta": 10_000.0,
}  # fmt: skip


def make(seed: int = 0, *, family: Any = "fp32", **changes: Any) -> Model:
    """A random V3 with a multi-token prediction layer."""
    config = parse({**TINY, **changes})
    random = torch.Generator().manual_seed(seed)
    named = {}
    for name, shape in shapes(config).items():
        if "norm" in name:
            named[name] = torch.rand(shape, generator=random) + 0.5
        else:
            named[name] = torch.randn(shape, generator=random) / (shape[-1] ** 0.5 if len(shape) > 1 else 3.0)
    precision = "fp32" if family == "fp32" else "int8"
    plan = Plan(precision, family, "fp32" if family == "fp32" else "bf16")
    return assemble(config, Source(named.__getitem__), plan, mtp=config.mtp > 0, identity=f"tiny {seed}")


@pytest.fixture
def tiny() -> Callable[..., Model]:
    torch.set_num_threads(1)
    return make
