"""Whether the hits answer a question: the learned score, and beside it the word of the model that is to write the answer.

The reader that ships is small and strict about words it has not learned. A language model that is asked of each of the
first passages whether it states the answer knows more of the world; how sure it is of the one that it is surest of is put
together with the score by a logistic regression (`training.gate`).
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from generation.chat import Message
from generation.odds import Weighs
from library.records import Hit

MOST = 5  # passages that the model is asked about
SURE = 0.9  # a score from which nobody else is asked
_LONGEST = 1600  # characters of a passage
_FAR = 4.0  # log-odds beyond which one model is as sure as another
_WEIGHTS, _BIAS = (0.392, 0.692, -0.617), -0.408  # `python -m training.gate`: of the three features
_RULES = {
    "zh": "你是严谨的读者。判断资料里有没有写出问题的答案，只答“有”或“没有”。",
    "en": "You are a careful reader. Say whether the passage states the answer to the question. Answer Yes or No only.",
}
_ASKS = {"zh": "资料：{}\n\n问题：{}", "en": "Passage: {}\n\nQuestion: {}"}
WORDS = {"zh": ("有", "没有"), "en": ("Yes", "No")}


@dataclass(frozen=True, slots=True)
class Weighing:
    """The model is being asked about a passage."""

    passage: int
    of: int


def asked(question: str, passage: str, lang: str) -> list[Message]:
    """What the model is asked of one passage; the question comes last, so that what was read of a passage can be kept."""
    return [Message("system", _RULES[lang]), Message("user", _ASKS[lang].format(passage[:_LONGEST], question))]


def weighing(
    model: Weighs, question: str, passages: Sequence[str], score: float, lang: str
) -> Generator[Weighing, None, float]:
    """The score, with the model's word on it where the score is not sure by itself and the model has one.

    Says of each passage that the model is about to be asked about it; each takes seconds where the model is large.
    """
    if score >= SURE or not passages:
        return score
    shown, odds = passages[:MOST], list[float]()
    for number, passage in enumerate(shown, 1):
        yield Weighing(number, len(shown))
        said = model.odds(asked(question, passage, lang), WORDS[lang])
        if said is None:
            return score
        odds.append(said)
    return probability(score, odds, lang)


def weighed(model: Weighs, question: str, passages: Sequence[str], score: float, lang: str) -> float:
    """The same at once."""
    steps = weighing(model, question, passages, score, lang)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return float(end.value)


def features(score: float, odds: Sequence[float], lang: str) -> tuple[float, float, float]:
    """The score's own log-odds, those of the passage that the model is surest of, and whether they ask in Chinese."""
    score = min(max(score, 1e-3), 1 - 1e-3)
    return math.log(score / (1 - score)), max(-_FAR, min(_FAR, max(odds))), float(lang == "zh")


def probability(score: float, odds: Sequence[float], lang: str) -> float:
    """That the passages answer, of the learned score and what the model said."""
    found = sum(weight * own for weight, own in zip(_WEIGHTS, features(score, odds, lang), strict=True)) + _BIAS
    return 1 / (1 + math.exp(-found))


def shown(hit: Hit) -> str:
    """What the model reads of a hit: its text, below the title and the headings that it stands under and the head of a table it begins in the middle of."""
    about = " › ".join((hit.document.title, *hit.chunk.heading_path))
    return "\n".join(part for part in (about, hit.chunk.context, hit.text) if part)
