"""Strategies that several packages' tests draw from."""

from collections.abc import Sequence

from hypothesis import strategies as st

from library.records import Element, Evidence, Kind
from library.text import sentences

WORDS = st.text(
    alphabet=st.sampled_from("你好世界数据库检索。！？；，abc XYZ.3,é𠮷Ａ"), min_size=1, max_size=120
).filter(lambda s: s.strip())
BLOCKS = st.tuples(
    st.sampled_from([Kind.PARAGRAPH, Kind.LIST_ITEM, Kind.TABLE, Kind.CODE, Kind.HEADING]), WORDS, st.integers(1, 3)
)


def document(blocks: list[tuple[Kind, str, int]]) -> tuple[str, list[Element]]:
    """Text and elements of blocks; a table has three rows."""
    text, elements = "", []
    for kind, words, level in blocks:
        body = "\n".join([words] * 3) if kind is Kind.TABLE else words
        elements.append(Element(kind, len(text), len(text) + len(body), level if kind is Kind.HEADING else 0))
        text += body + "\n\n"
    return text, elements


def evenly(question: str, evidence: Sequence[Evidence]) -> list[list[float]]:
    """Every sentence is worth the same."""
    return [[1.0 for _ in sentences(item.text)] for item in evidence]
