"""Tables on pages that the tests draw themselves: rules and text at places, as PDF writers leave them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from library.records import Kind, Parsed
from tests.ingest.drawing import Rule, Text, content, read


def drawn(path: Path, texts: Iterable[Text], rules: Iterable[Rule], extra: str = "", pages: int = 1) -> Parsed:
    """A page with texts and rules, or several of it, read."""
    return read(path, [content(texts, rules, extra)] * pages)


def level(ys: Iterable[float], x0: float = 60, x1: float = 360) -> list[Rule]:
    return [(x0, y, x1, y) for y in ys]


def upright(xs: Iterable[float], y0: float = 640, y1: float = 700) -> list[Rule]:
    return [(x, y0, x, y1) for x in xs]


def cells(rows: Sequence[Sequence[str]], xs: Sequence[float], top: float = 686) -> list[tuple[float, float, str]]:
    return [(x, top - 20 * at, text) for at, row in enumerate(rows) for x, text in zip(xs, row, strict=False) if text]


def tables(parsed: Parsed) -> list[list[str]]:
    return [parsed.text[e.start : e.end].split("\n") for e in parsed.elements if e.kind is Kind.TABLE]


ROWS = [["Service", "Port", "Secure"], ["imap", "143", "993"], ["pop3", "110", "995"]]


def test_a_grid_is_read_row_by_row_and_stands_where_it_stood(tmp_path: Path) -> None:
    texts = [(60, 740, "Before the table."), *cells(ROWS, (66, 166, 266)), (60, 600, "And after it.")]
    parsed = drawn(tmp_path / "a.pdf", texts, [*level((700, 680, 660, 640)), *upright((60, 160, 260, 360))])
    assert tables(parsed) == [["Service | Port | Secure", "imap | 143 | 993", "pop3 | 110 | 995"]]
    assert [e.kind for e in parsed.elements] == [Kind.PARAGRAPH, Kind.TABLE, Kind.PARAGRAPH]
    (box,) = parsed.elements[1].boxes
    assert box.page == 1 and (box.x0, box.y0, box.x1, box.y1) == pytest.approx((60, 100, 360, 160), abs=1)


def test_a_grid_may_be_open_at_its_sides_and_drawn_as_one_path(tmp_path: Path) -> None:
    path = "60 700 m 360 700 l 60 680 m 360 680 l 60 660 m 360 660 l 60 640 m 360 640 l 160 640 m 160 700 l 260 640 m 260 700 l S\n"
    parsed = drawn(tmp_path / "a.pdf", cells(ROWS, (66, 166, 266)), [], extra=path)
    assert tables(parsed) == [["Service | Port | Secure", "imap | 143 | 993", "pop3 | 110 | 995"]]


def test_a_cell_over_two_rows_is_said_in_both_and_one_over_two_columns_once(tmp_path: Path) -> None:
    texts = [
        (66, 686, "Over two"), (266, 686, "third"), (66, 656, "spanning"), (166, 666, "a"), (266, 666, "1"), (166, 646, "b"), (266, 646, "2"),
    ]  # fmt: skip
    rules = [*level((700, 680, 640)), (160, 660, 360, 660), *upright((60, 260, 360)), (160, 640, 160, 680)]
    assert tables(drawn(tmp_path / "a.pdf", texts, rules)) == [
        ["Over two |  | third", "spanning | a | 1", "spanning | b | 2"]
    ]


def test_between_rules_columns_are_where_every_line_leaves_a_gap(tmp_path: Path) -> None:
    texts = [
        *cells([["Model", "Recall", "Size of"], ["", "", "the index"], ["ours", "0.91", "12"], ["theirs, which is", "0.88", "34"], ["longer", "", ""]], (66, 200, 290)),
        (60, 560, "After the table."),
    ]  # fmt: skip
    parsed = drawn(tmp_path / "a.pdf", texts, level((700, 655, 600)))
    assert tables(parsed) == [
        ["Model | Recall | Size of the index", "ours | 0.91 | 12", "theirs, which is | 0.88 | 34", "longer"]
    ]


def test_frames_underlines_and_columns_of_a_page_are_no_tables(tmp_path: Path) -> None:
    text = "It was the best of times and the worst of times, an age of wisdom and of foolishness"
    frame = [*level((700, 640)), *upright((60, 360))]
    assert not tables(drawn(tmp_path / "frame.pdf", [(66, 686, "A note in a box"), (66, 666, "of two lines")], frame))
    columns = [(x, 690 - 12 * at, text[:48]) for at in range(20) for x in (50, 330)]
    assert not tables(drawn(tmp_path / "columns.pdf", columns, level((710, 705, 440), 50, 560)))
    signature = [(66, 690, "Name"), (66, 650, "Date")]
    assert not tables(drawn(tmp_path / "lines.pdf", signature, level((688, 648, 608))))
    prose = [(x, 686 - 20 * at, text * 14) for at in range(3) for x in (66, 266)]
    assert not tables(drawn(tmp_path / "prose.pdf", prose, [*level((700, 680, 660, 640)), *upright((60, 260, 360))]))


def test_paper_with_squares_is_no_table(tmp_path: Path) -> None:
    rules = [*level(range(100, 700, 10), 50, 550), *upright(range(50, 560, 10), 100, 690)]
    parsed = drawn(tmp_path / "a.pdf", [(52, 602, "12"), (62, 592, "34"), (72, 602, "56")], rules)
    assert not tables(parsed) and "56" in parsed.text


def test_text_that_does_not_run_level_makes_no_table(tmp_path: Path) -> None:
    turned = "BT /F1 10 Tf 0 1 -1 0 100 400 Tm (written upwards along the side) Tj ET\n"
    texts = cells([["a", "1"], ["b", "2"], ["c", "3"]], (66, 266))
    rules = [*level((700, 680, 660, 640)), *upright((60, 260, 360))]
    assert not tables(drawn(tmp_path / "a.pdf", texts, rules, extra=turned))


def test_running_heads_go_also_beside_a_table_and_a_table_on_every_page_stays(tmp_path: Path) -> None:
    texts = [(60, 780, "Annual report"), *cells(ROWS, (66, 166, 266)), (60, 20, "Page 7")]
    rules = [*level((700, 680, 660, 640)), *upright((60, 160, 260, 360))]
    parsed = drawn(tmp_path / "a.pdf", texts, rules, pages=3)
    assert [e.kind for e in parsed.elements] == [Kind.TABLE] * 3 and "report" not in parsed.text
