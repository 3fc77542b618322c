"""Sources that differ in one figure are shown side by side; those that speak of two things are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation import slots
from generation.chat import Options
from generation.disagreement import clashes, own_date
from generation.quote import QuoteBackend
from generation.verify import Span
from library.records import Evidence
from tests.strategies import evenly


def evidence(*texts: str, document: str = "") -> list[Evidence]:
    return [Evidence(n, document or str(n), "", str(n), 0, len(text), text) for n, text in enumerate(texts, 1)]


def figures(question: str, *texts: str) -> list[list[str]]:
    held = evidence(*texts)
    cited = [Span(1, 0, len(texts[0]))]
    return [[side.slot.text for side in clash.sides] for clash in clashes(question, cited, held)]


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("The Oslo Museum opened in 1975.", "The Oslo Museum opened in 1976.", ["1975", "1976"]),
        (
            "DeepSeek-V3 activates 37 billion parameters for each token.",
            "DeepSeek-V3 activates 21 billion parameters for each token.",
            ["37 billion", "21 billion"],
        ),
        (
            "Harbour Bridge, painted yearly, is 503 metres long.",
            "Harbour Bridge is 530 metres long.",
            ["503 metres", "530 metres"],
        ),
        ("青岛市面积为11282平方公里。", "青岛市面积为11293平方公里。", ["11282平方公里", "11293平方公里"]),
        ("DeepSeek-V3 每个词元激活370亿参数。", "DeepSeek-V3 每个词元激活210亿参数。", ["370亿", "210亿"]),
        ("清华大学於1911年成立於北京。", "清华大学于1912年成立于北京。", ["1911年", "1912年"]),
    ],
)
def test_one_figure_apart_is_told(one: str, other: str, told: list[str]) -> None:
    assert figures("", one, other) == [told]
    assert figures("", other, one) == [told[::-1]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Oslo Museum opened in 1975.", "The Bergen Museum opened in 1976."),  # two museums
        ("The town had 3,412 inhabitants in 2010.", "The town had 4,100 inhabitants in 2020."),  # two years
        ("The company was founded in 1998 by two brothers.", "The company was founded in 1995 by two brothers."),
        ("Oslo has about 700,000 inhabitants.", "Oslo has 697,010 inhabitants."),  # rounded
        ("Oslo Museum shows over 3,000 paintings.", "Oslo Museum shows 3,400 paintings."),  # within the limit
        ("Oslo Museum shows 3,400 paintings.", "Oslo Museum shows 3,500 drawings."),  # two things
        ("Oslo Museum has 12 rooms.", "Oslo Museum has 12,000 rooms for guests and no 12 rooms."),
        ("Figure 3 shows the Oslo Museum in winter.", "Figure 4 shows the Oslo Museum in winter."),  # names of parts
        ("In 2022 Oslo Museum held its yearly dinner.", "In 2023 Oslo Museum held its yearly dinner."),  # each year
        ("青岛市海外销售额为12亿元。", "青岛市销售额为30亿元。"),  # a part and the whole
        ("青岛市人口为900万人。", "济南市人口为800万人。"),
        ("该公司成立于2001年，总部设在当地。", "该公司成立于1999年，总部设在当地。"),  # whose?
        ("青岛市面积为1.1万平方公里。", "青岛市面积为11282平方公里。"),
        ("青岛市第3条规定，企业应当公开数据。", "青岛市第4条规定，企业应当公开数据。"),
    ],
)
def test_two_things_are_left_alone(one: str, other: str) -> None:
    assert figures("", one, other) == figures("", other, one) == []


def test_a_subject_that_only_the_question_names_must_be_told_of_by_both() -> None:
    texts = "全体员工共有1200人。", "全体员工共有1350人。"
    titles = "星河公司2022年报", "星河公司2023年报"
    named = [Evidence(n, str(n), titles[n - 1], str(n), 0, len(text), text) for n, text in enumerate(texts, 1)]
    question = "星河公司的全体员工共有多少人？"
    assert len(clashes(question, [Span(1, 0, 9)], named)) == 1
    assert clashes("星河公司的利润是多少？", [Span(1, 0, 9)], named) == []
    assert clashes(question, [Span(1, 0, 9)], evidence(*texts)) == []  # of which company?


def test_the_same_neighbours_make_two_versions_of_one_text() -> None:
    before = "The company was built up by two brothers who never agreed. "
    texts = [f"{before}It now employs {number} people in two towns." for number in ("1,200", "1,350")]
    assert figures("", *texts) == [["1,200 people", "1,350 people"]]
    assert figures("", texts[0], texts[1].removeprefix(before)) == []


def test_one_document_does_not_disagree_with_itself() -> None:
    texts = "The Oslo Museum opened in 1975.", "The Oslo Museum opened in 1976."
    same = [Evidence(n, "a", "", "v", 100 * n, 100 * n + len(text), text) for n, text in enumerate(texts, 1)]
    assert clashes("", [Span(1, 100, 120)], same) == []


def test_only_what_the_answer_rests_on_is_told() -> None:
    held = evidence("Penguins live in the south. The Oslo Museum opened in 1975.", "The Oslo Museum opened in 1976.")
    assert clashes("", [Span(1, 0, 20)], held) == []
    assert len(clashes("", [Span(1, 30, 40)], held)) == 1


@given(st.integers(2, 10**6), st.integers(2, 10**6))
def test_figures_agree_both_ways_and_each_with_itself(one: int, other: int) -> None:
    texts = [f"Oslo Museum shows {number:,} paintings to its visitors." for number in (one, other)]
    assert slots.differing(texts[0], texts[0]) is None
    forth, back = slots.differing(*texts), slots.differing(texts[1], texts[0])
    assert (forth is None) is (back is None)
    if forth and back:
        assert [slot.text for slot in forth] == [slot.text for slot in back][::-1]
        assert one != other


@pytest.mark.parametrize(
    ("title", "text", "date"),
    [
        ("Annual report 2023", "", "2023"),
        ("report", "Oslo\nPublished: 3 May 2024\nIt was built in 1900.", "2024-05-03"),
        ("通知", "关于放假的通知\n2024年5月3日 星期五\n正文", "2024-05-03"),
        ("notes", "The bridge of 1932 was built by many people and it stood for a hundred years.", ""),
    ],
)
def test_a_document_says_its_own_date(title: str, text: str, date: str) -> None:
    assert own_date(title, text) == date


def test_the_quote_backend_quotes_both() -> None:
    held = evidence("The Oslo Museum opened in 1975.", "The Oslo Museum opened in 1976.", "Penguins live in the south.")
    backend = QuoteBackend(evenly, max_sentences=1)
    said = [delta.text for delta in backend.stream([], options=Options(question="When did it open?", evidence=held))]
    assert said[:2] == ["The Oslo Museum opened in 1975.", "The Oslo Museum opened in 1976."]
