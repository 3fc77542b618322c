"""A tiny random checkpoint as a folder of the published kind: config, shards with an index, tokenizer, chat template.

For tests of what is built on the engine. It needs no transformers, is written in a fraction of a second, and says nothing
sensible; `favour` makes chosen pieces of text likely, so that a test can count on them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from generation.checkpoints.names import shapes
from generation.deepseek.config import parse

Family = Literal["v2", "v3", "r1"]
BOS, EOS = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"
SPECIAL = [BOS, EOS, "<｜▁pad▁｜>", "<｜User｜>", "<｜Assistant｜>", "<think>", "</think>"]
SHAPES: dict[Family, dict[str, Any]] = {
    "v2": {"model_type": "deepseek_v2", "q_lora_rank": None, "topk_method": "greedy", "routed_scaling_factor": 1.0},
    "v3": {"model_type": "deepseek_v3", "q_lora_rank": 32, "n_group": 2, "topk_group": 1, "norm_topk_prob": True,
           "routed_scaling_factor": 2.5, "num_nextn_predict_layers": 1, "topk_method": "noaux_tc", "scoring_func": "sigmoid"},
}  # fmt: skip
SHAPES["r1"] = SHAPES["v3"]
BASE: dict[str, Any] = {
    "hidden_size": 64, "intermediate_size": 128, "moe_intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2,
    "kv_lora_rank": 32, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 24, "n_routed_experts": 8,
    "n_shared_experts": 1, "num_experts_per_tok": 2, "first_k_dense_replace": 1, "rms_norm_eps": 1e-6,
    "max_position_embeddings": 163_840, "rope_theta": 10_000.0, "bos_token_id": 0, "eos_token_id": 1,
    "rope_scaling": {"type": "yarn", "factor": 40, "original_max_position_embeddings": 4096, "beta_fast": 32, "beta_slow": 1,
                     "mscale": 0.707, "mscale_all_dim": 0.707},
}  # fmt: skip
_TURNS = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'system' %}{{ message['content'] }}"
    "{% endif %}{% endfor %}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '<｜User｜>' + message['content'] }}{% elif message['role'] == 'assistant' %}"
    "{{ '<｜Assistant｜>' + CONTENT + eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<｜Assistant｜>OPEN' }}{% endif %}"
)
TEMPLATES: dict[Family, str] = {
    "v2": "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{{ bos_token }}"
    "{% for message in messages %}{% if message['role'] == 'user' %}{{ 'User: ' + message['content'] + '\n\n' }}"
    "{% elif message['role'] == 'assistant' %}{{ 'Assistant: ' + message['content'] + eos_token }}"
    "{% elif message['role'] == 'system' %}{{ message['content'] + '\n\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}",
    "v3": _TURNS.replace("CONTENT", "message['content']").replace("OPEN", ""),
    "r1": _TURNS.replace("CONTENT", "message['content'].split('</think>')[-1]").replace("OPEN", "<think>\\n"),
}
TEXTS = (
    "The engine answers from its sources and says where each sentence stands. “The latent cache holds one row a token.” [1]",
    "根据资料回答问题，并注明出处。“潜在缓存每个词元只存一行。” [1] 如果资料里没有答案，就说没有。",
    "User: What does it store?\n\nAssistant: “One row.” [2] “一行” “它” “The”",
)


def checkpoint(
    folder: Path, family: Family = "v3", *, texts: Iterable[str] = TEXTS, seed: int = 0, shards: int = 3,
    favour: Mapping[str, float] | None = None, **changes: Any,
) -> Path:  # fmt: skip
    """Write a model to a folder and give the folder; `changes` are keys of its config.

    :param texts: what the tokenizer's merges are learnt from; any text can be encoded.
    :param favour: text that is one token to what is added to its logit, wherever the reply stands.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = tokenizer([*TEXTS, *texts])
    known.save(str(folder / "tokenizer.json"))
    about = {
        "bos_token": BOS, "eos_token": EOS, "pad_token": SPECIAL[2], "add_bos_token": True, "add_eos_token": False,
        "model_max_length": 16_384, "tokenizer_class": "LlamaTokenizerFast", "chat_template": TEMPLATES[family],
    }  # fmt: skip
    _json(folder / "tokenizer_config.json", about)
    config = {**BASE, **SHAPES[family], "vocab_size": -(-known.get_vocab_size() // 64) * 64, **changes}
    _json(folder / "config.json", config)
    _json(folder / "generation_config.json", {"bos_token_id": 0, "eos_token_id": 1, "temperature": 0.6, "top_p": 0.95})
    named = weights(config, seed=seed)
    for text, amount in (favour or {}).items():
        _favour(named, known.encode(text, add_special_tokens=False).ids, amount)
    write(named, folder, shards)
    return folder


def tokenizer(texts: Iterable[str]) -> Tokenizer:
    """Byte-level BPE of a few hundred pieces, quote marks and the special tokens of DeepSeek's among them."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator([*texts, *["“", "”", " “"] * 40], trainer)
    return made


def weights(config: Mapping[str, Any], *, seed: int = 0) -> dict[str, torch.Tensor]:
    """bfloat16 tensors of a checkpoint, scaled so that logits spread."""
    random = torch.Generator().manual_seed(seed)
    named = {}
    for name, shape in shapes(parse(config)).items():
        if "norm" in name:
            named[name] = (torch.rand(shape, generator=random) + 0.5).bfloat16()
        elif name.endswith("correction_bias"):
            named[name] = torch.randn(shape, generator=random) * 0.3
        else:
            named[name] = (torch.randn(shape, generator=random) / shape[-1] ** 0.5).bfloat16()
    return named


def _favour(named: dict[str, torch.Tensor], ids: list[int], amount: float) -> None:
    """Keep the first coordinate of every state at one value, so that a head's row can count on its sign."""
    if len(ids) != 1:
        raise ValueError(f"the text to favour is {len(ids)} tokens, not one")
    for name, weight in named.items():
        if name.endswith("embed_tokens.weight"):
            weight[:, 0] = 2.0
        if name.endswith(("o_proj.weight", "down_proj.weight", "eh_proj.weight")):
            weight[0] = 0.0
    width = named["model.norm.weight"].shape[0]
    named["model.norm.weight"][0] = 1.0
    named["lm_head.weight"][:, 0] = 0.0
    named["lm_head.weight"][ids[0], 0] = amount * width**0.5 / 8


def write(named: Mapping[str, torch.Tensor], folder: Path, shards: int) -> None:
    """Safetensors files of about the same number of tensors and their index, or one file without."""
    names = list(named)
    if shards == 1:
        save_file(dict(named), folder / "model.safetensors", metadata={"format": "pt"})
        return
    size, placed = -(-len(names) // shards), {}
    for number in range(shards):
        file, part = f"model-{number + 1:05}-of-{shards:05}.safetensors", names[number * size : (number + 1) * size]
        save_file({name: named[name] for name in part}, folder / file, metadata={"format": "pt"})
        placed |= dict.fromkeys(part, file)
    total = sum(weight.numel() * weight.element_size() for weight in named.values())
    _json(folder / "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": placed})


def _json(path: Path, what: object) -> None:
    path.write_text(json.dumps(what, ensure_ascii=False, indent=1), "utf-8")
