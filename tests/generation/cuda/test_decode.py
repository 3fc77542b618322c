"""The GPU's path run on a CPU: static decoding against the plain step, 8 and 4 bits, experts apart; on a GPU too where one is."""

from __future__ import annotations

import pytest
import torch

from eval.bench import cuda as cuda_bench
from generation.checkpoints.names import shapes
from generation.cuda.decode import Decoder
from generation.cuda.place import Portable, full, place
from generation.deepseek.assemble import Precision, Source
from generation.deepseek.config import parse
from generation.deepseek.model import Model
from generation.deepseek.moe import Moe
from tests.generation.deepseek.conftest import TINY

LITE = {"model_type": "deepseek_v2", "q_lora_rank": None, "n_group": 1, "topk_group": 1, "num_nextn_predict_layers": 0,
        "norm_topk_prob": False, "kv_lora_rank": 64}  # fmt: skip


def make(precision: Precision = "16-bit", *, lite: bool = False, seed: int = 0, **more: object) -> Model:
    torch.set_num_threads(1)
    config = parse({**TINY, "num_nextn_predict_layers": 0, **(LITE if lite else {})})
    random = torch.Generator().manual_seed(seed)
    named = {
        name: torch.rand(shape, generator=random) + 0.5
        if "norm" in name
        else torch.randn(shape, generator=random) / (shape[-1] ** 0.5 if len(shape) > 1 else 3.0)
        for name, shape in shapes(config).items()
    }
    return place(config, Source(named.__getitem__), precision, **{"device": "cpu", "dtype": torch.float32} | more)  # type: ignore[arg-type]


@pytest.mark.parametrize("lite", [False, True])
@pytest.mark.parametrize("precision", ["16-bit", "int8", "int4"])
def test_static_decoding_equals_the_plain_step(precision: Precision, lite: bool) -> None:
    model = make(precision, lite=lite)
    ids = list(range(3, 60))
    cache = model.cache("fp32")
    model.prefill(ids, cache)
    decoder = Decoder(model, 96, compiled=False)
    decoder.fill(cache)
    for token in (5, 6, 7, 80):
        want = model.step([token], [cache])[0][0]
        found = decoder.step(token)
        assert float((found - want).norm() / want.norm()) < 1e-5
    assert decoder.length == cache.length


@pytest.mark.slow
def test_the_compiled_layer_computes_the_same() -> None:
    model = make("int8")
    cache = model.cache("fp32")
    model.prefill([3, 4, 5], cache)
    plain, compiled = Decoder(model, 64, compiled=False), Decoder(model, 64)
    plain.fill(cache)
    compiled.fill(cache)
    for token in (7, 8, 9):
        want, found = plain.step(token), compiled.step(token)
        assert float((found - want).norm() / want.norm()) < 1e-5


def test_stacked_experts_are_views_so_that_nothing_is_held_twice() -> None:
    model = make("int4")
    Decoder(model, 32, compiled=False)
    forward = model.blocks[1].feed_forward
    assert isinstance(forward, Moe)
    first, second = (forward.experts[number].gate_up.plain()["halves"] for number in (0, 1))
    assert first.untyped_storage().data_ptr() == second.untyped_storage().data_ptr()
    assert first.data_ptr() != second.data_ptr()


def test_experts_apart_give_the_same_logits_and_are_refused_in_a_graph() -> None:
    ids = list(range(3, 40))
    together, apart = make(), make(experts="bf16")
    want, found = (model.logits(model.prefill(ids, model.cache("fp32"))) for model in (together, apart))
    assert float((found - want).norm() / want.norm()) < 0.02  # the CPU's bfloat16 rows
    forward = apart.blocks[1].feed_forward
    assert isinstance(forward, Moe)
    assert forward.apart == "cpu"
    assert not isinstance(forward.experts[0].down, Portable)
    assert forward.shared is not None
    assert isinstance(forward.shared.down, Portable)
    with pytest.raises(ValueError, match="captured graph"):
        Decoder(apart, 32)


@pytest.mark.parametrize(("family", "limit"), [("bf16", 3e-3), ("int8", 9e-3), ("int4", 0.1)])
def test_a_portable_weight_stands_for_the_weight_it_was_made_of(family: str, limit: float) -> None:
    weight = torch.randn(48, 96)
    made = Portable(weight, family, "cpu", torch.float32 if family != "bf16" else torch.bfloat16)  # type: ignore[arg-type]
    assert 0 < float((full(made.parts, torch.float32) - weight).norm() / weight.norm()) < limit
    rows = torch.randn(4, 96)
    if family != "bf16":
        assert torch.allclose(made.rows(rows), made(rows), atol=1e-5)


def test_a_decoder_that_is_full_says_so() -> None:
    model = make()
    decoder = Decoder(model, 2, compiled=False)
    decoder.step(3)
    decoder.step(4)
    with pytest.raises(ValueError, match="2 tokens is used up"):
        decoder.step(5)
    cache = model.cache("fp32")
    model.prefill([3, 4, 5], cache)
    with pytest.raises(ValueError, match="do not fit"):
        decoder.fill(cache)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("precision", ["16-bit", "int8", "int4"])
def test_the_captured_graph_equals_the_plain_step_on_a_gpu(precision: Precision) -> None:
    model = make(precision, device="cuda", dtype=torch.bfloat16)
    cache = model.cache("bf16")
    model.prefill(list(range(3, 60)), cache)
    decoder = Decoder(model, 4096)
    decoder.fill(cache)
    for token in (5, 6, 7):
        want, found = model.step([token], [cache])[0][0].float(), decoder.step(token).float()
        assert float((found - want).norm() / want.norm()) < 0.05


def test_the_bench_runs_on_a_small_shape() -> None:
    shape = {**TINY, "num_nextn_predict_layers": 0}
    found = cuda_bench.measure(shape=shape, device="cpu", context=40, long=80, tokens=6, compiled=False)
    for precision in ("16-bit", "int8", "int4"):
        assert found[precision]["error_to_plain_step"] < 0.05
        assert found[precision]["prefill_tokens"] == 80
        assert 0 < found[precision]["of_bandwidth_limit"] < 1
    assert found["int8"]["bytes_per_token"] < found["16-bit"]["bytes_per_token"]
