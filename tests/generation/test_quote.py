"""Which sentences the quote backend copies."""

from collections.abc import Sequence

import pytest

from generation.quote import QuoteBackend
from library.records import Evidence
from library.text import sentences
from tests.strategies import evenly


def evidence(text: str) -> list[Evidence]:
    return [Evidence(1, "d", "d", "v", 10, 10 + len(text), text, score=0.8)]


@pytest.mark.parametrize("heading", ["第三章 保管期限", "一、保管期限", "3.1 保管期限", "## Retention of contracts"])
def test_a_line_that_only_names_what_follows_is_not_an_answer(heading: str) -> None:
    text = f"{heading}\n合同类资料的保管期限为十年。"
    chosen = QuoteBackend(evenly).choose("合同类资料保管多久？", evidence(text))
    assert [quoted.text for quoted in chosen] == ["合同类资料的保管期限为十年。"]


@pytest.mark.parametrize(
    ("heading", "line"),
    [("Observability", "It is what a system's state can be told from."), ("可观测性", "指由输出推知状态的程度。")],
)
def test_a_short_heading_of_the_document_is_quoted_only_where_nothing_stands_below_it(heading: str, line: str) -> None:
    backend = QuoteBackend(evenly, headings=lambda version: [(10, 10 + len(heading))])
    below = backend.choose("What is observability?", evidence(f"{heading}\n\n{line}"))
    assert [quoted.text for quoted in below] == [line]
    assert [quoted.text for quoted in backend.choose("What is it?", evidence(heading))] == [heading]
    told = "Payment is due within thirty days of the date of invoice unless agreed otherwise"
    backend = QuoteBackend(evenly, headings=lambda version: [(10, 10 + len(told))])
    assert len(backend.choose("When is payment due?", evidence(f"{told}\n\n{line}"))) == 2


def test_where_the_document_poses_the_question_only_what_stands_below_is_quoted() -> None:
    text = (
        "别处也说到源码包。\n7.13. 如何安装源码包？\n只能把它解压到一个目录。\n7.14. 如何构建软件包？\n先装好编译器。"
    )
    chosen = QuoteBackend(evenly).choose("如何安装源码包？", evidence(text))
    assert [quoted.text for quoted in chosen] == ["只能把它解压到一个目录。"]


def test_the_first_word_on_the_question_itself_comes_along() -> None:
    text = "2.6. 可以从网上安装吗？\n可以。\n先下载一个很小的镜像文件，再从它启动。\n其余的从网上取得。"

    def second(question: str, items: Sequence[Evidence]) -> list[list[float]]:
        return [[float("镜像" in text[a:b]) for a, b in sentences(text)]]

    chosen = QuoteBackend(second).choose("可以从网上安装吗？", evidence(text))
    assert [quoted.text for quoted in chosen] == ["可以。", "先下载一个很小的镜像文件，再从它启动。"]


def test_neither_a_chapters_name_nor_a_reference_is_quoted() -> None:
    chapter = "第 11 章 定制您的 Debian GNU/Linux 操作系统以及它的桌面环境"
    text = f"{chapter}\n\n请阅读第 14.3 节 “我可以使用它吗？”。\n在 /etc/papersize 里写上纸张的大小。"
    backend = QuoteBackend(evenly, headings=lambda version: [(10, 10 + len(chapter))])
    assert [quoted.text for quoted in backend.choose("纸张大小在哪里改？", evidence(text))] == [
        "在 /etc/papersize 里写上纸张的大小。"
    ]


def test_no_sentence_of_a_heading_that_asks_is_quoted() -> None:
    heading = "3.1.3. 稳定版的软件包真的很旧，连内核也是几年以前的版本，别的发行版早就换了。为什么会这样？"
    text = f"{heading}\n\n两次发布之间通常隔一年以上。"
    backend = QuoteBackend(evenly, headings=lambda version: [(10, 10 + len(heading))])
    assert [quoted.text for quoted in backend.choose("软件为什么这么旧？", evidence(text))] == [
        "两次发布之间通常隔一年以上。"
    ]


@pytest.mark.parametrize(
    "line", ["第三条 合同保管十年，自终止之日起计算", "3.5 吨以下的车辆免费，其余收费", "二、甲方应当付款；"]
)
def test_a_numbered_line_that_says_something_may_be_one(line: str) -> None:
    assert [quoted.text for quoted in QuoteBackend(evenly).choose("问", evidence(line))] == [line]


def test_a_question_is_no_answer_but_who_asked_it_may_be() -> None:
    for line in ("什么是 XML？", "• ” 什么是 XML?”", '"What is XML?"', "“什么是可观测性？”"):
        assert not QuoteBackend(evenly).choose("XML 是什么？", evidence(line))
    said = '他在信里问："什么是可观测性？"'
    assert [quoted.text for quoted in QuoteBackend(evenly).choose("他问了什么？", evidence(said))] == [said]


