from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from generation.pack import pack
from library import settings as knobs
from library.errors import IndexMismatch, LibraryBusy, ModelMissing
from library.records import Chunk, Document, Element, Evidence, Hit, Kind, Status, Version
from library.store import Ledger, now
from retrieval import fuse
from retrieval.index import Filters
from retrieval.rerank import CrossEncoderReranker, Verdict, reranked
from retrieval.search import Search
from tests.models import cross_encoder


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
    own = knobs.load()
    legs = own.model_copy(update={"retrieval": own.retrieval.model_copy(update={"reranker": ""})})
    made = Search(ledger, legs, encoders={"instant": Bags(), "deep": Bags("deep bags")})
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


def test_a_chunk_that_no_leg_brings_can_be_asked_for_within_the_filters(ledger: Ledger, add: Add) -> None:
    own = knobs.load()
    narrow = own.model_copy(update={"retrieval": own.retrieval.model_copy(update={"candidates": 10})})
    other = Search(ledger, narrow, encoders={"instant": Bags()})
    for number in range(12):
        add(f"near{number}", f"主机的额定功率为 {number} 瓦。")
    far = add("far", "Oranges are sweet.", language="en", collection="fruit")
    assert far.id not in {hit.chunk.id for hit in other.search("额定功率", k=20)}
    assert far.id in {hit.chunk.id for hit in other.search("额定功率", k=20, also=[far.id])}
    assert far.id not in {
        hit.chunk.id for hit in other.search("额定功率", k=20, also=[far.id], filters=Filters(("c",)))
    }
    other.close()


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
    other = Search(ledger, search.settings, encoders=search.encoders)
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
    other.embedding.missing("instant")
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
    assert search.judging.sentences("租金", []) == []
    text = "租金为三千元。今天下雨。"
    ((rent, rain),) = search.judging.sentences("租金多少", [Evidence(1, "d", "d", "v", 0, len(text), text)])
    assert 0 <= rain < rent <= 1


def test_langchain_gets_passages_with_what_a_citation_needs(search: Search, ledger: Ledger, add: Add) -> None:
    from retrieval.langchain import SuyuanRetriever

    add("rent", "租金为每月三千元。")
    (found,) = SuyuanRetriever(search=search, k=3).invoke("租金")
    meta = found.metadata
    assert (
        (ledger.text(meta["version"]) or "")[meta["start"] : meta["end"]] == found.page_content == "租金为每月三千元。"
    )


def test_two_passages_that_differ_in_one_figure_are_both_kept_and_true_doubles_are_not(
    search: Search, add: Add
) -> None:
    long = "甲方应当在收到发票之后的三十日以内把全部货款付到乙方指定的银行账户，逾期按每日万分之五支付违约金。合同总价 {} 元。"
    add("one", long.format(120000))
    add("two", long.format(150000))
    add("copy", long.format(120000) + " ")
    add("near", "注：" + long.format(150000))
    found = [hit.document.id for hit in search.search("合同总价是多少", k=5)]
    assert len(found) == 2 and {name in ("one", "copy") for name in found} == {True, False}


def test_a_date_lets_only_documents_of_that_time_through(search: Search, add: Add) -> None:
    add("rent", "租金为每月三千元。")
    today = now()[:10]
    assert search.search("租金", filters=Filters(since=today, until=today))
    assert search.search("租金", filters=Filters(until="2000-01-01")) == []
    assert search.search("租金", filters=Filters(documents=("other",), since=today)) == []


