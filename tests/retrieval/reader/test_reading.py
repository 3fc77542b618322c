"""The weights that ship: which sentence answers, which passage, and that none does."""

import time
from collections.abc import Sequence

import pytest

from library.records import Evidence
from retrieval import lexical
from retrieval.reader.pairs import Pair
from retrieval.reader.reader import Floats, Reader, Text, terms_of
from retrieval.reader.reading import Reading
from retrieval.vectors import TermCounts

MANUAL = "本手册适用于所有型号。主机的额定功率为 350 瓦，峰值功率为 500 瓦。整机保修三年。电源线必须接地。"
LEASE = "承租人应当按月支付租金。租金为每月三千元，于每月五日前支付。押金为两个月租金。"
NORMANS = "The Normans were descended from Norse raiders. William the Conqueror invaded England in 1066. They later ruled Sicily."


def counts() -> TermCounts:
    return TermCounts.of([lexical.frequencies(text) for text in (MANUAL, LEASE, NORMANS)])


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=1)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("主机的额定功率是多少？", MANUAL, "350"),
        ("整机保修几年？", MANUAL, "三年"),
        ("什麼時候支付租金？", LEASE, "五日"),
        ("Who invaded England?", NORMANS, "William"),
    ],
)
def test_the_sentence_with_the_answer_has_the_largest_share(
    reader: Reader, question: str, text: str, answer: str
) -> None:
    (judged,) = reader.judge_whole(question, [Text(text)], terms_of(counts()))
    a, b = max(zip(judged.shares, judged.sentences, strict=True))[1]
    assert answer in text[a:b]
    assert 0 <= min(judged.shares) and sum(judged.shares) <= 1.001


def test_a_passage_that_answers_is_above_one_that_does_not(reader: Reader) -> None:
    texts = [Text(LEASE), Text(MANUAL), Text(NORMANS)]
    judged = reader.judge("主机的额定功率是多少？", texts, terms_of(counts()))
    assert max(range(3), key=lambda at: judged[at].relevant) == 1
    assert max(range(3), key=lambda at: judged[at].answers) == 1


def test_a_window_that_was_read_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, terms = Reader(threads=1), terms_of(counts())
    asked = "主机的额定功率是多少？"
    first = reader.judge(asked, [Text(MANUAL), Text(LEASE)], terms)
    run, seen = Reader._run, []

    def counted(self: Reader, pairs: Sequence[Pair]) -> tuple[Floats, Floats]:
        seen.extend(pairs)
        return run(self, pairs)

    monkeypatch.setattr(Reader, "_run", counted)
    assert reader.judge_whole(asked, [Text(MANUAL), Text(LEASE)], terms) == first and not seen
    reader.judge(asked, [Text(NORMANS), Text(NORMANS)], terms)
    reader.judge("整机保修几年？", [Text(MANUAL)], terms)
    assert len(seen) == 2


def test_a_passage_without_words_is_judged_too(reader: Reader) -> None:
    (judged,) = reader.judge("问", [Text("")], terms_of(counts()))
    assert judged.shares == () and judged.relevant == judged.relevant


def test_at_least_two_passages_are_read_whole_however_late_it_is(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reading(reader, counts)
    evidence = [Evidence(n, "d", "d", "v", 0, len(text), text) for n, text in enumerate((MANUAL, LEASE, NORMANS), 1)]
    clock = iter(range(100))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    assert len(reading.whole("租金", evidence, limit_s=0.5)) == 2
    assert len(reading.whole("租金", evidence, limit_s=50)) == 3


def test_what_was_said_for_the_last_question_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    own, held = Reader(threads=1), counts()
    reading, known, asked = Reading(own, lambda: held), own.judge_whole, list[Text]()
    monkeypatch.setattr(own, "judge_whole", lambda q, texts, terms: asked.extend(texts) or known(q, texts, terms))
    texts = [Text(LEASE), Text(MANUAL), Text(LEASE)]
    first = reading.texts_whole("租金是多少？", texts[:1], limit_s=9)
    again = reading.texts_whole("租金是多少？", texts, limit_s=9)
    assert asked == texts[:2] and again[0] == again[2] == first[0] != again[1]
    assert reading.texts_whole("押金是多少？", texts[:1], limit_s=9) != first
    assert asked == [*texts[:2], texts[0]]


def test_the_name_of_a_file_is_not_read_as_a_title(reader: Reader) -> None:
    held = counts()
    reading = Reading(reader, lambda: held)
    named, framework, titled, bare = (
        reading.whole("租金是多少？", [Evidence(1, "d", title, "v", 0, len(LEASE), LEASE)], limit_s=9)[0]
        for title in ("lease.zh.pdf", "Node.js", "房屋租赁合同", "")
    )
    assert named == bare and bare not in (framework, titled)


def test_a_claim_is_told_from_one_with_another_figure(reader: Reader) -> None:
    text, terms = "主机的额定功率为 350 瓦。电源线必须接地，不得与水管相连。", terms_of(counts())
    true, false = (
        reader.claim(claim, text, terms)[2] for claim in ("主机的额定功率是 350 瓦。", "主机的额定功率是 900 瓦。")
    )
    assert true > false
    assert reader.claim("主机", "", terms) == (-20.0, -20.0, -20.0)
