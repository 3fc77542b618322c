"""Mixture of experts (DeepSeekMoE, arXiv:2401.06066): the three ways to choose experts, and the dispatch of tokens to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.deepseek.config import Config
from generation.deepseek.kernels import FEW, Linear, each
from generation.deepseek.mla import apply

_ROWS = 1024  # rows of an MLP at once, so that its inner activations stay small


@dataclass(slots=True)
class Mlp:
    """(SiLU(x Wg^T) * x Wu^T) Wd^T, gate and up in one weight [2 M, D], gate first; M is a multiple of 32 in all models."""

    gate_up: Linear
    down: Linear

    def __call__(self, x: Tensor, *, few: bool) -> Tensor:
        """[n, D] -> [n, D]."""
        if x.shape[0] > _ROWS:
            return torch.cat([self(part, few=few) for part in x.split(_ROWS)])
        gate, up = apply(self.gate_up, x, few).chunk(2, dim=-1)
        return apply(self.down, F.silu(gate) * up, few)


@dataclass(slots=True)
class Moe:
    """Routed experts and the shared ones, which are one MLP of their joint width, unscaled."""

    config: Config
    gate: Tensor  # float32 [E, D]
    bias: Tensor | None  # float32 [E]; V3's e_score_correction_bias
    experts: Sequence[Mlp]
    shared: Mlp | None
    apart: str | None = None  # where the routed experts are held, if not where the rest is
    forced: Tensor | None = None  # int64 [n, K]: choices of another run, to compare numerics apart from routing
    chosen: Tensor | None = None  # int64 [n, K] of the last call

    def __call__(self, x: Tensor, *, few: bool) -> Tensor:
        """[n, D] -> [n, D]; a token's experts are added in ascending order, however many tokens there are."""
        wide = x.float()
        logits = each(lambda row: F.linear(row, self.gate), wide) if few else F.linear(wide, self.gate)
        weights, self.chosen = route(logits, self.config, self.bias, self.forced)
        home, inner, chosen = x, x, self.chosen
        if self.apart:
            inner, chosen, weights = x.to(self.apart).float(), chosen.to(self.apart), weights.to(self.apart)
        shared = self.shared(x, few=few) if self.shared else None  # a GPU does it while the CPU does the others
        out = torch.zeros_like(inner)
        if x.shape[0] == 1:
            for expert, own in sorted(zip(chosen[0].tolist(), weights[0].tolist(), strict=True)):
                out += self.experts[expert](inner, few=few) * own
        else:
            for expert, rows, weight in _groups(chosen, weights):
                out.index_add_(0, rows, self.experts[expert](inner[rows], few=few) * weight.to(inner.dtype))
        out = out.to(home) if self.apart else out
        return out if shared is None else out + shared


def route(logits: Tensor, config: Config, bias: Tensor | None, forced: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Weights [n, K] and experts [n, K] from router logits [n, E] in float32.

    greedy: the K largest of the softmax. group_limited_greedy (V2 report, 2.2.2): of the groups with the largest member.
    noaux_tc (V3 report, eq. 12-16): sigmoid; bias steers the choice, never the weight; a group counts its two largest.
    """
    c, n = config, logits.shape[0]
    if c.gate == "noaux_tc":  # vectors and their tails round differently, so few rows go one by one
        scores = each(torch.sigmoid, logits) if n <= FEW else logits.sigmoid()
    else:
        scores = logits.softmax(-1)
    ranked = scores if bias is None else scores + bias
    if c.groups > 1:
        members = ranked.view(n, c.groups, -1)
        best = members.topk(2, dim=-1).values.sum(-1) if c.gate == "noaux_tc" else members.amax(-1)
        kept = torch.zeros_like(best, dtype=torch.bool).scatter_(1, best.topk(c.top_groups, dim=-1).indices, True)
        ranked = members.masked_fill(~kept[..., None], float("-inf")).view(n, -1)
    experts = ranked.topk(c.chosen, dim=-1).indices if forced is None else forced
    weights = scores.gather(1, experts)
    if c.normalise:
        weights = weights / (weights.sum(-1, keepdim=True) + 1e-20)
    return weights * c.route_scale, experts


def _groups(chosen: Tensor, weights: Tensor) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Expert, its rows [m], their weights [m, 1], experts ascending and rows ascending."""
    flat, order = chosen.flatten().sort(stable=True)
    rows, scale = order // chosen.shape[1], weights.flatten()[order][:, None]
    experts, counts = (part.tolist() for part in flat.unique_consecutive(return_counts=True))
    yield from zip(experts, rows.split(counts), scale.split(counts), strict=True)
