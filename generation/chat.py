"""The protocol that every generator speaks, and who is chosen; it knows no evidence and no citation."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from library.records import Evidence

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a reply: text, thinking, or, once at the end, usage and why it ended.

    A backend that copied `text` says where from: `source` is (evidence number, start, end) in the version's text. Such a
    piece is shown as it stands, and what looks like a marker in it is the source's own.
    """

    text: str = ""
    source: tuple[int, int, int] | None = None
    inline: bool = False  # a copied piece that is part of a running sentence
    thinking: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)
    finish: str = ""  # "stop", "length", "cancelled"; empty before the end


@dataclass(frozen=True, slots=True)
class Options:
    """What a request asks of the generator beside its messages.

    `question` and `evidence` are for backends that quote or constrain; a model reads them in the messages.
    """

    question: str = ""
    evidence: Sequence[Evidence] = ()
    max_tokens: int = 1024
    temperature: float = 0.0
    seed: int = 0
    stop: Sequence[str] = ()


class Chat(Protocol):
    """A generator; closing the iterator cancels what is running."""

    name: str

    def stream(self, messages: Sequence[Message], *, options: Options) -> Iterator[Delta]:
        """The reply to the messages, piece by piece."""


class Clock:
    """When a reply was asked for, began and went on, for its usage."""

    def __init__(self) -> None:
        self._asked = time.monotonic()
        self._first = self._last = 0.0

    @property
    def begun(self) -> bool:
        """Whether a piece has come."""
        return bool(self._first)

    def piece(self) -> None:
        """A piece came now."""
        self._last = time.monotonic()
        self._first = self._first or self._last

    def usage(self) -> dict[str, int]:
        """`first_token_ms` from the question to the first piece, `decode_ms` from there to the last; empty before the first."""
        if not self._first:
            return {}
        return {
            "first_token_ms": round(1000 * (self._first - self._asked)),
            "decode_ms": round(1000 * (self._last - self._first)),
        }
