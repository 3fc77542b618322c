"""Candidates read back from the ledger: live ones only, no passage twice, neighbours of one section as one hit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from library.records import Chunk, Document, Hit, Leg
from library.store import Ledger
from library.text import normalise, sentences
from retrieval import fuse, lexical

_ALIKE = 0.95  # share of common terms from which two passages with the same figures say the same
_WIDEST = 3  # chunks that one hit may join


class Scored:
    """What the legs say of every candidate: scores, ranks among each leg's first, and the sentence that is nearest."""

    def __init__(self, scores: Mapping[str, Mapping[str, float]], ranks: Mapping[str, Mapping[str, int]],
                 nearest: Mapping[str, int], levels: Mapping[str, float], signals: fuse.Signals) -> None:  # fmt: skip
        """Scores, nearest sentence and level by chunk id; ranks by leg and chunk id; signals in the order of `scores`."""
        self.scores, self.levels, self.signals = scores, levels, signals
        self._ranks, self._nearest = ranks, nearest

    def order(self) -> list[str]:
        """Chunk ids, best first."""
        return sorted(self.scores, key=lambda name: -self.scores[name]["fused"])

    def trace(self, key: str, rank: int) -> dict[str, Leg]:
        """Why a candidate stands at `rank`."""
        legs = {leg: Leg(score, self._ranks.get(leg, {}).get(key, 0)) for leg, score in self.scores[key].items()}
        return legs | {"fused": Leg(self.scores[key]["fused"], rank)}

    def sentence(self, chunk: Chunk, text: str) -> tuple[int, int] | None:
        """Offsets into the version's text of the sentence whose vector is nearest to the question's."""
        at = self._nearest.get(chunk.id)
        spans = list(sentences(text)) if at is not None else []
        if at is None or at >= len(spans):
            return None
        return chunk.start + spans[at][0], chunk.start + spans[at][1]


def read(ledger: Ledger, question: str, found: Scored, *, count: int) -> list[Hit]:
    """The first `count` candidates that are live and say something that no better one says."""
    kept = _Distinct()
    hits: list[Hit] = []
    for chunk, document, text in _live(ledger, found.order(), step=2 * count + 10):
        if not kept.add(text):
            continue
        hits.append(Hit(
            chunk=chunk, document=document, text=text, score=fuse.absolute(found.levels[chunk.id]),
            trace=found.trace(chunk.id, len(hits) + 1), matched=lexical.matched(question, text),
            sentence=found.sentence(chunk, text),
        ))  # fmt: skip
        if len(hits) == count:
            break
    return _falling(hits)


def _falling(hits: Sequence[Hit]) -> list[Hit]:
    """A hit's score is the best from its place on, so that the order and the scores agree."""
    best = 0.0
    out: list[Hit] = []
    for hit in reversed(hits):
        best = max(best, hit.score)
        out.append(replace(hit, score=best))
    return out[::-1]


def _live(ledger: Ledger, order: Sequence[str], *, step: int) -> Iterator[tuple[Chunk, Document, str]]:
    live = ledger.live_versions()
    texts: dict[str, str] = {}
    documents: dict[str, Document | None] = {}
    for at in range(0, len(order), step):
        part = order[at : at + step]
        chunks = ledger.chunks(part)
        for chunk in (chunks[key] for key in part if key in chunks and chunks[key].version in live):
            name = live[chunk.version]
            if name not in documents:
                documents[name] = ledger.document(name)
            document = documents[name]
            if document is not None:
                whole = texts.setdefault(chunk.version, ledger.text(chunk.version) or "")
                yield chunk, document, whole[chunk.start : chunk.end]


class _Distinct:
    """Passages told apart: the same words, or nearly the same with the same figures, count once.

    Two versions of a contract that differ in one amount are both kept: a reader must see that they disagree.
    """

    def __init__(self) -> None:
        self._same: set[str] = set()
        self._terms: list[tuple[frozenset[str], frozenset[str]]] = []

    def add(self, text: str) -> bool:
        """Whether this passage is new."""
        same = normalise(text)
        terms = frozenset(lexical.tokens(text))
        figures = frozenset(term for term in terms if any(character.isdigit() for character in term))
        if same in self._same or any(figures == f and _jaccard(terms, t) >= _ALIKE for t, f in self._terms):
            return False
        self._same.add(same)
        self._terms.append((terms, figures))
        return True


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    smaller, larger = sorted((len(one), len(other)))
    if not larger or smaller < _ALIKE * larger:
        return 0.0
    common = len(one & other)
    return common / (smaller + larger - common)


def joined(hits: Sequence[Hit], ledger: Ledger) -> list[Hit]:
    """Hits that follow one another in one section as one, at the place of the best of them."""
    places = {_place(hit, hit.chunk.ordinal): hit for hit in hits}
    out: list[Hit] = []
    for hit in hits:
        if places.pop(_place(hit, hit.chunk.ordinal), None) is None:
            continue
        first = last = hit.chunk.ordinal
        wide = hit
        while last - first + 1 < _WIDEST:
            other = places.pop(_place(hit, first - 1), None)
            if other is not None:
                first -= 1
            else:
                other = places.pop(_place(hit, last + 1), None)
                if other is None:
                    break
                last += 1
            wide = _wider(wide, other, ledger)
        out.append(wide)
    return out


def _place(hit: Hit, ordinal: int) -> tuple[str, tuple[str, ...], int]:
    return hit.chunk.version, hit.chunk.heading_path, ordinal


def _wider(best: Hit, other: Hit, ledger: Ledger) -> Hit:
    a, b = sorted((best.chunk, other.chunk), key=lambda chunk: chunk.start)
    pages = [page for chunk in (a, b) if chunk.pages for page in chunk.pages]
    chunk = replace(
        best.chunk, start=a.start, end=max(a.end, b.end), tokens=a.tokens + b.tokens, boxes=a.boxes + b.boxes,
        pages=(min(pages), max(pages)) if pages else None, context=a.context,
    )  # fmt: skip
    text = (ledger.text(chunk.version) or "")[chunk.start : chunk.end]
    return replace(best, chunk=chunk, text=text, matched=tuple(dict.fromkeys((*best.matched, *other.matched))))
