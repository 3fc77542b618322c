"""GGUF files: the same model as the checkpoint's, and the same probabilities as llama.cpp's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from generation.checkpoints.load import load
from generation.deepseek.assemble import Source, assemble, plan
from generation.deepseek.config import parse
from library.errors import InputError, ModelMissing
from tests.generation.checkpoints.folders import IDS, logits
from tests.generation.deepseek import tiny

gguf = pytest.importorskip("gguf")
from eval.bench import llamacpp  # noqa: E402 - after the check for the package it is built on

WIDE = {"hidden_size": 256, "intermediate_size": 256, "moe_intermediate_size": 256, "kv_lora_rank": 64,
        "qk_nope_head_dim": 32, "v_head_dim": 64, "qk_rope_head_dim": 16, "num_attention_heads": 4, "num_nextn_predict_layers": 0,
        "vocab_size": 256}  # fmt: skip


def wide(family: tiny.Family) -> dict[str, Any]:
    scaling = tiny.BASE["rope_scaling"] | {"factor": 8, "original_max_position_embeddings": 64}
    low = {} if family == "v2" else {"q_lora_rank": 64}
    return {**tiny.BASE, **tiny.SHAPES[family], **WIDE, **low, "rope_scaling": scaling}


@pytest.mark.parametrize("family", ["v2", "v3"])
@pytest.mark.parametrize(("kind", "limit"), [("F32", 0.0), ("F16", 1e-3)])
def test_a_gguf_file_is_the_same_model(tmp_path: Path, family: tiny.Family, kind: str, limit: float) -> None:
    found = wide(family)
    named, path = tiny.weights(found), tmp_path / "model.gguf"
    llamacpp.write(path, found, named, kind)
    config = parse(found)
    right = logits(assemble(config, Source(named.__getitem__), plan(config, "fp32")))
    assert float((logits(load(path, "fp32")) - right).norm() / right.norm()) <= limit


@pytest.mark.parametrize(("kind", "limit"), [("Q8_0", 0.01), ("Q4_0", 0.12)])
def test_quantised_tensors_are_as_near_as_their_bits_allow(tmp_path: Path, kind: str, limit: float) -> None:
    found = wide("v3")
    named, path = tiny.weights(found), tmp_path / "model.gguf"
    llamacpp.write(path, found, named, kind)
    right = assemble(parse(found), Source(named.__getitem__), plan(parse(found), "fp32"))
    ours, theirs = load(path, "fp32").blocks[2], right.blocks[2]
    pairs = [(ours.attention.up_k, theirs.attention.up_k), (ours.attention.up_v, theirs.attention.up_v)]
    for one, other in zip(ours.feed_forward.experts, theirs.feed_forward.experts, strict=True):  # type: ignore[union-attr]
        pairs.append((one.down.plain()["weight"], other.down.plain()["weight"]))
    for one, other in pairs:
        assert 0 < float((one - other).norm() / other.norm()) <= limit


def blocks(shape: tuple[int, ...], kind: Any, random: np.random.Generator) -> np.ndarray[Any, Any]:
    """Random blocks of a K-quantisation with small float16 scales."""
    size = {"Q4_K": 144, "Q6_K": 210}[kind.name]
    made = random.integers(0, 256, (*shape[:-1], shape[-1] // 256, size), dtype=np.uint8)
    scale = (random.random((*shape[:-1], shape[-1] // 256, 2)) * 1e-3).astype(np.float16).view(np.uint8)
    if kind.name == "Q4_K":
        made[..., :4] = scale
    else:
        made[..., 208:] = scale[..., :2]
    return made.reshape(*shape[:-1], -1)


def by_hand(row: np.ndarray[Any, Any], kind: str) -> np.ndarray[Any, Any]:
    """One block of 256 weights after llama.cpp's description of the format."""
    if kind == "Q4_K":
        d, low = row[:4].view(np.float16).astype(np.float64)
        packed, codes = row[4:16].astype(int), row[16:]
        out = []
        for part in range(8):
            if part < 4:
                scale, least = packed[part] & 63, packed[part + 4] & 63
            else:
                scale = (packed[part + 4] & 15) | ((packed[part - 4] >> 6) << 4)
                least = (packed[part + 4] >> 4) | ((packed[part] >> 6) << 4)
            half = codes[32 * (part // 2) : 32 * (part // 2) + 32]
            out.append(d * scale * ((half >> 4) if part % 2 else (half & 15)) - low * least)
        return np.concatenate(out)
    low4, high2, scales = row[:128], row[128:192], row[192:208].view(np.int8)
    d, values = float(row[208:].view(np.float16)[0]), np.zeros(256)
    for at in range(256):
        half, place = divmod(at, 128)
        quarter, lane = divmod(place, 32)
        nibble = low4[64 * half + 32 * (quarter % 2) + lane] >> (4 * (quarter // 2)) & 15
        code = int(nibble) | (int(high2[32 * half + lane] >> (2 * quarter) & 3) << 4)
        values[at] = d * scales[at // 16] * (code - 32)
    return values


@pytest.mark.parametrize("kind", ["Q4_K", "Q6_K"])
def test_k_quantised_tensors_are_read_block_by_block(kind: str) -> None:
    from generation.checkpoints.gguf_file import dequantised

    own, random = gguf.GGMLQuantizationType[kind], np.random.default_rng(0)
    data = blocks((3, 4, 512), own, random)
    found = dequantised(data, own)
    assert found.shape == (3, 4, 512)
    size = data.shape[-1] // 2
    right = by_hand(data[2, 1, size:], kind)
    assert np.allclose(found[2, 1, 256:].numpy(), right, rtol=1e-5, atol=1e-7)


def test_q4_0_keeps_its_codes_in_our_4_bits(tmp_path: Path) -> None:
    found = wide("v2")
    named, path = tiny.weights(found), tmp_path / "model.gguf"
    llamacpp.write(path, found, named, "Q4_0")
    plain, four = load(path, "fp32"), load(path, "int4")
    x = torch.randn(4, 256)
    first, second = plain.blocks[0].feed_forward, four.blocks[0].feed_forward
    right, ours = first.gate_up(x), second.gate_up(x)  # type: ignore[union-attr]
    assert second.gate_up.family == "int4"  # type: ignore[union-attr]
    assert (
        float((ours - right).norm() / right.norm()) < 6e-3
    )  # bfloat16 rows and scales; a second rounding to 4 bits has 8e-2


def test_a_broken_gguf_file_is_one_sentence(tmp_path: Path) -> None:
    found = wide("v3")
    named, path = tiny.weights(found), tmp_path / "model.gguf"
    llamacpp.write(path, found, named, "F16")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelMissing, match="cut off"):
        load(path)
    path.write_bytes(whole.replace(b"deepseek2", b"deepseek9"))
    with pytest.raises(InputError, match="architecture deepseek9"):
        load(path)
    llamacpp.write(
        path, found, {name: weight for name, weight in named.items() if "layers.1.self_attn.o_proj" not in name}, "F16"
    )
    with pytest.raises(ModelMissing, match="no tensor blk.1.attn_output.weight"):
        load(path)
    with pytest.raises(ModelMissing, match="absent"):
        load(tmp_path / "none.gguf")


@pytest.mark.parametrize("family", ["v2", "v3"])
def test_llama_cpp_gives_the_same_probabilities(tmp_path: Path, family: tiny.Family) -> None:
    pytest.importorskip("xllamacpp")
    found = wide(family)
    named, path = tiny.weights(found), tmp_path / "model.gguf"
    llamacpp.write(path, found, named, "F32")
    peer = llamacpp.Peer(path, context=512, threads=1)
    likely = peer.complete(IDS, tokens=1, top=8)["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    ours = logits(load(path, "fp32"))[-1].log_softmax(-1)
    assert [one["id"] for one in likely][0] == int(ours.argmax())
    for one in likely:
        assert abs(one["logprob"] - float(ours[one["id"]])) < 0.02  # the peer caches in float16


def test_llama_cpp_answers_from_a_process_of_its_own(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    found = wide("v2")
    path = tmp_path / "model.gguf"
    llamacpp.write(path, found, tiny.weights(found), "F32")
    with llamacpp.apart(path, context=512, threads=1) as peer:
        assert peer(IDS, 3)["predicted_n"] == 3
        assert peer(IDS, 1)["prompt_n"] < len(IDS)  # it knows the beginning now
