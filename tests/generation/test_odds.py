"""How sure a model is of its first word, from likely tokens and from logits."""

import math

import torch
from hypothesis import given
from hypothesis import strategies as st

from generation import odds

YES = ("Yes", "No")


@given(st.floats(0.02, 0.98), st.floats(0.5, 1.0))
def test_the_odds_are_those_of_the_two_words_alone(share: float, both: float) -> None:
    found = [("Yes", math.log(share * both)), (" No", math.log((1 - share) * both)), ("Maybe", math.log(0.4))]
    said = odds.of_top(found, YES)
    assert said is not None and math.isclose(said, math.log(share / (1 - share)), abs_tol=1e-3)
    turned = odds.of_top(found, YES[::-1])
    assert turned is not None and math.isclose(turned, -said, abs_tol=1e-6)


def test_the_beginning_of_a_word_counts_for_it_and_what_begins_both_for_none() -> None:
    found = [("没", math.log(0.6)), ("有", math.log(0.2)), ("", math.log(0.1)), ("\n", math.log(0.1))]
    said = odds.of_top(found, ("有", "没有"))
    assert said is not None and math.isclose(said, math.log(0.2 / 0.6), abs_tol=1e-4)
    assert odds.of_top([("N", math.log(0.9))], ("Never", "No")) is None


def test_a_model_that_would_say_something_else_says_nothing() -> None:
    assert odds.of_top([("<think>", math.log(0.95)), ("Yes", math.log(0.04))], YES) is None
    assert odds.of_top([], YES) is None


def test_logits_say_what_their_probabilities_say() -> None:
    logits = torch.tensor([3.0, 1.0, 2.0, -4.0])
    said = odds.of_logits(logits, 0, 1)
    assert said is not None and math.isclose(said, 2.0, abs_tol=1e-3)
    assert odds.of_logits(torch.tensor([9.0, 1.0, 2.0]), 1, 2) is None
