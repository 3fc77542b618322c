"""Slides keep the answer in one line, and their title is what says what they are about."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.encoders.use import UniversalSentenceEncoder
from training.reader_data import Asked, ReadingSet, Right
from training.slides import Slide, Slides, names, slide

ZH = "赛里木湖最深处达106米，蓄水量210亿立方米，“赛里木”为哈萨克语音译，意为“祝愿”。它位于新疆西北部，湖面海拔2071米。"
EN = (
    "Harvard has a library system of 79 libraries, which holds 18 million volumes. It is the oldest one in the country; "
    "the main building was opened in 1915, three years after the donor died."
)


def _made(text: str, title: str, answer: str, seed: int) -> Slide | None:
    start = text.index(answer)
    asked = Asked("?", Right("one", (start, start + len(answer))), answers=(answer,))
    return slide(ReadingSet({"one": text}, {"one": title}, [asked], []), asked, random.Random(seed))


@pytest.mark.parametrize(
    ("text", "title", "answer"), [(ZH, "赛里木湖", "210亿立方米"), (ZH, "赛里木湖", "106米"), (EN, "Harvard", "1915")]
)
@given(seed=st.integers(0, 10_000))
def test_the_answer_stands_where_it_is_said_to(text: str, title: str, answer: str, seed: int) -> None:
    made = _made(text, title, answer, seed)
    assert made is not None and made.title == title
    assert made.lines[made.line][made.offset :].startswith(answer)
    assert 3 <= len(made.lines) <= 7 and all(line.strip() for line in made.lines)


def test_a_subject_that_the_title_names_is_left_out() -> None:
    made = _made(ZH, "赛里木湖", "106米", 1)
    assert made is not None and not any("赛里木湖" in line for line in made.lines)
    assert made.lines[made.line].endswith("最深处达106米")
    subject = _made(EN, "Harvard", "Harvard", 1)  # it is what is asked for
    assert subject is not None and "Harvard" in subject.lines[subject.line]


def test_a_question_names_a_title_by_one_of_its_words() -> None:
    assert names("珍珠港事件发生于何时？", "珍珠港事件") and names("Who founded harvard?", "Harvard_University")
    assert not names("它发生于何时？", "珍珠港事件") and not names("When was it founded?", "Harvard_University")


def test_without_its_line_or_under_another_title_a_slide_does_not_answer() -> None:
    builder = Slides(UniversalSentenceEncoder(threads=1), seed=2)
    texts, titles = {"zh": ZH, "en": EN}, {"zh": "赛里木湖", "en": "Harvard"}
    asked = [
        Asked("赛里木湖的蓄水量是多少？", Right("zh", (ZH.index("210"), ZH.index("210") + 7)), answers=("210亿立方米",)),
        Asked("In which year did Harvard open its main library?", Right("en", (EN.index("1915"), EN.index("1915") + 4)),
              answers=("1915",)),
    ]  # fmt: skip
    assert builder.of("two", ReadingSet(texts, titles, asked, []), 2) == 2
    made, kinds = builder.made, dict[str, list[str]]()
    for row, source in enumerate(made.source):
        text = builder.writer.spelt(made.ids[made.ends[row] : made.ends[row + 1]])
        kinds.setdefault(source, []).append(text)
        assert made.answers[row] == int(made.span[row][0] >= 0) or made.relevant[row] == 1
    assert len(kinds["two slides without"]) == 2
    assert not any(answer in text for text in kinds["two slides without"] for answer in ("210亿", "1915"))
    other = kinds["two slides of another"]
    assert any("赛里木湖的蓄水量" in text and "passage: Harvard" in text for text in other)
