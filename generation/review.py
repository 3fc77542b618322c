"""Every sentence of an answer to a claim with its status and the fewest spans; and what becomes of those that fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from generation import prompts, support, verify
from generation.cite import Marker
from library.records import Citation, Claim, ClaimStatus, Evidence
from library.text import sentences

Cite = Callable[[Evidence, int, int], Citation]
Piece = tuple[int, int, tuple[int, int, int]]  # [start, end) in the answer, copied from [start, end) of a source number
_COPIED = "quote: exact"  # what a backend took over character by character
_OURS = "it says what is missing"  # the product's own sentence in the place of those that were taken out
FAILING = (ClaimStatus.UNSUPPORTED, ClaimStatus.CONTRADICTED)


class Reviewer:
    """Judges sentences against the evidence of one answer."""

    def __init__(
        self, evidence: Sequence[Evidence], cite: Cite, *, encode: support.Encode | None = None,
        entails: verify.Entails | None = None, reads: support.Reads | None = None,
    ) -> None:  # fmt: skip
        """`cite` makes a citation of a span of the version's text."""
        self._evidence = {item.number: item for item in evidence}
        self._cite, self._entails, self._reads = cite, entails, reads
        self._encode = _kept(encode) if encode else None

    def copied(self, text: str, start: int, end: int, source: tuple[int, int, int]) -> Claim:
        """A stretch that a backend says it copied: it is checked, not believed."""
        number, first, last = source
        evidence = self._evidence[number]
        same = self._words(number, first, last) == text[start:end]
        status = ClaimStatus.SUPPORTED if same else ClaimStatus.UNSUPPORTED
        how = _COPIED if same else "quote: not in the source"
        return Claim(start, end, status, (self._cite(evidence, first, last),), how)

    def claims(self, text: str, markers: Sequence[Marker], quoted: Sequence[Piece] = ()) -> Iterator[Claim]:
        """One claim a sentence; the markers in and right behind it are its hints. Quotes within it are claims of their own."""
        spans = list(sentences(text))
        for at, (start, end) in enumerate(spans):
            until = spans[at + 1][0] if at + 1 < len(spans) else len(text) + 1
            inside = [piece for piece in quoted if start <= piece[0] < end]
            numbers = [n for mark in markers if start < mark.at <= until for n in mark.numbers]
            cited = list(dict.fromkeys([*numbers, *(piece[2][0] for piece in inside)]))
            for first, last, source in inside:
                yield from self._claim(text, start, first, cited)
                yield self.copied(text, first, min(last, end), source)
                start = min(last, end)
            yield from self._claim(text, start, end, cited)

    def again(self, text: str, claim: Claim) -> Claim:
        """A claim of before, judged now; what was copied stays what it is where the words stand there still."""
        words, cited = text[claim.start : claim.end], [c for c in claim.citations if c.evidence in self._evidence]
        if claim.decided == _OURS:
            return claim
        if claim.decided == _COPIED and any(self._words(c.evidence, c.start, c.end) == words for c in cited):
            return claim
        numbers = list(dict.fromkeys(citation.evidence for citation in cited))
        return next(self._claim(text, claim.start, claim.end, numbers), claim)

    def _words(self, number: int, first: int, last: int) -> str:
        evidence = self._evidence[number]
        return evidence.text[first - evidence.start : last - evidence.start]

    def _claim(self, text: str, start: int, end: int, cited: list[int]) -> Iterator[Claim]:
        if not any(character.isalnum() for character in text[start:end]):
            return
        verdict = verify.judge(
            text[start:end],
            list(self._evidence.values()),
            cited=cited,
            encode=self._encode,
            entails=self._entails,
            reads=self._reads,
        )
        citations = tuple(self._cite(self._evidence[s.evidence], s.start, s.end) for s in verdict.spans)
        yield Claim(start, end, verdict.status, citations, verdict.decided + _moved(cited, verdict))


def _kept(encode: support.Encode) -> support.Encode:
    """The same, embedding each text once."""
    rows: dict[str, NDArray[np.float32]] = {}

    def encoded(texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in rows]
        if new:
            rows.update(zip(new, encode(new), strict=True))
        return np.stack([rows[text] for text in texts])

    return encoded


def _moved(cited: Sequence[int], verdict: verify.Verdict) -> str:
    """What became of the numbers that the sentence named."""
    used = {span.evidence for span in verdict.spans}
    away = [number for number in cited if number not in used]
    if not away or verdict.status is ClaimStatus.NO_CLAIM:
        return ""
    listed = ", ".join(f"[{number}]" for number in away)
    return f"; {listed} moved to {', '.join(f'[{n}]' for n in sorted(used))}" if used else f"; {listed} does not say it"


def without_failing(text: str, claims: Sequence[Claim], lang: str) -> tuple[str, list[Claim]]:
    """The answer without the sentences that no source supports, and a last one that says how many went."""
    failing = [claim for claim in claims if claim.status in FAILING]
    if not failing:
        return text, list(claims)
    out, kept, at = "", list[Claim](), 0
    for claim in claims:
        gap, at = text[at : claim.start], claim.end
        if claim.status in FAILING:
            continue
        out += gap if out else gap.lstrip()
        kept.append(replace(claim, start=len(out), end=len(out) + claim.end - claim.start))
        out += text[claim.start : claim.end]
    said = prompts.missing(len(failing), lang)
    start = len(out) + 1 if out else 0
    out = f"{out}\n{said}" if out else said
    return out, [*kept, Claim(start, len(out), ClaimStatus.NO_CLAIM, (), _OURS)]
