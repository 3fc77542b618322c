"""Made contracts hold what is asked for where they say so, and lack it where they say that."""

import random

import numpy as np
import pytest

from retrieval.encoders.use import UniversalSentenceEncoder
from training.clauses import Clauses
from training.wordings import CLAUSES


@pytest.fixture(scope="module")
def builder() -> Clauses:
    return Clauses(UniversalSentenceEncoder(threads=1), seed=5)


def test_every_way_to_say_a_clause_has_one_answer_and_questions_of_its_own_or_of_all() -> None:
    for clause in CLAUSES:
        for says, asks in zip(clause.says, clause.asks, strict=True):
            assert all(way.count("«") == way.count("»") == 1 for way in says)
            assert len(asks) in (1, len(says)) and all(ask.endswith(("?", "？")) for own in asks for ask in own)


@pytest.mark.parametrize("chinese", [True, False])
def test_the_answer_stands_in_its_clause_and_not_in_the_text_without(builder: Clauses, chinese: bool) -> None:
    builder.random = random.Random(3)
    for _ in range(40):
        text, clauses = builder.document(builder.random.sample(range(len(CLAUSES)), 6), chinese)
        assert len(clauses) == 6 and not set("{}«»") & set(text)
        for one in clauses:
            line = text[text.rfind("\n", 0, one.span[0]) + 1 :].split("\n")[0]
            assert text[slice(*one.span)] in line and line not in one.without
            assert all(text[slice(*other.span)] in one.without for other in clauses if other is not one)


def test_spans_are_the_answers_and_nothing_without_the_clause_answers(builder: Clauses) -> None:
    builder.random = random.Random(4)
    asked = builder.clauses(10)
    made = builder.made
    right = [row for row, span in enumerate(made.span) if span[0] >= 0]
    assert len(right) >= asked == 40
    for row in right:
        first, last = made.span[row]
        assert made.answers[row] == 1 and all(made.inside[made.ends[row] :][first : last + 1])
    lacking = [row for row, source in enumerate(made.source) if source == "clauses without"]
    assert len(lacking) == asked and {made.answers[row] for row in lacking} == {0}
    assert not np.any(np.array(made.relevant)[lacking] == 1)
