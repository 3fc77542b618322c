"""A stretch of evidence as a citation: the document, the very words, and where they stand on its pages."""

from __future__ import annotations

from library.records import Box, Citation, Evidence
from library.store import Ledger


def citation_of(ledger: Ledger, evidence: Evidence, start: int, end: int) -> Citation:
    """With the pages and boxes of the chunks that it lies in.

    :param start: with `end`, [start, end) in the text of the evidence's version.
    """
    chunks = ledger.chunks_over(evidence.version, start, end)
    pages = [page for chunk in chunks if chunk.pages for page in chunk.pages]
    boxes: tuple[Box, ...] = tuple(box for chunk in chunks for box in chunk.boxes)
    version = ledger.version(evidence.version)
    if version and boxes:
        inside = [e for e in version.elements if e.start < end and start < e.end and e.boxes]
        boxes = tuple(box for element in inside for box in element.boxes) or boxes
        pages = [box.page for box in boxes]
    return Citation(
        evidence.number, evidence.document, evidence.title, evidence.version, start, end,
        evidence.text[start - evidence.start : end - evidence.start],
        (min(pages), max(pages)) if pages else None, boxes,
    )  # fmt: skip
