"""Running heads, words that a line or a page breaks, and sentences over two pages."""

from pathlib import Path

import pytest

from ingest.pdf_lines import _apart
from library.records import Kind, Parsed
from tests.ingest.drawing import Text, content, read

WORDS = "bees wasps hives combs queens swarms drones larvae nectar pollen honey wax stings wings".split()
ENDS = "It was said of all the bees in all the gardens of the town in that year that they"


def paragraphs(parsed: Parsed) -> list[str]:
    return [parsed.text[e.start : e.end] for e in parsed.elements if e.kind is Kind.PARAGRAPH]


def page(lines: list[str], head: str = "", foot: str = "") -> str:
    texts = [(60.0, 700.0 - 12 * at, line) for at, line in enumerate(lines)]
    return content([*([(60.0, 770.0, head)] if head else []), *texts, *([(290.0, 30.0, foot)] if foot else [])])


def body(number: int) -> list[str]:
    return [
        f"{number} Nobody had seen so many {word} as lived in the gardens near {WORDS[(number + at) % 14]} that year."
        for at, word in enumerate(WORDS[number % 7 :][:4])
    ]


def test_heads_of_left_and_right_pages_and_their_numbers_are_left_out(tmp_path: Path) -> None:
    heads = ("The lives of bees", "A. Keeper and B. Hive")
    parsed = read(tmp_path / "a.pdf", [page(body(n), heads[n % 2], str(n)) for n in range(1, 9)])
    assert "Keeper" not in parsed.text and "lives" not in parsed.text
    assert all(line in parsed.text for n in range(1, 9) for line in body(n))
    assert not {part.strip() for part in parsed.text.split("\n")} & set("12345678")


def test_the_head_of_a_chapter_stands_once_and_a_form_that_is_filled_anew_loses_nothing(tmp_path: Path) -> None:
    heads = ["Chapter 1. Bees"] * 4 + ["Chapter 2. Wasps"] * 4 + [""] * 6
    forms = [[*body(n), f"Signed on 2024-03-0{n}"] if n < 4 else body(n) for n in range(1, 15)]
    parsed = read(tmp_path / "a.pdf", [page(held, head) for held, head in zip(forms, heads, strict=True)])
    assert parsed.text.count("Bees") == parsed.text.count("Wasps") == 1
    assert [parsed.text.count(f"2024-03-0{n}") for n in (1, 2, 3)] == [1, 1, 1]


def test_a_hyphen_at_a_lines_end_goes_unless_the_text_has_it_elsewhere(tmp_path: Path) -> None:
    lines = [
        "The mixed-effects model of the bees has a number of useful and small pa-",
        "rameters that are estimated by the software that fits all the mixed-",
        "effects models and by nothing else than that.",
    ]
    (text,) = paragraphs(read(tmp_path / "a.pdf", [page(lines)]))
    assert "small parameters that" in text and "all the mixed-effects models" in text


@pytest.mark.parametrize("head", ["", "The lives of bees"])
def test_a_sentence_goes_on_over_the_page_and_the_rest_begins_there(tmp_path: Path, head: str) -> None:
    pages = [
        [*body(1), ENDS], ["slept until noon. Nobody knows why they did so, or whether it was so at all ever.", *body(2)], body(3),
    ]  # fmt: skip
    parsed = read(tmp_path / "a.pdf", [page(held, head, str(n)) for n, held in enumerate(pages, 1)])
    assert "in that year that they slept until noon." in parsed.text
    (crossing,) = [e for e in parsed.elements if {box.page for box in e.boxes} == {1, 2}]
    assert parsed.text[crossing.start : crossing.end].endswith("slept until noon.") and crossing.page == 1
    after = next(e for e in parsed.elements if parsed.text[e.start :].startswith("Nobody knows why"))
    assert after.page == 2 and {box.page for box in after.boxes} == {2}


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("Figure 2: Bees in a garden", "in the town they slept until noon. Nobody knows why they did so, or whether it was."),
        ("It was said of all the bees in all the gardens of the town that year they slept on.", "noon comes late here."),
        (ENDS, "Bees slept until noon."),
        (ENDS, "ii"),
    ],
)  # fmt: skip
def test_what_ended_or_begins_anew_stays_apart(tmp_path: Path, last: str, first: str) -> None:
    parsed = read(tmp_path / "a.pdf", [page([*body(1), last]), page([first, *body(2)])])
    assert f"{last} {first[:4]}" not in parsed.text and last in parsed.text and first in parsed.text


def coded(path: Path, code: list[str], prose: list[Text]) -> Parsed:
    return read(path, [content(prose, code=[(80.0, 600.0 - 12 * at, line) for at, line in enumerate(code)])])


def test_code_is_read_line_by_line_with_the_blanks_that_its_places_tell(tmp_path: Path) -> None:
    code = ["$ sudo apt-get install -y vim.tiny", "if [ -d $d/debian ]; then", "    mkdir $d   # made", "fi"]
    parsed = coded(tmp_path / "a.pdf", code, [(60.0, 660.0, "Type this:"), (60.0, 500.0, "And that was all of it.")])
    assert [(e.kind, parsed.text[e.start : e.end]) for e in parsed.elements] == [
        (Kind.PARAGRAPH, "Type this:"), (Kind.CODE, "\n".join(code)), (Kind.PARAGRAPH, "And that was all of it."),
    ]  # fmt: skip


def test_figures_set_apart_are_not_run_together(tmp_path: Path) -> None:
    code = ["[1]  1 1 2 2 3 3", "[7]  0 1 2 . . ."]
    parsed = coded(tmp_path / "a.pdf", code, [(60.0, 660.0, "It shows:")])
    assert parsed.text == "It shows:\n\n" + "\n".join(code)


def test_the_room_that_a_narrow_figure_leaves_is_no_blank() -> None:
    assert not _apart("1", "0", 0.25) and _apart("1", "0", 0.5)  # a 1 of SimSun, and a blank of the font
    assert _apart("one", "two", 0.25) and not _apart("合计1", "元", 0.5)


def test_a_line_of_code_in_a_paragraph_stays_in_it(tmp_path: Path) -> None:
    prose = [(80.0, 612.0, "The file that is asked for"), (80.0, 588.0, "is read once and then kept by the program.")]
    parsed = coded(tmp_path / "a.pdf", ["/etc/apt/apt.conf"], prose)
    assert [e.kind for e in parsed.elements] == [Kind.PARAGRAPH] and "/etc/apt/apt.conf" in parsed.text


def test_characters_upon_each_other_make_no_endless_blanks(tmp_path: Path) -> None:
    places = [60.0, 60.000001, 60.000002, 60.000003, 590.0]
    drawn = "".join(f"BT /F2 10 Tf {x:f} 600 Td (a) Tj ET\n" for x in places)
    parsed = read(tmp_path / "a.pdf", [content([(60.0, 660.0, "Type this:")], extra=drawn)])
    assert "Type this:" in parsed.text and "a" in parsed.text and len(parsed.text) < 400


def test_a_bracket_that_opens_the_page_goes_on_with_the_sentence_too(tmp_path: Path) -> None:
    first = "(all of them, it was said at the time) slept until noon. Nobody knows why they did."
    parsed = read(tmp_path / "a.pdf", [page([*body(1), ENDS]), page([first, *body(2)])])
    assert f"{ENDS} (all of them, it was said at the time) slept until noon." in parsed.text
