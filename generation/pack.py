"""Hits into numbered evidence: neighbours merged, grown within their section while the budget lasts; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from library.records import Chunk, Evidence, Hit

Neighbours = Callable[[str], Sequence[Chunk]]
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
    neighbours: Neighbours,
    cost: Cost = cheap_cost,
    grow: bool = True,
) -> list[Evidence]:
    """Evidence numbered from 1 by its best hit's rank, within `budget` tokens in all.

    :param texts: version → its text.
    :param neighbours: version → its chunks in order.
    """
    spans: list[tuple[str, int, int, Hit]] = []
    used = 0
    for hit in hits:
        size = cost(hit.text)
        if used + size > budget:
            continue
        used += size
        spans.append((hit.chunk.version, *_ordinals(hit, neighbours), hit))
    if grow:
        spans = _grown(spans, budget - used, texts, neighbours, cost)
    return [
        _evidence(number, first, last, hit, texts, neighbours)
        for number, (_, first, last, hit) in enumerate(_merged(spans), 1)
    ]


def _ordinals(hit: Hit, neighbours: Neighbours) -> tuple[int, int]:
    """First and last of the chunks that a hit holds."""
    first = last = hit.chunk.ordinal
    chunks = neighbours(hit.chunk.version)
    while first > 0 and chunks[first - 1].start >= hit.chunk.start:
        first -= 1
    while last + 1 < len(chunks) and chunks[last + 1].end <= hit.chunk.end:
        last += 1
    return first, last


def _grown(
    spans: list[tuple[str, int, int, Hit]], room: int, texts: Texts, neighbours: Neighbours, cost: Cost
) -> list[tuple[str, int, int, Hit]]:
    """Each hit with the chunk before and after it in the same section, best hits first."""
    grown = []
    for version, first, last, hit in spans:
        chunks, text = neighbours(version), texts(version)
        for ordinal in (first - 1, last + 1):
            if not 0 <= ordinal < len(chunks) or chunks[ordinal].heading_path != hit.chunk.heading_path:
                continue
            size = cost(text[chunks[ordinal].start : chunks[ordinal].end])
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


def _evidence(number: int, first: int, last: int, hit: Hit, texts: Texts, neighbours: Neighbours) -> Evidence:
    chunks = neighbours(hit.chunk.version)
    start, end = chunks[first].start, chunks[last].end
    pages = [page for chunk in chunks[first : last + 1] if chunk.pages for page in chunk.pages]
    return Evidence(
        number, hit.document.id, hit.document.title, hit.chunk.version, start, end, texts(hit.chunk.version)[start:end],
        hit.score, hit.chunk.heading_path, (min(pages), max(pages)) if pages else None, chunks[first].context,
    )  # fmt: skip
