import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunk import split
from library.records import Box, Chunk, Element, Kind
from tests.strategies import BLOCKS, document


def count(text: str) -> int:
    """A tokenizer in miniature: a token for each wide character, one for three narrow ones."""
    wide = sum(ord(c) > 127 for c in text)
    return wide + (len(text) - wide + 2) // 3 + 2


@settings(max_examples=150, deadline=None)
@given(st.lists(BLOCKS, min_size=1, max_size=12), st.integers(40, 120))
def test_chunks_lose_nothing_and_repeat_nothing(blocks: list[tuple[Kind, str, int]], limit: int) -> None:
    text, elements = document(blocks)
    chunks = split(text, elements, version="v", count=count, target=limit // 2, limit=limit)
    ends, starts = [0, *(c.end for c in chunks)], [*(c.start for c in chunks), len(text)]
    gaps = list(zip(ends, starts, strict=True))
    assert all(end <= start for end, start in gaps)
    assert not "".join(text[end:start] for end, start in gaps).strip()
    assert [c.ordinal for c in chunks] == list(range(len(chunks)))


@settings(max_examples=150, deadline=None)
@given(st.lists(BLOCKS, min_size=1, max_size=12))
def test_no_chunk_crosses_a_top_level_heading(blocks: list[tuple[Kind, str, int]]) -> None:
    text, elements = document(blocks)
    chunks = split(text, elements, version="v", count=count, target=60, limit=120)
    tops = [e.start for e in elements if e.kind is Kind.HEADING and e.level == 1]
    for chunk in chunks:
        assert not any(chunk.start < top < chunk.end for top in tops if text[chunk.start : top].strip())


@settings(max_examples=100, deadline=None)
@given(st.lists(BLOCKS, min_size=1, max_size=8), st.integers(80, 200))
def test_what_is_embedded_stays_under_the_cap(blocks: list[tuple[Kind, str, int]], limit: int) -> None:
    text, elements = document(
        [(kind, words[:30] if kind is Kind.HEADING else words, level) for kind, words, level in blocks]
    )
    for chunk in split(text, elements, version="v", count=count, target=limit // 2, limit=limit):
        assert count(text[chunk.start : chunk.end]) <= limit


def test_a_long_table_is_cut_between_rows_and_repeats_its_header() -> None:
    rows = ["型号 | 功率 | 价格", *(f"甲{i} | {i * 10} 瓦 | {i * 100} 元" for i in range(60))]
    text = "\n".join(rows)
    chunks = split(text, [Element(Kind.TABLE, 0, len(text))], version="v", count=count, target=60, limit=120)
    assert len(chunks) > 3
    for chunk in chunks:
        assert all(line in rows for line in text[chunk.start : chunk.end].split("\n"))
    assert all(chunk.context == rows[0] for chunk in chunks[1:])
    assert rows[0] in chunks[1].embedded("x")


HEAD = "型号 | 功率 | 价格"


def over_pages(first: list[str], second: list[str], *, x1: float = 500, between: str = "") -> list[Chunk]:
    """The chunks of a table at the end of a page and of one at the head of the next."""
    one, other = "\n".join(first), "\n".join(second)
    gap = f"\n\n{between}\n\n" if between else "\n\n"
    at = len(one) + len(gap)
    elements = [
        Element(Kind.TABLE, 0, len(one), page=1, boxes=(Box(1, 60, 600, 500, 760),)),
        *([Element(Kind.PARAGRAPH, len(one) + 2, at - 2, page=2)] if between else []),
        Element(Kind.TABLE, at, at + len(other), page=2, boxes=(Box(2, 61, 60, x1, 200),)),
    ]
    return split(one + gap + other, elements, version="v", count=count, target=200, limit=400)


def test_a_table_that_goes_on_over_the_page_keeps_its_head_and_its_place() -> None:
    first, second = over_pages(
        [HEAD, "甲 | 10 瓦 | 100 元", "乙 | 20 瓦 | 200 元"], ["丙 | 30 瓦 | 300 元", "丁 | 40 瓦"]
    )
    assert (first.context, first.pages) == ("", (1, 1))
    assert (second.context, second.pages) == (HEAD, (2, 2))


@pytest.mark.parametrize(
    ("second", "x1", "between"),
    [
        ([HEAD, "丙 | 30 瓦 | 300 元"], 500, ""),  # the head stands there again
        (["丙 | 30 瓦 | 300 元 | 有"], 500, ""),  # other columns
        (["丙 | 30 瓦 | 300 元"], 400, ""),  # another width
        (["丙 | 30 瓦 | 300 元"], 500, "另见下表。"),
    ],
)
def test_another_table_on_the_next_page_has_no_head_from_before(second: list[str], x1: float, between: str) -> None:
    assert not any(chunk.context for chunk in over_pages([HEAD, "甲 | 10 瓦 | 100 元"], second, x1=x1, between=between))


def test_chunks_end_where_sentences_end() -> None:
    text = "这是一个用来测试切分的句子，长度适中。" * 40
    chunks = split(text, [Element(Kind.PARAGRAPH, 0, len(text))], version="v", count=count, target=60, limit=120)
    assert len(chunks) > 5
    assert all(text[chunk.start : chunk.end].endswith("。") for chunk in chunks)


def test_headings_give_the_path_and_are_not_their_own_path() -> None:
    text = "总则\n适用范围\n本办法适用于全部文件。"
    elements = [Element(Kind.HEADING, 0, 2, 1), Element(Kind.HEADING, 3, 7, 2), Element(Kind.PARAGRAPH, 8, len(text))]
    chunks = split(text, elements, version="v", count=count, target=60, limit=120)
    assert chunks[0].heading_path == ()
    assert text[chunks[0].start : chunks[0].end] == text


def test_ids_are_named_by_version_and_place() -> None:
    text = "一句话。" * 50
    element = [Element(Kind.PARAGRAPH, 0, len(text))]
    first = split(text, element, version="v", count=count, target=40, limit=80)
    assert first == split(text, element, version="v", count=count, target=40, limit=80)
    other = split(text, element, version="w", count=count, target=40, limit=80)
    assert not {c.id for c in first} & {c.id for c in other}


def test_a_limit_below_the_target_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="below target"):
        split("x", [], version="v", count=count, target=10, limit=5)
