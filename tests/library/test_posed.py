import pytest

from library.posed import below

FAQ = "7.13. 如何安装源码包？\n\n    源码包不能安装，只能解压。\n\n7.14. 如何构建软件包？\n\n    先装好编译器。\n"


def told(question: str, text: str, headings: tuple[str, ...] = ()) -> str | None:
    found = below(question, text, headings)
    return text[slice(*found)].strip() if found else None


@pytest.mark.parametrize(
    ("question", "text", "headings", "answer"),
    [
        ("如何安装源码包？", FAQ, (), "源码包不能安装，只能解压。"),
        ("如何构建软件包", FAQ, (), "先装好编译器。"),
        ("How do I  reset it?", "Q3: How do I reset it?\nHold the button.\nQ4: Is it safe?\nYes.", (), "Hold the button."),
        ("谁来开门？", "值班员每天八点开门。", ("5.2 谁来开门？",), "值班员每天八点开门。"),
        ("谁来开门？", "值班员每天八点开门。\n5.3 谁来关门？\n保安。", ("5.2 谁来开门？",), "值班员每天八点开门。"),
        ("如何删除源码包？", FAQ, (), None),  # another question
        ("你多大年纪了？", "1. 你叫什么名字？\n2. 你多大年纪了？\n3. 你住在哪里？", (), None),  # a form
        ("How do I reset it?", "1. How do I reset it?", (), None),
        ("3 月开会的话在哪个房间？", "5 月开会的话在哪个房间？\n二楼。", (), None),  # another month
        ("安装？", "1. 安装？\n先解压。", (), None),  # names a subject
    ],
)  # fmt: skip
def test_what_stands_below_the_question_itself(
    question: str, text: str, headings: tuple[str, ...], answer: str | None
) -> None:
    assert told(question, text, headings) == answer
