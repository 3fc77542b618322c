"""What is said of hits once they are found: their order anew, the sentence that answers, and whether anything does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from library.records import Evidence, Hit
from library.tables import told
from retrieval import answerable, embed, fuse, lexical, rerank, vectors
from retrieval.embed import Encoder

if TYPE_CHECKING:
    from library.settings import Settings
    from retrieval.reader.reader import Judged
    from retrieval.reader.reading import Reading

READER = "reader"  # the name of our own in the settings
SHARE = 2.0  # of the reader's word on a sentence beside half coverage and half cosine: .5 chose .02 worse on held CMRC and DRCD
_PATIENCE = 4.0  # times the limit that a refusal's reading has: a busy machine should not turn an answer into one


class Judging:
    """The judges of one library: coverage by its terms, the encoders' cosines, and the reader of the settings."""

    def __init__(
        self, settings: Settings, encoders: Callable[[], Mapping[str, Encoder]], terms: Callable[[], vectors.TermCounts]
    ) -> None:
        """`terms` gives the library's terms as they are now; nothing is opened yet."""
        self._settings, self._encoders, self._terms = settings, encoders, terms

    def open(self) -> None:
        """Read our own reader's weights, which its first question would wait for."""
        if self.reading is not None:
            self.reading.open()

    @cached_property
    def reranker(self) -> rerank.Reranker | None:
        """What the settings name to reorder the first hits."""
        name = self._settings.retrieval.reranker
        return self.reading or (rerank.CrossEncoderReranker(name) if name else None)

    @cached_property
    def reading(self) -> Reading | None:
        """Our own reader, where the settings name it."""
        if self._settings.retrieval.reranker != READER:
            return None
        from retrieval.reader.reading import Reading

        return Reading.load(self._settings, self._terms)

    def sentences(self, question: str, evidence: Sequence[Evidence]) -> list[list[float]]:
        """How well each sentence of each evidence speaks to the question, in the order of `library.text.sentences`.

        Half coverage, half the instant encoder's cosine, both with the heading that the sentence stands under and a row
        with its columns' names; and, of the evidence that there is time to read, the sentence's share of the answer.
        """
        read = [[reads for _, reads in told(item.text, item.context)] for item in evidence]
        texts = [
            " ".join((*item.heading_path[-1:], reads))
            for item, own in zip(evidence, read, strict=True)
            for reads in own
        ]
        flat = iter(self._spoken(question, texts))
        scores = [[next(flat) for _ in own] for own in read]
        if self.reading is not None:
            limit = self._settings.retrieval.rerank_ms / 1000
            for row, judged in zip(scores, self.reading.whole(question, evidence, limit_s=limit), strict=False):
                row[:] = [score + SHARE * share for score, share in zip(row, judged.shares, strict=True)]
        return scores

    def _spoken(self, question: str, texts: Sequence[str]) -> list[float]:
        query, top = lexical_query(question, self._terms())
        covered = []
        for text in texts:
            terms = lexical.frequencies(text)
            covered.append(sum(idf * (lexical.K1 + 1) for term, idf in query.items() if term in terms) / top)
        encoder = self._encoders().get("instant")
        if encoder is None or not texts:
            return covered
        cosines = encoder.passages(list(texts)) @ encoder.queries([question])[0]
        return [0.5 * cover + 0.5 * max(0.0, float(cosine)) for cover, cosine in zip(covered, cosines, strict=True)]

    def hits(self, question: str, found: Sequence[Hit]) -> list[Judged]:
        """What the reader of the settings says of hits.

        :raises ValueError: the settings name no reader of ours.
        """
        if self.reading is None:
            raise ValueError(f"the reranker is {self._settings.retrieval.reranker!r}, not {READER!r}")
        return self.reading.hits(question, found)

    @property
    def reads(self) -> Callable[[str, str], tuple[float, float, float]] | None:
        """What the reader of the settings says of a claim and a passage; None where they name none of ours."""
        return self.reading.claim if self.reading is not None else None

    def answerable(self, question: str, found: Sequence[Hit]) -> float | None:
        """How likely it is that the hits answer the question; None where other encoders than the learned ones are set."""
        if [(leg, encoder.name) for leg, encoder in self._encoders().items()] != answerable.MODELS or not found:
            return None if found else 0.0
        first = found[: answerable.MOST]
        texts = [hit.text for hit in first]
        parts = [[reads for _, reads in told(hit.text, hit.chunk.context)] or [hit.text] for hit in first]
        instant, deep = (self._encoders()[leg] for leg in ("instant", "deep"))
        rows, within = embed.with_parts(instant, texts, parts)
        asked, far = instant.queries([question])[0], deep.queries([question])[0]
        known = [hit.trace["deep"].score if "deep" in hit.trace else None for hit in first]
        if None in known:
            known = [float(row @ far) for row in deep.passages(texts)]
        passages = [
            answerable.Passage(
                text,
                float(row @ asked),
                [float(x) for x in part @ asked],
                cosine or 0.0,
                read,
                hit.chunk.context,
                _about(hit),
            )
            for read, text, row, part, cosine, hit in zip(
                self._read(question, first), texts, rows, within, known, first, strict=True
            )
        ]
        return answerable.probability(question, passages, lambda terms: [float(x) for x in self._terms().idf(terms)])

    def _read(self, question: str, found: Sequence[Hit]) -> list[tuple[float, float] | None]:
        """The reader's logits of relevance and of "answers" for each hit, read to its end unless that takes far too long."""
        read = [_read(hit) for hit in found]
        if self.reading is not None:
            limit = _PATIENCE * self._settings.retrieval.rerank_ms / 1000
            for at, judged in enumerate(self.reading.hits_whole(question, found, limit_s=limit)):
                read[at] = judged.relevant, judged.answers
        return read

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts as vectors of norm 1 by the first dense leg there is; of no columns where there is none."""
        encoder = next(iter(self._encoders().values()), None)
        return encoder.passages(list(texts)) if encoder else np.zeros((len(texts), 0), np.float32)


def _about(hit: Hit) -> str:
    """What a hit stands under: the document's title and the headings."""
    return " › ".join((hit.document.title, *hit.chunk.heading_path))


def _read(hit: Hit) -> tuple[float, float] | None:
    """The reader's logits of relevance and of "answers" of the window that it has read of this hit, if any."""
    if not {"relevant", "answers"} <= hit.trace.keys():
        return None
    return fuse.logit(hit.trace["relevant"].score), fuse.logit(hit.trace["answers"].score)


def lexical_query(question: str, counts: vectors.TermCounts) -> tuple[dict[int, float], float]:
    """Term → idf, and the most that a passage can reach."""
    terms = list(lexical.frequencies(question))
    idf = counts.idf(terms)
    return dict(zip(terms, map(float, idf), strict=True)), max(float(idf.sum()) * (lexical.K1 + 1), 1e-9)
