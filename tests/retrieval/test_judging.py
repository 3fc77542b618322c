"""How long a refusal waits for the reading of its hits."""

import time
from collections.abc import Sequence

import pytest

from library import settings as knobs
from library.records import Chunk, Document, Hit, Status
from retrieval import lexical
from retrieval.judging import Judging
from retrieval.reader.reader import Judged, Reader, Terms, Text
from retrieval.reader.reading import Reading
from retrieval.vectors import TermCounts


class _Busy(Reader):
    """Takes `pace` seconds for each passage, by the clock of the test."""

    def __init__(self, pace: float) -> None:
        self.pace, self.clock = pace, 0.0

    def judge_whole(self, question: str, texts: Sequence[Text], terms: Terms) -> list[Judged]:
        self.clock += self.pace * len(texts)
        return [Judged(1.0, 2.0, (), ()) for _ in texts]


@pytest.mark.parametrize(("pace", "ordered", "refusing"), [(0.01, 5, 5), (0.2, 4, 5), (2.0, 2, 2)])
def test_a_refusal_reads_its_five_hits_where_an_order_would_have_stopped(
    monkeypatch: pytest.MonkeyPatch, pace: float, ordered: int, refusing: int
) -> None:
    busy, held = _Busy(pace), TermCounts.of([lexical.frequencies("租金")])
    monkeypatch.setattr(time, "monotonic", lambda: busy.clock)
    judging, reading = Judging(knobs.load(), dict, lambda: held), Reading(busy, lambda: held)
    monkeypatch.setitem(judging.__dict__, "reading", reading)
    document = Document("d", "c", "/d", "d", "text/plain", "zh", "s", 1, Status.LIVE, "v")
    hits = [Hit(Chunk(str(n), "v", n, 0, n), document, "x" * (n + 1), 0.9) for n in range(5)]
    assert len(reading.hits_whole("租金", hits, limit_s=0.4)) == ordered
    assert judging._read("押金", hits) == [(1.0, 2.0)] * refusing + [None] * (5 - refusing)
