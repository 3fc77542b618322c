"""Whether anything is answered does not hang on how busy the machine is."""

import time

import pytest

from library import settings as knobs
from library.records import Chunk, Document, Hit, Status
from retrieval import lexical
from retrieval.judging import Judging
from retrieval.reader.reader import Judged, Reader, Terms, Text
from retrieval.reader.reading import Reading
from retrieval.vectors import TermCounts


class _Busy(Reader):
    """Takes half of the limit for each passage, by the clock of the test."""

    def __init__(self) -> None:
        self.clock = 0.0

    def judge_whole(self, question: str, texts: list[Text], terms: Terms) -> list[Judged]:  # type: ignore[override]
        self.clock += 0.2 * len(texts)
        return [Judged(1.0, 2.0, (), ()) for _ in texts]


def test_a_refusal_reads_its_five_hits_where_an_order_would_have_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    busy, held = _Busy(), TermCounts.of([lexical.frequencies("租金")])
    monkeypatch.setattr(time, "monotonic", lambda: busy.clock)
    judging = Judging(knobs.load(), dict, lambda: held)
    judging.__dict__["reading"] = Reading(busy, lambda: held)
    document = Document("d", "c", "/d", "d", "text/plain", "zh", "s", 1, Status.LIVE, "v")
    hits = [Hit(Chunk(str(n), "v", n, 0, n), document, "x" * (n + 1), 0.9) for n in range(5)]
    assert judging.reading is not None
    assert len(judging.reading.hits_whole("租金", hits, limit_s=0.4)) == 4
    assert judging._read("押金", hits) == [(1.0, 2.0)] * 5
    busy.clock = -100.0
    monkeypatch.setattr(time, "monotonic", lambda: 10 * busy.clock)  # far too busy
    assert judging._read("租金多少", hits)[2:] == [None] * 3