def test_neighbours_of_one_section_come_as_one_hit_and_pack_knows_them(ledger: Ledger, search: Search) -> None:
    parts = ["租金为每月三千元。", "租金在每月五日前支付。", "押金为两个月租金。", "房屋在三楼。", "租金不含水电费。"]
    text = "".join(parts)
    chunks, at = [], 0
    for ordinal, part in enumerate(parts):
        path = ("三楼",) if ordinal == 3 else ("租金",)
        chunks.append(Chunk(f"00000000-0000-0000-0000-{ordinal:012d}", "v", ordinal, at, at + len(part), path))
        at += len(part)
    search.embed(chunks, parts, "instant")
    ledger.publish(
        Document("d", "c", "/d", "d", "text/plain", "zh", "s", 1, Status.LIVE, "v"),
        Version("v", "d", "s", text, (Element(Kind.PARAGRAPH, 0, len(text)),), "p", now()), chunks,
    )  # fmt: skip
    hits = search.search("租金", k=5)
    assert sorted(hit.text for hit in hits) == sorted(["".join(parts[:3]), parts[3], parts[4]])
    wide = next(hit for hit in hits if hit.text == "".join(parts[:3]))
    assert wide.sentence is not None and wide.chunk.start <= wide.sentence[0] < wide.sentence[1] <= wide.chunk.end
    evidence = pack(hits, budget=1000, texts=lambda _: text, chunk_at=ledger.chunk_at, grow=False)
    assert wide.text in [item.text for item in evidence]
    assert len(search.search("租金", k=5, leg="fused")) == 5


def test_a_cross_encoder_by_folder_reorders_the_first_hits(ledger: Ledger, add: Add, tmp_path: Path) -> None:
    model = cross_encoder(tmp_path / "model")
    add("power", "主机的额定功率为 350 瓦。")
    add("rent", "承租人应当按月支付租金。")
    settings = knobs.load()
    own = settings.retrieval.model_copy(update={"reranker": str(model)})
    search = Search(
        ledger, settings.model_copy(update={"retrieval": own}), encoders={"instant": Bags(), "deep": Bags("deep bags")}
    )
    hits = search.search("额定功率是多少", k=2)
    search.close()
    assert [hit.trace["reranked"].rank for hit in hits] == [1, 2]
    assert hits[0].score >= hits[1].score and all(0 <= hit.score <= 1 for hit in hits)


def test_what_the_time_limit_leaves_out_follows_in_its_old_order() -> None:
    class Slow:
        name = "slow"

        def verdicts(self, question: str, hits: Sequence[Hit]) -> list[Verdict]:
            return [Verdict(len(hit.text) / 100, {"own": 0.5}) for hit in hits]

    document = Document("d", "c", "/d", "d", "text/plain", "zh", "s", 1, Status.LIVE, "v")
    hits = [Hit(Chunk(str(n), "v", n, 0, n), document, "x" * (n + 1), 0.9 - n / 100) for n in range(5)]
    out = reranked(Slow(), "q", hits, limit_s=0, batch=2)
    assert [hit.chunk.ordinal for hit in out] == [1, 0, 2, 3, 4]
    assert [hit.score for hit in out] == sorted((hit.score for hit in out), reverse=True)
    assert "reranked" in out[1].trace and "reranked" not in out[2].trace
    assert out[0].trace["own"].score == 0.5


def test_a_reranker_that_is_not_there_is_one_sentence(ledger: Ledger, add: Add, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="cannot be loaded"):
        CrossEncoderReranker(str(tmp_path / "nothing"))


def test_learned_weights_need_the_models_they_were_learned_with() -> None:
    packaged = fuse.weights(("use-multilingual-v3+parts", "multilingual-e5-small-int8"))
    assert packaged is not None and packaged.shape == (12,)
    assert fuse.weights(("use-multilingual-v3+parts",)) is not None
    assert fuse.weights(("bags", "deep bags")) is None


def test_a_better_signal_never_lowers_a_candidate_where_words_match_little() -> None:
    values = fuse.weights(("use-multilingual-v3+parts", "multilingual-e5-small-int8"))
    assert values is not None
    zero = np.zeros(2)
    for at, name in enumerate(("coverage", "instant", "sentence", "deep")):
        rows = {key: zero.copy() for key in ("coverage", "instant", "sentence", "deep", "crossing")}
        rows[name] = np.array([0.1, 0.3])
        low, high = fuse.learned(fuse.Signals(**rows), values)
        assert high > low, at


def test_ranks_are_fused_where_no_weights_are_known() -> None:
    ranks = {"lexical": {"a": 1, "b": 2}, "instant": {"b": 1, "c": 2}}
    scores = fuse.reciprocal(ranks, ["a", "b", "c"])
    assert scores[1] > scores[0] > scores[2] and scores[1] == 1 / 62 + 1 / 61
