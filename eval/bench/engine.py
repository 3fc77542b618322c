"""Our DeepSeek engine beside transformers, on six layers of V2-Lite's shape with random weights, taking turns in one process.

Six layers and a head cut to their share stand for the model: 27 layers cost 4.5 times as much. Run it with
`python -m eval.bench.engine`; it needs 12 GB of memory and some minutes.
"""

from __future__ import annotations

import importlib.util
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from eval.bench import llamacpp
from eval.bench.shapes import SIX, V2_LITE, weights
from eval.bench.timing import machine
from generation.deepseek import kernels
from generation.deepseek.assemble import Precision, Source, assemble, plan
from generation.deepseek.cache import Cache
from generation.deepseek.config import Config, parse
from generation.deepseek.generate import Request, begin, generate
from generation.deepseek.kept import Kept
from generation.deepseek.model import Model
from generation.deepseek.speculate import PromptLookup

if TYPE_CHECKING:
    from torch import Tensor

CONTEXTS = (128, 2048, 8192)


def ours(config: Config, named: Mapping[str, Tensor], precision: Precision) -> Model:
    """The engine on named weights."""
    return assemble(config, Source(named.__getitem__), plan(config, precision), identity="bench")


def theirs(found: Mapping[str, Any], named: Mapping[str, Tensor], dtype: torch.dtype) -> Any:
    """transformers on the same weights, with its defaults."""
    from transformers import DeepseekV2Config, DeepseekV2ForCausalLM

    config = DeepseekV2Config(**{key: value for key, value in found.items() if key != "model_type"})
    with torch.device("meta"):
        model = DeepseekV2ForCausalLM(config)
    own = {}
    for name in model.state_dict():
        if name.endswith("experts.gate_up_proj"):
            at = name.removesuffix("gate_up_proj")
            pairs = [
                [named[f"{at}{e}.{part}_proj.weight"] for part in ("gate", "up")]
                for e in range(config.n_routed_experts)
            ]
            own[name] = torch.stack([torch.cat(pair) for pair in pairs])
        elif name.endswith("experts.down_proj"):
            at = name.removesuffix("down_proj")
            own[name] = torch.stack([named[f"{at}{e}.down_proj.weight"] for e in range(config.n_routed_experts)])
        else:
            own[name] = named[name]
    model.load_state_dict({name: weight.to(dtype) for name, weight in own.items()}, assign=True)
    model.model.rotary_emb = type(model.model.rotary_emb)(config)
    return model.eval()


def filled(model: Model, count: int, store: Any, *, seed: int = 1) -> Cache:
    """A cache of random latents."""
    cache = model.cache(store, count + 256)
    random = torch.Generator().manual_seed(seed)
    for layer in range(cache.depth):
        cache.write(layer, 0, torch.randn(count, model.config.latent, generator=random))
    cache.advance(count)
    return cache


def _our_step(model: Model, count: int, store: Any) -> Callable[[], Tensor]:
    cache = filled(model, count, store)
    return lambda: model.step([7], [cache])[0]


def _their_step(model: Any, config: Config, count: int, dtype: torch.dtype) -> Callable[[], Tensor]:
    from transformers import DynamicCache

    cache, random = DynamicCache(config=model.config), torch.Generator().manual_seed(1)
    for layer in range(config.layers):
        rows = torch.randn(count, config.latent, generator=random).to(dtype)[None, None]
        cache.update(rows[..., : config.kv_rank], rows[..., config.kv_rank :], layer)

    def step() -> Tensor:
        with torch.inference_mode():
            found: Tensor = model(torch.tensor([[7]]), past_key_values=cache, use_cache=True).logits[0]
            return found

    return step


def _turns(contenders: Mapping[str, Callable[[], object]], rounds: Mapping[str, int]) -> dict[str, float]:
    """Median milliseconds; contenders take turns, and those with fewer rounds sit out the later ones."""
    spent: dict[str, list[float]] = {name: [] for name in contenders}
    for call in contenders.values():
        call()
    for turn in range(max(rounds.values())):
        for name, call in contenders.items():
            if turn < rounds[name]:
                begun = time.perf_counter()
                call()
                spent[name].append(1000 * (time.perf_counter() - begun))
    return {name: round(statistics.median(taken), 2) for name, taken in spent.items()}


