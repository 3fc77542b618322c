"""The whole network: prompts layer by layer, single tokens of several sequences at once, and V3's multi-token prediction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.deepseek.cache import Cache, Store
from generation.deepseek.config import Config
from generation.deepseek.kernels import FEW, Linear
from generation.deepseek.mla import Attention, Form
from generation.deepseek.moe import Mlp, Moe
from generation.deepseek.rope import Rotary

LAYER_MAJOR = 8192  # tokens that go through one layer together; longer prompts take several rounds


class Cancelled(Exception):
    """The caller asked to stop while a prompt was read."""


@dataclass(slots=True)
class Block:
    """h = x + Attention(norm(x)); y = h + FeedForward(norm(h))."""

    attention_norm: Tensor
    attention: Attention
    forward_norm: Tensor
    feed_forward: Mlp | Moe


@dataclass(slots=True)
class Mtp:
    """Multi-token prediction (V3 report, 2.2): a block that guesses the token after next."""

    token_norm: Tensor
    hidden_norm: Tensor
    join: Linear  # [D, 2 D], the embedding's half first
    block: Block
    norm: Tensor


@dataclass(slots=True)
class Model:
    """A network that knows token ids only. D hidden width, V vocabulary."""

    config: Config
    embed: Tensor  # [V, D]
    blocks: list[Block]
    norm: Tensor
    head: Linear
    mtp: Mtp | None = None
    identity: str = ""  # of the weights, for kept prefixes
    dtype: object = torch.float32
    device: str = "cpu"
    rotary: Rotary = field(init=False)

    def __post_init__(self) -> None:
        self.rotary = Rotary(self.config, self.device)

    def cache(self, store: Store = "bf16", capacity: int = 0) -> Cache:
        """An empty cache for this model."""
        return Cache(self.config, store, capacity=capacity, device=self.device)

    def prefill(
        self, ids: Sequence[int], cache: Cache, *, form: Form | None = None, chunk: int = LAYER_MAJOR,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Tensor:  # fmt: skip
        """Read tokens that follow the cache's past; every layer sees a whole chunk, so each weight is read once.

        :return: final normalised hidden states [n, D].
        :raises Cancelled: asked between two layers; the cache holds whole chunks only.
        :raises ValueError: an id is not in the vocabulary, or there is none.
        """
        if not ids or min(ids) < 0 or max(ids) >= self.config.vocab:
            raise ValueError(f"token ids must be in [0, {self.config.vocab}), and one at least")
        out = []
        with torch.inference_mode():
            for first in range(0, len(ids), chunk):
                part = torch.tensor(ids[first : first + chunk], device=self.device)
                cache.reserve(len(part))
                at = self._places(range(cache.length, cache.length + len(part)))
                x = F.embedding(part, self.embed).to(self.dtype)
                for layer, block in enumerate(self.blocks):
                    if cancelled():
                        raise Cancelled
                    x = self._many(block, x, at, cache, layer, form)
                cache.advance(len(part))
                out.append(self._norm(x, self.norm))
        return torch.cat(out)

    def step(self, ids: Sequence[int], caches: Sequence[Cache]) -> tuple[Tensor, Tensor]:
        """One token for each cache; a cache that is named several times takes successive tokens.

        A row's result has the same bits whatever the other rows are.

        :return: logits [B, V] and final normalised hidden states [B, D].
        """
        if len(ids) > FEW:
            parts = [self.step(ids[at : at + FEW], caches[at : at + FEW]) for at in range(0, len(ids), FEW)]
            return torch.cat([logits for logits, _ in parts]), torch.cat([hidden for _, hidden in parts])
        places = [cache.length + caches[:row].count(cache) for row, cache in enumerate(caches)]
        with torch.inference_mode():
            for cache in caches:
                cache.reserve(caches.count(cache))
            x = F.embedding(torch.tensor(ids, device=self.device), self.embed).to(self.dtype)
            at = self._places(places)
            for layer, block in enumerate(self.blocks):
                normed = self._norm(x, block.attention_norm)
                x = x + block.attention.rows(normed, at, caches, places, layer)
                x = x + block.feed_forward(self._norm(x, block.forward_norm), few=True)
            for cache in caches:
                cache.advance(1)
            hidden = self._norm(x, self.norm)
            return self.head.rows(hidden), hidden

    def logits(self, hidden: Tensor) -> Tensor:
        """[n, D] -> [n, V]; few rows keep the bits that they would have alone."""
        with torch.inference_mode():
            return self.head.rows(hidden) if hidden.shape[0] <= FEW else self.head(hidden)

    def guess(self, hidden: Tensor, following: Sequence[int], cache: Cache, *, first: int) -> Tensor:
        """From final hidden states [n, D] and the tokens that followed them to states [n, D] whose `logits` are of the next but one.

        :param cache: one of a single layer; first: the position of `following[0]`.
        """
        mtp = self.mtp
        if mtp is None:
            raise ValueError("the model has no multi-token prediction layer")
        with torch.inference_mode():
            token = F.embedding(torch.tensor(following, device=self.device), self.embed).to(self.dtype)
            pair = torch.cat((self._norm(token, mtp.token_norm), self._norm(hidden, mtp.hidden_norm)), dim=-1)
            cache.reserve(len(following))
            at = self._places(range(first, first + len(following)))
            x = self._many(mtp.block, mtp.join(pair), at, cache, 0, None)
            cache.advance(len(following))
            return self._norm(x, mtp.norm)

    def _many(self, block: Block, x: Tensor, at: Tensor, cache: Cache, layer: int, form: Form | None) -> Tensor:
        x = x + block.attention.many(self._norm(x, block.attention_norm), at, cache, layer, form)
        return x + block.feed_forward(self._norm(x, block.forward_norm), few=False)

    def _norm(self, x: Tensor, weight: Tensor) -> Tensor:
        """x / sqrt(mean(x^2) + eps) * weight."""
        return F.rms_norm(x, (x.shape[-1],), weight, self.config.eps)

    def _places(self, places: Sequence[int]) -> Tensor:
        return self.rotary.table(max(places) + 1)[torch.tensor(list(places), device=self.device)]
