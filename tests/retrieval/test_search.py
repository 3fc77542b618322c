from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from library import settings as knobs
from library.errors import IndexMismatch, LibraryBusy
from library.records import Chunk, Document, Element, Kind, Status, Version
from library.store import Ledger, now
from retrieval.index import Filters
from retrieval.search import Search


class Bags:
    """An encoder in miniature: hashed characters, so that texts with the same characters are near."""

    dim = 64
    max_tokens = 1000

    def __init__(self, name: str = "bags") -> None:
        self.name = name

    def count(self, text: str) -> int:
        return len(text)

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            for char in text:
                rows[row, ord(char) % self.dim] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)

    queries = passages


Add = Callable[..., Chunk]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "home")


@pytest.fixture
def search(ledger: Ledger) -> Iterator[Search]:
    made = Search(ledger, knobs.load(), encoders={"instant": Bags(), "deep": Bags("deep bags")})
    yield made
    made.close()


@pytest.fixture
def add(ledger: Ledger, search: Search) -> Add:
    def put(name: str, text: str, *, version: str = "1", collection: str = "c", language: str = "zh") -> Chunk:
        chunk = Chunk(
            f"00000000-0000-0000-0000-{abs(hash((name, version))) % 10**12:012d}",
            f"{name}/{version}",
            0,
            0,
            len(text),
            language=language,
        )
        search.embed([chunk], [text], "instant")
        ledger.publish(
            Document(name, collection, f"/{name}", name, "text/plain", language, name + version, 1, Status.LIVE, chunk.version),
            Version(chunk.version, name, name + version, text, (Element(Kind.PARAGRAPH, 0, len(text)),), "p", now()), [chunk],
        )  # fmt: skip
        return chunk

    return put


def test_words_find_their_passage_and_every_leg_is_traced(search: Search, add: Add) -> None:
    add("power", "主机的额定功率为 350 瓦。")
    add("rent", "承租人应当按月支付租金。")
    hits = search.search("额定功率是多少", k=2)
    assert [hit.document.id for hit in hits] == ["power", "rent"]
    assert set(hits[0].trace) == {"lexical", "instant", "sentence", "fused"}
    assert hits[0].trace["lexical"].rank == 1 and "额定" in hits[0].matched
    assert all(0 < hit.score < 1 for hit in hits)


def test_a_new_version_replaces_the_old_one_at_once(search: Search, add: Add) -> None:
    add("rent", "租金为每月三千元。")
    search.search("租金", k=5)
    add("rent", "租金为每月五千元。", version="2")
    assert [hit.text for hit in search.search("租金", k=5)] == ["租金为每月五千元。"]
    assert search.index.count() == 1


def test_what_is_removed_is_not_found(search: Search, ledger: Ledger, add: Add) -> None:
    add("rent", "租金为每月三千元。")
    assert search.search("租金")
    ledger.remove_document("rent")
    assert search.search("租金") == []
    assert search.index.count() == 0


def test_deep_vectors_come_later_and_nothing_is_embedded_twice(search: Search, add: Add) -> None:
    add("rent", "租金为每月三千元。")
    assert "deep" not in search.search("租金")[0].trace
    assert search.fill("deep") == 1
    assert "deep" in search.search("租金")[0].trace
    assert search.fill("deep") == 0


def test_filters_hold_for_every_leg(search: Search, add: Add) -> None:
    add("a", "租金为每月三千元。", collection="x")
    add("b", "租金为每月三千五百元。", collection="y", language="en")
    assert [h.document.id for h in search.search("租金", filters=Filters(collections=("y",)))] == ["b"]
    assert [h.document.id for h in search.search("租金", filters=Filters(languages=("zh",)))] == ["a"]


def test_equal_passages_are_shown_once(search: Search, add: Add) -> None:
    add("a", "租金为每月三千元。")
    add("b", "租金为每月　三千元。")
    assert len(search.search("租金")) == 1


def test_a_second_process_searches_the_same_library(search: Search, ledger: Ledger, add: Add) -> None:
    add("rent", "租金为每月三千元。")
    expected = search.search("租金")
    other = Search(ledger, knobs.load(), encoders=search.encoders)
    found = other.search("租金")
    assert [(h.chunk.id, round(h.score, 3)) for h in found] == [(h.chunk.id, round(h.score, 3)) for h in expected]
    with pytest.raises(LibraryBusy):
        other.rebuild()


def test_another_model_is_refused_with_the_cure_and_the_cure_works(search: Search, ledger: Ledger, add: Add) -> None:
    add("rent", "租金为每月三千元。")
    search.search("租金")
    search.close()
    other = Search(ledger, knobs.load(), encoders={"instant": Bags("new bags")})
    with pytest.raises(IndexMismatch, match="suyuan reindex"):
        other.search("租金")
    other.embed_missing("instant")
    other.rebuild()
    assert other.search("租金")[0].document.id == "rent"
    other.close()


def test_the_index_can_be_thrown_away(search: Search, add: Add) -> None:
    add("rent", "租金为每月三千元。")
    before = search.search("租金")
    search.rebuild()
    after = search.search("租金")
    assert [replace(h, score=0, trace={}) for h in after] == [replace(h, score=0, trace={}) for h in before]


def test_an_empty_library_and_an_empty_question_find_nothing(search: Search, add: Add) -> None:
    assert search.search("租金") == []
    add("rent", "租金为每月三千元。")
    assert search.sentence_scores("租金", []) == []
    scores = search.sentence_scores("租金多少", ["租金为三千元。", "今天下雨。"])
    assert 0 <= scores[1] < scores[0] <= 1


def test_langchain_gets_passages_with_what_a_citation_needs(search: Search, ledger: Ledger, add: Add) -> None:
    from retrieval.langchain import SuyuanRetriever

    add("rent", "租金为每月三千元。")
    (found,) = SuyuanRetriever(search=search, k=3).invoke("租金")
    meta = found.metadata
    assert (
        (ledger.text(meta["version"]) or "")[meta["start"] : meta["end"]] == found.page_content == "租金为每月三千元。"
    )