def decode(contexts: Sequence[int] = CONTEXTS, *, rounds: int = 15, few: int = 5) -> dict[str, Any]:
    """Milliseconds a token of every precision and of transformers, and the ratios."""
    config, named = parse(SIX), weights(parse(SIX))
    precisions: tuple[Precision, ...] = ("fp32", "16-bit", "int8", "int4")
    own = {precision: ours(config, named, precision) for precision in precisions}
    other = {"fp32": theirs(SIX, named, torch.float32), "bf16": theirs(SIX, named, torch.bfloat16)}
    medians: dict[int, dict[str, float]] = {}
    agree: dict[str, float] = {}
    for context in contexts:
        calls: dict[str, Callable[[], Any]] = {
            name: _our_step(model, context, "fp32" if name == "fp32" else "bf16") for name, model in own.items()
        }
        for name, model in other.items():
            dtype = torch.float32 if name == "fp32" else torch.bfloat16
            calls[f"transformers {name}"] = _their_step(model, config, context, dtype)
        if context == contexts[0]:
            agree = _agreement(calls)
        medians[context] = _turns(calls, {name: few if "transformers" in name else rounds for name in calls})
    ratio = {
        context: {
            "fp32": round(taken["transformers fp32"] / taken["fp32"], 2),
            "bf16": round(taken["transformers bf16"] / taken["16-bit"], 2),
        }
        for context, taken in medians.items()
    }
    int8 = {context: round(taken["16-bit"] / taken["int8"], 2) for context, taken in medians.items()}
    return {
        "decode_ms": medians, "decode_ratio": ratio, "int8_over_16_bit": int8, "first_step_error": agree,
        "families": plan(config, "16-bit").wide,
    }  # fmt: skip


def _agreement(calls: Mapping[str, Callable[[], Any]]) -> dict[str, float]:
    """Relative L2 of each contender's first logits against transformers in float32."""
    first = {name: call().float() for name, call in calls.items()}
    right = first["transformers fp32"]
    return {name: float(f"{(found - right).norm() / right.norm():.1e}") for name, found in first.items()}


def threads() -> dict[str, float]:
    """Milliseconds a token at 2K by number of threads, which take turns."""
    config, before = parse(SIX), torch.get_num_threads()
    named = weights(config)
    calls: dict[str, Callable[[], Any]] = {}
    for precision in ("16-bit", "int8"):
        step = _our_step(ours(config, named, precision), 2048, "bf16")
        calls |= {f"{precision}, {count}": _threaded(step, count) for count in (1, 2)}
    found = _turns(calls, dict.fromkeys(calls, 15))
    torch.set_num_threads(before)
    return found


def _threaded(step: Callable[[], Any], count: int) -> Callable[[], Any]:
    def call() -> Any:
        torch.set_num_threads(count)
        return step()

    return call


def cache_size() -> dict[str, Any]:
    """Elements a token and bytes of 64K tokens on V2-Lite, read off allocated tensors."""
    config = parse(V2_LITE)
    return {"cache_elements_v2_lite": Cache(config, "bf16", capacity=1).elements_per_token()} | {
        f"cache_64k_{store}_bytes": Cache(config, store, capacity=65_536).bytes() for store in ("bf16", "int8")
    }


def latent_error(*, tokens: int = 256) -> dict[str, float]:
    """Relative L2 of logits with an 8-bit and a bfloat16 cache against float32; experts forced from the float run."""
    config = parse(SIX)
    model = ours(config, weights(config), "fp32")
    ids = _ids(tokens, config)
    right = model.logits(model.prefill(ids, model.cache("fp32")))
    layers = [block.feed_forward for block in model.blocks[config.dense_layers :]]
    for layer in layers:
        layer.forced = layer.chosen  # type: ignore[union-attr]
    found = {}
    for store in ("bf16", "int8"):
        again = model.logits(model.prefill(ids, model.cache(store), form="absorbed"))
        found[f"cache_error_{store}"] = float(f"{(again - right).norm() / right.norm():.2e}")
    return found


def prefixes(*, tokens: int = 4096) -> dict[str, float]:
    """Time to the first token over the same evidence: at first, from memory, and from disk in a fresh `Kept`."""
    config = parse(SIX)
    model = ours(config, weights(config), "int8")
    evidence = _ids(tokens, config)
    with tempfile.TemporaryDirectory() as place:
        kept = Kept(model, Path(place))
        taken = []
        for number, store in enumerate((kept, kept, None)):
            question = _ids(24, config, seed=number + 5)
            begun = time.perf_counter()
            reply, hidden = begin(
                model, Request([*evidence, *question], stable=tokens), kept=store or Kept(model, Path(place))
            )
            reply.take(model.logits(hidden[-1:])[0])
            taken.append(time.perf_counter() - begun)
    first, memory, disk = taken
    return {
        "first_token_s": round(first, 3), "from_memory": round(memory / first, 4), "from_disk": round(disk / first, 4),
    }  # fmt: skip


