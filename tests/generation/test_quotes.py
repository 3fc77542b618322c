import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generation.fold import fold
from generation.quotes import Found, Missed, locate, look

EN = "The board met in 2019. Sales did not grow by 3.5% in Norway, although the firm opened 1,200 offices [12] there. It closed in May."
ZH = "董事会于2019年召开。该公司在挪威的销售额并未增长3.5%，尽管当地新开了1,200家门店。公司于五月关闭。"
WORDS = st.text(alphabet="甲乙丙不是了ab CDé１2 3.5%,，。-\n[]()…“”ﬁ", min_size=1, max_size=60)


@given(WORDS)
@example(" .2")  # a point that a figure begins with
def test_what_is_cut_out_at_clause_ends_is_found_where_it_was(text: str) -> None:
    source = f"前言。\n{text}\n结尾。"
    found = locate(text, source)
    if found:
        assert fold(source[found.start : found.end]).text.strip() == fold(text.strip()).text.strip()
        assert all(0 <= a < b <= len(source) for a, b in found.pieces)


@given(WORDS)
def test_places_of_folded_characters_lie_in_the_text_and_in_order(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.start) == len(folded.end)
    assert all(0 <= a <= b <= len(text) for a, b in zip(folded.start, folded.end, strict=True))
    assert list(folded.start) == sorted(folded.start)


@given(st.integers(0, 9), st.integers(0, 3))
def test_no_other_digit_is_ever_found(digit: int, place: int) -> None:
    quote = list("The board met in 2019")
    at = quote.index("2") + place
    same = quote[at] == str(digit)
    quote[at] = str(digit)
    assert (locate("".join(quote), EN) is not None) is same


@pytest.mark.parametrize(
    "quote",
    [
        "Sales did not grow by 3.5% in Norway, although the ﬁrm opened 1200 ofﬁces there",
        "Sales didn't grow by 3.5 percent in Nor-\nway",
        "SALES DID NOT GROW BY ３．５％ IN NORWAY",
        "**Sales** did not grow … although the firm opened 1,200 offices",
        "[S]ales did not grow by 3.5% in Norway",
        "The board met in 2019. … It closed in May.",
        "the firm opened 1,200 offices [12] there. [2]",
        "The b0ard met in 2O19. Sales did not grow",
        "▪ Sales did not grow by 3.5% in Norway 【3†source】",
        "Sales did not grow by 3.5% in Norway [ID:3]",
        "Sales did not grow by 3.5% in Norway (Source 2, p. 4).",
        "Sales did not grow by 3.5% in Norway, etc.",
    ],
)
def test_english_damage_is_seen_through(quote: str) -> None:
    found = look(quote, EN)
    assert isinstance(found, Found), found


@pytest.mark.parametrize(
    "quote",
    ["該公司在挪威的銷售額並未增長3.5%", "该公司 在挪威的\n销售额并未增长３．５％", "董事会于2019年召开……公司于五月关闭", "尽管当地新开了1200家门店",
     "> 该公司在挪威的销售额并未增长3.5%,尽管当地新开了1,200家门店."],
)  # fmt: skip
def test_chinese_damage_is_seen_through(quote: str) -> None:
    found = look(quote, ZH)
    assert isinstance(found, Found), found


@pytest.mark.parametrize(
    ("quote", "source"),
    [
        (".2% in all", "It grew .2% in all."), ("p<.05", "There p < .05 was found."), ("costs $.50", "It costs $ .50 now."),
        ("-.5 degrees", "It froze at -.5 degrees."), ("...2020 was good", "In all, 2020 was good."),
        ("增长.2023年开业", "销售增长。2023年开业。"),
    ],
)  # fmt: skip
def test_a_point_before_a_figure_is_part_of_it_and_a_stop_is_not(quote: str, source: str) -> None:
    assert isinstance(look(quote, source), Found), look(quote, source)


@pytest.mark.parametrize(
    ("quote", "source"),
    [
        ("Sales did grow by 3.5% in Norway", EN),
        ("grow by 3.5% in Norway", EN),
        ("Sales did … grow by 3.5% in Norway", EN),
        ("Sales did not grow by 35% in Norway", EN),
        ("Sales did not grow by 3.5 in Norway", EN),
        (".5% in Norway", EN),
        (".5 degrees", "It froze at -.5 degrees."),
        ("5 degrees", "It froze at -.5 degrees."),
        ("costs $50", "It costs $.50 now."),
        ("costs $.50", "It costs $50 now."),
        ("p<.05", "There p < 05 was given."),
        ("增长.2%", "全年增长2%。"),
        ("增长2%", "全年增长.2%。"),
        (".2%", "增长2%"),
        ("Sales did not grow by 3.5% in [Sweden]", EN),
        ("Sales [never] did not grow by 3.5%", EN),
        ("The board met … offices there", EN),
        ("the firm opened 1,200 offices [13] there", EN),
        ("The board met in 201", EN),
        ("增长3.5%", ZH),
        ("销售额……增长3.5%", ZH),
        ("该公司在挪威的销售额并未增长3.5", ZH),
        ("尽管当地新开了1,200万家门店", ZH),
        ("the plant makes 5 MW", "In winter the plant makes 5 mW."),
        ("10² people came", "That day 102 people came."),
        ("able to pay", "They were unable to pay."),
        ("The drug cures cancer.", "The drug cures cancer. This claim is false."),
        ("这种药能治癌症", "这种药能治癌症的说法不实。"),
        ("about 5 people", "In all, 5 people came."),
        ("apples, pears, etc.", "They sold apples, pears."),
        ("apples, plums, etc.", "They sold apples, pears, and plums."),
        (
            "together cells face what they separately can",
            "Here together cells face what they separately cannot. So they join.",
        ),
        ("killed people in the town of Lund", "The flood killed\n12 people in the town of Lund and\nnobody elsewhere."),
        ("see § 3 of the act", "see § 4 of the act"),
    ],
)
def test_what_says_something_else_is_not_found(quote: str, source: str) -> None:
    assert isinstance(look(quote, source), Missed), look(quote, source)


