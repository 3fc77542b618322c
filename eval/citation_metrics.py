"""Citation recall and precision of one sentence by ALCE's definitions (Gao et al., EMNLP 2023, section 4); pure.

Whether passages support the sentence is asked of a function, so that any judge can stand in the place of ALCE's model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Passage = TypeVar("Passage")


@dataclass(frozen=True, slots=True)
class Scored:
    """One sentence: whether all it cites supports it together, and for each cited passage whether it is precise."""

    recalled: bool
    precise: tuple[bool, ...]

    @property
    def over_cited(self) -> bool:
        """Supported as a whole, and at least one of several citations could go."""
        return self.recalled and not all(self.precise)


def scored(passages: Sequence[Passage], supports: Callable[[Sequence[Passage]], bool]) -> Scored:
    """The cited passages of one sentence.

    Recall is 1 where all of them joined support it; with none it is 0. A citation is imprecise where the whole does not
    support the sentence, or where it alone does not and the rest without it still does.
    """
    if not passages or not supports(passages):
        return Scored(False, (False,) * len(passages))
    if len(passages) == 1:
        return Scored(True, (True,))
    return Scored(True, tuple(_precise(passages, at, supports) for at in range(len(passages))))


def _precise(passages: Sequence[Passage], at: int, supports: Callable[[Sequence[Passage]], bool]) -> bool:
    rest = [passage for other, passage in enumerate(passages) if other != at]
    return supports([passages[at]]) or not supports(rest)
