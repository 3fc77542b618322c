import math
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retrieval import fuse, lexical, vectors


def test_chinese_gives_characters_and_pairs() -> None:
    assert lexical.tokens("數據庫") == ["数", "据", "库", "数据", "据库"]


def test_identifiers_and_numbers_stay_whole_and_give_their_parts() -> None:
    found = lexical.tokens("kv_a_proj GB/T 7714 涨了3.5%")
    assert {"gb/t", "7714", "3.5%", "涨", "涨了"} <= set(found)
    assert lexical.tokens("libraries boxes glass") == ["library", "boxe", "glass"]


@given(st.text(max_size=60))
def test_width_and_case_make_no_difference(text: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    assert lexical.tokens(wide) == lexical.tokens(text)


def test_bm25_is_the_textbook_formula() -> None:
    documents = ["苹果很甜", "苹果和梨都很甜，梨更便宜", "今天下雨"]
    counts = [lexical.frequencies(text) for text in documents]
    df = Counter(term for terms in counts for term in terms)
    order = sorted(df)
    held = vectors.TermCounts(
        np.array(order, np.uint32),
        np.array([df[t] for t in order], np.uint32),
        3,
        sum(map(lambda c: sum(c.values()), counts)),
    )
    mean = held.mean_length
    query = lexical.frequencies("梨甜吗")
    idf = dict(zip(query, held.idf(list(query)), strict=True))
    for terms in counts:
        ours = sum(idf[t] * w for t, w in lexical.weights(terms, mean).items() if t in idf)
        length, book = sum(terms.values()), 0.0
        for t in query:
            tf = terms.get(t, 0)
            rarity = math.log(1 + (3 - df.get(t, 0) + 0.5) / (df.get(t, 0) + 0.5))
            book += rarity * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length / mean))
        assert math.isclose(ours, book, rel_tol=1e-9)
        assert ours <= sum(idf.values()) * (lexical.K1 + 1)


def test_what_matched_is_shown_by_its_longest_form() -> None:
    assert lexical.matched("数据库 多大", "这个数据库") == ("数据", "据库")


@given(st.lists(st.floats(-1, 1, width=32), min_size=8, max_size=8), st.integers(0, 5))
def test_kept_vectors_are_close(row: list[float], n: int) -> None:
    vector = np.array(row, np.float32)
    assert np.allclose(vectors.unpack(vectors.pack(vector)), vector, atol=1e-3)
    rows = np.tile(vector, (n, 1)).reshape(n, 8)
    assert np.allclose(
        vectors.unpack_rows(vectors.pack_rows(rows)).reshape(n, -1)[:, :8] if n else rows, rows, atol=1e-2
    )


@given(st.floats(-2, 4), st.floats(-2, 4))
def test_the_absolute_score_keeps_the_order_and_stays_in_range(a: float, b: float) -> None:
    assert 0 < fuse.absolute(a) < 1
    assert (fuse.absolute(a) <= fuse.absolute(b)) == (a <= b) or math.isclose(fuse.absolute(a), fuse.absolute(b))


def test_a_candidate_without_a_deep_vector_stands_at_the_mean() -> None:
    assert fuse.filled({"a": 0.9, "b": 0.8}, ["a", "b", "c"]) == {"a": 0.9, "b": 0.8, "c": (0.9 + 0.8) / 2}
    assert fuse.filled({}, ["c"]) == {"c": None}
    assert fuse.fused(0.5, 0.2, 0.4, None) == 0.5 + 0.5 * 0.6000000000000001
