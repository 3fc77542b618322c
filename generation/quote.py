"""The quote backend: no model, only sentences of the evidence that speak to the question, each with its marker.

It is never wrong about what a source says, because it says nothing else. Every piece that it streams carries where
it stands, so that its citations need no search.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from generation.chat import Delta, Message, Options
from generation.disagreement import clashes
from generation.verify import Span
from library import cells, posed
from library.fields import owner_at
from library.questions import expected, holds
from library.records import Evidence
from library.tables import head_of, heads
from library.text import language, sentences

Score = Callable[[str, Sequence[Evidence]], list[list[float]]]  # the worth of each sentence of each evidence
Headings = Callable[[str], Sequence[tuple[int, int]]]  # version → [start, end) of each of its headings

_NEAR = 0.75  # a further sentence must reach this share of the best one's score
_FITTING = 0.06
_TOLD = ("number", "date", "reason", "purpose")  # kinds whose pattern is sure enough to weigh a sentence by
_CONTEXT = 0.12  # how much of the evidence's own score counts beside the sentence's
_LEANS = re.compile(
    r"^(?:这|那|其|它|该|此|他|她|因此|所以|但|而|并|This|That|These|Those|It|They|He|She|Its|Their|However|Therefore|But|And)\b",
    re.IGNORECASE,
)

_SHORT = {"zh": 20, "en": 50}  # characters of a heading that only names what follows; a longer one may be a statement

# A line that only names what follows: it speaks to the question and answers nothing.
_HEADING = re.compile(
    r"(?:第[一二三四五六七八九十百零〇\d]+[章节節编編篇]|[一二三四五六七八九十]+、|\d+(?:\.\d+)+\.?|#{1,6})\s*[^，,。；;：:！!？?]{0,24}"
)
_CHAPTER = re.compile(
    r"\s*(?:第\s?[一二三四五六七八九十百零〇\d]+\s?[章节節编編篇卷部]|(?:chapter|part|appendix)\s+[\dIVXA-Z]+\b)",
    re.IGNORECASE,
)
# Where something else is told is no answer either.
_REFERS = re.compile(
    r"[\s•·*-]*(?:请)?(?:参见|参阅|参考|阅读|查看|详见|见|see(?: also)?|refer to|cf\.)\s*(?:第\s*[\d.]+\s*[章节節条]|(?:section|chapter)\s+[\d.]+)\s*[“\"'「（(《].*[”\"'」）)》][^。.\w]*[。.]?\s*",
    re.IGNORECASE,
)
# A question answers none, also in quotation marks where nothing but them is said of it.
_ASKS = re.compile(r"[？?]\s*$|^[\s•·*-]*[“”‘’\"'「『《][^“”‘’\"'「」『』《》]*[？?][”’\"'」』》]\s*$")


@dataclass(frozen=True, slots=True)
class Quoted:
    """A sentence that was copied: [start, end) in the version's text."""

    evidence: Evidence
    start: int
    end: int
    score: float

    @property
    def text(self) -> str:
        """The sentence itself."""
        return self.evidence.text[self.start - self.evidence.start : self.end - self.evidence.start]


