"""The reader at work in a library: it reorders hits, and tells each sentence's share of the answer.

What it says of a hit is added to what the search already knows, never put in its place: alone it is worse than both
together wherever words or names decide (`docs/models.md`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from library.records import Evidence, Hit
from retrieval import fuse
from retrieval.reader.reader import Judged, Reader, Terms, Text, terms_of
from retrieval.rerank import Verdict
from retrieval.vectors import TermCounts

if TYPE_CHECKING:
    from library.settings import Settings

# Uploads go by their file's name. "Node.js" is a title: only endings of documents count.
_FILE = re.compile(
    r"\.(?:pdf|docx?|pptx?|xlsx?|od[pst]|rtf|epub|html?|xml|md|txt|csv|tsv|rst|org|eml|msg|png|jpe?g|tiff?)$", re.I
)
_AT_ONCE = 2  # passages that are read whole between two looks at the clock


class Reading:
    """A reranker (`retrieval.rerank.Reranker`) and a reader of whole passages, over one library's terms."""

    def __init__(self, reader: Reader, counts: Callable[[], TermCounts]) -> None:
        """`counts` gives the library's terms as they are now."""
        self._reader, self._counts = reader, counts
        self.name = reader.name
        self._known: tuple[TermCounts, Terms] | None = None
        self._last: tuple[tuple[str, Terms] | None, dict[Text, Judged]] = None, {}

    @classmethod
    def load(cls, settings: Settings, counts: Callable[[], TermCounts]) -> Reading:
        """With the threads and the cache of the settings."""
        cache: Path = settings.cache
        return cls(Reader(threads=settings.retrieval.threads, cache=cache), counts)

    def open(self) -> None:
        """Read the weights."""
        self._reader.open()

    def terms(self) -> Terms:
        """Weights and rarity of the library's terms."""
        counts = self._counts()
        if self._known is None or self._known[0] is not counts:
            self._known = counts, terms_of(counts)
        return self._known[1]

    def verdicts(self, question: str, hits: Sequence[Hit]) -> list[Verdict]:
        """For the order: the fused score with the reader's relevance, as a number in (0, 1)."""
        relevant, answers = fuse.reader_weights()
        return [
            Verdict(
                fuse.absolute(_fused(hit) + relevant * own.relevant + answers * own.answers),
                {"relevant": fuse.logistic(own.relevant), "answers": fuse.logistic(own.answers)},
            )
            for hit, own in zip(hits, self.hits(question, hits), strict=True)
        ]

    def hits(self, question: str, hits: Sequence[Hit]) -> list[Judged]:
        """What is said of one window of each hit."""
        return self.texts(question, [_text(hit) for hit in hits])

    def texts(self, question: str, texts: Sequence[Text]) -> list[Judged]:
        """What is said of one window of each text."""
        return self._reader.judge(question, texts, self.terms())

    def claim(self, claim: str, text: str) -> tuple[float, float, float]:
        """The logits of relevance, "answers" and "supports" of a claim beside the passage that should bear it out."""
        return self._reader.claim(claim, text, self.terms())

    def whole(self, question: str, evidence: Sequence[Evidence], *, limit_s: float) -> list[Judged]:
        """What is said of the first passages from end to end: at least two, and as many as `limit_s` seconds allow."""
        texts = [Text(item.text, _title(item.title, item.heading_path), header=item.context) for item in evidence]
        return self.texts_whole(question, texts, limit_s=limit_s)

    def hits_whole(self, question: str, hits: Sequence[Hit], *, limit_s: float) -> list[Judged]:
        """The same of hits."""
        texts = [
            Text(hit.text, _title(hit.document.title, hit.chunk.heading_path), header=hit.chunk.context) for hit in hits
        ]
        return self.texts_whole(question, texts, limit_s=limit_s)

    def texts_whole(self, question: str, texts: Sequence[Text], *, limit_s: float) -> list[Judged]:
        """The same of texts. What was said of them for the last question is not asked again."""
        begin, terms = time.monotonic(), self.terms()
        last, said = self._last
        if last != (question, terms):
            said = {}
            self._last = (question, terms), said
        for at in range(0, len(texts), _AT_ONCE):
            if at and time.monotonic() - begin > limit_s:
                return [said[text] for text in texts[:at]]
            new = [text for text in texts[at : at + _AT_ONCE] if text not in said]
            said.update(zip(new, self._reader.judge_whole(question, new, terms), strict=True))
        return [said[text] for text in texts]


def _text(hit: Hit) -> Text:
    near = hit.sentence[0] - hit.chunk.start if hit.sentence else None
    return Text(hit.text, _title(hit.document.title, hit.chunk.heading_path), near, hit.chunk.context)


def _title(title: str, path: Sequence[str]) -> str:
    """The headings, or the document's title; a file's name is none, and takes the reader's mind off what stands below it."""
    return " › ".join(path) or ("" if _FILE.search(title) else title)


def _fused(hit: Hit) -> float:
    return hit.trace["fused"].score if "fused" in hit.trace else 0.0
