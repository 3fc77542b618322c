"""The reader in torch: multilingual-e5-small over question and passage together, its upper layers trained.

Frozen lower layers stay as they are in the package (they are not shipped twice); after the sixth each token is told what it
matches, and the layers above learn to judge. Heads: relevance and "answers" and "supports" from four pooled states, and the span's first
and last token. Devlin et al., BERT, arXiv 1810.04805; Wang et al., Multilingual E5 Text Embeddings, arXiv 2402.05672.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from retrieval.encoders.e5_file import E5File
from retrieval.reader.pairs import SIDES, TOLD


class Read(NamedTuple):
    """What the heads say of B inputs of T tokens: logits [B] three times, [B, T] twice."""

    relevant: Tensor
    answers: Tensor
    supports: Tensor
    first: Tensor
    last: Tensor


class Layer(nn.Module):  # type: ignore[misc]
    """One post-norm transformer layer with weights of the file."""

    def __init__(self, file: E5File, number: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.left_out = nn.Dropout(dropout)
        self.heads, width, inner = file.heads, file.hidden, file.feed_forward
        self.q, self.k, self.v, self.ao = (nn.Linear(width, width) for _ in range(4))
        self.fi, self.fo = nn.Linear(width, inner), nn.Linear(inner, width)
        self.aln, self.oln = (nn.LayerNorm(width, eps=float(file.epsilon)) for _ in range(2))
        for name, module in self.named_children():
            if module is self.left_out:
                continue
            for part, own in (("w", module.weight), ("b", module.bias)):
                value = torch.from_numpy(np.array(file.tensor(f"l{number}.{name}.{part}")))
                own.data = value.reshape(own.shape)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """[B, T, D] to [B, T, D]; `mask` [B, 1, 1, T] is True where a token is."""
        b, t, d = x.shape
        q, k, v = (part(x).view(b, t, self.heads, d // self.heads).transpose(1, 2) for part in (self.q, self.k, self.v))
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.aln(x + self.left_out(self.ao(mixed.transpose(1, 2).reshape(b, t, d))))
        return self.oln(x + self.left_out(self.fo(functional.gelu(self.fi(x)))))  # type: ignore[no-any-return]


class ReaderNet(nn.Module):  # type: ignore[misc]
    """Lower layers frozen, upper ones and heads trained."""

    def __init__(self, file: E5File, *, frozen: int, dropout: float = 0.0) -> None:
        """Begin with the file's weights.

        :param frozen: so many of its layers keep them, at most `TOLD`.
        :param dropout: share of each trained sublayer's output that is left out while training.
        """
        super().__init__()
        if frozen > TOLD:
            raise ValueError(f"of the layers at most {TOLD} can be frozen, not {frozen}")
        self.file, self.frozen = file, frozen
        self.positions = torch.from_numpy(
            file.tensor("emb.pos").reshape(file.positions, -1) + file.tensor("emb.type")[: file.hidden]
        )
        self.norm = nn.LayerNorm(file.hidden, eps=float(file.epsilon))
        self.norm.weight.data = torch.from_numpy(np.array(file.tensor("emb.ln.w")))
        self.norm.bias.data = torch.from_numpy(np.array(file.tensor("emb.ln.b")))
        self.lower = nn.ModuleList(Layer(file, number) for number in range(frozen))
        for own in (*self.norm.parameters(), *self.lower.parameters()):
            own.requires_grad_(False)
        self.kinds = nn.Embedding(SIDES, file.hidden)
        nn.init.normal_(self.kinds.weight, std=0.02)
        self.upper = nn.ModuleList(Layer(file, number, dropout) for number in range(frozen, file.layers))
        self.pool = nn.Linear(4 * file.hidden, file.hidden)
        self.judge = nn.Linear(file.hidden, 3)
        self.span = nn.Linear(file.hidden, 2)

    def forward(self, ids: NDArray[np.int32], kinds: Tensor, inside: Tensor, mask: Tensor) -> Read:
        """Judge a padded batch.

        :param ids: [B, T]; kinds: [B, T]; inside: [B, T], True on tokens of the passage's sentences; mask: [B, T].
        """
        words = self.file.words(ids.reshape(-1).astype(np.int64)).reshape(*ids.shape, -1)
        with torch.no_grad():
            x = self.norm(torch.from_numpy(words) + self.positions[: ids.shape[1]])
            for layer in self.lower:
                x = layer(x, mask[:, None, None, :])
        for number, layer in enumerate(self.upper, self.frozen):
            if number == TOLD:
                x = x + self.kinds(kinds)
            x = layer(x, mask[:, None, None, :])
        asked = mask & (kinds < SIDES // 2)
        pooled = torch.cat([x[:, 0], _mean(x, asked), _mean(x, inside), _most(x, inside)], dim=1)
        judged = self.judge(torch.tanh(self.pool(pooled)))
        first, last = self.span(x).masked_fill(~inside[..., None], -1e4).unbind(-1)
        return Read(judged[:, 0], judged[:, 1], judged[:, 2], first, last)

    def trained(self) -> dict[str, Tensor]:
        """What was learned, here or where this training began: everything but what is still as the package has it."""
        package = ReaderNet(self.file, frozen=self.frozen).state_dict()
        return {
            name: value
            for name, value in self.state_dict().items()
            if not (name.startswith(("lower.", "norm.")) and torch.equal(value, package[name]))
        }


def named(name: str, frozen: int) -> str:
    """`upper.0.q.weight` with six frozen layers is `l6.q.w`, `lower.0.q.weight` is `l0.q.w`."""
    *path, kind = name.split(".")
    if path[0] in ("lower", "upper"):
        path = [f"l{int(path[1]) + (frozen if path[0] == 'upper' else 0)}", *path[2:]]
    return ".".join([*path, {"weight": "w", "bias": "b"}[kind]])


def spelt(name: str, frozen: int) -> str:
    """The other way round: `l6.q.w` with six frozen layers is `upper.0.q.weight`."""
    *path, kind = name.split(".")
    if path[0][0] == "l" and path[0][1:].isdigit():
        number = int(path[0][1:]) - frozen
        path = ["upper", str(number), *path[1:]] if number >= 0 else ["lower", path[0][1:], *path[1:]]
    return ".".join([*path, {"w": "weight", "b": "bias"}[kind]])


def _mean(x: Tensor, where: Tensor) -> Tensor:
    weight = where.float()[..., None]
    return (x * weight).sum(1) / weight.sum(1).clamp(min=1)  # type: ignore[no-any-return]


def _most(x: Tensor, where: Tensor) -> Tensor:
    return x.masked_fill(~where[..., None], -1e4).amax(1)  # type: ignore[no-any-return]


def padded(examples: dict[str, NDArray[Any]], rows: list[int]) -> tuple[NDArray[np.int32], Tensor, Tensor, Tensor]:
    """The model's inputs for these examples of a `reader_data` file."""
    ends = examples["ends"]
    longest = max(int(ends[row + 1] - ends[row]) for row in rows)
    ids = np.full((len(rows), longest), 1, np.int32)
    kinds, inside, mask = (np.zeros((len(rows), longest), kind) for kind in (np.int64, bool, bool))
    for at, row in enumerate(rows):
        span = slice(int(ends[row]), int(ends[row + 1]))
        size = span.stop - span.start
        ids[at, :size], kinds[at, :size] = examples["ids"][span], examples["kinds"][span]
        inside[at, :size], mask[at, :size] = examples["inside"][span], True
    return ids, torch.from_numpy(kinds), torch.from_numpy(inside), torch.from_numpy(mask)
