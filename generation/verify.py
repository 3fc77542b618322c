"""Does the evidence say what a sentence of the answer says? Layers in order, each naming what it decided; fails closed.

First the words themselves (`quotes`), then the cell of a table that it tells (`cells`), then figures, names and roles
(`compare`), then words that differ in a sentence that is otherwise the source's, and last the measured support (`support`).
No layer lowers a threshold so that something fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from generation import cells, support, weights
from generation.beside import Difference
from generation.facts import Quantity, facts, names
from generation.quotes import Found, Missed, locate, look
from generation.words import tokens
from library.records import ClaimStatus, Evidence
from library.text import language

__all__ = ["Entailed", "Entails", "Found", "Span", "Verdict", "judge", "locate", "no_claim"]

# cosines of sentences in two languages: of 300 translations 0.87 and 0.98 reach them, of the nearest of 8 neighbours 0.09 and 0.22
ACROSS, ACROSS_PARTLY = 0.7, 0.55
SUPPORTED, PARTLY = 0.5, 0.3  # probabilities from which a claim is supported, or partly so
_ALIKE = 0.6  # share of a claim's words in one source sentence, in order, from which a word that turns the meaning is looked at
# share from which every other word is looked at, and a name or figure that another place of the sources holds
_NEAR = 0.72
_CLOSE = 0.85  # share from which a word that another place of the source holds is looked at too
# The reader's logit of "supports" from which a word or a name that only stands otherwise is no difference. In English only: on
# changed sentences of training sets it lets .4 of 100 pass there and 2.5 of 100 in Chinese.
_BORNE_OUT = 1.0
_MOST = 3
_NO_CLAIM = re.compile(
    r"(?:您好|你好|好的|当然|谢谢|感谢|希望|如需|如果您|以下是|下面是|综上所述|总结如下|hello|hi\b|sure\b|certainly\b|of course|thank|i hope|let me know|"
    r"here (?:is|are)|below (?:is|are)|in summary[:,]?$|to summari[sz]e)[^。.]{0,60}$|[^。.!?？]{0,60}[:：]$|.*[?？]$|"
    r"(?:资料库?|资料|来源|文中|提供的).{0,12}(?:没有|未).{0,30}$|.{0,60}(?:sources?|passages?|documents?|library|context) (?:do(?:es)? not|don't|doesn't|provided do not).*",
    re.IGNORECASE,
)
_WEIGHTS = {
    (False, False): (weights.PLAIN, weights.PLAIN_BIAS),
    (True, False): (weights.VECTOR, weights.VECTOR_BIAS),
    (True, True): (weights.READ, weights.READ_BIAS),
}  # by whether there are vectors, and a reader
_FATAL = frozenset({"number", "unit", "date", "roles"})
_TURNS = frozenset({"negation", "direction", "quantifier", "number", "name", "roles"})
_LISTED = re.compile(r"^\s*(?:[-*•]\s+|[(（]?\d{1,2}(?:[.)]\s+|[、）．]\s*))(?=[^\W\d]|\*)")  # the number of an item
_LEAD_IN = re.compile(
    r"^(?:(?:根据|按照|依据|据|从|由)[^，,。]{0,12}?(?:资料|来源|文档|文件|文中|文章|材料|上下文|原文|记载|介绍|报道|内容|信息|段落)[^，,。]{0,8}[，,:：]|"
    r"(?:资料|来源|文中|文章|材料|原文|文档|上文|记载|报道)\d*(?:中|里)?(?:显示|指出|提到|提及|表明|写道|说|称|介绍|记载|说明)[，,:：]?)\s*|"
    r"^(?:according to|based on|as (?:stated|described|mentioned|noted|reported)(?: in)?|per|in)\s*(?:the |this |these |source |document |passage )*"
    r"(?:sources?|text|passages?|documents?|articles?|context|evidence|excerpts?|information(?: provided)?|provided \w+)?(?: \d+)?,\s+|"
    r"^(?:the |this )?(?:source|text|passage|document|article|excerpt|context|evidence)s?(?: \d+)? (?:states?|says?|notes?|mentions?|indicates?|explains?|reports?|shows?)(?: that)?:?,?\s+",
    re.IGNORECASE,
)  # what an answer puts before a sentence to say that a source says it


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) in the version's text, within the evidence of that number."""

    evidence: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found for one claim; the three verdicts stand apart.

    `exists`: its words stand in some source. `placed`: they stand in one that it cites. `supports`: the sources say it.
    """

    status: ClaimStatus
    decided: str
    spans: tuple[Span, ...] = ()
    exists: bool = False
    placed: bool = False
    supports: bool = False
    probability: float = 0.0
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Entailed:
    """Probabilities that a premise entails and that it contradicts."""

    entails: float
    contradicts: float


Entails = Callable[[str, str], Entailed]  # premise, hypothesis


def judge(
    claim: str, evidence: Sequence[Evidence], *, cited: Sequence[int] = (), encode: support.Encode | None = None,
    entails: Entails | None = None, reads: support.Reads | None = None,
) -> Verdict:  # fmt: skip
    """One sentence of an answer against all evidence; the numbers it cites are a hint, not a proof.

    The spans are the fewest source sentences that carry it, three at most: a wrong number is thereby moved, a missing one
    added, and one that supports nothing left out.

    :param encode: texts to vectors of norm 1; without it the weights for words alone are used.
    :param reads: the reader's logits; they weigh in beside vectors.
    :param entails: an entailment model; it decides where no difference of words did.
    """
    if no_claim(claim):
        return Verdict(ClaimStatus.NO_CLAIM, "it claims nothing")
    claim = _LISTED.sub("", claim) or claim
    claim = _LEAD_IN.sub("", claim) or claim
    by_number = {item.number: item for item in evidence}
    cut = ""
    for item in sorted(evidence, key=lambda item: item.number not in cited):
        found = look(claim.rstrip("。.！!；; "), item.text)
        if isinstance(found, Found):
            span = Span(item.number, item.start + found.start, item.start + found.end)
            placed = item.number in cited
            moved = "" if placed or not cited else f", in [{item.number}] and not where it says"
            return Verdict(ClaimStatus.SUPPORTED, f"quote: {found.how}{moved}", (span,), True, placed, True, 1.0)
        if isinstance(found, Missed) and found.start >= 0:
            cut = found.reason
    by_table = _by_table(claim, evidence, cited)
    if by_table:
        return by_table
    sources = [sentence for item in evidence for sentence in support.split(item.text, item.number)]
    if not sources:
        return Verdict(ClaimStatus.UNSUPPORTED, "there is no evidence")
    measured = support.measure(claim, sources)
    by_vectors = encode is not None and not _settled(measured, claim, cut)
    if encode and by_vectors:
        measured = support.with_vectors(measured, claim, sources, encode, reads)
    own, bias = _WEIGHTS[by_vectors, by_vectors and reads is not None]
    probability = support.probability(measured, own, bias, chinese=language(claim) == "zh")
    status, decided, differences = _weighed(
        measured, claim, probability, cut,
        borne_out=by_vectors and reads is not None and _borne_out(claim, measured, probability),
    )  # fmt: skip
    if encode and status is ClaimStatus.UNSUPPORTED and not differences and not cut:
        across = _across(claim, sources, encode)
        if across:
            measured, status, decided = replace(measured, window=across[0]), across[1], across[2]
    if entails and decided.startswith("support:") and measured.window:
        status, decided = _entailed(entails("\n".join(sources[at].text for at in measured.window), claim))
    spans: tuple[Span, ...] = ()
    if status is not ClaimStatus.UNSUPPORTED:
        chosen = [sources[at] for at in measured.window[:_MOST]]
        spans = tuple(
            Span(s.evidence, by_number[s.evidence].start + s.start, by_number[s.evidence].start + s.end) for s in chosen
        )
    placed = bool(spans) and all(span.evidence in cited for span in spans)
    return Verdict(status, decided, spans, False, placed, status is ClaimStatus.SUPPORTED, probability, differences)


def _by_table(claim: str, evidence: Sequence[Evidence], cited: Sequence[int]) -> Verdict | None:
    """By the cell that the claim tells of, where it names one: one row that agrees is enough, of all that it may mean."""
    hinted = sorted(evidence, key=lambda item: item.number not in cited)
    told = [(item, one) for item in hinted for one in cells.check(claim, item.text, item.context)]
    if not told:
        return None
    item, cell = next((one for one in told if one[1].agrees), told[0])
    spans, placed = (Span(item.number, item.start + cell.start, item.start + cell.end),), item.number in cited
    if cell.agrees:
        said = f"table: {cell.column}: {cell.difference.source or '—'}"
        return Verdict(ClaimStatus.SUPPORTED, said, spans, False, placed, True, 1.0)
    said = f"table: {cell.column}: {cell.difference.words}"
    return Verdict(ClaimStatus.CONTRADICTED, said, spans, False, placed, differences=(cell.difference,))


def _entailed(found: Entailed) -> tuple[ClaimStatus, str]:
    if found.contradicts >= SUPPORTED:
        return ClaimStatus.CONTRADICTED, f"entailment: contradicts {found.contradicts:.2f}"
    status = ClaimStatus.SUPPORTED if found.entails >= SUPPORTED else ClaimStatus.UNSUPPORTED
    return status, f"entailment: {found.entails:.2f}"


def _across(
    claim: str, sources: Sequence[support.Sentence], encode: support.Encode
) -> tuple[tuple[int, ...], ClaimStatus, str] | None:
    """A claim in another language than its source, by the vectors of their sentences; its figures were compared before."""
    own = language(claim)
    other = [at for at, source in enumerate(sources) if len(source.text) > 8 and language(source.text) != own]
    if not own or not other:
        return None
    rows = encode([claim, *(sources[at].text for at in other)])
    cosines = rows[1:] @ rows[0]
    best = int(cosines.argmax())
    value = float(cosines[best])
    if value < ACROSS_PARTLY:
        return None
    status = ClaimStatus.SUPPORTED if value >= ACROSS else ClaimStatus.PARTIAL
    return (other[best],), status, f"support across languages: {value:.2f}"


def _settled(measured: support.Measured, claim: str, cut: str) -> bool:
    """Whether words decide against the claim whatever the probability is, so that no vectors are needed."""
    fatal = [d for d in measured.differences if d.kind in _FATAL]
    return (bool(cut) and measured.alignment.near >= _NEAR) or (not fatal and bool(_turned(measured, claim)))


def _turned(measured: support.Measured, claim: str) -> list[Difference]:
    """Differences that turn the meaning of a sentence which is otherwise the source's.

    A name or figure that another place holds is only one where little else differs, or where the two changed places.
    """
    near = measured.alignment.near
    turned = [d for d in measured.alignment.differences if d.kind in _TURNS and near >= _ALIKE]
    if near >= _NEAR:
        return turned
    said, missing = set(tokens(claim)), set(measured.uncovered)

    def counts(difference: Difference) -> bool:
        swapped = difference.source and said.issuperset(tokens(difference.source))
        return bool(swapped) or not missing.isdisjoint(support.units(difference.claim))

    return [d for d in turned if d.kind not in ("name", "number") or counts(d)]


def _borne_out(claim: str, measured: support.Measured, probability: float) -> bool:
    return probability >= SUPPORTED and measured.features[-1] >= _BORNE_OUT and language(claim) != "zh"


def _weighed(
    measured: support.Measured, claim: str, probability: float, cut: str, *, borne_out: bool = False
) -> tuple[ClaimStatus, str, tuple[Difference, ...]]:
    """The layers after the quote, in order of how sure they are; what is `borne_out` may name things otherwise."""
    if cut and measured.alignment.near >= _NEAR:
        return ClaimStatus.CONTRADICTED, f"quote: {cut}", ()
    fatal = [d for d in measured.differences if d.kind in _FATAL]
    if fatal:
        status = ClaimStatus.CONTRADICTED if fatal[0].source and probability >= PARTLY else ClaimStatus.UNSUPPORTED
        return status, f"facts: {fatal[0]}", tuple(fatal)
    nameless = [d for d in measured.differences if d.kind == "name"]
    near = measured.alignment.near >= _NEAR
    turned = _turned(measured, claim)
    if turned:
        return ClaimStatus.CONTRADICTED, f"words: {turned[0]}", tuple(turned)
    if nameless and not borne_out and (near or probability < 0.6):
        return ClaimStatus.UNSUPPORTED, f"names: {nameless[0]}", tuple(nameless)
    differences = measured.alignment.differences
    other = [
        d
        for d in differences
        if _matters(d, measured) and (not borne_out or d.kind == "modality" or _moved_name(d, measured, claim))
    ]
    if near and other:
        return ClaimStatus.PARTIAL, f"words: {other[0]}", tuple(other)
    if probability >= SUPPORTED:
        return ClaimStatus.SUPPORTED, f"support: {probability:.2f}", tuple(nameless)
    missing = ", ".join(measured.uncovered[:4])
    if probability >= PARTLY:
        return ClaimStatus.PARTIAL, f"support: {probability:.2f}; not found: {missing or 'the whole in one place'}", ()
    return ClaimStatus.UNSUPPORTED, f"support: {probability:.2f}; not found: {missing or 'the whole in one place'}", ()


def _matters(difference: Difference, measured: support.Measured) -> bool:
    """Whether a word that differs in a sentence which is otherwise the source's is more than another turn of phrase."""
    if difference.kind in _TURNS:
        return False
    if difference.kind == "modality":
        return True
    mine, theirs = facts(difference.claim).quantities, facts(difference.source).quantities
    if mine and all(any(one.close(other) for other in theirs) for one in mine):
        return False  # 120,000 and 12万
    if any(one.same(other) for one in _unit(difference.claim) for other in _unit(difference.source)):
        return False  # metres and m
    new = [unit for unit in support.units(difference.claim)] or [difference.claim]
    missing = all(unit in measured.uncovered for unit in new)
    if measured.alignment.near >= _CLOSE:
        return len(new) <= 4 or missing
    return missing and difference.kind == "word" and len(support.units(difference.source)) <= 4 and len(new) <= 4


def _moved_name(difference: Difference, measured: support.Measured, claim: str) -> bool:
    """Whether what was added to a copied sentence holds a name and stands in the sources: two names changed places."""
    added = difference.kind == "added" and measured.alignment.near >= _CLOSE
    held = set(measured.uncovered).isdisjoint(support.units(difference.claim))
    return added and held and any(not set(tokens(name)).isdisjoint(tokens(difference.claim)) for name in names(claim))


def _unit(word: str) -> tuple[Quantity, ...]:
    """One of it, where the word is a unit."""
    return tuple(one for one in facts(f"1 {word}").quantities if one.dimension)


def no_claim(sentence: str) -> bool:
    """Greetings, announcements, questions and statements about the sources need no citation."""
    bare = sentence.strip().strip("*#_ ")
    return not re.search(r"\w", bare) or bool(_NO_CLAIM.fullmatch(bare))
