"""The tensors of a published checkpoint, by name: what files are checked against and random models are made of."""

from __future__ import annotations

from collections.abc import Iterator

from generation.deepseek.config import Config


def shapes(config: Config) -> dict[str, tuple[int, ...]]:
    """Every tensor of a checkpoint, [out, in]; with `config.mtp` also the layers behind the last one."""
    c = config
    found: dict[str, tuple[int, ...]] = {
        "model.embed_tokens.weight": (c.vocab, c.hidden), "model.norm.weight": (c.hidden,),
        "lm_head.weight": (c.vocab, c.hidden),
    }  # fmt: skip
    for layer in range(c.layers + c.mtp):
        for name, shape in _layer_shapes(c, layer):
            found[f"model.layers.{layer}.{name}"] = shape
        if layer >= c.layers:
            own = {
                "embed_tokens": (c.vocab, c.hidden), "enorm": (c.hidden,), "hnorm": (c.hidden,),
                "eh_proj": (c.hidden, 2 * c.hidden), "shared_head.norm": (c.hidden,), "shared_head.head": (c.vocab, c.hidden),
            }  # fmt: skip
            found |= {f"model.layers.{layer}.{name}.weight": shape for name, shape in own.items()}
    return found


def _layer_shapes(c: Config, layer: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield "input_layernorm.weight", (c.hidden,)
    yield "post_attention_layernorm.weight", (c.hidden,)
    if c.q_rank is None:
        yield "self_attn.q_proj.weight", (c.heads * c.head, c.hidden)
    else:
        yield "self_attn.q_a_proj.weight", (c.q_rank, c.hidden)
        yield "self_attn.q_a_layernorm.weight", (c.q_rank,)
        yield "self_attn.q_b_proj.weight", (c.heads * c.head, c.q_rank)
    yield "self_attn.kv_a_proj_with_mqa.weight", (c.latent, c.hidden)
    yield "self_attn.kv_a_layernorm.weight", (c.kv_rank,)
    yield "self_attn.kv_b_proj.weight", (c.heads * (c.nope + c.value), c.kv_rank)
    yield "self_attn.o_proj.weight", (c.hidden, c.heads * c.value)
    mlps = {"mlp": c.intermediate}
    if c.is_moe(layer):
        yield "mlp.gate.weight", (c.experts, c.hidden)
        if c.gate == "noaux_tc":
            yield "mlp.gate.e_score_correction_bias", (c.experts,)
        mlps = {f"mlp.experts.{expert}": c.expert_width for expert in range(c.experts)}
        mlps |= {"mlp.shared_experts": c.shared * c.expert_width} if c.shared else {}
    for name, width in mlps.items():
        yield f"{name}.gate_proj.weight", (width, c.hidden)
        yield f"{name}.up_proj.weight", (width, c.hidden)
        yield f"{name}.down_proj.weight", (c.hidden, width)