def test_the_sentence_of_most_worth_comes_with_its_place_in_the_version() -> None:
    text = "今天下雨。租金为每月三千元。房屋在三楼。"

    def by_rent(question: str, given: Sequence[Evidence]) -> list[list[float]]:
        return [[0.9 if "租金" in item.text[a:b] else 0.1 for a, b in sentences(item.text)] for item in given]

    (quoted,) = QuoteBackend(by_rent).choose("租金多少？", evidence(text))
    assert (quoted.text, quoted.start, quoted.end) == ("租金为每月三千元。", 15, 24)


def test_a_row_comes_below_the_head_of_its_table_where_that_is_at_hand() -> None:
    rows = ["| timeout | integer | 300 |", "| retries | integer | 3 |"]
    text = "\n".join(["Settings of the client.", "", "| Name | Type | Default |", *rows])
    read = [(a, b) for a, b in sentences(text)]

    def score(question: str, found: Sequence[Evidence]) -> list[list[float]]:
        return [[float("retries" in item.text[a:b]) for a, b in sentences(item.text)] for item in found]

    chosen = QuoteBackend(score).choose("What is the default of retries?", evidence(text))
    assert [quoted.text for quoted in chosen] == ["| Name | Type | Default |", rows[1]]
    assert all((quoted.start - 10, quoted.end - 10) in read for quoted in chosen)
    cut = "\n".join(rows)
    given = Evidence(1, "d", "d", "v", 10, 10 + len(cut), cut, score=0.8, context="| Name | Type | Default |")
    assert [quoted.text for quoted in QuoteBackend(score).choose("What is the default of retries?", [given])] == [
        rows[1]
    ]


def test_the_head_of_a_table_is_quoted_with_a_row_and_never_alone() -> None:
    text = "Ports of the services.\n\n| Service | Safe port |\n| telnet | 992 |\n| imap | 993 |"

    def score(question: str, found: Sequence[Evidence]) -> list[list[float]]:
        return [[float("Safe" in item.text[a:b]) + 0.1 for a, b in sentences(item.text)] for item in found]

    chosen = QuoteBackend(score, max_sentences=1).choose("Which port is the safe one?", evidence(text))
    assert [quoted.text for quoted in chosen] == ["Ports of the services."]


def test_the_nearest_are_one_sentence_of_each_the_best_first() -> None:
    texts = ["Rent is due. The rent is 900 euros.", "Pets are allowed. Rent, rent and rent.", "The rent is 900 euros."]
    given = [
        Evidence(number, "d", "d", "v", 0, len(text), text, score=0.8 / number) for number, text in enumerate(texts, 1)
    ]

    def score(question: str, found: Sequence[Evidence]) -> list[list[float]]:
        return [[float(item.text[a:b].lower().count("rent")) for a, b in sentences(item.text)] for item in found]

    near = QuoteBackend(score).nearest("How much is the rent?", given[:2])
    assert [(one.evidence.number, one.text) for one in near] == [
        (2, "Rent, rent and rent."),
        (1, "The rent is 900 euros."),
    ]
    same = QuoteBackend(evenly).nearest(
        "How much is the rent?", [given[2], Evidence(9, "e", "e", "w", 0, 22, texts[2])]
    )
    assert [one.evidence.number for one in same] == [3]
    assert not QuoteBackend(evenly).nearest("?", [])


def test_a_question_that_names_a_row_gets_no_other_row_of_its_table() -> None:
    text = "| Name | Default |\n| timeout | 300 |\n| retries | 3 |\n\nBoth can be changed at any time."

    def score(question: str, found: Sequence[Evidence]) -> list[list[float]]:
        return [[float("timeout" in item.text[a:b]) + 0.1 for a, b in sentences(item.text)] for item in found]

    chosen = QuoteBackend(score).choose("What is the default of retries?", evidence(text))
    assert not any("timeout" in quoted.text for quoted in chosen) and any("retries" in quoted.text for quoted in chosen)
    both = QuoteBackend(score).choose("Is the default of timeout larger than that of retries?", evidence(text))
    assert any("timeout" in quoted.text for quoted in both)


def test_the_very_cell_that_is_asked_for_is_quoted_whatever_else_speaks_to_the_question() -> None:
    text = "| Name | Default |\n| timeout | 300 |\n| retries | 3 |\n\nretries, retries and the default of retries."

    def score(question: str, found: Sequence[Evidence]) -> list[list[float]]:
        return [[float(item.text[a:b].count("retries")) for a, b in sentences(item.text)] for item in found]

    chosen = QuoteBackend(score).choose("What is the default of retries?", evidence(text))
    assert [quoted.text for quoted in chosen] == ["| Name | Default |", "| retries | 3 |"]
    told = QuoteBackend(score).choose("What are retries?", evidence(text))
    assert told[-1].text == "retries, retries and the default of retries."


def test_a_partys_line_comes_below_its_party_and_the_others_do_not() -> None:
    text = "甲方：智远公司\n法定代表人：陈志远\n乙方：星河公司\n法定代表人：刘星河"
    chosen = QuoteBackend(evenly).choose("乙方的法定代表人是谁？", evidence(text))
    assert [quoted.text for quoted in chosen] == ["乙方：星河公司", "法定代表人：刘星河"]
    both = QuoteBackend(evenly).choose("法定代表人是谁？", evidence(text))
    assert [quoted.text for quoted in both] == text.split("\n")
