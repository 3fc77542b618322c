"""llama.cpp as a peer: the same weights written as a GGUF file, and its server run in this process or in one of its own."""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from generation.checkpoints.gguf_file import place
from generation.deepseek.assemble import Precision, Source, assemble, plan
from generation.deepseek.config import Config, parse

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from torch import Tensor

    from generation.deepseek.model import Model


def write(path: Path, found: Mapping[str, Any], named: Mapping[str, Tensor], kind: str) -> None:
    """Write a checkpoint's tensors (published names) as architecture deepseek2.

    :param found: a published config; kind: type of the matrices, "F32", "F16", "Q8_0" or "Q4_0"; vectors and gates are F32.
    """
    import gguf

    config = parse(found)
    writer = gguf.GGUFWriter(str(path), "deepseek2")
    _metadata(writer, config, found)
    _vocabulary(writer, config, found)
    for name, weight in _merged(config, named).items():
        array = weight.float().numpy()
        narrow = array.ndim < 2 or "ffn_gate_inp" in name or array.shape[-1] % 32
        own = gguf.GGMLQuantizationType["F32" if narrow else kind]
        writer.add_tensor(name, gguf.quants.quantize(array, own), raw_dtype=own)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _metadata(writer: Any, c: Config, found: Mapping[str, Any]) -> None:
    import gguf

    writer.add_block_count(c.layers)
    writer.add_context_length(found["max_position_embeddings"])
    writer.add_embedding_length(c.hidden)
    writer.add_feed_forward_length(c.intermediate)
    writer.add_head_count(c.heads)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(c.eps)
    writer.add_vocab_size(c.vocab)
    writer.add_q_lora_rank(c.q_rank or 0)  # asked for unless the number of layers is V2-Lite's
    writer.add_kv_lora_rank(c.kv_rank)
    writer.add_key_length(c.latent)
    writer.add_value_length(c.kv_rank)
    writer.add_key_length_mla(c.head)
    writer.add_value_length_mla(c.value)
    writer.add_leading_dense_block_count(c.dense_layers)
    writer.add_expert_feed_forward_length(c.expert_width)
    writer.add_expert_count(c.experts)
    writer.add_expert_used_count(c.chosen)
    writer.add_expert_shared_count(c.shared)
    writer.add_expert_group_count(c.groups)
    writer.add_expert_group_used_count(c.top_groups)
    writer.add_expert_weights_scale(c.route_scale)
    writer.add_expert_weights_norm(c.normalise)
    sigmoid = c.gate == "noaux_tc"
    writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID if sigmoid else gguf.ExpertGatingFuncType.SOFTMAX)
    writer.add_rope_dimension_count(c.rope)
    writer.add_rope_freq_base(c.theta)
    if c.yarn:
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(c.yarn.factor)
        writer.add_rope_scaling_orig_ctx_len(c.yarn.original)
        writer.add_rope_scaling_yarn_log_mul(0.1 * c.yarn.mscale_all_dim)


def _vocabulary(writer: Any, c: Config, found: Mapping[str, Any]) -> None:
    """Names for the ids: the peer is given and asked ids, but does not start without."""
    import gguf

    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([f"t{token}" for token in range(c.vocab)])
    writer.add_token_types([gguf.TokenType.NORMAL] * c.vocab)
    writer.add_token_merges(["t 0"])
    writer.add_bos_token_id(found["bos_token_id"])
    writer.add_eos_token_id(found["eos_token_id"])
    writer.add_add_bos_token(False)


