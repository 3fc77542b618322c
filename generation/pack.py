"""Hits into numbered evidence: neighbours merged, grown within their section while the budget lasts; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from library.records import Chunk, Evidence, Hit

ChunkAt = Callable[[str, int], Chunk | None]
Texts = Callable[[str], str]
Cost = Callable[[str], int]


def cheap_cost(text: str) -> int:
    """An upper bound of tokens that needs no tokenizer: one a wide character, half a narrow one."""
    wide = len(text) - len(text.encode("ascii", "ignore"))
    return wide + (len(text) - wide) // 2 + 8


def pack(
    hits: Sequence[Hit],
    *,
    budget: int,
    texts: Texts,
    chunk_at: ChunkAt,
    cost: Cost = cheap_cost,
    grow: bool = True,
) -> list[Evidence]:
    """Evidence numbered from 1 by its best hit's rank, within `budget` tokens in all.

    :param texts: version → its text.
    :param chunk_at: version, ordinal → that chunk, if there is one.
    """
    spans: list[tuple[str, int, int, Hit]] = []
    used = 0
    for hit in hits:
        size = cost(hit.text)
        if used + size > budget:
            continue
        used += size
        spans.append((hit.chunk.version, *_ordinals(hit, chunk_at), hit))
    if grow:
        spans = _grown(spans, budget - used, texts, chunk_at, cost)
    return [
        _evidence(number, first, last, hit, texts, chunk_at)
        for number, (_, first, last, hit) in enumerate(_merged(spans), 1)
    ]


def _ordinals(hit: Hit, chunk_at: ChunkAt) -> tuple[int, int]:
    """First and last of the chunks that a hit holds."""
    first = last = hit.chunk.ordinal
    while (before := chunk_at(hit.chunk.version, first - 1)) and before.start >= hit.chunk.start:
        first -= 1
    while (after := chunk_at(hit.chunk.version, last + 1)) and after.end <= hit.chunk.end:
        last += 1
    return first, last


def _grown(
    spans: list[tuple[str, int, int, Hit]], room: int, texts: Texts, chunk_at: ChunkAt, cost: Cost
) -> list[tuple[str, int, int, Hit]]:
    """Each hit with the chunk before and after it in the same section, best hits first."""
    grown = []
    for version, first, last, hit in spans:
        text = texts(version)
        for ordinal in (first - 1, last + 1):
            beside = chunk_at(version, ordinal)
            if beside is None or beside.heading_path != hit.chunk.heading_path:
                continue
            size = cost(text[beside.start : beside.end])
            if size <= room:
                room -= size
                first, last = min(first, ordinal), max(last, ordinal)
        grown.append((version, first, last, hit))
    return grown


def _merged(spans: Sequence[tuple[str, int, int, Hit]]) -> list[tuple[str, int, int, Hit]]:
    """Spans of one version that touch or overlap become one, at the place of the best of them."""
    merged: list[tuple[str, int, int, Hit]] = []
    for version, first, last, hit in spans:
        for at, (other, a, b, best) in enumerate(merged):
            if (
                other == version
                and first <= b + 1
                and last >= a - 1
                and best.chunk.heading_path == hit.chunk.heading_path
            ):
                merged[at] = (version, min(a, first), max(b, last), best)
                break
        else:
            merged.append((version, first, last, hit))
    return merged


def _evidence(number: int, first: int, last: int, hit: Hit, texts: Texts, chunk_at: ChunkAt) -> Evidence:
    held = (chunk_at(hit.chunk.version, ordinal) for ordinal in range(first, last + 1))
    chunks = [chunk for chunk in held if chunk] or [hit.chunk]  # replaced since it was found
    start, end = chunks[0].start, chunks[-1].end
    pages = [page for chunk in chunks if chunk.pages for page in chunk.pages]
    return Evidence(
        number, hit.document.id, hit.document.title, hit.chunk.version, start, end, texts(hit.chunk.version)[start:end],
        hit.score, hit.chunk.heading_path, (min(pages), max(pages)) if pages else None, chunks[0].context,
    )  # fmt: skip
