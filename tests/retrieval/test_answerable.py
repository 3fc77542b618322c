import numpy as np

from library.questions import expected, holds
from retrieval import answerable
from retrieval.answerable import FEATURES, READER, Passage, features, probability

QUESTION = "主机的额定功率是多少？"


def idf(terms: object) -> list[float]:
    return [1.0] * len(list(terms))  # type: ignore[call-overload]


def test_every_feature_has_a_weight() -> None:
    for kind, names, read in (("plain", FEATURES, None), ("reader", FEATURES + READER, (1.0, 2.0))):
        weights, _ = answerable._weights(kind)
        row = features(QUESTION, [Passage("主机", 0.1, [0.1], 0.8, read)], idf)
        assert weights.shape == (len(names),) == row.shape


def test_what_the_reader_says_moves_the_probability_and_half_a_reading_does_not() -> None:
    def said(*read: tuple[float, float] | None) -> float:
        return probability(QUESTION, [Passage("主机的功率见铭牌。", 0.4, [0.4], 0.85, own) for own in read], idf)

    assert said((4.0, 4.0), (-4.0, -4.0)) > said((-4.0, -4.0), (-4.0, -4.0))
    assert said((4.0, 4.0), None) == said(None, None)
    assert said((-6.0, 4.0)) < 0.01, "what is irrelevant answers nothing"


def test_a_passage_that_answers_is_told_from_one_that_does_not() -> None:
    good = Passage("主机的额定功率为 350 瓦。整机保修三年。", 0.6, [0.7, 0.1], 0.92)
    bad = Passage("会议室预订须提前一天。", 0.05, [0.05], 0.80)
    assert probability(QUESTION, [good, bad], idf) > 0.6 > 0.3 > probability(QUESTION, [bad], idf)
    assert probability(QUESTION, [], idf) == 0


def test_what_stands_below_the_very_question_answers_it() -> None:
    faq = "7.1 主机坏了找谁？\n打墙上的电话。\n7.2 主机的额定功率是多少？\n"
    weak = Passage(faq, 0.1, [0.1], 0.8, (-3.0, -3.0))
    assert probability("主机坏了找谁？", [weak], idf) >= 0.9 > 0.3 > probability(QUESTION, [weak], idf)
    under = Passage("见铭牌。", 0.1, [0.1], 0.8, (-3.0, -3.0), about="手册 › 7.2 主机的额定功率是多少？")
    assert probability(QUESTION, [under], idf) >= 0.9


def test_the_order_of_worse_passages_changes_little() -> None:
    good = Passage("主机的额定功率为 350 瓦。", 0.6, [0.7], 0.92)
    bad = [Passage(f"第{n}条说明。", 0.1, [0.1], 0.8) for n in range(3)]
    one, other = (probability(QUESTION, passages, idf) for passages in ([good, *bad], [*bad, good]))
    assert np.isclose(one, other)


def test_kinds_of_questions_and_what_holds_an_answer() -> None:
    asked = {
        "保修期是多少年？": "number", "什么时候签订的？": "date", "谁是负责人？": "person", "Where is the office?": "place",
        "Why is it slow?": "reason", "什么是潜在注意力？": "definition", "How many parameters are active?": "number",
        "熔断插件是干什么用的？": "purpose", "What is the redirect plugin for?": "purpose", "What does the breaker do?": "purpose",
        "What is the deadline for payment?": "definition",
    }  # fmt: skip
    for question, kind in asked.items():
        found = expected(question)
        assert found and found.kind == kind, question
    number = expected("2023 年的租金是多少？")
    assert number and holds(number, "租金为三千元。", "2023 年的租金是多少？")
    assert not holds(number, "见 2023 合同。", "2023 年的租金是多少？"), "the question's own figure is no answer"


def test_a_cell_that_is_asked_for_by_row_and_column_answers_whatever_the_reader_makes_of_it() -> None:
    def told(row: str, question: str = "超时的默认值是多少？") -> float:
        cut = Passage(row, 0.1, [0.1], 0.8, (-6.0, -6.0), header="| 名称 | 默认值 |", about="网关 › 设置")
        return probability(question, [cut], idf)

    assert told("| 超时 | 300 |") > 0.8 > 0.2 > told("| 重试 | 300 |")
    assert told("| 超时 | 300 |", "数据库驱动的超时的默认值是多少？") < 0.2  # of something else
