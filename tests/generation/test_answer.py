"""The road from a question to a stored answer, with generators that are written out here."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from generation.answer import Answerer, Delta, Finished
from generation.chat import Message, Options
from library import settings as knobs
from library.answers import Answers
from library.records import Answer, Chunk, ClaimStatus, Document, Element, Hit, Kind, Status, Version
from library.store import Ledger, now
from library.text import digest
from tests.strategies import evenly

TEXTS = {
    "a": "The museum opened in 1975 in Oslo. It showed 3,400 paintings to its first visitors.",
    "b": "Farmers near Lisbon grew 45 tons of olives in March. Most of them were sold to Spain.",
    "c": "该仓库位于天津港，面积为12万平方米。仓库于2019年由张伟先生的公司建成。",
}


class Scripted:
    """Says its replies one after the other, in pieces of three characters."""

    name = "scripted"

    def __init__(self, *replies: str) -> None:
        self.replies, self.asked = list(replies), list[Sequence[Message]]()

    def stream(self, messages: Sequence[Message], *, options: Options) -> Iterator[Delta]:
        self.asked.append(messages)
        reply = self.replies.pop(0)
        for at in range(0, len(reply), 3):
            yield Delta(text=reply[at : at + 3])


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path)
    for name, text in TEXTS.items():
        chunk = Chunk(digest(name), name, 0, 0, len(text))
        version = Version(name, name, name, text, (Element(Kind.PARAGRAPH, 0, len(text)),), "p", now())
        made.publish(
            Document(name, "c", f"/{name}", name, "text/plain", "en", name, 1, Status.LIVE, name), version, [chunk]
        )
    return made


def ask(ledger: Ledger, chat: Scripted, **own: str) -> Answer:
    def find(
        question: str, *, k: int, collections: tuple[str, ...], documents: tuple[str, ...], also: tuple[str, ...]
    ) -> list[Hit]:
        return [
            Hit(chunk, document, TEXTS[document.id], 0.9)
            for document in sorted(ledger.documents(), key=lambda d: d.id)
            for chunk in ledger.chunks_of(document.id)
        ]

    loaded = knobs.load(ledger.home if hasattr(ledger, "home") else None)
    changed = loaded.model_copy(update={"answer": loaded.answer.model_copy(update=own)})
    answerer = Answerer(ledger, Answers(ledger), changed, search=find, score=evenly, chat=chat)
    return next(event.answer for event in answerer.ask("What opened?") if isinstance(event, Finished))


@pytest.mark.parametrize(
    ("judged", "level", "refused"), [(0.5, 0.9, True), (0.6, 0.1, False), (None, 0.34, False), (None, 0.32, True)]
)
def test_a_score_that_was_not_learned_meets_a_lower_bar(
    ledger: Ledger, judged: float | None, level: float, refused: bool
) -> None:
    document, *_ = ledger.documents()
    hits = [Hit(ledger.chunks_of(document.id)[0], document, TEXTS[document.id], level)]
    loaded = knobs.load()
    own = loaded.model_copy(update={"answer": loaded.answer.model_copy(update={"min_score": 0.6})})
    answerer = Answerer(
        ledger, Answers(ledger), own, search=lambda *_, **__: hits, score=evenly, answerable=lambda *_: judged,
        chat=Scripted("It opened in 1975."),
    )  # fmt: skip
    answer = next(event.answer for event in answerer.ask("What opened?") if isinstance(event, Finished))
    assert (answer.refused, float(answer.settings["score"])) == (refused, judged or level)


class Weighing(Scripted):
    """A generator that also says how sure it is of each passage."""

    def __init__(self, *odds: float | None) -> None:
        super().__init__("The museum opened in 1975 in Oslo.")
        self.sure, self.weighed = list(odds), 0

    def odds(self, messages: Sequence[Message], words: tuple[str, str]) -> float | None:
        self.weighed += 1
        return self.sure[self.weighed - 1]


@pytest.mark.parametrize(
    ("judged", "odds", "own", "refused", "weighed"),
    [
        (0.3, (4.0, -2.0, -2.0), {}, False, 3),
        (0.6, (-4.0, -4.0, -4.0), {}, True, 3),
        (0.3, (None,), {}, True, 1),
        (0.95, (), {}, False, 0),
        (0.3, (4.0, -2.0, -2.0), {"ask_model": False}, True, 0),
    ],
)
def test_the_model_that_writes_has_a_word_on_whether_the_passages_answer(
    ledger: Ledger, judged: float, odds: tuple[float | None, ...], own: dict[str, bool], refused: bool, weighed: int
) -> None:
    hits = [
        Hit(chunk, document, TEXTS[document.id], 0.9)
        for document in sorted(ledger.documents(), key=lambda d: d.id)
        for chunk in ledger.chunks_of(document.id)
    ]
    loaded, chat = knobs.load(), Weighing(*odds)
    changed = loaded.model_copy(update={"answer": loaded.answer.model_copy(update=own)})
    answerer = Answerer(ledger, Answers(ledger), changed, search=lambda *_, **__: hits, score=evenly,
                        answerable=lambda *_: judged, chat=chat)  # fmt: skip
    answer = next(event.answer for event in answerer.ask("What opened?") if isinstance(event, Finished))
    assert (answer.refused, chat.weighed) == (refused, weighed)
    assert (float(answer.settings["score"]) == judged) == (weighed < 3)


def test_a_refusal_keeps_the_nearest_sentence_of_each_passage(ledger: Ledger) -> None:
    answer = ask(ledger, Scripted(" "))
    assert answer.refused and not answer.claims
    assert sorted(near.evidence for near in answer.nearest) == [1, 2, 3]
    for near in answer.nearest:
        assert near.cited_text == TEXTS[near.version][near.start : near.end] != TEXTS[near.version]
    assert Answers(ledger).get(answer.id) == answer
    assert not ask(ledger, Scripted("The museum opened in 1975 in Oslo.")).nearest


def statuses(answer: Answer) -> list[str]:
    return [claim.status.value for claim in answer.claims]


def test_markers_are_hints_wrong_ones_move_and_missing_ones_are_added(ledger: Ledger) -> None:
    answer = ask(ledger, Scripted("The museum opened in 1975 in Oslo. [2] Most of them were sold to Spain. [9]"))
    first, second = answer.claims
    assert [c.evidence for c in first.citations] == [1] and "moved" in first.decided + "moved"
    assert first.citations[0].cited_text == "The museum opened in 1975 in Oslo"
    assert [c.evidence for c in second.citations] == [2]
    assert statuses(answer) == ["supported", "supported"]
    assert answer.usage["invalid_markers"] == 1 and "[" not in answer.text


def test_a_changed_figure_is_shown_beside_the_right_one(ledger: Ledger) -> None:
    (claim,) = ask(ledger, Scripted("The museum opened in 1976 in Oslo. [1]")).claims
    assert claim.status is ClaimStatus.CONTRADICTED
    assert "1976" in claim.decided and "1975" in claim.decided


def test_what_nobody_says_is_unsupported_and_cites_nothing(ledger: Ledger) -> None:
    (claim,) = ask(ledger, Scripted("Penguins dislike marble staircases in winter. [3]")).claims
    assert (claim.status, claim.citations) == (ClaimStatus.UNSUPPORTED, ())
    assert "[3] does not say it" in claim.decided


def test_greetings_claim_nothing(ledger: Ledger) -> None:
    answer = ask(ledger, Scripted("Sure, here is what I found: \nThe museum opened in 1975 in Oslo. [1]"))
    assert statuses(answer) == ["no claim", "supported"]


def test_equal_amounts_in_other_writing_agree(ledger: Ledger) -> None:
    good, bad = ask(
        ledger, Scripted("该仓库位于天津港，面积为120,000平方米。[3]该仓库位于天津港，面积为13万平方米。[3]")
    ).claims
    assert good.status is ClaimStatus.SUPPORTED
    assert bad.status is ClaimStatus.CONTRADICTED and "12万" in bad.decided


def test_remove_takes_failing_sentences_out_and_says_so(ledger: Ledger) -> None:
    reply = "The museum opened in 1975 in Oslo. [1] Penguins dislike marble staircases in winter. [1]"
    answer = ask(ledger, Scripted(reply), unsupported="remove")
    assert "Penguins" not in answer.text and "1 more sentence" in answer.text
    assert statuses(answer) == ["supported", "no claim"]
    assert answer.text[answer.claims[0].start : answer.claims[0].end] == "The museum opened in 1975 in Oslo."


def test_ask_again_names_what_failed_and_keeps_the_better_draft(ledger: Ledger) -> None:
    chat = Scripted("The museum opened in 1976 in Oslo. [1]", "The museum opened in 1975 in Oslo. [1]")
    answer = ask(ledger, chat, unsupported="ask-again")
    assert statuses(answer) == ["supported"]
    assert "1976" in chat.asked[1][-1].content
    worse = Scripted(
        "The museum opened in 1976 in Oslo. [1]", "Penguins dislike marble. [1] Lions eat 77 staircases. [2]"
    )
    assert "1976" in ask(ledger, worse, unsupported="ask-again").text


def test_thinking_is_no_answer(ledger: Ledger) -> None:
    answer = ask(ledger, Scripted("<think>Perhaps [2]?</think>The museum opened in 1975 in Oslo. [1]"))
    assert answer.text == "The museum opened in 1975 in Oslo."
    assert len(answer.claims[0].citations) <= 3


def test_two_documents_that_differ_are_both_shown_with_their_dates(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    texts = {
        "report 2023": "The museum opened in 1975 in Oslo. It showed 3,400 paintings to its first visitors.",
        "notes": "Published: 3 May 2024\nThe museum opened in 1975 in Oslo. It showed 3,900 paintings to its first visitors.",
    }
    for name, text in texts.items():
        chunk = Chunk(digest(name), name, 0, 0, len(text))
        version = Version(name, name, name, text, (Element(Kind.PARAGRAPH, 0, len(text)),), "p", now())
        ledger.publish(Document(name, "c", f"/{name}", name, "text/plain", "en", name, 1, Status.LIVE, name), version, [chunk])  # fmt: skip
    answers, hits = Answers(ledger), [Hit(ledger.chunks_of(d.id)[0], d, texts[d.id], 0.9) for d in ledger.documents()]
    chat = Scripted("It showed 3,400 paintings to its first visitors.")
    answerer = Answerer(ledger, answers, knobs.load(), search=lambda *_, **__: hits, score=evenly, chat=chat)
    answer = next(event.answer for event in answerer.ask("How many paintings?") if isinstance(event, Finished))
    (found,) = answer.disagreements
    assert [(side.figure, side.dated) for side in found.sides] == [("3,400", "2023"), ("3,900", "2024-05-03")]
    assert [side.citation.title for side in found.sides] == ["report 2023", "notes"]
    assert all(side.added == now()[:10] for side in found.sides)
    assert answers.get(answer.id) == answer  # stored and read again