class QuoteBackend:
    """Chooses with `score`, which gives each sentence's worth for a question."""

    name = "quote"

    def __init__(self, score: Score, *, max_sentences: int = 4, headings: Headings | None = None) -> None:
        """`max_sentences` are copied at most; short `headings` only where nothing else stands there."""
        self._score, self._most, self._headings = score, max_sentences, headings

    def choose(self, question: str, evidence: Sequence[Evidence]) -> list[Quoted]:
        """The best sentences, in the order of the evidence and of their place in it."""
        scored = self._scored(question, evidence)
        if not scored:
            return []
        top = max(scored, key=lambda c: c.score)
        chosen = sorted((c for c in scored if c.score >= _NEAR * top.score), key=lambda c: -c.score)[: self._most]
        chosen = _without_repeats(chosen + _openings(question, chosen))
        chosen = _with_what_they_lean_on(chosen, scored)
        chosen = _with_who_disagrees(question, chosen, scored, evidence)
        chosen += _heads(chosen)
        return sorted(chosen, key=lambda c: (c.evidence.number, c.start))

    def nearest(self, question: str, evidence: Sequence[Evidence]) -> list[Quoted]:
        """The best sentence of each, best first: what a refusal shows, for its reader to judge."""
        best: dict[int, Quoted] = {}
        for quoted in sorted(self._scored(question, evidence), key=lambda c: -c.score):
            best.setdefault(quoted.evidence.number, quoted)
        return _without_repeats(list(best.values()))

    def _scored(self, question: str, evidence: Sequence[Evidence]) -> list[Quoted]:
        """Every sentence that may be quoted, with its worth."""
        best_hit = max((item.score for item in evidence), default=0.0) or 1.0
        scored = [
            Quoted(item, item.start + a, item.start + b, score + _expected(question, item.text[a:b]) + _CONTEXT * item.score / best_hit)
            for item, worth in zip(evidence, self._score(question, evidence), strict=True)
            for (a, b), score in zip(sentences(item.text), worth, strict=True)
            if _says_something(item.text[a:b], question)
        ]  # fmt: skip
        return _below_the_question(question, _of_named_rows(question, _below_heads(self._below_headings(scored))))

    def _below_headings(self, scored: list[Quoted]) -> list[Quoted]:
        """Without the short headings of the documents, where anything else is left."""
        if self._headings is None:
            return scored
        of = {version: self._headings(version) for version in {quoted.evidence.version for quoted in scored}}
        rest = [
            quoted
            for quoted in scored
            if not any(
                a <= quoted.start and quoted.end <= b + 1 and _only_names(quoted, b)
                for a, b in of[quoted.evidence.version]
            )
        ]
        return rest or scored

    def stream(self, messages: Sequence[Message], *, options: Options) -> Iterator[Delta]:
        """Sentence by sentence; `options` carry question and evidence."""
        chosen = self.choose(options.question, options.evidence)
        for quoted in chosen:
            yield Delta(text=quoted.text, source=(quoted.evidence.number, quoted.start, quoted.end))
        yield Delta(usage={"sentences": len(chosen)}, finish="stop")


def _only_names(quoted: Quoted, end: int) -> bool:
    """Whether a sentence of a heading that ends there says nothing itself: it is short or a chapter's, or the heading asks."""
    heading = quoted.evidence.text[quoted.start - quoted.evidence.start : end - quoted.evidence.start]
    short = len(quoted.text.strip()) <= _SHORT.get(language(quoted.text), _SHORT["en"])
    return short or _CHAPTER.match(heading) is not None or _ASKS.search(heading) is not None


def _says_something(sentence: str, question: str) -> bool:
    if _HEADING.fullmatch(sentence.strip()) or _REFERS.fullmatch(sentence):
        return False
    bare = re.sub(r"[\W_]", "", sentence)
    if len(bare) < (4 if language(sentence) == "zh" else 8):
        return False
    return not _ASKS.search(sentence) and bare.lower() != re.sub(r"[\W_]", "", question).lower()


def _expected(question: str, sentence: str) -> float:
    """A little more for a sentence that holds what kind of thing was asked for."""
    kind = expected(question)
    return _FITTING if kind and kind.kind in _TOLD and holds(kind, sentence, question) else 0.0


def _without_repeats(chosen: list[Quoted]) -> list[Quoted]:
    seen: set[str] = set()
    kept = []
    for quoted in chosen:
        key = re.sub(r"\W", "", quoted.text)
        if key not in seen:
            seen.add(key)
            kept.append(quoted)
    return kept


def _with_who_disagrees(
    question: str, chosen: list[Quoted], scored: Sequence[Quoted], evidence: Sequence[Evidence]
) -> list[Quoted]:
    """Sentences of other documents that give another figure for the same thing come along: none is picked."""
    cited = [Span(quoted.evidence.number, quoted.start, quoted.end) for quoted in chosen]
    wanted = {side.span for clash in clashes(question, cited, evidence) for side in clash.sides} - set(cited)
    return chosen + [one for one in scored if Span(one.evidence.number, one.start, one.end) in wanted]


