"""Multi-head latent attention (DeepSeek-V2 report, 2.1): materialised for long prompts, absorbed for few queries over a past.

Both read the same cache and give the same result; `q_nope . (W_UK c) = (W_UK^T q_nope) . c` is the whole difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.deepseek.cache import Cache, decoded
from generation.deepseek.config import Config
from generation.deepseek.kernels import Linear
from generation.deepseek.rope import rotate

Form = Literal["absorbed", "materialised"]
ABSORB_MOST = 224  # queries over a past; measured crossover on CPUs, the operations alone would say 171
_QUERIES, _KEYS = 256, 1024  # rows of a block of scores on a CPU
_ON_GPU = 4  # times as many on a GPU
_SPLIT = 4  # parts of the past that one query's products go as


@dataclass(slots=True)
class Attention:
    """One layer's attention. H heads; shapes of weights are [out, in]."""

    config: Config
    scale: float
    q_down: Linear | None  # W_DQ [q_rank, D]; None where the query has no low-rank form
    q_norm: Tensor | None
    q_up: Linear  # W_UQ and W_QR by head [H (nope + rope), q_rank or D]
    kv_down: Linear  # W_DKV and W_KR [kv_rank + rope, D]
    kv_norm: Tensor  # of the latent alone
    up_k: Tensor  # W_UK [H, nope, kv_rank], a view of its transposed heads, which are what one query is multiplied with
    up_v: Tensor  # W_UV [H, value, kv_rank]
    out: Linear  # W_O [D, H value]
    rounded: bool = False  # scores and probabilities in bfloat16, where cache and CPU are

    def project(self, x: Tensor, at: Tensor, *, few: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Queries and cache rows of tokens x [n, D] at the rotary rows `at` [n, 2, rope / 2] (eq. 9-15, 37-43).

        :return: q_nope [n, H, nope], q_rope [n, H, rope] rotated, rows [n, kv_rank + rope] as they are cached.
        """
        c = self.config
        low = x
        if self.q_down is not None:
            low = apply(self.q_down, x, few)
            low = F.rms_norm(low, low.shape[-1:], self.q_norm, c.eps)
        q = apply(self.q_up, low, few).view(-1, c.heads, c.head)
        z = apply(self.kv_down, x, few)
        latent = F.rms_norm(z[:, : c.kv_rank], (c.kv_rank,), self.kv_norm, c.eps)
        key = rotate(z[:, None, c.kv_rank :], at)[:, 0]
        return q[..., : c.nope], rotate(q[..., c.nope :], at), torch.cat((latent, key), dim=-1)

    def many(self, x: Tensor, at: Tensor, cache: Cache, layer: int, form: Form | None = None) -> Tensor:
        """n tokens that follow the cache's past: [n, D] -> [n, D]; their rows are written, `advance` is the caller's.

        Absorbed iff there is a past and n <= 224, unless `form` says which.
        """
        past, count = cache.length, x.shape[0]
        nope, turned, rows = self.project(x, at, few=False)
        cache.write(layer, past, rows)
        form = form or ("absorbed" if past and count <= ABSORB_MOST else "materialised")
        attend = self._absorbed if form == "absorbed" else self._materialised
        return self.out(attend(nope, turned, cache, layer).flatten(1))

    def rows(self, x: Tensor, at: Tensor, caches: Sequence[Cache], places: Sequence[int], layer: int) -> Tensor:
        """One token each of several sequences, or of one with successive places: [B, D] -> [B, D], absorbed, each row alone."""
        nope, turned, rows = self.project(x, at, few=True)
        heads = []
        for row, (cache, place) in enumerate(zip(caches, places, strict=True)):
            cache.write(layer, place, rows[row : row + 1])
            q = torch.cat((_by_head(nope[row], self.up_k.transpose(1, 2)), turned[row]), dim=-1) * self.scale
            heads.append(_by_head(self._attend(q, cache, layer, place + 1), self.up_v).view(1, -1))
        return self.out.rows(torch.cat(heads))

    def _attend(self, q: Tensor, cache: Cache, layer: int, stop: int) -> Tensor:
        """softmax(q K^T) over the latents for one query: [H, kv_rank + rope] -> [H, kv_rank]; K's first columns are V."""
        rounded = self.rounded and cache.store != "fp32"
        kind = torch.bfloat16 if rounded else q.dtype
        whole = cache.store == "fp32" or (rounded and cache.store == "bf16")
        pieces = list(cache.pieces(layer, stop, size=1 << 30 if whole else _KEYS))
        query, found, sums = q.to(kind), [], []
        for _, count, parts in pieces:
            keys = decoded(parts, kind)
            scores = _scores(query, keys)
            if count < keys.shape[0]:
                scores[:, count:] = float("-inf")
            found.append(_weighted(scores.softmax(-1), keys))  # without a copy of the columns that are V
            if len(pieces) > 1:
                sums.append(scores.float().logsumexp(-1, keepdim=True))
        u = (torch.stack(found) * torch.stack(sums).softmax(0)).sum(0) if sums else found[0]
        return u[:, : self.config.kv_rank].to(q.dtype)

    def _absorbed(self, nope: Tensor, turned: Tensor, cache: Cache, layer: int) -> Tensor:
        """An attention with one key head of width kv_rank + rope: [n, H, value]."""
        c, past, count = self.config, cache.length, nope.shape[0]
        most, size = _block(nope)
        inner = torch.bmm(nope.transpose(0, 1), self.up_k.to(nope.dtype)).transpose(0, 1)  # [n, H, kv_rank]
        q = torch.cat((inner, turned), dim=-1) * self.scale
        out = []
        for first in range(0, count, most):
            part = q[first : first + most]
            n, state = part.shape[0], _Merge()
            for start, used, parts in cache.pieces(layer, past + first + n, size=size):
                keys = decoded(parts, q.dtype)[:used]
                scores = torch.matmul(part, keys.T).float()  # [n, H, keys]
                scores.masked_fill_(_after(past + first, n, start, used, q)[:, None], float("-inf"))
                state.add(scores, keys[:, : c.kv_rank])
            out.append(state.value().to(nope.dtype))
        u = torch.cat(out).transpose(0, 1)  # [H, n, kv_rank]
        return torch.bmm(u, self.up_v.transpose(1, 2).to(u.dtype)).transpose(0, 1)

    def _materialised(self, nope: Tensor, turned: Tensor, cache: Cache, layer: int) -> Tensor:
        """An attention with H key and value heads, expanded from the latents block by block: [n, H, value]."""
        c, past, count = self.config, cache.length, nope.shape[0]
        most, size = _block(nope)
        q = torch.cat((nope, turned), dim=-1).transpose(0, 1) * self.scale  # [H, n, nope + rope]
        up_k, up_v = (up.transpose(1, 2).to(q.dtype) for up in (self.up_k, self.up_v))
        parts = [range(first, min(first + most, count)) for first in range(0, count, most)]
        states = [_Merge() for part in parts]
        for start, used, piece in cache.pieces(layer, past + count, size=size):
            rows = decoded(piece, q.dtype)[:used]
            latent, key = rows[:, : c.kv_rank].expand(c.heads, -1, -1), rows[:, c.kv_rank :].expand(c.heads, -1, -1)
            keys = torch.cat((torch.bmm(latent, up_k), key), dim=-1)  # [H, keys, nope + rope]
            values = torch.bmm(latent, up_v)  # [H, keys, value]
            for part, state in zip(parts, states, strict=True):
                if past + part.stop <= start:
                    continue
                scores = torch.bmm(q[:, part.start : part.stop], keys.transpose(1, 2)).float()
                if past + part.start < start + used - 1:
                    hidden = _after(past + part.start, len(part), start, used, q)
                    scores.masked_fill_(hidden, float("-inf"))
                state.add(scores, values)
        return torch.cat([state.value() for state in states], dim=1).to(nope.dtype).transpose(0, 1)


def _by_head(x: Tensor, weight: Tensor) -> Tensor:
    """Each head's own product: x [H, in], weight [H, out, in] -> [H, out]; in the order that takes half the time of the other."""
    if weight.dtype == torch.float32:
        return torch.bmm(weight, x[:, None].transpose(1, 2))[..., 0]
    return torch.bmm(x[:, None].to(weight.dtype), weight.transpose(1, 2))[:, 0].to(x.dtype)


def _scores(query: Tensor, keys: Tensor) -> Tensor:
    """q K^T [H, keys] of one query [H, width] and keys [keys, width], as a batch: one thin product hardly runs on all threads."""
    if keys.dtype == torch.float32 and keys.device.type == "cpu" and torch.backends.mkldnn.is_available():
        # The keys on the left, and past MKL, which does not use all of some CPUs' vectors: half the time.
        found: Tensor = torch.ops.mkldnn._linear_pointwise(keys, query, None, "none", [], "")  # [keys, H]
        return found.T.contiguous()
    split = keys.unflatten(0, (_SPLIT, -1)).transpose(1, 2)
    return torch.bmm(query.expand(_SPLIT, -1, -1), split).transpose(0, 1).flatten(1)


def _weighted(weights: Tensor, values: Tensor) -> Tensor:
    """float32 [H, width] of one query's weights [H, keys] and values [keys, width], as a batch too."""
    split = weights.unflatten(-1, (_SPLIT, -1)).transpose(0, 1)  # [parts, H, keys / parts]
    return torch.bmm(split, values.unflatten(0, (_SPLIT, -1))).sum(0, dtype=torch.float32)


def apply(linear: Linear, x: Tensor, few: bool) -> Tensor:
    """x W^T, with every row's bits its own where there are few."""
    return linear.rows(x) if few else linear(x)


def _block(like: Tensor) -> tuple[int, int]:
    """Queries and keys of a block of scores."""
    times = 1 if like.device.type == "cpu" else _ON_GPU
    return times * _QUERIES, times * _KEYS


def _after(first: int, queries: int, start: int, keys: int, like: Tensor) -> Tensor:
    """bool [queries, keys]: keys from position `start` that lie behind the queries from position `first`."""
    place = torch.arange(start, start + keys, device=like.device)
    return place[None] > torch.arange(first, first + queries, device=like.device)[:, None]


class _Merge:
    """softmax(scores) values over keys that come in blocks: running maximum, sum and product (log-sum-exp merge)."""

    def __init__(self) -> None:
        self._top, self._sum, self._product = torch.tensor(float("-inf")), torch.zeros(()), torch.zeros(())

    def add(self, scores: Tensor, values: Tensor) -> None:
        """scores float32 [..., keys] times values [keys, width] or [H, keys, width]."""
        top = torch.maximum(scores.amax(-1, keepdim=True), self._top)
        # A block in which a query sees nothing has top = -inf and must add zeros, not NaN.
        least = top.clamp_min(-1e30)
        weights, kept = torch.exp(scores - least), torch.exp(self._top - least)
        self._sum = kept * self._sum + weights.sum(-1, keepdim=True)
        self._product = kept * self._product + torch.matmul(weights.to(values.dtype), values)
        self._top = top

    def value(self) -> Tensor:
        """[..., width]."""
        return self._product / self._sum
