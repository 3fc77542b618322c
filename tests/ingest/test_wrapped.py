import random
import textwrap
from itertools import pairwise
from pathlib import Path
from string import ascii_lowercase

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ingest.parse import parse
from ingest.wrapped import unwrapped
from library.records import Kind
from library.text import sentences

LICENCE = """\
You may convey a work based on the Program, or the modifications to
produce it from the Program, in the form of source code under the
terms of section 4, provided that you also meet all of these conditions:

    a) The work must carry prominent notices stating that you modified
    it, and giving a relevant date.

    b) The requirements that were made in the third year and in section
    7.  This requirement modifies what stands above, for every single
    copy of it.
"""
CHINESE = """\
　　本协议自双方签字盖章之日起生效，有效期为三年。协议期满前三十
日内，双方均未提出书面异议的，本协议自动续展一年，续展次数不限。
任何一方违反本协议约定的，应当向守约方支付合同总金额百分之二十的
违约金。

　　甲方应当在收到发票后十五个工作日以内，以银行转账的方式向乙方
支付全部货款。
"""
KEPT = {
    "verse": "床前明月光，疑是地上霜。\n举头望明月，低头思故乡。\n" * 3,
    "english verse": "The curfew tolls the knell of parting day, so slow,\nThe lowing herd wind slowly o'er the lea, below,\n"
    "The ploughman homeward plods his weary way, and so,\nAnd leaves the world to darkness and to me, I know.\n",
    "short verse": "白日依山\n黄河入海\n欲穷千里\n更上一层\n",
    "address": "甲方：北京某某科技有限公司\n地址：北京市海淀区中关村大街一号\n电话：010-12345678\n",
    "figures": "2021 1200 3400 5600 7800 9900 1200 3400 5600\n2022 1300 3500 5700 7900 1000 1300 3500 5700\n2023 1400 3600 5800 8000 1100 1400 3600 5800\n",
    "columns": "the name of it          what it is for here\nthe size of it          what it is worth now\nthe time of it          what it is done with\n",
    "prompts": ">>> for name in names and not in the others of it:\n>>>     print the name of it and what it is worth\n>>> then.go(on.with_the(next, one).of_all_these)\n",
    "code": "```\nfor name in names and not in the others of this one:\n    print the name of it and the others of this one\n    then go on with the next one of all these names\n```\n",
    "items": "- a point that takes the whole of the line as it is\n- a point that takes the whole of the line as it was\n- a point that takes the whole of the line as it may\n",
    "hard": "a line of verse that is broken on purpose here so  \nand goes on below it, as its writer wanted it to  \nand ends in the third line of it with one more  \n",
}  # fmt: skip


def test_paragraphs_and_items_are_one_line_each() -> None:
    lines = unwrapped(LICENCE).split("\n")
    assert lines[0].startswith("You may convey") and lines[0].endswith("all of these conditions:")
    assert (
        "    a) The work must carry prominent notices stating that you modified it, and giving a relevant date."
        in lines
    )
    assert lines[-2].endswith(
        "in section 7.  This requirement modifies what stands above, for every single copy of it."
    )


def test_chinese_needs_no_blank_at_the_join() -> None:
    assert unwrapped(CHINESE).count("\n") == 3
    assert "协议期满前三十日内" in unwrapped(CHINESE) and "百分之二十的违约金" in unwrapped(CHINESE)
    assert "向乙方支付全部货款" in unwrapped(CHINESE)


def test_a_number_in_the_middle_of_a_sentence_heads_nothing() -> None:
    text = (
        "　　乙方应当按照本合同第二条、第三条以及附件三、附件四、附件\n"
        "五、附件六的要求，按时交付全部货物，并且提供完整的技术资料，\n"
        "不得以任何理由拖延交货。逾期的，按照合同约定承担相应的责任。\n"
    )
    assert unwrapped(text) == text.replace("\n", "") + "\n"
    assert unwrapped(f"一、总则\n{text}六、附则\n") == f"一、总则\n{unwrapped(text)}六、附则\n"


@pytest.mark.parametrize("name", sorted(KEPT))
def test_what_is_no_running_text_keeps_its_lines(name: str) -> None:
    assert unwrapped(KEPT[name]) == KEPT[name]
    assert KEPT[name] in unwrapped(f"{LICENCE}\n{KEPT[name]}")


