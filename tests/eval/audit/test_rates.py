from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from eval.audit import rates
from eval.audit.records import AnswerCheck, CitationCheck, SentenceCheck
from eval.audit.stale import Standing, Today
from eval.citation_metrics import Scored
from library.records import Answer, Citation, ClaimStatus

CITATION = Citation(1, "d", "t", "v", 0, 1, "x")
ANSWER = Answer("a", "c", "q", "x", (), (), False, "quote", "2026")


@st.composite
def sentences(draw: st.DrawFn) -> SentenceCheck:
    """A sentence as the audit may find it: precise citations only where all of them support it."""
    status = draw(st.sampled_from(ClaimStatus))
    cited = 0 if status is ClaimStatus.NO_CLAIM else draw(st.integers(0, 3))
    recalled = cited > 0 and draw(st.booleans())
    precise = tuple(recalled and (cited == 1 or draw(st.booleans())) for _ in range(cited))
    checks = tuple(
        CitationCheck(
            replace(CITATION, evidence=n), Today(draw(st.sampled_from(Standing)), True), precise[n], draw(st.booleans())
        )
        for n in range(cited)
    )
    return SentenceCheck(
        "a", "2026", "q", draw(st.integers(0, 99)), "x", status, "", checks, Scored(recalled, precise), False,
        draw(st.booleans()), (), draw(st.integers(-1, 1)),
    )  # fmt: skip


@given(
    st.lists(st.builds(lambda rows: AnswerCheck(ANSWER, tuple(rows)), st.lists(sentences(), max_size=4)), max_size=4)
)
def test_rates_hang_together(answers: list[AnswerCheck]) -> None:
    found, counts = rates.rates(answers, ()), rates.counts(answers)
    assert all(0 <= rate.hits <= rate.n for rate in found.values())
    assert found["citation_recall"].hits + found["uncited"].hits <= counts["claims"] == found["supported"].n
    assert found["citation_precision"].n == counts["citations"] == found["resolved"].n
    assert found["still_stands"].n == found["stale"].hits and found["over_cited"].n <= found["citation_recall"].hits
    assert sum(counts[status.value] for status in ClaimStatus) == counts["sentences"]
    parts = [rates.of_answer(answer) for answer in answers]
    for name, rate in found.items():
        own = [part[name] for part in parts if name in part]
        assert (sum(one.hits for one in own), sum(one.n for one in own)) == (rate.hits, rate.n), name
