"""What earlier turns were about, in either language; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from generation import topic_en, topic_zh
from library.text import language

if TYPE_CHECKING:
    from generation.followup import Turn


def topic_of(turns: Sequence[Turn], *, person: bool = False) -> str:
    """The latest turn's topic, or that of the one before where it names nothing; empty where none does.

    :param person: whether he or she is looked for.
    """
    for turn in reversed(turns):
        found = topic_zh.topic(turn) if language(turn.question) == "zh" else topic_en.topic(turn, person=person)
        if found:
            return found
    return ""