def _below_heads(scored: list[Quoted]) -> list[Quoted]:
    """Without the heads of tables: one comes along with a row of its own, and says nothing alone."""
    of = {quoted.evidence.number: quoted.evidence for quoted in scored if "|" in quoted.text}
    held = {number: heads(item.text, item.context) for number, item in of.items()}
    return [
        quoted
        for quoted in scored
        if not any(
            a <= quoted.start - quoted.evidence.start and quoted.end - quoted.evidence.start <= b
            for a, b in held.get(quoted.evidence.number, ())
        )
    ]


def _below_the_question(question: str, scored: list[Quoted]) -> list[Quoted]:
    """Where a document poses this very question, only what it says below."""
    of = {quoted.evidence.number: quoted.evidence for quoted in scored}
    held = {number: posed.below(question, item.text, item.heading_path[-1:]) for number, item in of.items()}
    rest = [
        quoted
        for quoted in scored
        if (own := held[quoted.evidence.number]) and own[0] <= quoted.start - quoted.evidence.start < own[1]
    ]
    return rest or scored


def _openings(question: str, chosen: Sequence[Quoted]) -> list[Quoted]:
    """What stands first below this very question, in the evidence that was chosen of: "Yes." says more than its reasons."""
    found: dict[int, Quoted] = {}
    for quoted in chosen:
        item = quoted.evidence
        own = posed.below(question, item.text)
        first = next((place for place in sentences(item.text) if own and own[0] <= place[0] < own[1]), None)
        if first and item.number not in found:
            found[item.number] = Quoted(item, item.start + first[0], item.start + first[1], quoted.score)
    return list(found.values())


def _of_named_rows(question: str, scored: list[Quoted]) -> list[Quoted]:
    """Only rows with the very cell that is asked for; without any, all but the other rows of a table where one is named.

    What stands in the other rows is said of something else.
    """
    wanted, others = {}, {}
    for item in {quoted.evidence.number: quoted.evidence for quoted in scored}.values():
        about = " › ".join((item.title, *item.heading_path))
        wanted[item.number] = cells.answering(question, item.text, item.context, about)
        others[item.number] = cells.unasked(question, item.text, item.context)

    def within(quoted: Quoted, rows: dict[int, list[tuple[int, int]]]) -> bool:
        return any(a <= quoted.start - quoted.evidence.start < b for a, b in rows[quoted.evidence.number])

    told = [quoted for quoted in scored if within(quoted, wanted)]
    return told or [quoted for quoted in scored if not within(quoted, others)]


def _heads(chosen: Sequence[Quoted]) -> list[Quoted]:
    """The heads of the tables that rows were chosen of, and the owners of lines, which say what or whose it is."""
    found: dict[tuple[int, int], Quoted] = {}
    for quoted in chosen:
        item, at = quoted.evidence, quoted.start - quoted.evidence.start
        _, head = head_of(item.text, at, item.context) if "|" in quoted.text else ("", None)
        head = head or owner_at(item.text, at)
        if head:
            start, end = item.start + head[0], item.start + head[1]
            if not any(other.evidence is item and other.start == start for other in chosen):
                found[item.number, start] = Quoted(item, start, end, quoted.score)
    return list(found.values())


def _with_what_they_lean_on(chosen: list[Quoted], scored: Sequence[Quoted]) -> list[Quoted]:
    """The sentence before one that begins with "it" or "因此" comes along, where there is one in the evidence."""
    held = {(c.evidence.number, c.start) for c in chosen}
    for quoted in list(chosen):
        if not _LEANS.match(quoted.text):
            continue
        before = [
            c for c in scored if c.evidence is quoted.evidence and c.end <= quoted.start and quoted.start - c.end < 3
        ]
        if before and (before[-1].evidence.number, before[-1].start) not in held:
            chosen.append(before[-1])
            held.add((before[-1].evidence.number, before[-1].start))
    return chosen
