"""Which stretches hits become, and what is asked of the ledger for them."""

from hypothesis import given
from hypothesis import strategies as st

from generation.pack import pack
from library.records import Chunk, Document, Hit, Status

DOCUMENT = Document("d", "c", "/d", "d", "text/plain", "zh", "s", 1, Status.LIVE, "v")


def chunks_of(sizes: list[int], sections: list[bool]) -> tuple[str, list[Chunk]]:
    text, chunks = "".join(chr(0x4E00 + number) * size for number, size in enumerate(sizes)), []
    for number, size in enumerate(sizes):
        start = sum(sizes[:number])
        chunks.append(Chunk(str(number), "v", number, start, start + size, ("甲",) if sections[number] else ("乙",)))
    return text, chunks


@given(
    st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=12),
    st.data(), st.booleans(), st.integers(0, 120),
)  # fmt: skip
def test_evidence_is_the_text_of_whole_chunks_once_and_within_the_budget(
    parts: list[tuple[int, bool]], data: st.DataObject, grow: bool, budget: int
) -> None:
    text, chunks = chunks_of([size for size, _ in parts], [section for _, section in parts])
    found = data.draw(st.lists(st.sampled_from(chunks), unique=True))
    hits = [Hit(chunk, DOCUMENT, text[chunk.start : chunk.end], 1 / (at + 1)) for at, chunk in enumerate(found)]
    asked: list[int] = []

    def chunk_at(version: str, ordinal: int) -> Chunk | None:
        asked.append(ordinal)
        return chunks[ordinal] if version == "v" and 0 <= ordinal < len(chunks) else None

    evidence = pack(hits, budget=budget, texts=lambda _: text, chunk_at=chunk_at, cost=len, grow=grow)
    assert [item.number for item in evidence] == list(range(1, len(evidence) + 1))
    held = [chunk for item in evidence for chunk in chunks if item.start <= chunk.start and chunk.end <= item.end]
    assert sum(len(item.text) for item in evidence) == sum(chunk.end - chunk.start for chunk in held)
    assert all(item.text == text[item.start : item.end] for item in evidence)
    assert sum(len(item.text) for item in evidence) <= budget
    near = {ordinal + step for ordinal in (chunk.ordinal for chunk in found) for step in (-2, -1, 0, 1, 2)}
    assert set(asked) <= near, "a long document is not read for one hit"


def test_what_was_replaced_since_it_was_found_is_taken_as_it_was() -> None:
    text, (chunk,) = chunks_of([5], [True])
    hits = [Hit(chunk, DOCUMENT, text, 1.0)]
    (item,) = pack(hits, budget=99, texts=lambda _: text, chunk_at=lambda version, ordinal: None)
    assert (item.start, item.end, item.text) == (0, 5, text)