def _merged(config: Config, named: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Experts of a layer in one tensor, kv_b_proj by head in two (W_UK transposed), no multi-token prediction."""
    found: dict[str, Tensor] = {}
    for name, weight in named.items():
        if f"model.layers.{config.layers}." in name:
            continue
        own, expert = place(name)
        if expert is not None:
            if expert == 0:
                each = [named[name.replace("experts.0.", f"experts.{e}.")] for e in range(config.experts)]
                found[own] = torch.stack(each)
        elif own.endswith("attn_kv_b.weight"):
            up = weight.view(config.heads, config.nope + config.value, config.kv_rank)
            found[own.replace("_kv_b", "_k_b")] = up[:, : config.nope].transpose(1, 2).contiguous()
            found[own.replace("_kv_b", "_v_b")] = up[:, config.nope :].contiguous()
        else:
            found[own] = weight
    return found


class Peer:
    """llama.cpp's server on one GGUF file; ids in, ids and timings out."""

    def __init__(self, path: Path, *, context: int, threads: int) -> None:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx, params.n_parallel, params.n_predict = context, 1, 64
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.warmup, params.verbosity, params.n_gpu_layers = False, -1, 0
        params.cache_ram_mib = 0
        self._server = xllamacpp.Server(params)

    def complete(self, ids: Sequence[int], *, tokens: int, top: int = 0) -> dict[str, Any]:
        """Greedy tokens after a prompt, whose known beginning is not read again; with `timings`."""
        asked = {
            "prompt": list(ids), "n_predict": tokens, "temperature": 0.0, "cache_prompt": True, "ignore_eos": True,
            "return_tokens": True, "n_probs": top,
        }  # fmt: skip
        found: dict[str, Any] = self._server.handle_completions(asked)
        return found


Timings = Callable[[Sequence[int], int], dict[str, float]]  # ids and tokens to what the server measured


@contextmanager
def apart(path: Path, *, context: int, threads: int) -> Iterator[Timings]:
    """The peer in a process of its own.

    Beside torch in one process there are more OpenMP threads than cores, and the runtime then lets every thread sleep
    between two products: a step of ours took a quarter longer as soon as the peer was there, idle.
    """
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs, path, context, threads), daemon=True)
    process.start()
    theirs.close()

    def timings(ids: Sequence[int], tokens: int) -> dict[str, float]:
        ours.send((list(ids), tokens))
        found: dict[str, float] = ours.recv()
        return found

    try:
        yield timings
    finally:
        ours.close()
        process.join()


def _serve(pipe: Connection, path: Path, context: int, threads: int) -> None:
    peer = Peer(path, context=context, threads=threads)
    while True:
        try:
            ids, tokens = pipe.recv()
        except EOFError:
            return
        pipe.send(peer.complete(ids, tokens=tokens)["timings"])


PAIRS: tuple[tuple[Precision, str], ...] = (("16-bit", "F16"), ("int8", "Q8_0"), ("int4", "Q4_0"))


def measure(
    found: Mapping[str, Any], named: Mapping[str, Tensor], contexts: Sequence[int], *, rounds: int = 7, tokens: int = 8
) -> dict[str, Any]:
    """Milliseconds a token of ours and of the peer by context, taking turns; and of reading each context after the one before.

    `ratio` is the peer's time over ours: above 1 we are faster.
    """
    result: dict[str, Any] = {}
    for precision, kind in PAIRS:
        with tempfile.TemporaryDirectory() as place_of:
            path = Path(place_of) / "model.gguf"
            write(path, found, named, kind)
            config = parse(found)
            model = assemble(config, Source(named.__getitem__), plan(config, precision), identity="bench")
            with apart(path, context=max(contexts) + 256, threads=torch.get_num_threads()) as peer:
                result[f"{precision} to {kind}"] = _beside(model, peer, contexts, rounds, tokens)
            del model
    return result


def _beside(model: Model, peer: Timings, contexts: Sequence[int], rounds: int, tokens: int) -> dict[str, Any]:
    ids = [(7 * at) % (model.config.vocab - 2) + 2 for at in range(max(contexts))]
    result: dict[str, Any] = {}
    cache = model.cache("bf16", max(contexts) + 256)
    model.prefill(ids[:16], model.cache())
    for context in contexts:
        count, begun = context - cache.length, time.perf_counter()
        model.prefill(ids[cache.length : context], cache)
        ours = 1000 * (time.perf_counter() - begun) / count
        timings = peer(ids[:context], 1)
        theirs = timings["prompt_ms"] / timings["prompt_n"]
        result[f"prefill to {context}"] = _entry(ours, theirs)
        own: list[float] = []
        other: list[float] = []
        for _ in range(rounds):
            for _ in range(tokens):
                begun = time.perf_counter()
                model.step([7], [cache])
                own.append(1000 * (time.perf_counter() - begun))
            cache.truncate(context)
            other.append(peer(ids[:context], tokens + 1)["predicted_per_token_ms"])
        result[f"decode at {context}"] = _entry(statistics.median(own), statistics.median(other))
    return result


def _entry(ours: float, theirs: float) -> dict[str, float]:
    return {"ours_ms": round(ours, 2), "llama_cpp_ms": round(theirs, 2), "ratio": round(theirs / ours, 2)}
