"""Made documents hold what is asked for where they say so, and lack it where they say that."""

import random

import numpy as np
import pytest

from retrieval.encoders.use import UniversalSentenceEncoder
from training.forms import Forms


@pytest.fixture(scope="module")
def builder() -> Forms:
    return Forms(UniversalSentenceEncoder(threads=1), seed=5)


@pytest.mark.parametrize("kind", ["form", "table", "listing"])
@pytest.mark.parametrize("chinese", [True, False])
def test_a_question_is_answered_by_its_line_alone(builder: Forms, kind: str, chinese: bool) -> None:
    builder.random = random.Random(3)
    for _ in range(40):
        lines, questions, _ = getattr(builder, kind)(chinese)
        assert len(set(lines)) == len(lines)
        for asked in questions:
            assert asked.answer in lines[asked.line]
            assert asked.text.endswith(("?", "？")) and "{" not in asked.text
            if not asked.anywhere:  # it says whose form is meant
                assert any(word in asked.text for word in lines[0].replace("：", " ").split())


def test_spans_are_the_answers_and_nothing_without_the_line_answers(builder: Forms) -> None:
    builder.random = random.Random(4)
    asked = builder.documents("forms", builder.form, 12)
    made = builder.made
    decode = builder.writer.spelt
    right = [row for row, span in enumerate(made.span) if span[0] >= 0]
    assert len(right) == asked == 24
    for row in right:
        ids = made.ids[made.ends[row] : made.ends[row + 1]]
        first, last = made.span[row]
        assert made.answers[row] == 1 and all(made.inside[made.ends[row] :][first : last + 1])
        assert decode(ids[first : last + 1]).strip("：: |") in decode(ids)
    lacking = [row for row, source in enumerate(made.source) if source == "forms without"]
    assert len(lacking) == asked and {made.answers[row] for row in lacking} == {0}
    assert not np.any(np.array(made.relevant)[lacking] == 1)
