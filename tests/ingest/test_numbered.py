from pathlib import Path

import pytest

from ingest.numbered import counted
from ingest.parse import parse
from library.records import Kind

HEADS = "0. Definitions.", "1. Source Code.", "2. Protecting Users' Legal Rights From Law."
CHINESE = "1. 总则", "2、保管期限", "3 附则"


def _text(heads: tuple[str, ...], body: str = "What is said here is a whole sentence.") -> str:
    return "\n\n".join(part for head in heads for part in (head, body))


def _found(text: str) -> list[str]:
    lines = text.split("\n")
    return [lines[place] for place in sorted(counted(lines))]


@pytest.mark.parametrize("heads", [HEADS, CHINESE])
def test_lines_that_count_on_with_text_below_are_headings(heads: tuple[str, ...]) -> None:
    assert _found(_text(heads)) == list(heads)


@pytest.mark.parametrize(
    "text",
    [
        "\n\n".join(HEADS),  # a list with blank lines
        _text(HEADS[:2]),
        _text(("1. Scope", "3. Term", "4. End")),
        _text(("1. Open the lid of the machine.", "2. Take the paper out of it.", "3. Close it again.")),
        _text(("1. 打开电源。", "2. 按下按钮。", "3. 关闭电源。")),
        _text(HEADS).replace(".\n\nWhat", ".\nWhat"),  # not alone
        _text(("1.5 percent", "2.5 percent", "3.5 percent")),
    ],
)
def test_lists_steps_and_figures_are_not(text: str) -> None:
    assert not _found(text)


def test_a_count_that_begins_anew_is_taken_once() -> None:
    steps = "\n\n".join(f"{n}. Step {n}" for n in range(1, 4))
    assert _found(f"{_text(HEADS)}\n\n{steps}") == [*HEADS]


def test_they_are_the_second_level_and_give_no_title(tmp_path: Path) -> None:
    (tmp_path / "licence.txt").write_text(_text(HEADS), "utf-8")
    parsed = parse(tmp_path / "licence.txt")
    heads = [(e.level, parsed.text[e.start : e.end]) for e in parsed.elements if e.kind is Kind.HEADING]
    assert heads == [(2, head) for head in HEADS] and parsed.title == "licence"
