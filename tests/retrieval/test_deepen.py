"""Deep vectors in the background: the order, one filler at a time, interruption, and giving way to questions."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from library import filling
from library import settings as knobs
from library.records import Chunk, Document, Element, Kind, Status, Version
from library.store import Ledger, now
from library.text import digest
from retrieval.deepen import Deepener, sole_filler
from retrieval.search import Search

ROOT = Path(__file__).resolve().parents[2]


class Counted:
    """An encoder that keeps every text it was given, and may be slow."""

    dim, max_tokens = 8, 1000

    def __init__(self, name: str = "counted", *, slow_s: float = 0.0) -> None:
        self.name, self.seen, self._slow_s = name, list[str](), slow_s

    def count(self, text: str) -> int:
        return len(text)

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(self._slow_s)
        self.seen += texts
        rows = np.array([[1.0 + (ord(char) % 7) for char in text.ljust(8)[:8]] for text in texts], np.float32)
        return rows.reshape(-1, 8) / np.linalg.norm(rows.reshape(-1, 8), axis=1, keepdims=True)

    queries = passages


def publish(ledger: Ledger, name: str, *, chunks: int = 5, updated: str = "") -> str:
    lines = [f"{name} line {number:03}" for number in range(chunks)]
    text, at, made = "\n".join(lines), 0, []
    for ordinal, line in enumerate(lines):
        key = digest(name, str(ordinal))
        made.append(Chunk(f"{key[:8]}-{key[8:12]}-4{key[13:16]}-8{key[17:20]}-{key[20:32]}", name, ordinal, at, at + len(line)))  # fmt: skip
        at += len(line) + 1
    document = Document(name, "c", f"/{name}", name, "text/plain", "en", name, 1, Status.LIVE, name, updated=updated)
    ledger.publish(
        document, Version(name, name, name, text, (Element(Kind.PARAGRAPH, 0, len(text)),), "p", now()), made
    )
    return name


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def searching(ledger: Ledger) -> Iterator[Callable[..., tuple[Search, Counted]]]:
    opened: list[Search] = []

    def open_one(*, slow_s: float = 0.0) -> tuple[Search, Counted]:
        deep = Counted("deep", slow_s=slow_s)
        own = replace_home(ledger)
        opened.append(Search(ledger, own, encoders={"instant": Counted("instant"), "deep": deep}))
        return opened[-1], deep

    yield open_one
    for search in opened:
        search.close()


def replace_home(ledger: Ledger) -> knobs.Settings:
    return knobs.load().model_copy(update={"home": ledger.path.parent})


def waited(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def test_the_most_asked_come_first_then_the_newest(
    ledger: Ledger, searching: Callable[..., tuple[Search, Counted]]
) -> None:
    for name, day in (("old", "2026-01-01"), ("asked", "2025-01-01"), ("new", "2026-03-01"), ("often", "2024-01-01")):
        publish(ledger, name, chunks=2, updated=f"{day}T00:00:00+00:00")
    with ledger.write() as db:
        db.executemany("INSERT INTO cited VALUES (?, ?)", [("asked", "a1"), ("often", "a1"), ("often", "a2")])
    search, deep = searching()
    assert [version for version, _ in filling.waiting(ledger, "deep")] == ["often", "asked", "new", "old"]
    assert search.fill("deep") == 8
    assert [text.split()[0] for text in deep.seen[::2]] == ["often", "asked", "new", "old"]
    assert filling.waiting(ledger, "deep") == [] and filling.share(ledger, "deep") == (8, 8)


def test_an_interrupted_filling_goes_on_and_embeds_nothing_twice(
    ledger: Ledger, searching: Callable[..., tuple[Search, Counted]]
) -> None:
    for name in ("a", "b", "c"):
        publish(ledger, name, chunks=5)
    search, deep = searching()
    steps = iter([True, True, True, False])
    assert search.fill("deep", batch=2, go_on=lambda: next(steps)) == 5
    assert filling.share(ledger, "deep") == (5, 15)
    assert search.fill("deep", batch=2) == 10
    assert len(deep.seen) == len(set(deep.seen)) == 15
    told: list[tuple[int, int]] = []
    publish(ledger, "d", chunks=3)
    search.fill("deep", batch=2, progress=lambda done, total: told.append((done, total)))
    assert told == [(17, 18), (18, 18)]


def test_a_renewed_document_is_wanting_again(ledger: Ledger, searching: Callable[..., tuple[Search, Counted]]) -> None:
    publish(ledger, "a")
    search, _ = searching()
    search.fill("deep")
    document = ledger.document("a")
    assert document is not None
    text = "something new"
    chunk = Chunk("00000000-0000-4000-8000-000000000001", "a2", 0, 0, len(text))
    ledger.publish(replace(document, version="a2"), Version("a2", "a", "x", text, (Element(Kind.PARAGRAPH, 0, len(text)),), "p", now()), [chunk])  # fmt: skip
    assert filling.share(ledger, "deep") == (0, 1) and "a" not in filling.complete(ledger, "deep")
    assert search.fill("deep") == 1
    assert search.search("something new")[0].trace["deep"].rank == 1


def test_while_another_process_fills_nobody_else_does(
    ledger: Ledger, searching: Callable[..., tuple[Search, Counted]]
) -> None:
    publish(ledger, "a")
    search, deep = searching()
    script = (
        "import sys, pathlib; from retrieval.deepen import sole_filler\n"
        f"with sole_filler(pathlib.Path({str(ledger.path.parent)!r})) as mine: print(mine, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as other:
        assert other.stdout is not None and other.stdout.readline().strip() == "True"
        assert search.fill("deep") is None and deep.seen == []
        background = Deepener(search, pause_s=0.02)
        background.start()
        time.sleep(0.1)
        assert deep.seen == []
        other.communicate("")
    assert waited(lambda: filling.share(ledger, "deep") == (5, 5))
    background.close()


def test_it_gives_way_while_a_question_is_asked_and_a_question_is_answered_while_it_works(
    ledger: Ledger, searching: Callable[..., tuple[Search, Counted]]
) -> None:
    publish(ledger, "a", chunks=64)
    search, deep = searching(slow_s=0.2)
    background = Deepener(search, pause_s=0.02)
    token = object()
    search._asked.add(token)
    background.start()
    time.sleep(0.2)
    assert deep.seen == []
    search._asked.discard(token)
    assert waited(lambda: len(deep.seen) >= 8)
    assert search.search("line 001") and filling.share(ledger, "deep") == (0, 64)
    assert background.progress is not None and background.progress[1] == 64
    publish(ledger, "b")
    assert waited(lambda: filling.share(ledger, "deep") == (69, 69))
    background.close()
    assert background.progress is None and "deepener" not in {thread.name for thread in threading.enumerate()}


def test_an_interrupt_ends_a_process_that_fills_and_keeps_what_was_done(ledger: Ledger, searching: Callable[..., tuple[Search, Counted]]) -> None:  # fmt: skip
    publish(ledger, "a", chunks=400)
    script = (
        "import time; from tests.retrieval.test_deepen import *\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background job ignores it
        f"own = Ledger(Path({str(ledger.path.parent)!r})); deep = Counted('deep', slow_s=0.05)\n"
        "search = Search(own, replace_home(own), encoders={'instant': Counted('instant'), 'deep': deep})\n"
        "Deepener(search).start(); print('started', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as other:
        assert other.stdout is not None and other.stdout.readline().strip() == "started"
        time.sleep(0.5)
        other.send_signal(signal.SIGINT)
        _, said = other.communicate(timeout=15)
    assert "KeyboardInterrupt" in said
    kept = int(ledger.read("SELECT count(*) FROM vectors WHERE model = 'deep'")[0][0])
    search, deep = searching()
    assert 0 < kept < 400 and search.fill("deep") == 400 - kept and len(deep.seen) == 400 - kept


def test_one_filler_at_a_time_within_a_process_too(tmp_path: Path) -> None:
    with sole_filler(tmp_path) as first, sole_filler(tmp_path) as second:
        assert first and not second
    with sole_filler(tmp_path) as third:
        assert third
