"""What the reader is sure of may be said in other words; figures and what turns the meaning may not."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from generation.verify import judge
from library.records import ClaimStatus, Evidence

SOURCE = "The old harbour of Visby was filled with sand and became a park. Ships now moor at the new pier in the north."
EVIDENCE = [Evidence(1, "1", "", "1", 0, len(SOURCE), SOURCE)]
OTHER_WORD = "The old harbour of Visby was filled with gravel and became a park."


def _encode(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.full((len(texts), 4), 0.5, np.float32)  # every cosine is 1


def _status(claim: str, supports: float) -> ClaimStatus:
    return judge(claim, EVIDENCE, cited=[1], encode=_encode, reads=lambda _claim, _passage: (5.0, 3.0, supports)).status


def test_another_word_stands_where_the_reader_bears_it_out() -> None:
    assert _status(OTHER_WORD, -2.0) is not ClaimStatus.SUPPORTED
    assert _status(OTHER_WORD, 3.0) is ClaimStatus.SUPPORTED
    assert judge(OTHER_WORD, EVIDENCE, cited=[1], encode=_encode).status is not ClaimStatus.SUPPORTED


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("The pier of Visby was built in 1974 by the town itself.", "The pier of Visby was built in 1977 by the town itself."),
        ("The pier of Visby was not rebuilt after the storm.", "The pier of Visby was rebuilt after the storm."),
        (
            "Beset by delays, the expedition was ready to sail from Halifax, Nova Scotia in early August.",
            "Beset by delays, the expedition was ready to sail from Nova Scotia, Halifax in early August.",
        ),
        ("维斯比的旧港后来填沙改成了公园。", "维斯比的旧港后来填沙改成了市场。"),
    ],
)  # fmt: skip
def test_a_figure_a_negation_a_moved_name_and_chinese_words_are_compared_all_the_same(source: str, claim: str) -> None:
    evidence = [Evidence(1, "1", "", "1", 0, len(source), source)]
    verdict = judge(claim, evidence, cited=[1], encode=_encode, reads=lambda _claim, _passage: (6.0, 5.0, 5.0))
    assert verdict.status is not ClaimStatus.SUPPORTED, verdict.decided
