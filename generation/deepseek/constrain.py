"""Which tokens may come next. Grounded quoting: between quote marks only what stands in the evidence can be said."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Constraint(Protocol):
    """Follows the tokens of one reply."""

    def allowed(self) -> Collection[int] | None:
        """The ids that may come next; None for all."""

    def accept(self, token: int) -> None:
        """A token was chosen."""


class SuffixAutomaton:
    """Every sequence of ids that occurs in the documents, and where (Blumer et al., 1985).

    At most 2 N states for N ids; a step costs O(1). Documents are parted by ids below zero, which nothing can follow.
    """

    def __init__(self, documents: Iterable[Sequence[int]]) -> None:
        self.next: list[dict[int, int]] = [{}]
        self._link, self._length, self._end = [-1], [0], [(-1, -1)]
        last = 0
        for number, document in enumerate(documents):
            for at, token in enumerate(document):
                last = self._extend(last, token, (number, at))
            last = self._extend(last, -1 - number, (number, len(document)))

    def _extend(self, last: int, token: int, end: tuple[int, int]) -> int:
        state = self._add({}, self._length[last] + 1, end)
        at = last
        while at >= 0 and token not in self.next[at]:
            self.next[at][token] = state
            at = self._link[at]
        if at < 0:
            self._link[state] = 0
            return state
        target = self.next[at][token]
        if self._length[target] != self._length[at] + 1:
            twin = self._add(dict(self.next[target]), self._length[at] + 1, self._end[target])
            self._link[twin], self._link[target] = self._link[target], twin
            while at >= 0 and self.next[at].get(token) == target:
                self.next[at][token] = twin
                at = self._link[at]
            target = twin
        self._link[state] = target
        return state

    def _add(self, edges: dict[int, int], length: int, end: tuple[int, int]) -> int:
        self.next.append(edges)
        self._link.append(0)
        self._length.append(length)
        self._end.append(end)
        return len(self.next) - 1

    def step(self, state: int, token: int) -> int | None:
        """The state after a token, or None where no document goes on like that."""
        return self.next[state].get(token)

    def following(self, state: int) -> list[int]:
        """The ids with which some document goes on."""
        return [token for token in self.next[state] if token >= 0]

    def end(self, state: int) -> tuple[int, int]:
        """Document and place of the last id where the sequences of a state first end."""
        return self._end[state]


@dataclass(frozen=True, slots=True)
class Quote:
    """A closed quote: ids [start, end) of a document are the ids [first, last) of the reply."""

    document: int
    start: int
    end: int
    first: int
    last: int


@dataclass
class Grounded:
    """Lets a reply quote only from the evidence.

    `opening` and `closing` are the ids whose text is a quote mark and nothing else; `banned` those that hold a mark among
    other text. A quote begins at any id of the evidence.
    """

    evidence: SuffixAutomaton
    opening: frozenset[int]
    closing: frozenset[int]
    banned: frozenset[int] = frozenset()
    vocabulary: int = 0
    quotes: list[Quote] = field(default_factory=list)
    _state: int | None = None
    _first: int = 0
    _count: int = 0

    @property
    def inside(self) -> bool:
        """Whether a quote is open."""
        return self._state is not None

    def allowed(self) -> Collection[int] | None:
        """See `Constraint`."""
        if self._state is None:
            return frozenset(range(self.vocabulary)) - self.banned if self.banned else None
        ids = {token for token in self.evidence.following(self._state) if token not in self.closing | self.banned}
        return ids | self.closing if self._count > self._first or not ids else ids

    def accept(self, token: int) -> None:
        """See `Constraint`.

        :raises ValueError: the token is not one that was allowed.
        """
        self._count += 1
        if self._state is None:
            if token in self.opening:
                self._state, self._first = 0, self._count
        elif token in self.closing:
            length = self._count - 1 - self._first
            if length:
                document, last = self.evidence.end(self._state)
                self.quotes.append(Quote(document, last + 1 - length, last + 1, self._first, self._count - 1))
            self._state = None
        else:
            state = self.evidence.step(self._state, token)
            if state is None:
                raise ValueError(f"the token {token} does not continue the quote")
            self._state = state
