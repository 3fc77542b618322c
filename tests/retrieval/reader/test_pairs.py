"""What the reader is given: nothing of a passage is lost, and overlap is told on both sides."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.text import sentences
from retrieval.encoders.e5 import MultilingualE5
from retrieval.reader.pairs import MOST_QUESTION, Pair, Piece, Writer, covering, tiled
from tests.strategies import WORDS


@pytest.fixture(scope="module")
def writer() -> Writer:
    return Writer(MultilingualE5())


def pair(writer: Writer, question: str, text: str, *, rare: tuple[str, ...] = ()) -> Pair:
    passage = writer.passage(text, "标题")
    return writer.pair(writer.question(question), passage, passage.pieces, lambda terms: frozenset(terms) & set(rare))


def spelt(writer: Writer, made: Pair, kind: int) -> str:
    tokenizer = MultilingualE5().tokenizer
    return "".join(tokenizer.id_to_piece(i) for i, k in zip(made.ids, made.kinds, strict=True) if k == kind)


def test_a_term_on_both_sides_is_told_on_both_and_a_rare_one_apart(writer: Writer) -> None:
    made = pair(writer, "MLA 如何减少缓存？", "缓存由 MLA 压缩。训练更快。", rare=("mla",))
    assert "缓存" in spelt(writer, made, 1) and "缓存" in spelt(writer, made, 4)
    assert spelt(writer, made, 2) == spelt(writer, made, 5) == "▁MLA"
    assert "训练" in spelt(writer, made, 3)


def test_traditional_and_simplified_are_the_same_term(writer: Writer) -> None:
    made = pair(writer, "减少緩存", "缓存減少了。")
    assert "缓" in spelt(writer, made, 1) and "减少" in spelt(writer, made, 4)


def test_tokens_of_a_sentence_carry_its_number_and_all_others_none(writer: Writer) -> None:
    made = pair(writer, "问", "一句。二句。")
    numbers = [number for number in made.sentence if number >= 0]
    assert numbers == sorted(numbers) and set(numbers) == {0, 1}
    assert all(number == -1 for number, kind in zip(made.sentence, made.kinds, strict=True) if kind < 3)


def test_of_a_long_question_the_end_is_kept(writer: Writer) -> None:
    piece = writer.question("背景很长，" * 60 + "租金是多少？")
    assert len(piece.ids) == MOST_QUESTION
    assert piece.ids[-3:] == writer.piece("租金是多少？").ids[-3:]


@settings(max_examples=60, deadline=None)
@given(text=st.lists(WORDS, min_size=1, max_size=5).map("\n".join), room=st.integers(8, 60))
def test_windows_cover_every_piece_and_keep_their_order(text: str, room: int) -> None:
    writer = Writer(MultilingualE5())
    passage = writer.passage(text, longest=room)
    assert [*passage.spans] == list(sentences(text))
    windows = tiled(passage, room=room)
    seen = [piece for window in windows for piece in window]
    assert set(map(id, seen)) == set(map(id, passage.pieces))
    for window in windows:
        at = [passage.pieces.index(piece) for piece in window]
        assert at == sorted(at)
        assert sum(len(piece.ids) for piece in window) <= room


def piece(sentence: int, *terms: str) -> Piece:
    return Piece(sentence, (5,) * 10, tuple(frozenset([term]) for term in terms) + (frozenset(),) * (10 - len(terms)))


def test_the_window_is_where_the_question_s_heavy_words_stand(writer: Writer) -> None:
    passage = writer.passage("a")
    held = type(passage)(
        ((0, 1),) * 4, (piece(0, "the"), piece(1, "rent"), piece(2, "due"), piece(3, "the")), piece(-1)
    )
    asked = piece(-1, "the", "rent", "due")
    worth = {"the": 0.1, "rent": 3.0, "due": 2.0}.__getitem__
    assert [own.sentence for own in covering(held, asked, worth, room=20)] == [1, 2]
    assert [own.sentence for own in covering(held, piece(-1, "none"), lambda _: 1.0, room=20, focus=3)] == [2, 3]


def test_a_row_of_a_table_is_read_behind_the_names_of_its_columns(writer: Writer) -> None:
    head, row = "| Name | Default |", "| timeout | 300 |"
    for passage in (writer.passage(f"{head}\n{row}"), writer.passage(row, header=head)):
        a, b = passage.spans[-1]
        assert b - a == len(row)  # its place is the row's own
        said = [n for piece in passage.pieces if piece.sentence == len(passage.spans) - 1 for n in piece.ids]
        assert writer.spelt(said) == writer.spelt(writer.piece("timeout: Default 300.").ids)
