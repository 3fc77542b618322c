"""The model's word beside the learned score."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation import gate
from generation.chat import Message
from library.records import Chunk, Document, Hit, Status
from library.text import digest

ODDS = st.lists(st.floats(-12, 12), min_size=1, max_size=5)
SCORE = st.floats(0, 1)


def hit(text: str, *, context: str = "", headings: tuple[str, ...] = ()) -> Hit:
    chunk = Chunk(digest(text), "v", 0, 0, len(text), heading_path=headings, context=context)
    return Hit(chunk, Document("d", "c", "/d", "Manual", "text/plain", "en", "d", 1, Status.LIVE, "v"), text, 0.5)


class Model:
    """Is as sure as it is told to be of passages that hold a word."""

    def __init__(self, sure: dict[str, float | None]) -> None:
        self.sure, self.asked = sure, list[str]()

    def odds(self, messages: list[Message], words: tuple[str, str]) -> float | None:
        self.asked.append(messages[-1].content)
        return next((odds for word, odds in self.sure.items() if word in messages[-1].content), -2.0)


@given(SCORE, ODDS, st.sampled_from(("zh", "en")))
def test_it_is_a_probability_and_rises_with_the_score(score: float, odds: list[float], lang: str) -> None:
    found = gate.probability(score, odds, lang)
    assert 0 < found < 1
    assert gate.probability(min(1.0, score + 0.1), odds, lang) >= found


@given(SCORE, ODDS, st.floats(0, 9))
def test_it_rises_where_the_surest_passage_is_surer(score: float, odds: list[float], more: float) -> None:
    raised = list(odds)
    raised[odds.index(max(odds))] += more
    assert gate.probability(score, raised, "en") >= gate.probability(score, odds, "en") - 1e-9


def test_a_doubtful_score_is_turned_by_a_sure_model_both_ways() -> None:
    assert gate.probability(0.3, [3.0, -1.0, -2.0, -2.0, -2.0], "en") > 0.55
    assert gate.probability(0.6, [-3.0, -3.0, -3.0, -3.5, -3.0], "en") < 0.55


def test_five_passages_are_asked_about_and_each_is_told_of() -> None:
    model = Model({"pump": 2.5})
    steps = gate.weighing(model, "How?", ["pump", *"abcdef"], 0.3, "en")
    told = []
    while True:
        try:
            told.append(next(steps))
        except StopIteration as end:
            assert end.value == gate.probability(0.3, [2.5, *[-2.0] * 4], "en")
            break
        assert len(model.asked) == len(told) - 1
    assert told == [gate.Weighing(number, 5) for number in range(1, 6)]
    assert all(asked.endswith("Question: How?") for asked in model.asked)


def test_a_hit_is_read_below_what_it_stands_under() -> None:
    assert gate.shown(hit("a pump", headings=("Care",), context="| part |")) == "Manual › Care\n| part |\na pump"


def test_a_model_that_does_not_tell_is_asked_once_and_changes_nothing() -> None:
    model = Model({"text": None})
    assert gate.weighed(model, "怎么办？", ["text 1", "text 2"], 0.4, "zh") == 0.4
    assert len(model.asked) == 1


def test_nobody_is_asked_where_the_score_is_sure_or_there_is_nothing_to_read() -> None:
    model = Model({})
    assert gate.weighed(model, "How?", ["a"], gate.SURE, "en") == gate.SURE
    assert gate.weighed(model, "How?", [], 0.0, "en") == 0.0
    assert not model.asked
    assert gate.weighed(model, "How?", ["a"], 0.5, "en") == gate.probability(0.5, [-2.0], "en")


def test_a_long_passage_is_cut() -> None:
    model = Model({})
    gate.weighed(model, "How?", ["w " * 5000], 0.4, "en")
    assert len(model.asked[0]) < 1800


def test_scores_at_the_ends_stay_finite() -> None:
    assert all(math.isfinite(one) for score in (0.0, 1.0) for one in gate.features(score, [99.0], "zh"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_asked_ends_with_the_question(lang: str) -> None:
    rules, asked = gate.asked("Q?", "P.", lang)
    assert rules.role == "system" and gate.WORDS[lang][0] in rules.content
    assert asked.content.index("P.") < asked.content.index("Q?")
