import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.beside import align
from generation.words import phrases, tokens

WORDS = st.text(alphabet="甲乙不全部可以一百二十第ab CDé１2 3.5%,，。（)2019年3月", max_size=60)


@given(WORDS)
def test_a_text_beside_itself_differs_in_nothing(text: str) -> None:
    found = align(text, text)
    assert found.differences == ()
    assert found.near == (1.0 if phrases(text) else 0.0)


@given(WORDS, WORDS)
def test_near_is_a_share_and_no_difference_is_empty(claim: str, source: str) -> None:
    found = align(claim, source)
    assert 0 <= found.near <= 1
    assert all(one.claim or one.source for one in found.differences)


@pytest.mark.parametrize(
    ("claim", "source", "kind"),
    [
        ("该专业在国内高校排名第二。", "该专业在国内高校排名第一。", "number"),
        ("原告人姚某明知豆粕混入玉米皮。", "被告人姚某明知豆粕混入玉米皮。", "direction"),
        ("毕业后必须同时获得两个学位。", "毕业后可以同时获得两个学位。", "modality"),
        ("部分考生须来校报到并参加面试。", "所有考生须来校报到并参加面试。", "quantifier"),
        ("公安人员被代某抓获归案。", "代某被公安人员抓获归案。", "roles"),
        ("他于2012年来到北京。", "他于2014年来到北京。", "number"),
        ("The film stars Western Australia and Ann.", "The film stars Wendy Hughes and Ann.", "name"),
        ("The rate fell after treatment with the drug.", "The rate fell before treatment with the drug.", "direction"),
        ("Most patients recovered within a week.", "Few patients recovered within a week.", "quantifier"),
        ("Prices in Oslo fall in the spring.", "Prices in Oslo usually fall in the spring.", "quantifier"),
        ("Tenants must give notice in writing.", "Tenants may give notice in writing.", "modality"),
        ("The firm did not open a second office.", "The firm did open a second office.", "negation"),
        ("The mayor was praised by the council of the town.", "The council of the town was praised by the mayor.", "roles"),
        ("The building designed the Spanish architect Miralles.", "The building was designed by the Spanish architect Miralles.", "roles"),
        ("模型保存每个头的键和值。", "模型不保存每个头的键和值，而是把它们压缩成低秩向量。", "negation"),
        ("The plant employs 12 men and 15 women.", "The plant employs 15 men and 12 women.", "number"),
    ],
)  # fmt: skip
def test_what_turns_the_meaning_is_named(claim: str, source: str, kind: str) -> None:
    assert kind in {one.kind for one in align(claim, source).differences}


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("所有通过初选的考生都须来校报到。", "所有通过初选的考生均须来校报到。"),
        ("报到时统一采用二代身份证。", "报到时统一使用二代身份证。"),
        ("该厂在北京成立，时间是1919年。", "1919年，该厂在北京成立。"),
        ("The album came out on 28 August 2007 in Oslo.", "The album came out on August 28, 2007 in Oslo."),
        ("RNA polymerases play key roles in many eukaryotes.", "In many eukaryotes, RNA polymerases play key roles."),
        ("Some researchers found that voices differ.", "Researchers found that voices differ."),
        ("She starred in numerous movies there.", "She starred in many films there."),
        ("The messenger nitric oxide is still debated.", "The messenger nitric oxide (NO) is still debated."),
        ("The council of the town praised the mayor.", "The mayor was praised by the council of the town."),
        (
            "Germany occupied Warsaw from 4 August 1915 until 1918.",
            "Warsaw was occupied by Germany from 4 August 1915 until 1918.",
        ),
        ("模型把每个头的键和值压缩成低秩向量。", "模型不保存每个头的键和值，而是把它们压缩成低秩向量。"),
        ("解码时键的矩阵可以并入查询。", "解码时可以把键的矩阵并入查询。"),
        ("吉米·史都华将奖座寄回家乡。", "吉米·史都华把奖座寄回家乡。"),
        (
            "The model activates 37 billion parameters for each token.",
            "The model has 671 billion parameters and activates 37 billion of them for each token.",
        ),
    ],
)
def test_the_same_in_other_words_is_no_difference(claim: str, source: str) -> None:
    assert align(claim, source).differences == ()


def test_dates_and_numbers_are_whole_words() -> None:
    assert phrases("2014年9月4日，第二十三届") == ("2014", "9", "4", "第二十三", "届")
    assert phrases("September 4, 2014") == phrases("4 September 2014") == ("2014", "9", "4")
    assert tokens("He can't won't n't") == ("he", "can", "not", "will", "not", "not")
