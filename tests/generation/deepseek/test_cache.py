from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generation.deepseek import quantise
from generation.deepseek.cache import Cache
from generation.deepseek.config import parse
from generation.deepseek.kept import Kept
from generation.deepseek.model import Model
from tests.generation.deepseek import toys

IDS = toys.ids(200, vocab=96)
V2_LITE = {
    "model_type": "deepseek_v2", "vocab_size": 102_400, "hidden_size": 2048, "num_hidden_layers": 27,
    "num_attention_heads": 16, "q_lora_rank": None, "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64,
    "v_head_dim": 128, "intermediate_size": 10_944, "moe_intermediate_size": 1408, "n_routed_experts": 64,
    "n_shared_experts": 2, "num_experts_per_tok": 6, "first_k_dense_replace": 1, "topk_method": "greedy",
}  # fmt: skip


def run(model: Model, cache: Cache, ids: list[int]) -> torch.Tensor:
    return model.logits(model.prefill(ids, cache))[-1]


def test_v2_lite_caches_15552_elements_a_token_and_64k_tokens_fit() -> None:
    config = parse(V2_LITE)
    assert Cache(config, "bf16", capacity=1).elements_per_token() == 15_552
    assert Cache(config, "bf16", capacity=65_536).bytes() <= 2.1e9
    assert Cache(config, "int8", capacity=65_536).bytes() <= 1.2e9


def test_prefill_in_growing_blocks_equals_one_that_was_reserved(tiny: Callable[..., Model]) -> None:
    model = tiny()
    grown, reserved = model.cache("fp32"), model.cache("fp32", 2000)
    for cache in (grown, reserved):
        for first in range(0, 200, 40):
            model.prefill(IDS[first : first + 40], cache)
        for token in IDS * 2:
            last = model.step([token], [cache])[0]
        assert cache.length == 600
        cache_last = last if cache is grown else cache_last  # noqa: F821
    assert bool((cache_last == last).all())


@pytest.mark.parametrize("store", ["fp32", "bf16", "int8"])
def test_forks_do_not_see_each_other_and_copy_nothing(tiny: Callable[..., Model], store: str) -> None:
    model = tiny()
    parent = model.cache(store, 256)
    model.prefill(IDS[:100], parent)
    size = parent.bytes()
    children = [parent.fork(), parent.fork()]
    assert all(child.bytes() == size for child in children)
    tails = [IDS[100:130], IDS[130:160], IDS[160:190]]
    found = [run(model, cache, tail) for cache, tail in zip([parent, *children], tails, strict=True)]
    found = [model.step([5], [cache])[0][0] for cache in [parent, *children]]
    for row, tail in zip(found, tails, strict=True):
        alone = model.cache(store)
        model.prefill(IDS[:100], alone)
        model.prefill(tail, alone)
        assert toys.error(row, model.step([5], [alone])[0][0]) < (1e-5 if store == "fp32" else 2e-2)


@pytest.mark.parametrize("keep", [0, 1, 99, 100, 101, 140])
def test_truncating_and_going_on_equals_a_fresh_run(tiny: Callable[..., Model], keep: int) -> None:
    """Also below the border of what a fork shares, and without harm to the fork."""
    model = tiny()
    cache = model.cache("fp32")
    model.prefill(IDS[:100], cache)
    other = cache.fork()
    model.prefill(IDS[100:150], cache)
    cache.truncate(keep)
    fresh = model.cache("fp32")
    assert toys.error(run(model, cache, IDS[keep:]), run(model, fresh, IDS)) < 1e-5
    assert toys.error(run(model, other, IDS[100:]), run(model, model.cache("fp32"), IDS)) < 1e-5


def test_truncate_refuses_what_is_not_there(tiny: Callable[..., Model]) -> None:
    cache = tiny().cache()
    with pytest.raises(ValueError, match="cannot truncate"):
        cache.truncate(1)


def test_an_8_bit_cache_scales_each_latent_and_keeps_rotated_keys_apart(tiny: Callable[..., Model]) -> None:
    model = tiny()
    cache = model.cache("int8")
    rows = torch.randn(10, 40) * torch.logspace(-3, 3, 10)[:, None]
    rows[:, 32:] *= 1e-3
    cache.reserve(10)
    cache.write(0, 0, rows)
    cache.advance(10)
    codes, scales, keys = (part[:10] for part in next(cache.pieces(0, 10))[2])
    for found, row in zip(quantise.latents_back(codes, scales), rows[:, :32], strict=True):
        assert toys.error(found, row) < 6e-3
    assert toys.error(keys, rows[:, 32:]) < 4e-3