def prefill(counts: Sequence[int] = (2048, 8192)) -> dict[str, float]:
    """Tokens a second of reading a prompt."""
    config = parse(SIX)
    named, found = weights(config), {}
    for precision in ("16-bit", "int8"):
        model = ours(config, named, precision)
        model.prefill(_ids(64, config), model.cache())
        for count in counts:
            begun = time.perf_counter()
            model.prefill(_ids(count, config), model.cache("bf16", count))
            found[f"prefill_{precision}_{count}"] = round(count / (time.perf_counter() - begun), 1)
    return found


def speculation(*, tokens: int = 128) -> dict[str, float]:
    """Tokens a second with prompt lookup over without, on a reply that copies its prompt and on one that does not."""
    config = parse(SIX)
    named = weights(config)
    plain = ours(config, named, "int8")
    copied, copying = _copying(config, named)
    found = {}
    for name, model, ids in (("copying", copying, copied), ("elsewhere", plain, _ids(256, config))):
        spent: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(3):
            outs = []
            for lookup in (False, True):
                begun = time.perf_counter()
                stream = generate(model, Request(ids, max_tokens=tokens), drafter=PromptLookup() if lookup else None)
                next(stream)
                begun = time.perf_counter()
                outs.append([token.id for token in stream])
                spent[lookup].append(time.perf_counter() - begun)
            if outs[0] != outs[1]:
                raise AssertionError("prompt lookup changed the tokens")
        found[f"lookup_{name}"] = round(statistics.median(spent[False]) / statistics.median(spent[True]), 3)
    return found


def _copying(config: Config, named: Mapping[str, Tensor], *, passages: int = 8) -> tuple[list[int], Model]:
    """A prompt of passages, and weights whose output is those passages in another order, with ids of its own between them.

    The next id is a function of the last: blocks that add little, and a head that maps an id to the one after it. Of every
    32 ids 24 are a passage's, and where a passage begins or ends no lookup can know what comes.
    """
    quiet = {
        name: weight * 0.01 if name.endswith(("o_proj.weight", "down_proj.weight")) else weight
        for name, weight in named.items()
    }
    ids = _ids(32 * passages, config)
    parts = [(ids[at : at + 24], ids[at + 24 : at + 32]) for at in range(0, len(ids), 32)]
    chain = [one for copied, own in parts[::2] + parts[1::2] for one in (*copied, *own)]
    embed = torch.randn(config.vocab, config.hidden, generator=torch.Generator().manual_seed(3)).bfloat16()
    follow = torch.arange(config.vocab)
    for token, after in zip(chain, chain[1:] + chain[:1], strict=True):
        follow[after] = token
    quiet["model.embed_tokens.weight"], quiet["lm_head.weight"] = embed, embed[follow]
    return [one for copied, _ in parts for one in copied], ours(config, quiet, "int8")


def _ids(count: int, config: Config, *, seed: int = 4) -> list[int]:
    random = torch.Generator().manual_seed(seed)
    ids: list[int] = torch.randperm(config.vocab, generator=random)[:count].tolist()
    return ids


def beside_llama_cpp(contexts: Sequence[int] = CONTEXTS) -> dict[str, Any]:
    """See `llamacpp.measure`; empty where the package is not installed."""
    if importlib.util.find_spec("xllamacpp") is None:
        return {}
    return llamacpp.measure(SIX, weights(parse(SIX)), contexts)


def measure() -> dict[str, object]:
    """All of it; one JSON object."""
    shape = (2 * V2_LITE["moe_intermediate_size"], V2_LITE["hidden_size"])
    families: tuple[kernels.Family, ...] = ("fp32", "bf16", "fp16", "int8", "int4")
    return {
        **decode(), "threads_ms": threads(), **cache_size(), **latent_error(), **prefixes(), **prefill(), **speculation(),
        "llama_cpp": beside_llama_cpp(),
        "kernels_ms": kernels.measure(shape, families), "threads": torch.get_num_threads(), **machine(),
        "torch": str(torch.__version__), "layers": SIX["num_hidden_layers"],
    }  # fmt: skip


if __name__ == "__main__":
    import sys

    sys.stdout.write(json.dumps(measure(), indent=2) + "\n")
