"""The loop from a prompt's ids to a reply's, token by token, with kept prefixes and checked guesses; ids only, no text."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor

from generation.deepseek.cache import Cache, Store
from generation.deepseek.constrain import Constraint
from generation.deepseek.kept import Kept
from generation.deepseek.model import Cancelled, Model
from generation.deepseek.sampling import Sampler, Sampling
from generation.deepseek.speculate import Drafter, Switch

Finish = Literal["", "stop", "length", "cancelled"]


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt. `stable` is how many of its first ids other prompts will share: rules and evidence."""

    ids: Sequence[int]
    max_tokens: int = 1024
    sampling: Sampling = field(default_factory=Sampling)
    stop: frozenset[int] = frozenset()
    constraint: Constraint | None = None
    stable: int = 0
    store: Store = "bf16"


@dataclass(frozen=True, slots=True)
class Token:
    """One id of the reply; the last one says why the reply ended. A cancelled reply ends with id -1."""

    id: int
    logprob: float = 0.0
    finish: Finish = ""


class Reply:
    """A reply as it grows: ids, cache, and the sampler's state."""

    def __init__(self, request: Request, cache: Cache) -> None:
        self.request, self.cache = request, cache
        self.ids = list(request.ids)
        self._sampler = Sampler(request.sampling)

    def take(self, logits: Tensor) -> Token:
        """Draw the next token from logits [V]."""
        own = self.request
        allowed = own.constraint.allowed() if own.constraint else None
        token, logprob = self._sampler.draw(logits, self.ids, allowed)
        self.ids.append(token)
        if own.constraint:
            own.constraint.accept(token)
        length = len(self.ids) - len(own.ids) >= own.max_tokens
        return Token(token, logprob, "stop" if token in own.stop else "length" if length else "")


def begin(
    model: Model, request: Request, *, kept: Kept | None = None, cancelled: Callable[[], bool] = lambda: False
) -> tuple[Reply, Tensor]:  # fmt: skip
    """Read the prompt, over the longest kept prefix where there is one; gives the final states [n, D] of what was read.

    :raises Cancelled: the caller asked to stop.
    """
    ids = request.ids
    cache = kept.longest(ids, request.store) if kept else None
    keeps = bool(kept and request.stable)  # what is kept should hold no spare rows
    cache = cache or model.cache(request.store, request.stable if keeps else len(ids) + min(request.max_tokens, 1024))
    if kept and request.stable > cache.length:
        model.prefill(ids[cache.length : request.stable], cache, cancelled=cancelled)
        kept.keep(ids[: request.stable], cache)
        if request.stable == len(ids):
            cache.truncate(len(ids) - 1)  # the last token is read again for its logits
    return Reply(request, cache), model.prefill(ids[cache.length :], cache, cancelled=cancelled)


def generate(
    model: Model, request: Request, *, kept: Kept | None = None, drafter: Drafter | None = None, most: int = 7,
    switch: Switch | None = None, cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Token]:  # fmt: skip
    """The reply, token by token; closing the iterator or `cancelled` ends it within one step.

    Guesses of `drafter` change the speed and nothing else, also where tokens are drawn: a row's token is drawn as it
    would be without guesses, and the first one that differs from its guess ends the checked step.
    """
    try:
        reply, hidden = begin(model, request, kept=kept, cancelled=cancelled)
    except Cancelled:
        yield Token(-1, finish="cancelled")
        return
    token = reply.take(model.logits(hidden[-1:])[0])
    yield token
    switch = switch or Switch()
    while not token.finish:
        if cancelled():
            yield Token(-1, finish="cancelled")
            return
        begun = time.perf_counter()
        guess = _guess(reply, hidden, drafter, switch, most)
        start = reply.cache.length
        logits, states = model.step([token.id, *guess], [reply.cache] * (len(guess) + 1))
        taken = []
        for row in range(len(guess) + 1):
            token = reply.take(logits[row])
            taken.append(token)
            if token.finish or row == len(guess) or token.id != guess[row]:
                break
        reply.cache.truncate(start + len(taken))
        hidden = states[: len(taken)]
        switch.record(len(guess) + 1, len(taken), time.perf_counter() - begun)
        yield from taken


def _guess(reply: Reply, hidden: Tensor, drafter: Drafter | None, switch: Switch, most: int) -> list[int]:
    if drafter is None:
        return []
    drafter.read(hidden, reply.ids)
    room = reply.request.max_tokens - (len(reply.ids) - len(reply.request.ids)) - 1
    count = min(switch.most(most), room)
    return drafter.draft(reply.ids, count) if count > 0 else []
