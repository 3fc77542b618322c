import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.answer_metrics import coverage, exact_match, f1, holds, point_recall, words

TEXT = st.text(alphabet=st.sampled_from("保修期三年abcThe 3.5,，。'"), max_size=20)
STRETCHES = st.lists(st.tuples(st.sampled_from("xy"), st.integers(0, 12), st.integers(0, 12)), max_size=5)


def characters(stretches: list[tuple[str, int, int]]) -> set[tuple[str, int]]:
    return {(text, at) for text, start, end in stretches for at in range(start, end)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The Eiffel Tower's height: 3,400.5 m!", ["eiffel", "towers", "height", "3400.5", "m"]),
        ("資料庫，共１２万份。", ["资", "料", "库", "共", "12", "万", "份"]),
        ("用MLA减少KV缓存", ["用", "mla", "减", "少", "kv", "缓", "存"]),
    ],
)  # fmt: skip
def test_both_languages_are_normalised(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_scores_by_hand() -> None:
    assert exact_match("the Eiffel Tower.", ["Louvre", "Eiffel tower"]) == 1
    assert f1("保修期为三年", ["三年"]) == pytest.approx(0.5)
    assert f1("It opened in 1975", ["1975", "1976"]) == pytest.approx(2 / 5)
    assert f1("", ["x"]) == 0 and f1("x", []) == 0


@given(TEXT, TEXT)
def test_f1_is_symmetric_and_one_for_the_same_words(a: str, b: str) -> None:
    assert f1(a, [b]) == f1(b, [a]) and 0 <= f1(a, [b]) <= 1
    assert f1(a, [a]) == 1 == exact_match(a, [a])
    assert exact_match(a, [b]) <= f1(a, [b])


def test_points_are_made_word_for_word_or_in_other_words() -> None:
    points = [["三年", "36个月"], ["运费由卖方承担"]]
    assert point_recall("保修 36 个月。", points) == 0.5
    assert point_recall("卖方付运费，保修三年", points, lambda answer, point: "运费" in point) == 1
    assert holds(["Ｖ 3"], ["v3"]) and not holds(["v3"], ["v4"])


@given(STRETCHES, STRETCHES)
def test_coverage_counts_characters(wanted: list[tuple[str, int, int]], given_: list[tuple[str, int, int]]) -> None:
    own, other = characters(wanted), characters(given_)
    assert coverage(wanted, given_) == pytest.approx(len(own & other) / len(own) if own else 0)
