"""Decoding on a GPU in shapes that never change: each is compiled, and captured once as a graph.

Everything is plain torch and runs on a CPU too, where it is tested against `Model.step`. torch.compile fuses the conversion of
8- and 4-bit weights, and the choice of experts, into the products, so that each weight is read once and never written back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.cuda.place import Parts, full
from generation.deepseek.cache import Cache, decoded
from generation.deepseek.config import Config
from generation.deepseek.kernels import Linear
from generation.deepseek.model import Block, Model
from generation.deepseek.moe import Mlp, Moe, route
from generation.deepseek.rope import rotate

_BUCKET = 1024  # least length that attention is captured for; then 2048, 4096, ...


class Decoder:
    """Greedy-ready logits of one sequence, token by token, over a cache of its own with a fixed capacity.

    Attention reads a power of two of rows and masks those that do not count yet; each such length is compiled and, on a GPU,
    captured once. Between two lengths nothing is allocated, and Python does no more than start the graph.
    """

    def __init__(self, model: Model, capacity: int, *, compiled: bool = True) -> None:
        """:raises ValueError: the routed experts are apart from the rest; `Model.step` serves such a model."""
        if any(isinstance(block.feed_forward, Moe) and block.feed_forward.apart for block in model.blocks):
            raise ValueError("experts on the CPU cannot be part of a captured graph")
        self._model, self._capacity, self.length = model, capacity, 0
        self._layers = [_weights(block) for block in model.blocks]
        like = {"dtype": model.dtype, "device": model.device}
        self._rows = [torch.zeros(capacity, model.config.latent, **like) for _ in model.blocks]
        self._token = torch.zeros(1, dtype=torch.long, device=model.device)
        self._at = torch.zeros(1, dtype=torch.long, device=model.device)
        self._layer: Callable[..., Tensor] = torch.compile(layer, dynamic=False, fullgraph=True) if compiled else layer
        self._graphs: dict[int, tuple[Any, Tensor]] = {}

    def fill(self, cache: Cache) -> None:
        """Go on after what a cache holds."""
        if cache.length > self._capacity:
            raise ValueError(f"{cache.length} tokens do not fit a capacity of {self._capacity}")
        for number, rows in enumerate(self._rows):
            for first, count, parts in cache.pieces(number, cache.length):
                rows[first : first + count] = decoded(parts, rows.dtype)[:count]
        self.length = cache.length

    def step(self, token: int) -> Tensor:
        """Logits [V] after a token; they are overwritten by the next step.

        :raises ValueError: the capacity is used up.
        """
        if self.length >= self._capacity:
            raise ValueError(f"the capacity of {self._capacity} tokens is used up")
        self._token.fill_(token)
        self._at.fill_(self.length)
        bucket = min(max(_BUCKET, 1 << self.length.bit_length()), self._capacity)
        self.length += 1
        with torch.inference_mode():
            if self._model.device == "cpu":
                return self._network(bucket)
            if bucket not in self._graphs:
                self._graphs[bucket] = self._captured(bucket)
            graph, logits = self._graphs[bucket]
            graph.replay()
            return logits

    def _network(self, bucket: int) -> Tensor:
        model = self._model
        turn = model.rotary.table(self._capacity)[self._at]
        x = F.embedding(self._token, model.embed)
        for weights, rows in zip(self._layers, self._rows, strict=True):
            x = self._layer(x, weights, rows, self._at, turn, model.config, model.blocks[0].attention.scale, bucket)
        return product(F.rms_norm(x, x.shape[-1:], model.norm, model.config.eps), model.head.plain())[0]

    def _captured(self, bucket: int) -> tuple[Any, Tensor]:
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):  # compiles, tunes, and allocates what stays
                self._network(bucket)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            logits = self._network(bucket)
        return graph, logits


def layer(
    x: Tensor, w: Mapping[str, Any], rows: Tensor, at: Tensor, turn: Tensor, c: Config, scale: float, bucket: int
) -> Tensor:  # fmt: skip
    """One block for one token x [1, D] at position `at`: absorbed attention over rows [capacity, latent], then the experts."""
    normed = low = F.rms_norm(x, x.shape[-1:], w["attention_norm"], c.eps)
    if c.q_rank is not None:
        low = F.rms_norm(product(normed, w["q_down"]), (c.q_rank,), w["q_norm"], c.eps)
    q = product(low, w["q_up"]).view(1, c.heads, c.head)
    z = product(normed, w["kv_down"])
    latent = F.rms_norm(z[:, : c.kv_rank], (c.kv_rank,), w["kv_norm"], c.eps)
    rows.index_copy_(0, at, torch.cat((latent, rotate(z[:, None, c.kv_rank :], turn)[:, 0]), dim=-1))
    inner = torch.bmm(q[0, :, None, : c.nope], w["up_k"])[:, 0]  # [H, kv_rank]
    query = torch.cat((inner, rotate(q[..., c.nope :], turn)[0]), dim=-1)
    keys = rows[:bucket]
    scores = (query @ keys.T).float() * scale
    scores = scores.masked_fill(torch.arange(bucket, device=x.device) > at, float("-inf"))
    u = scores.softmax(-1).to(x.dtype) @ keys[:, : c.kv_rank]
    x = x + product(torch.bmm(u[:, None], w["up_v"].transpose(1, 2)).view(1, -1), w["out"])
    normed = F.rms_norm(x, x.shape[-1:], w["forward_norm"], c.eps)
    if "gate" not in w:
        return x + mlp(normed, w["gate_up"], w["down"])
    share, chosen = route(F.linear(normed.float(), w["gate"]), c, w["bias"])
    each = {kind: {name: part[chosen[0]] for name, part in w[kind].items()} for kind in ("gate_up", "down")}
    routed = (mlp(normed, each["gate_up"], each["down"]) * share[0, :, None].to(x.dtype)).sum(0, keepdim=True)
    return x + routed + (mlp(normed, w["shared_gate_up"], w["shared_down"]) if c.shared else 0)


def mlp(x: Tensor, gate_up: Parts, down: Parts) -> Tensor:
    """One MLP, or K of them where the weights have a leading axis: [1, D] -> [1, D] or [K, D]."""
    gate, up = product(x, gate_up).chunk(2, dim=-1)
    return product(F.silu(gate) * up, down)


def product(x: Tensor, parts: Mapping[str, Tensor]) -> Tensor:
    """x [1 or K, in] times weights [out, in] or [K, out, in]; as a sum of products wherever a conversion is to be fused."""
    if "weight" in parts and parts["weight"].dim() == 2:
        return F.linear(x, parts["weight"])
    if "codes" in parts:
        return (parts["codes"].to(x.dtype) * x[:, None]).sum(-1) * parts["scale"]
    return (full(parts, x.dtype) * x[:, None]).sum(-1)


def _weights(block: Block) -> dict[str, Any]:
    """Tensors of a block by name; experts in one tensor a kind, of which the experts become views."""
    a, forward = block.attention, block.feed_forward
    found: dict[str, Any] = {
        "attention_norm": block.attention_norm, "forward_norm": block.forward_norm, "q_norm": a.q_norm, "kv_norm": a.kv_norm,
        "up_k": a.up_k, "up_v": a.up_v, "q_up": a.q_up.plain(), "kv_down": a.kv_down.plain(), "out": a.out.plain(),
        "q_down": a.q_down.plain() if a.q_down else None,
    }  # fmt: skip
    if isinstance(forward, Mlp):
        return found | {"gate_up": forward.gate_up.plain(), "down": forward.down.plain()}
    if forward.shared:
        found |= {"shared_gate_up": forward.shared.gate_up.plain(), "shared_down": forward.shared.down.plain()}
    found |= {"gate": forward.gate, "bias": forward.bias}
    return found | {
        "gate_up": stacked([expert.gate_up for expert in forward.experts]),
        "down": stacked([expert.down for expert in forward.experts]),
    }


def stacked(linears: Sequence[Linear]) -> Parts:
    """All weights of one kind as one tensor a part [E, ...]; each linear goes on with a view, so that nothing is held twice."""
    own = [linear.plain() for linear in linears]
    whole = {}
    for name in list(own[0]):
        whole[name] = torch.stack([parts[name] for parts in own])
        for parts, view in zip(own, whole[name], strict=True):
            parts[name] = view
    return whole