@given(
    st.lists(st.floats(-100, 100, width=32), min_size=128, max_size=128), st.sampled_from([1, 2, 5])
)  # fmt: skip
def test_8_bit_latents_stay_near_even_beside_outliers(values: list[float], count: int) -> None:
    """No latent is off by more than half a scale, which is at most 2^(1/8) / 127.5 of the largest of its 128 neighbours."""
    rows = torch.tensor(values).repeat(count, 4) * torch.logspace(-2, 2, count)[:, None]
    found = quantise.latents_back(*quantise.latents(rows))
    members = rows.unflatten(-1, (8, 4, 16)).transpose(1, 2)  # [n, blocks, 8, 16]
    largest = members.abs().amax((2, 3)).clamp_min(1e-5)  # [n, blocks]
    off = (found - rows).unflatten(-1, (8, 4, 16)).transpose(1, 2).abs().amax((2, 3))
    assert bool((off <= 0.5 * 2**0.126 * largest / 127.5).all())


def test_8_bit_latents_lose_less_than_a_scale_for_every_32_would() -> None:
    rows = torch.randn(500, 512, generator=torch.Generator().manual_seed(0))
    groups = rows.unflatten(-1, (-1, 32))
    scale = (groups.abs().amax(-1, keepdim=True) / 127).bfloat16().float()
    coarse = ((groups / scale).round() * scale).flatten(1)
    found = quantise.latents_back(*quantise.latents(rows))
    assert toys.error(found, rows) < 4.2e-3 < 5.2e-3 < toys.error(coarse, rows)


def test_a_kept_prefix_is_the_longest_one_and_leaves_one_id_to_read(tiny: Callable[..., Model]) -> None:
    model = tiny()
    kept = Kept(model)
    for count in (64, 128):
        cache = model.cache()
        model.prefill(IDS[:count], cache)
        kept.keep(IDS[:count], cache)
    assert _length(kept.longest(IDS, "bf16")) == 128
    assert _length(kept.longest(IDS[:128], "bf16")) == 64
    assert _length(kept.longest(IDS[:128] + [3], "bf16")) == 128
    assert _length(kept.longest(IDS[:100], "bf16")) == 64
    assert kept.longest([9, *IDS], "bf16") is None
    assert kept.longest(IDS, "fp32") is None


def _length(cache: Cache | None) -> int:
    assert cache is not None
    return cache.length


def test_a_kept_prefix_serves_no_other_weights(tiny: Callable[..., Model], tmp_path: Path) -> None:
    model = tiny()
    cache = model.cache()
    model.prefill(IDS[:64], cache)
    Kept(model, tmp_path).keep(IDS[:64], cache)
    assert Kept(model, tmp_path).longest(IDS, "bf16") is not None
    assert Kept(tiny(1), tmp_path).longest(IDS, "bf16") is None


def test_a_broken_prefix_file_is_passed_over(tiny: Callable[..., Model], tmp_path: Path) -> None:
    model = tiny()
    cache = model.cache()
    model.prefill(IDS[:64], cache)
    Kept(model, tmp_path).keep(IDS[:64], cache)
    (path,) = tmp_path.glob("*.safetensors")
    path.write_bytes(path.read_bytes()[:-100])
    assert Kept(model, tmp_path).longest(IDS, "bf16") is None
    path.write_bytes(b"x")
    assert Kept(model, tmp_path).longest(IDS, "bf16") is None


def test_memory_and_disk_stay_under_their_limits_oldest_use_first(tiny: Callable[..., Model], tmp_path: Path) -> None:
    model = tiny()
    one = model.cache("bf16", 64).bytes()
    kept = Kept(model, tmp_path, memory=2 * one, disk=10**9)
    for number in range(5):
        ids = toys.ids(64, seed=number, vocab=96)
        cache = model.cache("bf16", 64)
        model.prefill(ids, cache)
        kept.keep(ids, cache)
    assert kept.bytes() <= 2 * one
    assert all(kept.longest([*toys.ids(64, seed=number, vocab=96), 1], "bf16") for number in range(5))  # from disk
    assert kept.bytes() <= 2 * one
    size = next(tmp_path.glob("*.safetensors")).stat().st_size
    less = Kept(model, tmp_path, memory=0, disk=2 * size)
    less.longest([*toys.ids(64, seed=4, vocab=96), 1], "bf16")
    assert sum(path.stat().st_size for path in tmp_path.glob("*.safetensors")) <= 2 * size


def test_two_prefixes_of_one_past_are_counted_once(tiny: Callable[..., Model]) -> None:
    model = tiny()
    kept, cache = Kept(model), model.cache("bf16", 256)
    model.prefill(IDS[:64], cache)
    kept.keep(IDS[:64], cache)
    before = kept.bytes()
    model.prefill(IDS[64:128], cache)
    kept.keep(IDS[:128], cache)
    assert kept.bytes() < 2.1 * before
    assert json.dumps(kept.chain(IDS[:128], "bf16")[:1]) == json.dumps(kept.chain(IDS[:64], "bf16"))