def _word(chance: random.Random) -> str:
    parts = (
        "".join(chance.choices(ascii_lowercase, k=chance.randint(1, 9))) for _ in range(chance.choice((1, 1, 1, 2)))
    )
    return "-".join(parts)


@given(st.integers(0, 2**32), st.integers(60, 120), st.integers(55, 90))
def test_what_is_filled_is_put_together_again(seed: int, size: int, width: int) -> None:
    chance = random.Random(seed)
    words = [_word(chance) for _ in range(size)]
    text = " ".join(words)
    assume(all(len(line.split()) > 2 for line in textwrap.wrap(text, width)[:-1]))
    assume(not {word.replace("-", "") for word in words if "-" in word} & set(text.replace("-", " ").split()))
    assert unwrapped(textwrap.fill(text, width)) == text


@given(st.text(st.sampled_from("ab c-\n.,|#>*12。，中文 \t`")))
def test_nothing_but_breaks_and_hyphens_is_lost(text: str) -> None:
    told = unwrapped(text)
    assert [c for c in told if not c.isspace() and c not in "->"] == [
        c for c in text if not c.isspace() and c not in "->"
    ]
    assert set(told.split("\n")) >= {""} & set(text.split("\n"))


def test_a_hyphen_goes_only_where_the_text_has_the_whole_word() -> None:
    told = unwrapped(
        "The publisher of this work grants a right that is free, and as it is non-\n"
        "exclusive, others may have it too; what is said of that right in the docu-\n"
        "mentation goes before what is said here.\n\n"
        "The documentation is a part of the work.\n"
    )
    assert "as it is non-exclusive, others" in told and "in the documentation goes" in told


def test_a_file_of_wrapped_lines_is_quoted_by_whole_sentences(tmp_path: Path) -> None:
    (tmp_path / "licence.txt").write_text(LICENCE, "utf-8")
    parsed = parse(tmp_path / "licence.txt")
    said = [parsed.text[a:b] for a, b in sentences(parsed.text)]
    assert any(one.startswith("You may convey") and one.endswith("conditions:") for one in said)
    assert all(a.end <= b.start for a, b in pairwise(parsed.elements))
    log = "\n".join(
        f"the server of this place has been asked for page {n:03} by one of its readers and" for n in range(9)
    )
    (tmp_path / "server.log").write_text(log, "utf-8")
    assert parse(tmp_path / "server.log").text == log


def test_what_is_quoted_is_put_together_without_its_marks() -> None:
    text = (
        "He wrote:\n"
        "> > The hall is let from Monday to Friday and can be\n"
        "> > had for one evening at the price of two hundred.\n"
        "> You wrote that the meeting is on Monday in the\n"
        "> large room of the third floor and that all are\n"
        "> to bring what they have written down by then.\n"
        "Yes.\n"
    )
    lines = unwrapped(text).split("\n")
    assert lines[-4] == "> > had for one evening at the price of two hundred."
    assert lines[-3].startswith("> You wrote that") and lines[-3].endswith(
        "all are to bring what they have written down by then."
    )


def test_mail_is_put_together_too(tmp_path: Path) -> None:
    body = LICENCE.replace("\n", "\r\n")
    (tmp_path / "a.eml").write_bytes(f"From: a@b.example\r\nSubject: Terms\r\n\r\n{body}".encode())
    assert "modifications to produce it from the Program" in parse(tmp_path / "a.eml").text


def test_a_text_file_with_such_titles_has_them(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Terms of use\n============\n\n1. Scope\n--------\n\nAll of it.\n", "utf-8")
    parsed = parse(tmp_path / "a.txt")
    assert [e.level for e in parsed.elements if e.kind is Kind.HEADING] == [1, 2] and parsed.title == "Terms of use"


def test_a_paragraph_of_a_whole_book_is_put_together_in_one_go() -> None:
    text = "a line of words that goes on for ever and on " * 60_000
    wrapped = textwrap.fill(text, 72)
    assert unwrapped(wrapped) == text.strip()


def test_what_is_quoted_as_deep_as_one_likes_costs_no_more() -> None:
    text = "\n".join([">" + "    >" * 20_000 + " words that go on here", "> " * 20_000 + "and here"] * 3)
    assert unwrapped(text).count("words that go on here") == 3
