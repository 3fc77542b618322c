import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from library.errors import LibraryBusy, SuyuanError
from library.records import Box, Chunk, Document, Element, Kind, Status, Version
from library.store import Ledger, now

TEXT = "标题\n第一句。第二句。"
DOCUMENT = Document("d1", "default", "/a.md", "标题", "text/markdown", "zh", "s1", 20, Status.LIVE, "v1", updated=now())
VERSION = Version(
    "v1", "d1", "s1", TEXT, (Element(Kind.HEADING, 0, 2, 1, 1, (Box(1, 0.0, 1.0, 2.0, 3.0),)),), "p", now()
)
CHUNK = Chunk("c1", "v1", 0, 3, 11, ("标题",), (1, 1), (Box(1, 0.0, 1.0, 2.0, 3.0),), "zh", 8, "头")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path)


def test_what_is_published_reads_back_equal(ledger: Ledger) -> None:
    ledger.publish(DOCUMENT, VERSION, [CHUNK], settings="x")
    assert ledger.document("d1") == DOCUMENT
    assert ledger.version("v1") == VERSION
    assert ledger.chunks(["c1", "gone"]) == {"c1": CHUNK}
    assert ledger.live_versions() == {"v1": "d1"}
    assert ledger.document_settings("d1") == "x"


def test_a_new_version_retires_the_old_one(ledger: Ledger) -> None:
    ledger.publish(DOCUMENT, VERSION, [CHUNK])
    before = ledger.generation()
    ledger.publish(replace(DOCUMENT, version="v2"), replace(VERSION, id="v2"), [replace(CHUNK, id="c2", version="v2")])
    assert ledger.live_versions() == {"v2": "d1"}
    assert ledger.chunks(["c1"]) == {} and ledger.version("v1") is None
    assert ledger.generation() > before


def test_a_cited_version_keeps_its_text(ledger: Ledger) -> None:
    ledger.publish(DOCUMENT, VERSION, [CHUNK])
    with ledger.write() as db:
        db.execute("INSERT INTO cited VALUES ('v1', 'a1')")
    ledger.remove_document("d1")
    assert ledger.text("v1") == TEXT
    assert ledger.chunks_of("v1") == []
    assert ledger.live_versions() == {}


def test_chunks_are_found_by_their_order_and_by_what_they_hold(ledger: Ledger) -> None:
    spans = [(0, 4), (4, 6), (8, 9)]
    chunks = [replace(CHUNK, id=f"c{n}", ordinal=n, start=a, end=b) for n, (a, b) in enumerate(spans)]
    ledger.publish(DOCUMENT, VERSION, chunks)
    assert [ledger.chunk_at("v1", n) for n in range(-1, 4)] == [None, *chunks, None]
    assert ledger.chunk_at("v2", 0) is None and ledger.chunks_over("v2", 0, 9) == []
    for start in range(10):
        for end in range(start + 1, 11):
            held = [chunk for chunk in chunks if chunk.start < end and start < chunk.end]
            assert ledger.chunks_over("v1", start, end) == held


def test_a_failed_publication_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        ledger.publish(DOCUMENT, VERSION, [CHUNK, CHUNK])
    assert ledger.documents() == [] and ledger.version("v1") is None


def test_the_live_version_must_be_the_published_one(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="v9"):
        ledger.publish(DOCUMENT, replace(VERSION, id="v9"), [])


def test_vectors_by_model_and_hash(ledger: Ledger) -> None:
    ledger.put_vectors("m", {f"h{i}": bytes([i % 256]) for i in range(1200)})
    assert len(ledger.vectors("m", [f"h{i}" for i in range(1300)])) == 1200
    assert ledger.vectors("other", ["h1"]) == {}


def test_what_an_index_holds(ledger: Ledger) -> None:
    ledger.mark_indexed("edge", ["v1", "v2"], ["instant", "lexical"])
    ledger.unmark_indexed("edge", ["v2"])
    assert ledger.indexed("edge") == {"v1": {"instant", "lexical"}}
    assert ledger.indexed("server") == {}


def test_threads_share_a_ledger(ledger: Ledger) -> None:
    def write(i: int) -> None:
        ledger.publish(
            replace(DOCUMENT, id=f"d{i}", uri=f"/{i}", version=f"v{i}"),
            replace(VERSION, id=f"v{i}", document=f"d{i}"),
            [replace(CHUNK, id=f"c{i}", version=f"v{i}")],
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert len(ledger.documents()) == 40
    assert ledger.count_chunks("default") == 40


def test_a_writer_that_stays_is_named(tmp_path: Path) -> None:
    first, second = Ledger(tmp_path), Ledger(tmp_path, wait_s=0.1)
    with first.write(), pytest.raises(LibraryBusy, match="another process"):
        second.set_meta("a", "b")


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SuyuanError, match="SUYUAN_HOME"):
        Ledger(tmp_path / "file" / "home")
