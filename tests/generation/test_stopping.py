"""An answer that is stopped, or that stops itself."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from generation.answer import Answerer, Finished, Retrieved
from generation.chat import Delta, Message, Options
from library import settings as knobs
from library.answers import Answers
from library.records import Chunk, ClaimStatus, Document, Element, Hit, Kind, Status, Version
from library.store import Ledger, now
from tests.strategies import evenly

TEXT = "主机的额定功率为 350 瓦。电源线必须接地。"


class Scripted:
    """A backend that says its lines, and knows whether it was cancelled."""

    name = "scripted"

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines, self.cancelled = lines, False

    def stream(self, messages: Sequence[Message], *, options: Options) -> Iterator[Delta]:
        try:
            for line in self.lines:
                yield Delta(text=line)
        except GeneratorExit:
            self.cancelled = True
            raise


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "home")
    document = Document("d", "c", "/d", "手册", "text/plain", "zh", "s", 1, Status.LIVE, "v")
    made.publish(
        document, Version("v", "d", "s", TEXT, (Element(Kind.PARAGRAPH, 0, len(TEXT)),), "p", now()),
        [Chunk("00000000-0000-0000-0000-000000000001", "v", 0, 0, len(TEXT))],
    )  # fmt: skip
    return made


def answerer(ledger: Ledger, chat: Scripted) -> tuple[Answerer, Answers]:
    document, chunk = ledger.document("d"), ledger.chunks_of("v")[0]
    assert document

    def find(
        question: str, *, k: int, collections: tuple[str, ...], documents: tuple[str, ...], also: tuple[str, ...]
    ) -> list[Hit]:
        return [Hit(chunk, document, TEXT, 0.9)]

    answers = Answers(ledger)
    made = Answerer(ledger, answers, knobs.load(), search=find, score=evenly, chat=chat)
    return made, answers


def test_an_answer_that_is_stopped_is_kept_with_what_was_written(ledger: Ledger) -> None:
    chat = Scripted(["主机的额定功率为 350 瓦。[1]", "电源线", "必须接地。[1]"])
    made, answers = answerer(ledger, chat)
    conversation = answers.begin("功率")
    events = made.ask("功率是多少？", conversation=conversation)
    assert isinstance(next(events), Retrieved)
    first = next(events)
    assert isinstance(first, Delta) and "350" in first.text
    events.close()
    assert chat.cancelled
    (kept,) = answers.of(conversation)
    assert kept.usage["stopped"] == 1 and kept.text.startswith("主机的额定功率为 350 瓦。") and "接地" not in kept.text
    assert kept.claims[0].status is ClaimStatus.SUPPORTED


def test_one_that_is_stopped_before_its_first_word_leaves_nothing(ledger: Ledger) -> None:
    made, answers = answerer(ledger, Scripted(["…"]))
    conversation = answers.begin("功率")
    events = made.ask("功率是多少？", conversation=conversation)
    next(events)
    events.close()
    assert answers.of(conversation) == []


def test_one_that_is_heard_out_is_not_marked_as_stopped(ledger: Ledger) -> None:
    made, _ = answerer(ledger, Scripted(["主机的额定功率为 350 瓦。[1]"]))
    *_, last = made.ask("功率是多少？")
    assert isinstance(last, Finished) and last.answer.usage["stopped"] == 0


def test_a_model_that_repeats_itself_is_stopped_and_its_repetitions_are_cut(ledger: Ledger) -> None:
    chat = Scripted(
        ["主机的额定功率为 350 瓦。[1]", "\n\n主机的额定功率为 350 瓦。[1]"]
        + ["\n\n主机的额定功率为 350 瓦。[1]"] * 500
    )
    made, _ = answerer(ledger, chat)
    *_, last = made.ask("功率是多少？")
    assert isinstance(last, Finished) and last.answer.usage["looped"] == 1
    assert last.answer.text.count("350") == 1 and [claim.status for claim in last.answer.claims] == [
        ClaimStatus.SUPPORTED
    ]
    assert chat.cancelled