@pytest.mark.parametrize(
    "insert",
    [
        "\n12\n",
        "\n\nAnnual Report 2021 | 7\n\n",
        "\nFigure 3: Offices\n",
        " - 17 - ",
        "[4, 5]",
        " (Lee and Park, 2020)",
        "\n第 3 页\n",
    ],
)
def test_layout_and_markers_in_the_source_are_stepped_over(insert: str) -> None:
    source = EN.replace("although the", f"although{insert.rstrip(' ')} the")
    found = locate("Sales did not grow by 3.5% in Norway, although the firm opened", source)
    assert (
        found
        and source[found.start : found.end].startswith("Sales")
        and insert.strip() in source[found.start : found.end]
    )


@pytest.mark.parametrize("before", ["Model | Total | Active", "来源：2019", "12", ""])
@pytest.mark.parametrize("after", ["The next one is larger.", "Qwen3 | 235 | 22", "参数", ""])
def test_a_table_row_is_whole_whatever_the_lines_around_it_hold(before: str, after: str) -> None:
    row = "DeepSeek-V3 | 671 | 37 | 61 | 128K"
    assert locate(row, f"{before}\n{row}\n{after}") is not None
    assert locate("37 | 61 | 128K", f"{before}\nDeepSeek-V3 | 6\n37 | 61 | 128K\n{after}") is not None


@pytest.mark.parametrize("source", ["They were un-\nable to hold the bridge.", "It cost 1,\n234 dollars in all."])
def test_what_a_line_break_parts_is_cut_all_the_same(source: str) -> None:
    assert locate(source.split("\n")[1], source) is None


NUMBERED = "7  The board met in 1418,\n8  and the firm opened offices in Norway (which\n9  it had sold in 1410). It closed\n10  in May."
COLUMNS = (
    "Overactive immune responses are the other end    Warsaw has decided to rebuild the Saxon Palace,\n"
    "of the immune dysfunction that was not treated    the most distinctive of the buildings that stood\n"
    "in the hospital before the war began in 1939.    there before, and it will not be torn down again."
)


@pytest.mark.parametrize(
    ("quote", "source"),
    [
        ("The board met in 1418, and the firm opened offices in Norway (which it had sold in 1410).", NUMBERED),
        ("the other end of the immune dysfunction that was not treated in the hospital", COLUMNS),
        ("decided to rebuild the Saxon Palace, the most distinctive of the buildings that stood there before", COLUMNS),
        ("它是一种形式，由许多人参加", "它是一种形式①，由许多人参加。"),
        ("他慢慢地走了很远的路才到家", "他慢慢的走了很远的路才到家。"),
        ("⼀个⼈⽣活", "一个人生活"),
    ],
)
def test_lines_with_numbers_and_two_columns_are_read_down(quote: str, source: str) -> None:
    assert isinstance(look(quote, source), Found), look(quote, source)


@pytest.mark.parametrize(
    ("quote", "source"),
    [
        ("the other end of the immune dysfunction that was treated in the hospital", COLUMNS),
        ("the other end of the immune dysfunction that stood there before", COLUMNS),
        ("in the hospital before the war began in 1938", COLUMNS),
        ("The board met in 141, and the firm opened offices", NUMBERED),
        ("it had sold in 14109", NUMBERED),
    ],
)
def test_no_sentence_is_made_of_two_columns_or_of_a_line_number(quote: str, source: str) -> None:
    assert isinstance(look(quote, source), Missed), look(quote, source)


def test_a_changed_author_or_year_is_no_layout() -> None:
    source = "Growth was strong (Lee and Park, 2020) in the north."
    assert locate("Growth was strong in the north", source)
    assert locate("Growth was strong (Lee and Park, 2021) in the north", source) is None


def test_reasons_are_given() -> None:
    missed = look("grow by 3.5% in Norway", EN)
    assert isinstance(missed, Missed) and "negation" in missed.reason
    assert EN[missed.start : missed.end] == "grow by 3.5% in Norway"
