"""config.json of DeepSeek-V2, V3 and R1 as one frozen record; what the engine cannot compute is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from library.errors import InputError

Gate = Literal["greedy", "group_limited_greedy", "noaux_tc"]
CURE = "Use a DeepSeek-V2, V3 or R1 checkpoint as it was published."
_GATES: dict[str, tuple[str, tuple[Gate, ...]]] = {
    "deepseek_v2": ("softmax", ("greedy", "group_limited_greedy")),
    "deepseek_v3": ("sigmoid", ("noaux_tc",)),
}


@dataclass(frozen=True, slots=True)
class Yarn:
    """YaRN scaling of the rotary frequencies (arXiv:2309.00071) with DeepSeek's two magnitudes."""

    factor: float
    original: int  # positions the model was trained on before it was extended
    beta_fast: float = 32.0
    beta_slow: float = 1.0
    mscale: float = 1.0
    mscale_all_dim: float = 1.0


@dataclass(frozen=True, slots=True)
class Config:
    """Everything of a checkpoint that changes the function it computes; widths are in elements."""

    vocab: int
    hidden: int
    layers: int
    heads: int
    q_rank: int | None  # None: the query has no low-rank form (V2-Lite)
    kv_rank: int
    nope: int  # width of a query or key head without rotation
    rope: int  # width of its rotated part
    value: int
    intermediate: int
    expert_width: int
    experts: int
    shared: int
    chosen: int  # experts a token is sent to
    dense_layers: int  # the first layers hold one MLP and no experts
    gate: Gate
    groups: int
    top_groups: int
    normalise: bool  # the chosen experts' weights are made to sum to 1 (V3)
    route_scale: float
    eps: float = 1e-6
    theta: float = 10_000.0
    yarn: Yarn | None = None
    mtp: int = 0  # multi-token prediction layers behind the last one (V3: 1)

    @property
    def latent(self) -> int:
        """Cached elements per token and layer: the latent and one rotated key (DeepSeek-V2 report, 2.1)."""
        return self.kv_rank + self.rope

    @property
    def head(self) -> int:
        """Width of a query or key head; the softmax scale is of this width in both forms of attention."""
        return self.nope + self.rope

    def is_moe(self, layer: int) -> bool:
        """Whether a layer's feed-forward part is a mixture of experts."""
        return self.experts > 0 and layer >= self.dense_layers


def parse(found: Mapping[str, Any]) -> Config:
    """Check a config and take what the engine needs.

    :raises InputError: naming the key and the value that the engine does not know.
    """
    kind = found.get("model_type")
    if kind not in _GATES:
        raise refusal("model_type", kind, "the engine computes deepseek_v2 and deepseek_v3")
    scoring, methods = _GATES[kind]
    gate: Gate = found.get("topk_method") or methods[0]
    if gate not in methods:
        raise refusal("topk_method", gate, f"{kind} has {' or '.join(methods)}")
    fixed = {
        "scoring_func": scoring, "hidden_act": "silu", "attention_bias": False, "mlp_bias": False, "moe_layer_freq": 1,
        "tie_word_embeddings": False, "rope_interleave": True,
    }  # fmt: skip
    for key, value in fixed.items():
        if found.get(key, value) not in (value, None):
            raise refusal(key, found[key], f"only {value} is known for {kind}")
    v3 = kind == "deepseek_v3"
    normalise = bool(found.get("norm_topk_prob", v3))
    if normalise and not v3:
        raise refusal("norm_topk_prob", True, "no published deepseek_v2 model normalises, and how is not agreed on")
    if _whole(found, "qk_rope_head_dim") % 2:
        raise refusal("qk_rope_head_dim", found["qk_rope_head_dim"], "rotation needs pairs")
    theta, yarn = _rope(found)
    experts = int(found.get("n_routed_experts") or 0)
    groups = int(found.get("n_group") or 1) if gate != "greedy" else 1
    top_groups = int(found.get("topk_group") or 1) if gate != "greedy" else 1
    if experts % groups or not 0 < top_groups <= groups:
        raise refusal("n_group", groups, f"{experts} experts cannot be cut into {groups} groups with {top_groups} kept")
    config = Config(
        vocab=_whole(found, "vocab_size"), hidden=_whole(found, "hidden_size"), layers=_whole(found, "num_hidden_layers"),
        heads=_whole(found, "num_attention_heads"), q_rank=found.get("q_lora_rank"), kv_rank=_whole(found, "kv_lora_rank"),
        nope=_whole(found, "qk_nope_head_dim"), rope=_whole(found, "qk_rope_head_dim"), value=_whole(found, "v_head_dim"),
        intermediate=_whole(found, "intermediate_size"), expert_width=_whole(found, "moe_intermediate_size"),
        experts=experts, shared=int(found.get("n_shared_experts") or 0), chosen=_whole(found, "num_experts_per_tok"),
        dense_layers=int(found.get("first_k_dense_replace") or 0), gate=gate, groups=groups, top_groups=top_groups,
        normalise=normalise, route_scale=float(found.get("routed_scaling_factor", 2.5 if v3 else 1.0)),
        eps=float(found.get("rms_norm_eps", 1e-6)), theta=theta, yarn=yarn,
        mtp=int(found.get("num_nextn_predict_layers") or 0),
    )  # fmt: skip
    if config.chosen > config.experts // config.groups * config.top_groups:
        raise refusal("num_experts_per_tok", config.chosen, "the kept groups hold fewer experts")
    return config


def _whole(found: Mapping[str, Any], key: str) -> int:
    value = found.get(key)
    if not isinstance(value, int) or value < 1:
        raise refusal(key, value, "it must be a whole number above 0")
    return value


def _rope(found: Mapping[str, Any]) -> tuple[float, Yarn | None]:
    """Base and YaRN of either spelling: `rope_scaling` (published) or `rope_parameters` (transformers 5)."""
    rope = dict(found.get("rope_parameters") or found.get("rope_scaling") or {})
    theta = float(rope.get("rope_theta") or found.get("rope_theta") or 10_000.0)
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind == "default":
        return theta, None
    if kind != "yarn":
        raise refusal("rope_type", kind, "only yarn is known")
    absent = [key for key in ("factor", "mscale", "mscale_all_dim") if not rope.get(key)]
    original = rope.get("original_max_position_embeddings")
    if absent or not original:
        raise refusal("rope_scaling", rope, f"yarn needs {', '.join(absent) or 'original_max_position_embeddings'}")
    return theta, Yarn(
        float(rope["factor"]), int(original), float(rope.get("beta_fast") or 32), float(rope.get("beta_slow") or 1),
        float(rope["mscale"]), float(rope["mscale_all_dim"]),
    )  # fmt: skip


def refusal(key: str, value: object, why: str) -> InputError:
    """What is said of a key that the engine does not know."""
    return InputError(f"The model's config has {key} = {value!r}", why, CURE)
