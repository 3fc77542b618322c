"""How likely one word rather than another opens a model's reply, as natural log-odds; pure.

A model that is asked a yes-or-no question knows more than the word it would say: how sure it is stands in the probabilities
of its first token.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

    from generation.chat import Message

TOP = 20  # first tokens that a server is asked for: as many as OpenAI's interface allows
_ENOUGH = 0.1  # probability that the two words have together at least; below it the model speaks in other words
_LEAST = 1e-6


@runtime_checkable
class Weighs(Protocol):
    """A generator (`generation.chat.Chat`) that tells the odds of its reply's first word."""

    def odds(self, messages: Sequence[Message], words: tuple[str, str]) -> float | None:
        """Log-odds of the first word against the second; None where it cannot tell, or would say neither."""


def between(first: float, second: float) -> float | None:
    """Of two probabilities; None where they are too small to mean anything."""
    if first + second < _ENOUGH:
        return None
    return math.log((first + _LEAST) / (second + _LEAST))


def of_top(found: Iterable[tuple[str, float]], words: tuple[str, str]) -> float | None:
    """Out of the likeliest first tokens with their log-probabilities: a token counts for the word that it begins."""
    sums = [0.0, 0.0]
    for token, logprob in found:
        begun = token.strip().casefold()
        fits = [bool(begun) and word.casefold().startswith(begun) for word in words]
        if fits[0] != fits[1]:
            sums[fits.index(True)] += math.exp(logprob)
    return between(*sums)


def of_logits(logits: Tensor, first: int, second: int) -> float | None:
    """Out of the logits [V] of the first token, for two ids."""
    said = logits.double().softmax(-1)
    return between(float(said[first]), float(said[second]))
