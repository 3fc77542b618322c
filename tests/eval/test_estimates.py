from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import metrics
from eval.citation_metrics import scored
from eval.compare import paired
from eval.estimates import Mean, Rate

SETS = st.sets(st.frozensets(st.integers(0, 3)))


@given(st.integers(0, 200), st.integers(0, 200))
def test_wilson_holds_the_share(hits: int, more: int) -> None:
    rate = Rate(hits, hits + more)
    assert 0 <= rate.low <= rate.value + 1e-9 and rate.value - 1e-9 <= rate.high <= 1


def test_wilson_by_hand() -> None:
    rate = Rate(9, 10)  # 0.596 to 0.982: Wilson's interval of 9 of 10
    assert (round(rate.low, 3), round(rate.high, 3)) == (0.596, 0.982)
    assert Rate(0, 0).as_dict() == {"value": 0.0, "hits": 0, "n": 0, "low": 0.0, "high": 1.0}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_the_bootstrap_stays_within_the_values(values: list[float]) -> None:
    mean = Mean.of(values)
    assert min(values) - 1e-9 <= mean.low <= mean.high <= max(values) + 1e-9
    assert mean == Mean.of(values)


def oracle(passages: list[int], holds: set[frozenset[int]]) -> tuple[bool, list[bool]]:
    """ALCE's rule said the long way round."""
    whole = bool(passages) and frozenset(passages) in holds
    precise = []
    for passage in passages:
        alone = frozenset([passage]) in holds
        rest = frozenset(passages) - {passage}
        redundant = len(passages) > 1 and not alone and rest in holds
        precise.append(whole and not redundant)
    return whole, precise


@given(st.lists(st.integers(0, 3), unique=True, max_size=4), SETS)
def test_recall_and_precision_are_alces(passages: list[int], holds: set[frozenset[int]]) -> None:
    found = scored(passages, lambda some: frozenset(some) in holds)
    assert (found.recalled, list(found.precise)) == oracle(passages, holds)


@given(st.lists(st.integers(0, 3), unique=True, max_size=4), st.sets(st.integers(0, 3)))
def test_where_single_passages_decide_recall_is_that_one_does(passages: list[int], good: set[int]) -> None:
    found = scored(passages, lambda some: bool(good & set(some)))
    assert found.recalled == bool(good & set(passages))
    if found.recalled and len(passages) > 1:
        assert found.over_cited == bool(set(passages) - good)


def test_two_halves_that_only_hold_together_are_both_precise() -> None:
    assert scored([1, 2], lambda some: len(some) == 2).precise == (True, True)
    assert scored([], lambda some: True) == scored([], lambda some: False)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=30))
def test_kappa_is_symmetric_and_at_most_one(pairs: list[tuple[str, str]]) -> None:
    value = metrics.kappa(pairs)
    assert -1 <= value <= 1
    assert value == pytest.approx(metrics.kappa([(b, a) for a, b in pairs]))
    assert metrics.kappa([(a, a) for a, _ in pairs]) == 1


def test_kappa_by_hand() -> None:
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert metrics.kappa(pairs) == pytest.approx(0.4)


@given(st.integers(0, 12), st.integers(0, 12))
def test_mcnemar_is_the_binomial_test(a: int, b: int) -> None:
    outcomes = [sum(row) for row in product((0, 1), repeat=min(a + b, 12))] if a + b <= 12 else []
    value = metrics.mcnemar(a, b)
    assert 0 < value <= 1 and value == metrics.mcnemar(b, a)
    if outcomes:
        as_far = [k for k in outcomes if abs(k - (a + b) / 2) >= abs(a - (a + b) / 2)]
        assert value == pytest.approx(len(as_far) / len(outcomes))


def test_runs_are_compared_on_the_cases_that_both_have() -> None:
    first = {str(n): {"right": 0.0, "f1": 0.2} for n in range(20)} | {"x": {"right": 1.0}}
    second = {str(n): {"right": float(n > 2), "f1": 0.5} for n in range(20)} | {"y": {"right": 1.0}}
    right, f1 = paired(first, second)
    assert (right.n, right.first, right.second) == (20, 0, 0.85)
    assert right.differs and right.p is not None and right.p < 0.001
    assert f1.p is None and f1.difference == pytest.approx(0.3)
    assert not paired(first, first)[0].differs
