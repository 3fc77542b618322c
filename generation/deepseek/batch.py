"""Several replies at once: they share each step's weights, keep their own caches, and come and go between steps."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from generation.deepseek.generate import Reply, Request, Token, begin
from generation.deepseek.kept import Kept
from generation.deepseek.model import Model


class Batch:
    """Continuous batching; every reply is the one that its request would get alone, bit for bit."""

    def __init__(self, model: Model, *, most: int = 8, kept: Kept | None = None) -> None:
        """:param most: replies that run at once; more wait."""
        self._model, self._most, self._kept = model, most, kept
        self._waiting: deque[tuple[int, Request]] = deque()
        self._running: dict[int, Reply] = {}
        self._count = 0

    def add(self, request: Request) -> int:
        """Queue a request; gives its number.

        :raises ValueError: it has no ids, or one that is not in the vocabulary.
        """
        if not request.ids or not all(0 <= token < self._model.config.vocab for token in request.ids):
            raise ValueError("a request needs ids of the model's vocabulary")
        self._count += 1
        self._waiting.append((self._count, request))
        return self._count

    def cancel(self, number: int) -> None:
        """Drop a request; the others go on. One that is unknown or done is ignored."""
        self._running.pop(number, None)
        self._waiting = deque(item for item in self._waiting if item[0] != number)

    def step(self) -> list[tuple[int, Token]]:
        """The next token of every reply that runs, after those that wait were let in; empty when all is done."""
        going, given = list(self._running.items()), []
        while self._waiting and len(self._running) < self._most:
            number, request = self._waiting.popleft()
            reply, hidden = begin(self._model, request, kept=self._kept)
            given.append((number, reply.take(self._model.logits(hidden[-1:])[0])))
            self._running[number] = reply
        if going:
            tokens = [reply.ids[-1] for _, reply in going]
            logits, _ = self._model.step(tokens, [reply.cache for _, reply in going])
            given += [(number, reply.take(row)) for (number, reply), row in zip(going, logits, strict=True)]
        for number, token in given:
            if token.finish:
                del self._running[number]
        return given

    def run(self, requests: Sequence[Request]) -> Iterator[tuple[int, Token]]:
        """All replies, tokens as they come, with the place of their request in `requests`."""
        places = {self.add(request): place for place, request in enumerate(requests)}
        while self._waiting or self._running:
            for number, token in self.step():
                if number in places:
                    yield places[number], token
