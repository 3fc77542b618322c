"""The likeliest span against all of them, and its words spelt from tokens."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.answer_metrics import f1
from eval.spans import best, said
from retrieval import lexical
from retrieval.reader.reader import Reader, terms_of
from retrieval.vectors import TermCounts

LOGITS = st.lists(
    st.tuples(st.floats(-8, 8, width=32), st.floats(-8, 8, width=32)), min_size=1, max_size=14, unique=True
)


@given(logits=LOGITS, most=st.integers(1, 6))
def test_no_span_that_is_short_enough_is_likelier(logits: list[tuple[float, float]], most: int) -> None:
    first, last = np.array(logits, np.float32).T
    start, end, score = best(first, last, most=most)
    assert 0 < end - start <= most and end <= len(logits)
    spans = [(a, b) for a in range(len(logits)) for b in range(a + 1, min(len(logits), a + most) + 1)]
    values = {(a, b): float(first[a]) + float(last[b - 1]) for a, b in spans}
    assert values[start, end] == pytest.approx(max(values.values()), abs=1e-5)
    shares = np.exp(first.astype(float)) / np.exp(first.astype(float)).sum()
    ends = np.exp(last.astype(float)) / np.exp(last.astype(float)).sum()
    assert score == pytest.approx(float(np.log(shares[start] * ends[end - 1])), abs=1e-4)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Who invaded England in 1066?", "The Normans were Norse. William the Conqueror invaded England in 1066.", "William the Conqueror"),
        ("主机的额定功率是多少？", "整机保修三年。主机的额定功率为 350 瓦，峰值更高。", "350 瓦"),
    ],
)  # fmt: skip
def test_the_span_has_the_answer_s_words(question: str, text: str, answer: str) -> None:
    terms = terms_of(TermCounts.of([lexical.frequencies(text)]))
    assert f1(said(Reader(threads=1), question, text, "", terms), [answer]) >= 0.5
    assert said(Reader(threads=1), question, "", "", terms) == ""
