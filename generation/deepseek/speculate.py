"""Guesses at the next tokens, which the model then checks in one step; a wrong guess costs time and never changes a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from generation.deepseek.cache import Cache
from generation.deepseek.model import Model


class Drafter(Protocol):
    """Guesses from what is known of one sequence."""

    def draft(self, ids: Sequence[int], most: int) -> list[int]:
        """At most `most` ids that may follow prompt and output."""

    def read(self, hidden: Tensor, ids: Sequence[int]) -> None:
        """The model has read `ids` up to the row before its last; `hidden` [n, D] are its newest n states."""


class PromptLookup:
    """What followed the last two or three ids where they stood before (prompt lookup decoding): answers copy their evidence."""

    def __init__(self) -> None:
        self._places: dict[tuple[int, ...], int] = {}
        self._known = 0

    def draft(self, ids: Sequence[int], most: int) -> list[int]:
        """See `Drafter`; the latest earlier place counts."""
        for end in range(max(self._known, 2), len(ids)):  # n-grams that end before the newest id
            self._places[tuple(ids[end - 2 : end])] = end
            self._places[tuple(ids[max(end - 3, 0) : end])] = end
        self._known = len(ids)
        for width in (3, 2):
            at = self._places.get(tuple(ids[-width:]))
            if at is not None:
                return list(ids[at : at + most])
        return []

    def read(self, hidden: Tensor, ids: Sequence[int]) -> None:
        """Nothing to learn from states."""


class MtpDraft:
    """One token a step from the model's multi-token prediction layer (V3 report, 2.2), with a latent cache of its own."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._cache = Cache(model.config, "fp32", layers=1, device=model.device)
        self._guess: list[int] = []

    def read(self, hidden: Tensor, ids: Sequence[int]) -> None:
        """Row i of `hidden` with the id that followed it is one row of the layer's own past."""
        first = len(ids) - hidden.shape[0]
        states = self._model.guess(hidden, ids[first:], self._cache, first=first)
        self._guess = [int(self._model.logits(states[-1:]).argmax())]

    def draft(self, ids: Sequence[int], most: int) -> list[int]:
        """See `Drafter`."""
        return self._guess[:most]


class Switch:
    """Drafts only while it pays: what checked steps bring and take, by their number of rows, beside a plain step.

    The first step is plain, the second tries three guesses; later tries are `again` tokens apart.
    """

    def __init__(self, *, margin: float = 1.05, again: int = 64) -> None:
        self._margin, self._again, self._since = margin, again, again
        self._seen: dict[int, tuple[float, float]] = {}  # rows: tokens a step, seconds a step

    def most(self, longest: int) -> int:
        """How many ids to draft now."""
        if 1 not in self._seen:
            return 0
        if self._since >= self._again:
            return min(3, longest)
        worth = {rows: gain * self._seen[1][1] / taken for rows, (gain, taken) in self._seen.items() if rows > 1}
        best = max(worth, key=lambda rows: worth[rows], default=1)
        if best == 1 or worth[best] < self._margin:
            return 0
        return min(longest, 2 * best if self._seen[best][0] > 0.9 * best else best - 1)

    def record(self, rows: int, gained: int, seconds: float) -> None:
        """A step of `rows` rows gave `gained` tokens."""
        gain, taken = self._seen.get(rows, (float(gained), seconds))
        self._seen[rows] = (0.7 * gain + 0.3 * gained, 0.7 * taken + 0.3 * min(seconds, 2 * taken))
        self._since = self._since + 1 if rows == 1 else 0
