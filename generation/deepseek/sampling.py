"""From logits to a token: penalty, constraint, temperature, top-k, top-p, min-p, then a draw with the request's own seed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw. Temperature 0 is greedy; the filters' neutral values are 0, 1 and 0."""

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    penalty: float = 1.0  # logits of ids seen before are divided (negative ones multiplied) by it (arXiv:1909.05858)
    seed: int = 0

    def __post_init__(self) -> None:
        sane = self.temperature >= 0 and self.top_k >= 0 and self.penalty > 0
        if not (sane and 0 < self.top_p <= 1 and 0 <= self.min_p <= 1):
            raise ValueError(f"a sampling value is out of range: {self}")


class Sampler:
    """Draws one token after another of one request; the same seed and logits give the same tokens."""

    def __init__(self, how: Sampling) -> None:
        self._how = how
        self._random = torch.Generator().manual_seed(how.seed)

    def draw(self, logits: Tensor, seen: Sequence[int], allowed: Collection[int] | None = None) -> tuple[int, float]:
        """A token and the log-probability that the unmodified softmax gives it.

        :param logits: [V]; seen: ids of prompt and output; allowed: the only ids that may be drawn, None for all.
        """
        plain, how = logits.float().cpu(), self._how
        scores = plain.clone()
        if how.penalty != 1 and seen:
            known = torch.tensor(sorted(set(seen)))
            scores[known] = torch.where(scores[known] > 0, scores[known] / how.penalty, scores[known] * how.penalty)
        if allowed is not None:
            if not allowed:
                raise ValueError("the constraint allows no token")
            mask = torch.full_like(scores, float("-inf"))
            mask[torch.tensor(sorted(allowed))] = 0
            scores += mask
        if how.temperature == 0:
            token = int(scores.argmax())
        else:
            token = int(torch.multinomial(filtered(scores / how.temperature, how), 1, generator=self._random))
        return token, float(plain[token] - plain.logsumexp(-1))


def filtered(scores: Tensor, how: Sampling) -> Tensor:
    """Probabilities [V] after top-k, top-p and min-p; the likeliest token always stays."""
    ordered, order = scores.sort(descending=True, stable=True)
    if how.top_k:
        ordered[how.top_k :] = float("-inf")
    found = ordered.softmax(-1)
    if how.top_p < 1:  # keep the smallest head whose sum reaches top_p (arXiv:1904.09751)
        found[found.cumsum(-1) - found >= how.top_p] = 0
    if how.min_p:  # arXiv:2407.01082
        found[found < how.min_p * found[0]] = 0
    return torch.zeros_like(found).scatter_(0, order, found / found.sum())
