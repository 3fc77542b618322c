"""The instant encoder: its table, unpacked once and mapped afterwards, and its work shared out among threads."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.encoders import averaging
from retrieval.encoders.use import UniversalSentenceEncoder

TEXTS = ["主机的额定功率为 350 瓦。", "The museum opened in 1975."]


def test_a_mapped_table_gives_the_same_vectors(tmp_path: Path) -> None:
    first = UniversalSentenceEncoder(cache=tmp_path).passages(TEXTS)
    assert [path.name for path in tmp_path.iterdir()] == [averaging._TABLE]
    again = UniversalSentenceEncoder(cache=tmp_path).passages(TEXTS)
    np.testing.assert_array_equal(first, again)


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: object, table: object) -> None:
        raise OSError(28, "No space left on device")

    kept = UniversalSentenceEncoder(cache=tmp_path / "kept").passages(TEXTS)
    monkeypatch.setattr(averaging.np, "save", full)
    found = UniversalSentenceEncoder(cache=tmp_path / "none").passages(TEXTS)
    np.testing.assert_array_equal(found, kept)
    assert not list((tmp_path / "none").iterdir())


ONE, SOME = (UniversalSentenceEncoder(threads=count) for count in (1, 3))
PART = st.sampled_from(
    ["", "主机的额定功率为 350 瓦。", "The museum opened in 1975. ", "a " * 40, "保修期为两年，" * 60]
)


@settings(max_examples=20, deadline=None)
@given(texts=st.lists(st.lists(PART, min_size=1, max_size=6), min_size=1, max_size=12))
def test_threads_change_no_vector(texts: list[list[str]]) -> None:
    whole, parts = ONE.passages_and_parts(texts)
    again, shared = SOME.passages_and_parts(texts)
    np.testing.assert_allclose(whole, again, atol=2e-6)
    for one, some in zip(parts, shared, strict=True):
        np.testing.assert_allclose(one, some, atol=2e-6)


def test_every_row_is_in_one_share_and_no_share_is_empty() -> None:
    ends = np.cumsum([0, 3, 0, 900, 2, 0])
    for count in range(1, 5):
        shares = averaging._by_weight(ends, count)
        assert [at for a, b in shares for at in range(a, b)] == list(range(len(ends)))
        assert all(a < b for a, b in (*shares, *averaging._even(7, count)))
        assert [at for a, b in averaging._even(7, count) for at in range(a, b)] == list(range(7))
