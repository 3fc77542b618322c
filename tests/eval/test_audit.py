import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import metrics, report
from eval.audit import Rate, audit
from library.answers import Answers
from library.records import Answer, Citation, Claim, ClaimStatus, Document, Element, Evidence, Kind, Status, Version
from library.store import Ledger, now

TEXT = "保修期为三年。<b>=1+1</b>"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path)
    made.publish(
        Document("d", "c", "/a", "=手册", "text/plain", "zh", "s", 1, Status.LIVE, "v"),
        Version("v", "d", "s", TEXT, (Element(Kind.PARAGRAPH, 0, len(TEXT)),), "p", now()), [],
    )  # fmt: skip
    return made


@pytest.fixture
def answers(ledger: Ledger) -> Answers:
    made = Answers(ledger)
    citation = Citation(1, "d", "=手册", "v", 0, 7, TEXT[:7])
    evidence = Evidence(1, "d", "=手册", "v", 0, len(TEXT), TEXT)
    answer = Answer(
        "a", made.begin("保修?"), "=保修<script>?", TEXT[:7], (Claim(0, 7, ClaimStatus.SUPPORTED, (citation,), "quote: exact"),),
        (evidence,), False, "quote", now(), usage={"invalid_markers": 2},
    )  # fmt: skip
    made.save(answer)
    return made


def test_a_stored_answer_reads_back_equal(answers: Answers) -> None:
    (conversation,) = answers.conversations()
    (stored,) = answers.of(conversation.id)
    assert stored == answers.get("a")
    assert stored.claims[0].citations[0].cited_text == "保修期为三年。"


def test_citations_resolve_go_stale_and_outlive_their_document(ledger: Ledger, answers: Answers) -> None:
    assert audit(ledger, answers).sentences[0].citations[0].verdict == "resolves"
    document = ledger.document("d")
    assert document
    ledger.publish(replace(document, version="w"), Version("w", "d", "s2", "保修期为五年。", (), "p", now()), [])
    assert audit(ledger, answers).sentences[0].citations[0].verdict == "stale"
    ledger.remove_document("d")
    found = audit(ledger, answers)
    assert found.sentences[0].citations[0].verdict == "document removed"
    assert found.counts["invalid"] == 2


def test_reports_escape_what_documents_say(ledger: Ledger, answers: Answers) -> None:
    found = audit(ledger, answers)
    page = report.as_html(found)
    assert "<script>" not in page and "http" not in page.replace("http-equiv", "")
    assert "保修期为三年。" in page and "保修期为三年。" in report.as_markdown(found)
    rows = list(csv.reader(io.StringIO(report.as_csv(found))))
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_feedback_is_kept_and_counted(ledger: Ledger, answers: Answers) -> None:
    answers.give_feedback("a", claim=0, evidence=1, note="wrong page")
    assert answers.feedback("a")[0].note == "wrong page"
    assert audit(ledger, answers).counts["reported wrong"] == 1
    answers.remove(answers.conversations()[0].id)
    assert answers.all() == [] and answers.feedback() == []


@given(st.integers(0, 200), st.integers(0, 200))
def test_wilson_holds_the_share(hits: int, more: int) -> None:
    rate = Rate(hits, hits + more)
    assert 0 <= rate.low <= rate.value + 1e-9 and rate.value - 1e-9 <= rate.high <= 1


def test_ranking_metrics_by_hand() -> None:
    assert metrics.ndcg(["a", "b", "c"], {"b"}) == pytest.approx(0.63093, abs=1e-5)
    assert metrics.ndcg(["b", "a"], {"a", "b"}) == 1
    assert metrics.reciprocal_rank(["a", "b"], {"b"}) == 0.5
    assert metrics.recall(["a", "b"], {"b", "z"}, k=10) == 0.5
    with pytest.raises(ValueError, match="relevant"):
        metrics.ndcg(["a"], set())
