"""Markdown as it is shown."""

import pytest

from ingest.markdown import looks_like_markdown, markdown
from library.records import Kind


def _kinds(text: str) -> list[tuple[Kind, int, str]]:
    body, elements = markdown(text)
    return [(e.kind, e.level, body[e.start : e.end]) for e in elements]


def test_titles_with_a_line_below_or_in_tags_are_headings() -> None:
    text = "Guide\n=====\n\nWords.\n\nFirst step\n----------\nMore words.\n\n<h3 align='center'>By *tag*</h3>\n\n- item\n---\n"
    assert [(level, head) for kind, level, head in _kinds(text) if kind is Kind.HEADING] == [
        (1, "Guide"),
        (2, "First step"),
        (3, "By tag"),
    ]
    assert "=" not in markdown(text)[0] and "---" not in markdown(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "a line\n\n---\n",
        "```\ncode\n```\n---\n",
        "Two\nLines\n---\n",
        "# Head\n---\n",
        "x" * 101 + "\n---\n",
        "name   value\n------------\n",
    ],
)
def test_a_line_below_something_else_makes_no_heading(text: str) -> None:
    assert [head for kind, _, head in _kinds(text) if kind is Kind.HEADING] in ([], ["Head"])


@pytest.mark.parametrize(
    ("marked", "shown"),
    [
        ("Use `*args` or `*kw` and `**all`.", "Use `*args` or `*kw` and `**all`."),
        ("See [`fit`](http://a.example/b_c_d) for *that* and __this__.", "See `fit` for that and this."),
        ("a _soft_ word in snake_case_name", "a soft word in snake_case_name"),
        (r"two \* three \* four, \_kept\_", "two * three * four, _kept_"),
        ("<p align=center><img src=a.png>Text<br/></p> of Vec<String>", "Text of Vec<String>"),
        ("[one][a], [two][], [three] and [four]", "one, two, three and [four]"),
        ("[![built][a]][one] done", "built done"),
        ("合同[第三条]及[附件][二]", "合同[第三条]及[附件][二]"),
    ],
)
def test_a_line_is_what_its_reader_sees(marked: str, shown: str) -> None:
    refs = "\n\n[a]: http://a.example/x 'title'\n[two]: ./b.md\n[three]: <https://c.example>\n[one]: #d\n"
    assert markdown(f"{marked}{refs}")[0].strip() == shown


def test_what_only_looks_like_a_reference_stays() -> None:
    text = "[甲方]: 北京某某公司\n\n[^1]: http://a.example/note\n\n[注]: 金额为3.5万元\n\n[Price]: 3.5\n"
    assert markdown(text)[0] == text


def test_a_soft_break_is_a_blank_within_a_sentence_alone() -> None:
    text = "A fast algorithm,\ntargeting all of it.\nThe next one\\\nstays here.\n\n本协议自签字之日起，\n有效期三年。\n甲方：某公司\n乙方：某人\n\n- item\nlazy\n"
    assert markdown(text)[0] == (
        "A fast algorithm, targeting all of it.\nThe next one\\\nstays here.\n\n本协议自签字之日起，有效期三年。\n甲方：某公司\n乙方：某人\n\n- item lazy\n"
    )


@pytest.mark.parametrize(
    "text",
    ["---\nauthor: somebody\ndate: 2024-05-01\n---\nText.\n", "Words:\n\n    make the first\n    then the second\n"],
)
def test_labels_and_indented_code_keep_their_lines(text: str) -> None:
    body = markdown(text)[0]
    assert "author: somebody\ndate: 2024-05-01" in body or "    make the first\n    then the second" in body


def test_where_paragraphs_are_wrapped_names_go_on_too() -> None:
    wrapped = "A first paragraph that was broken at about forty\ncells, as an editor does it, and that goes on for\nsome lines more.\n"
    names = "* A date is chosen and the number (Common\n  Vulnerabilities) is asked for.\n"
    assert "(Common Vulnerabilities)" in markdown(f"{wrapped}\n{names}")[0]
    assert "(Common\n" in markdown(names)[0]


def test_a_table_is_told_by_its_rule_whatever_bars_it_has() -> None:
    text = "a | b\n--- | ---\n1 | `x|y`\n2 | 3\n\nno | table\n"
    assert [(kind, row) for kind, _, row in _kinds(text)] == [
        (Kind.TABLE, "| a | b |\n| 1 | `x|y` |\n| 2 | 3 |"),
        (Kind.PARAGRAPH, "no | table"),
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        "`" * 40_000,
        "[a]: " + "a.a" * 20_000 + " x y",
        "** a" * 20_000,
        "[" * 40_000,
        "![](" * 20_000,
        "_a" * 20_000,
        "<a " * 20_000,
    ],
)
def test_hostile_lines_take_no_time(hostile: str) -> None:
    assert markdown(f"{hostile}\n\n[x]: http://a.example\n\nend\n")[0].rstrip().endswith("end")


def test_a_text_is_markdown_by_two_heads_or_fences() -> None:
    assert looks_like_markdown("# a\n\n# b\n") and looks_like_markdown("Terms\n=====\n\nScope\n-----\n")
    assert looks_like_markdown("```\nx\n```\n")
    assert not looks_like_markdown("Terms\n=====\n\nA\n------\n") and not looks_like_markdown("# a\n#b\n")


def test_a_block_quote_is_shown_without_its_marks() -> None:
    text, elements = markdown("# Use\n\n> Keep the key\n> in a safe place.\n\n---\n\n```\n> not a quote\n```\n")
    shown = [text[one.start : one.end] for one in elements]
    assert shown == ["Use", "Keep the key in a safe place.", "```\n> not a quote\n```"]
