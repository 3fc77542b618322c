"""Questions that lean on the conversation are written out; those that stand alone are left as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.chat import Message
from generation.conversation import spoken
from generation.followup import Turn, written_out

ZH = Turn(
    "星河-2 型机床的主轴转速是多少？",
    "星河-2 型机床的主轴转速为每分钟 8,000 转。",
    ("星河-2 型机床的主轴转速为每分钟 8,000 转。", "星河-2 型机床的保修期为两年，节假日提供上门服务。"),
)
TWO = Turn("红杉模型和白桦模型哪个大？", "红杉模型有 70 亿参数。白桦模型有 130 亿参数。")
STEPS = Turn("怎么办理入住？", "入住分三步：第一步出示身份证，第二步支付房费，第三步领取房卡。")
SHIP = Turn("谁设计了客轮“海鸥号”？", "客轮“海鸥号”由顾明远设计，1936 年下水。")
EN = Turn(
    "How heavy is the Larch drone?",
    "The Larch drone weighs 900 grams.",
    ("The Larch drone weighs 900 grams.", "The battery of the Larch drone charges in two hours."),
)
PAIR = Turn(
    "Which is larger, Lake Ember or Lake Slate?", "Lake Ember covers 40 hectares. Lake Slate covers 55 hectares."
)
SALES = Turn("How many bicycles were sold in 2019?", "4,100 bicycles were sold in 2019.")


@pytest.mark.parametrize(
    ("turn", "asked", "understood"),
    [
        (ZH, "那它的重量呢？", "星河-2 型机床的重量呢？"),
        (ZH, "它保修多久？", "星河-2 型机床保修多久？"),
        (ZH, "其产地在哪里？", "星河-2 型机床的产地在哪里？"),
        (ZH, "那星河-4 呢？", "星河-4 型机床的主轴转速是多少？"),
        (ZH, "保修期呢？", "星河-2 型机床的保修期是什么？"),
        (ZH, "为什么？", "星河-2 型机床的主轴转速是多少，为什么？"),
        (ZH, "假日能上门吗？", "星河-2 型机床：假日能上门吗？"),
        (TWO, "后者有多少层？", "白桦模型有多少层？"),
        (STEPS, "第二步可以刷卡吗？", "入住 支付房费：可以刷卡吗？"),
        (EN, "那它的电池呢？", "the Larch drone的电池呢？"),
        (ZH, "How much does it weigh?", "How much does 星河-2 型机床 weigh?"),
        (SHIP, "这艘客轮有多长？", "海鸥号客轮有多长？"),
        (EN, "Is it loud?", "Is the Larch drone loud?"),
        (EN, "What about its battery?", "What about the Larch drone's battery?"),
        (EN, "Why?", "How heavy is the Larch drone: Why?"),
        (PAIR, "How deep is the latter?", "How deep is Lake Slate?"),
        (SALES, "And in 2021?", "How many bicycles were sold in 2021?"),
        (SALES, "What about 2022?", "How many bicycles were sold in 2022?"),
    ],
)  # fmt: skip
def test_what_the_conversation_holds_is_put_in(turn: Turn, asked: str, understood: str) -> None:
    assert written_out(asked, [turn]) == understood


@pytest.mark.parametrize(
    "asked",
    [
        "青海湖的面积有多大？", "什么是注意力机制？", "第二次世界大战是哪一年结束的？", "谁写了《红楼梦》？", "张衡和他的地动仪有什么故事？",
        "How tall is Mount Kenya?", "What is a hash table?", "Is it true that honey never spoils?", "Who won the second world war?",
        "Which river is longer than the other, the Nile or the Amazon?", "How does Postgres store its indexes?",
    ],
)  # fmt: skip
@pytest.mark.parametrize("turn", [ZH, TWO, STEPS, EN, PAIR])
def test_a_question_that_stands_alone_is_left_as_it_was(turn: Turn, asked: str) -> None:
    assert written_out(asked, [turn]) == asked


@pytest.mark.parametrize("asked", ["它呢？", "Why?", "那 2023 年呢？", "What about it?"])
def test_without_earlier_turns_nothing_is_put_in(asked: str) -> None:
    assert written_out(asked, []) == asked


def test_a_pronoun_is_followed_over_several_turns() -> None:
    again = Turn(written_out("它保修多久？", [ZH]), "星河-2 型机床的保修期为两年，节假日提供上门服务。")
    assert written_out("它多重？", [ZH, again]) == "星河-2 型机床多重？"


def test_traditional_characters_are_read_and_kept() -> None:
    turn = Turn("龍門大橋有多長？", "龍門大橋全長 1,200 公尺。")
    assert written_out("它是哪一年通車的？", [turn]) == "龍門大橋是哪一年通車的？"


def test_messages_of_a_request_are_a_conversation() -> None:
    said = [
        Message("system", "be brief"), Message("user", "How heavy is the Larch drone?"),
        Message("assistant", "The Larch drone weighs 900 grams."), Message("user", "Is it loud?"),
    ]  # fmt: skip
    earlier = spoken(said)
    assert [turn.question for turn in earlier.turns] == ["How heavy is the Larch drone?", "Is the Larch drone loud?"]
    assert earlier.turns[0].answer == "The Larch drone weighs 900 grams." and earlier.turns[1].answer == ""


@given(asked=st.text(max_size=60), question=st.text(max_size=60), answer=st.text(max_size=120))
def test_any_text_gives_a_question_that_is_not_empty_where_one_was_asked(
    asked: str, question: str, answer: str
) -> None:
    made = written_out(asked, [Turn(question, answer, (answer,))])
    assert isinstance(made, str) and (bool(made.strip()) or not asked.strip())
