"""The instant encoder's table: unpacked once, mapped afterwards, and unpacked anew where the cache cannot be written."""

from pathlib import Path

import numpy as np
import pytest

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
