"""kill -9 at random moments of an ingest, then again: the same library as without, and every citation resolves."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from library import settings as knobs
from library.answers import Answers
from library.store import Ledger
from retrieval import embed
from retrieval.search import Search

ROOT = Path(__file__).resolve().parents[2]
TRIALS = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "files"
    place.mkdir()
    for number in range(8):
        body = "".join(
            f"第{i}条　甲方第{number}组应当在{i}日之内完成第{i * 7 + number}项检查并记录结果。\n" for i in range(1, 30)
        )
        (place / f"{number}.md").write_text(f"# 文件{number}\n\n## 细则\n\n{body}", "utf-8")
    return place


def start(folder: Path, home: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "SUYUAN_HOME": str(home), "SUYUAN_RETRIEVAL__DEEP": ""}
    return subprocess.Popen(
        [sys.executable, "-m", "ingest", str(folder), "--json"], cwd=ROOT, env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def state(ledger: Ledger) -> tuple[list[tuple[str, str, str]], list[tuple[str, int, int, str]]]:
    """Documents and chunks with their words, without ids that depend on the folder."""
    documents, chunks = [], []
    for document in ledger.documents():
        documents.append((Path(document.uri).name, document.sha256, document.status.value))
        text = ledger.text(document.version or "") or ""
        chunks += [
            (Path(document.uri).name, c.start, c.end, text[c.start : c.end])
            for c in ledger.chunks_of(document.version or "")
        ]
    return documents, chunks


def test_a_killed_ingest_goes_on_where_it_was(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_RETRIEVAL__DEEP", "")
    begin = time.monotonic()
    assert start(folder, tmp_path / "whole").wait(120) == 0
    longest = time.monotonic() - begin
    expected = state(Ledger(tmp_path / "whole"))
    assert len(expected[0]) == 8 and len(expected[1]) > 8

    rng = random.Random(20261124)
    encoders = {"instant": embed.load("use")}
    halfway = 0
    for trial in range(TRIALS):
        home = tmp_path / f"home{trial}"
        running = start(folder, home)
        time.sleep(rng.uniform(0.15, 1.0) * longest)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait(30)
        ledger = Ledger(home)
        before = state(ledger)
        halfway += 0 < len(before[0]) < 8
        assert set(before[1]) <= set(expected[1]), "a document is half visible"
        settings = knobs.load(home)
        search = Search(ledger, settings, encoders=encoders)
        ingest(ledger, search, settings, [folder])
        assert state(ledger) == expected
        points = search.index.count()
        hits = search.search("第3组应当在多少日之内完成检查", k=5)
        search.close()
        assert points == len(expected[1]) == ledger.count_chunks(), "the index holds something twice, or not at all"
        assert hits and all((ledger.text(h.chunk.version) or "")[h.chunk.start : h.chunk.end] == h.text for h in hits)
        assert Answers(ledger).all() == []
        ledger.close()
    assert halfway >= 1, "no kill fell into the middle of an ingest: the test did not test what it says"
