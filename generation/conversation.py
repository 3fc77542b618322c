"""Stored answers and plain messages as the earlier turns that a follow-up question leans on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generation.chat import Message
from generation.followup import Turn, written_out
from library.answers import Answers
from library.records import Answer
from library.store import Ledger


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was said before a question: turns in order, and the chunks that the last answer cites."""

    turns: tuple[Turn, ...] = ()
    cited: tuple[str, ...] = ()


def of(answers: Answers, ledger: Ledger, conversation: str | None) -> Earlier:
    """A stored conversation; nothing where there is none."""
    past = answers.of(conversation) if conversation else []
    if not past:
        return Earlier()
    turns = tuple(
        Turn(item.understood or item.question, "" if item.refused else item.text, tuple(e.text for e in item.evidence))
        for item in past
    )
    return Earlier(turns, _cited(past[-1], ledger))


def _cited(answer: Answer, ledger: Ledger) -> tuple[str, ...]:
    """The chunks that hold what an answer cites, as far as their versions are live."""
    spans = {(c.version, c.start, c.end) for claim in answer.claims for c in claim.citations}
    found = [chunk.id for version, start, end in sorted(spans) for chunk in ledger.chunks_over(version, start, end)]
    return tuple(dict.fromkeys(found))


def spoken(messages: Sequence[Message]) -> Earlier:
    """Messages of a request before its last one: each user's with the assistant's that follows it."""
    turns: list[Turn] = []
    for at, message in enumerate(messages):
        if message.role == "user":
            after = messages[at + 1] if at + 1 < len(messages) else None
            said = after.content if after and after.role == "assistant" else ""
            turns.append(Turn(written_out(message.content, turns), said))
    return Earlier(tuple(turns))
