"""Questions that a model asks of the training text: which passages, which sentences, and which of the questions are kept."""

import gzip
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from retrieval.reader.reader import Judged, Terms, Text
from training import asked, asking, keeping
from training.asked import Question
from training.manuals import Told

PAIRS = [
    {"q": "Backup", "p": "Copies go to the same disk unless told otherwise. Setting target to another drive keeps them safe. Done.",
     "lang_q": "en", "lang_p": "en", "source": "a/b"},
    {"q": "Alone", "p": "This passage has a single sentence and nothing beside it.", "lang_q": "en", "lang_p": "en", "source": "a/b"},
]  # fmt: skip
ALIGNED = [
    {
        "zh": f"第{at}个设置项控制服务器的启动方式。",
        "en": f"Setting number {at} controls how the server is started.",
        "source": "c/d",
    }
    for at in range(5)
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "train").mkdir()
    for name, rows in (("pairs", PAIRS), ("parallel", ALIGNED)):
        with gzip.open(tmp_path / f"train/{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return tmp_path


def test_passages_have_more_than_one_part_and_translations_stand_beside_theirs(data: Path) -> None:
    found = list(asking.texts(data, "en", 0))
    own, aligned = (next(text for text in found if kind in text.id) for kind in ("own", "aligned"))
    assert sum("own" in text.id for text in found) == 1
    assert own.parts[1] == "Setting target to another drive keeps them safe."
    assert len(aligned.parts) == len(aligned.other) > 1
    assert all(
        english[len("Setting number ") :][0] == chinese[1]
        for english, chinese in zip(aligned.parts, aligned.other, strict=True)
    )
    assert asking.named(data, {own.id, aligned.id}) == {own.id: own, aligned.id: aligned}


def test_large_sources_come_more_often_but_not_as_much_as_they_are_larger() -> None:
    held = {"large": list(range(1000)), "small": list(range(1000, 1040))}
    found = list(asking.by_turns(held, random.Random(0)))
    assert sorted(found) == list(range(1040))
    counted = Counter("large" if one < 1000 else "small" for one in found[:120])
    assert 2 <= counted["large"] / counted["small"] <= 12  # the roots are as five to one


def test_only_prose_is_asked_about() -> None:
    parts = (
        "```",
        "name | type | what it is for, said in a row",
        "The server starts when the machine does, unless told not to.",
        "Too short.",
    )
    assert asking.chosen(asking.Text("x", "en", "s", parts), 0) == [2]


@pytest.mark.parametrize(
    ("question", "lang", "kept"),
    [
        ("生病来不了公司，要跟谁说？", "zh", True), ("Who do I tell if I am ill?", "en", True), ("生病应该跟谁说？", "zh", True), ("该函数做什么？", "zh", False), ("Who do I tell if I am ill", "en", False),
        ("这个函数的作用是什么？", "zh", False), ("What does this function do?", "en", False), ("What does the sentence say?", "en", False),
        ("Who do I tell?", "zh", False), ("告诉谁？\n是谁？", "zh", False), ("Staff who fall ill tell?", "en", False),
    ],
)  # fmt: skip
def test_a_question_can_be_asked_by_who_has_not_read_the_text(question: str, lang: str, kept: bool) -> None:
    assert asking.is_question(question, "Staff who fall ill tell their manager.", lang) is kept


def test_what_is_held_back_is_not_learned_from(data: Path, tmp_path: Path) -> None:
    text = next(one for one in asking.texts(data, "en", 0) if one.other)
    path = tmp_path / "asked.jsonl"
    rows = [{"text": text.id, "asked": [{"at": 1, "question": "How does it start?"}]}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    (one,) = asked.asked(data, path)
    assert one.other is not None and one.held is asked.is_held(text.id)
    assert (one.own.sentence, one.other.sentence) == (text.parts[1], text.other[1])
    assert one.other.before == text.other[:1] and one.other.after == text.other[2:]
    assert 20 <= sum(asked.is_held(str(at)) for at in range(200)) <= 60


class Encoder:
    """Texts of one letter lie beside questions with that letter."""

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[text == letter for letter in "ABC"] for text in texts], np.float32)

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[letter in text for letter in "ABC"] for text in texts], np.float32)


def one(question: str) -> Question:
    return Question("x", "en", Told(question, ("A",), "B", ("C",)), None, False)


def test_questions_about_a_neighbour_or_about_several_are_left_out() -> None:
    found = [one(question) for question in ("B?", "A?", "A or B?")]
    assert [kept.own.question for kept in keeping.about_it(found, Encoder())] == ["B?"]


class Reads:
    """Finds an answer in what says what is asked for."""

    def judge(self, question: str, texts: Sequence[Text], terms: Terms) -> list[Judged]:
        return [Judged(0.0, float(question[0] in text.text), (), ()) for text in texts]


def test_questions_whose_sentence_is_not_missed_are_left_out() -> None:
    found = [one("B?"), one("C?")]
    assert [kept.own.question for kept in keeping.noticed(found, Reads())] == ["B?"]
