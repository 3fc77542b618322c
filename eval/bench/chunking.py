"""Chunking speed against LangChain's splitter on the same Chinese text, embedding excluded."""

from __future__ import annotations

from eval.bench.timing import interleaved, machine
from library.records import Element, Kind
from library.settings import Settings

_SENTENCE = "第{0}条规定，承租人应当在每月{1}日之前支付租金；逾期超过三十日的，出租人可以解除合同，并要求赔偿损失。"


def sample(megabytes: float) -> tuple[str, list[Element]]:
    """Chinese text with headings of at least this many UTF-8 megabytes, and its elements; the same every time."""
    text, elements, length, size = [], [], 0, 0
    number = 0
    while size < megabytes * 1e6:
        number += 1
        heading = number % 40 == 1
        line = (
            f"第{number}章 合同的履行"
            if heading
            else "".join(_SENTENCE.format(number * 7 + i, i + 1) for i in range(6))
        )
        elements.append(
            Element(Kind.HEADING if heading else Kind.PARAGRAPH, length, length + len(line), 1 if heading else 0)
        )
        text.append(line)
        length += len(line) + 1
        size += len(line.encode()) + 1
    return "\n".join(text), elements


def measure(settings: Settings, *, megabytes: float = 2.0, rounds: int = 5) -> dict[str, object]:
    """Megabytes of UTF-8 text a second, ours and LangChain's RecursiveCharacterTextSplitter, and the ratio."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    from ingest.chunk import split
    from retrieval.embed import counter

    text, elements = sample(megabytes)
    count = counter(settings.retrieval.deep or settings.retrieval.instant, cache=settings.cache)
    target, limit = settings.chunk.tokens, settings.chunk.max_tokens
    pieces = split(text, elements, version="bench", count=count, target=target, limit=limit)
    characters = max(1, len(text) // max(1, len(pieces)))
    peer = RecursiveCharacterTextSplitter(chunk_size=characters, chunk_overlap=0)
    seconds = interleaved(
        {
            "suyuan": lambda: split(text, elements, version="bench", count=count, target=target, limit=limit),
            "langchain": lambda: peer.split_text(text),
        },
        rounds=rounds,
    )
    size = len(text.encode()) / 1e6
    return {
        "mb_per_s": round(size / seconds["suyuan"], 2), "langchain_mb_per_s": round(size / seconds["langchain"], 2),
        "ratio": round(seconds["langchain"] / seconds["suyuan"], 3), "chunks": len(pieces), "mb": round(size, 2),
        "rounds": rounds, **machine(),
    }  # fmt: skip
