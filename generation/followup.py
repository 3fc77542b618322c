"""A question that leans on the conversation, written out by rule so that it can be searched for on its own; pure.

It sees only plain text of earlier turns. A question that stands alone comes back as it was: a wrong guess costs more
than a missed one, so what is not recognised is left alone. The rules of each language stand in `followup_zh` and
`followup_en`; what is common is here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generation import followup_en, followup_zh
from library.text import language

_LOOK_BACK = 3  # turns; what was said before them is seldom meant


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question with what was answered."""

    question: str  # as it was understood
    answer: str = ""  # the sentences that were shown
    passages: tuple[str, ...] = ()  # what was found for it, best first


def written_out(question: str, turns: Sequence[Turn]) -> str:
    """The question with what it leaves to the conversation put in; the same text where it stands alone.

    :param turns: in order, the latest last.
    """
    bare = question.strip()
    if not bare or not turns:
        return question
    rules = followup_zh if language(bare) == "zh" else followup_en
    return rules.written_out(bare, turns[-_LOOK_BACK:]) or question
