from pathlib import Path

import pytest

from ingest.contents import contents, on_page, said, without_contents
from ingest.markdown import markdown
from ingest.parse import parse
from library.records import Kind

HEADINGS = ["1.1 Leave", "1.2 Travel", "1.3 Expenses", "2.1 Who signs", "2.2 Who pays", "2.3 Who answers?"]
BODY = "".join(f"{heading}\n\n    A rule about it that takes a line.\n\n" for heading in HEADINGS)
ENTRIES = "".join(f"    {heading}\n" for heading in HEADINGS)


def test_entries_that_stand_below_with_text_are_left_out_with_their_name() -> None:
    text = f"Handbook\n\nTable of Contents\n\n1 Staff\n{ENTRIES}\n{BODY}"
    assert without_contents(text) == f"Handbook\n\n\n\n{BODY}"


def test_an_entry_that_is_broken_goes_as_a_whole() -> None:
    long = "2.4 Who is to be asked before anything is thrown away that somebody may still need"
    entry = "    2.4 Who is to be asked before anything is thrown away that\n    somebody may still need\n"
    text = f"{ENTRIES}{entry}    2.5 The end\n\n{BODY}{long}\n\n    Nobody.\n\n2.5 The end\n\n    That is all.\n"
    assert without_contents(text).lstrip("\n").startswith(HEADINGS[0])
    assert "somebody may still need\n\n    Nobody." in without_contents(text)


@pytest.mark.parametrize(
    "text",
    [
        BODY,  # no contents
        "\n".join(f"{n}.1 apples {n}\n{n}.2 pears {n}" for n in range(1, 6)),  # a list that nothing stands below
        ("\n".join(HEADINGS) + "\n\n") * 2,  # a form that was filled in twice
        "1.1 Leave\n1.2 Travel\n\n" + BODY,  # two entries are a reference
        "Soup . . . . . 12\nRice . . . . . 3\nTea . . . . . 2\nFish . . . . . 48\nCake . . . . . 9\n",  # prices
        "Soup . . . . . 2\nRice . . . . . 3\nTea . . . . . 4\nFish . . . . . 8\n",
        "." * 200_000,
        "1.1 " + "a " * 100_000,
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert without_contents(text) == text


def test_dots_lead_to_a_page() -> None:
    lines = [
        "目 录",
        "第一章 总则 ........ 1",
        "1.1 范围…………………… 2",
        "1.2 定义 · · · · · · 3",
        "第二章 人员 ........ iv",
        "本制度自发布之日起施行。",
    ]
    assert contents(lines) == {0, 1, 2, 3, 4}


def test_on_a_page_chapters_without_dots_go_too() -> None:
    lines = ["Published in May 2021", "Contents", "1 Staff 3", "1.1 Leave . . . . 3", "1.2 Travel . . . . 4", "2 Signing 9",
             "2.1 Who signs . . . . 9", "2.2 Who pays . . . . 10", "In 2021 the staff was 12"]  # fmt: skip
    assert on_page(lines, frozenset()) == {1, 2, 3, 4, 5, 6, 7}
    assert on_page(lines[:4], frozenset()) == frozenset()
    apart = ["Contents", "1 Staff", "3", *lines[3:5], "2 Signing", "9", *lines[6:8], "3 Not an entry", "12"]
    assert on_page(apart, frozenset()) == set(range(9))
    further = ["14", *(f"{n}.1 Rule {n} . . . . {n + 9}" for n in range(4, 9))]
    assert on_page(further, frozenset()) == frozenset()
    assert on_page(further, said(["5.1 Rule 5", "Rule 6", "7.1  RULE 7"])) == {0, 1, 2, 3, 4, 5}


def test_a_list_of_jumps_within_the_page_is_no_text_of_markdown() -> None:
    jumps = "- [One](#one)\n  - [Two](#two)\n- [Three](#three)\n"
    text, elements = markdown(f"# Name\n\n{jumps}\n## One\n\nWords.\n")
    assert [text[e.start : e.end] for e in elements] == ["Name", "One", "Words."]
    text, _ = markdown("See\n\n- [One](#one)\n- [the site](https://a.example)\n")
    assert "One" in text and "the site" in text


def test_a_text_of_questions_has_them_as_headings_and_its_title_from_the_middle_of_the_line(tmp_path: Path) -> None:
    path = tmp_path / "faq.txt"
    path.write_text(
        "              常见问题\n\n目录\n\n" + "".join(f"    1.{n}. 第{n}件事怎么办？\n" for n in range(1, 8)) + "\n第 1 章 办事\n\n"
        + "".join(f"1.{n}. 第{n}件事怎么办？\n\n    先问第{n}个人，再等他的答复。\n\n" for n in range(1, 8)), "utf-8",
    )  # fmt: skip
    parsed = parse(path)
    headings = [parsed.text[e.start : e.end].strip() for e in parsed.elements if e.kind is Kind.HEADING]
    assert parsed.title == "常见问题"
    assert headings == ["常见问题", "第 1 章 办事", *(f"1.{n}. 第{n}件事怎么办？" for n in range(1, 8))]
    assert parsed.text.count("第3件事怎么办") == 1
