from dataclasses import replace

import pytest

from eval.audit import audit
from eval.audit.judging import Judge
from eval.audit.records import Figure
from eval.estimates import Rate
from generation.review import without_failing
from library.answers import Answers
from library.records import ClaimStatus
from library.store import Ledger


def test_a_stored_answer_reads_back_equal(answers: Answers) -> None:
    (conversation,) = answers.conversations()
    stored = answers.of(conversation.id)
    assert stored[0] == answers.get("a")
    assert stored[0].claims[0].citations[0].cited_text == "保修期为三年，自购买之日起计算。"


def test_every_rate_by_hand(ledger: Ledger, answers: Answers) -> None:
    found = audit(ledger, answers)
    assert found.counts["answers"] == 3 and found.counts["claims"] == 4 and found.counts["sentences"] == 5
    assert {name: (rate.hits, rate.n) for name, rate in found.rates.items()} == {
        "supported": (2, 4), "citation_recall": (2, 4), "citation_precision": (2, 4), "verbatim": (2, 4),
        "uncited": (1, 4), "contradicted": (1, 4), "contradicted_figures": (1, 2), "over_cited": (1, 1),
        "invalid_markers": (2, 8), "resolved": (4, 4), "stale": (0, 4), "still_stands": (0, 0), "lost": (0, 4),
        "refused": (1, 3), "reported_wrong": (0, 4), "thumbs_up": (0, 0), "documents_cited": (2, 3),
    }  # fmt: skip
    assert found.means["recall_by_answer"].value == pytest.approx((1 + 1 / 3) / 2)
    assert found.means["precision_by_answer"].value == pytest.approx((1 + 1 / 3) / 2)
    assert found.means["citations_per_claim"].value == 1


def test_a_figure_that_differs_is_shown_with_the_sources(ledger: Ledger, answers: Answers) -> None:
    row = next(row for row in audit(ledger, answers).sentences if "1976" in row.text)
    assert row.figures == (Figure("date", "1976", "1975"),)


def test_documents_say_how_often_they_were_found_and_cited(ledger: Ledger, answers: Answers) -> None:
    first, second, third = audit(ledger, answers).documents
    assert {(d.title, d.citations, d.answers, d.retrieved) for d in (first, second)} == {
        ("=手册", 2, 2, 2),
        ("Report", 2, 1, 2),
    }
    assert (third.title, third.citations, third.retrieved) == ("Never read", 0, 0)
    report = first if first.title == "Report" else second
    assert (report.rates["citation_recall"], report.rates["citation_precision"]) == (Rate(1, 2), Rate(1, 2))


def test_what_readers_say_shows_up(ledger: Ledger, answers: Answers) -> None:
    start = next(row.start for row in audit(ledger, answers).sentences if "Norway" in row.text)
    for _ in range(2):  # said twice, it counts once
        answers.give_feedback("b", claim=start, evidence=1, note="wrong page")
    answers.give_thumb("b", claim=start, value=1)
    answers.give_thumb("a", claim=0, value=1)
    answers.give_thumb("a", claim=0, value=-1)  # the last word counts
    found = audit(ledger, answers)
    assert found.rates["reported_wrong"] == Rate(1, 4) and found.rates["thumbs_up"] == Rate(1, 2)
    assert [check.wrong for row in found.sentences if "Norway" in row.text for check in row.citations] == [False, True]
    answers.withdraw_feedback("b", claim=start, evidence=1)
    answers.give_thumb("a", claim=0, value=0)
    found = audit(ledger, answers)
    assert found.rates["reported_wrong"].hits == 0 and found.rates["thumbs_up"] == Rate(1, 1)
    with pytest.raises(ValueError, match="thumb"):
        answers.give_thumb("a", claim=0, value=2)
    answers.remove(answers.conversations()[0].id)
    assert answers.all() == [] and answers.feedback() == [] and answers.thumbs() == {}


def test_nothing_stored_gives_rates_of_nothing(ledger: Ledger) -> None:
    found = audit(ledger, Answers(ledger))
    assert found.rates["citation_recall"].n == 0 and found.means["recall_by_answer"].n == 0


def test_answers_of_before_are_left_out(ledger: Ledger, answers: Answers) -> None:
    assert audit(ledger, answers, since="2999").counts["answers"] == 0


def test_judged_anew_the_statuses_are_todays(ledger: Ledger, answers: Answers) -> None:
    stored = answers.get("a")
    assert stored is not None
    wrong = [
        replace(claim, status=ClaimStatus.UNSUPPORTED, decided="coverage", citations=()) for claim in stored.claims
    ]
    answers.save(replace(stored, id="again", claims=tuple(wrong)))
    shown, today = (
        [row for row in audit(ledger, answers, anew=anew).sentences if row.answer == "again"] for anew in (False, True)
    )
    assert {row.status for row in shown} == {ClaimStatus.UNSUPPORTED} and not any(row.citations for row in shown)
    assert today[0].status is ClaimStatus.SUPPORTED
    assert [check.citation.cited_text.rstrip("。") for check in today[0].citations] == [
        "保修期为三年，自购买之日起计算"
    ]
    assert [row.start for row in today] == [row.start for row in shown]


def test_what_was_copied_stays_copied_where_the_words_stand_there(ledger: Ledger, answers: Answers) -> None:
    stored = answers.get("a")
    assert stored is not None and stored.claims[0].decided == "quote: exact"
    assert Judge().anew(ledger, stored).claims == stored.claims
    (claim,) = Judge().anew(ledger, replace(stored, text=stored.text.replace("三年", "五年"))).claims
    assert claim.status is ClaimStatus.CONTRADICTED


def test_the_sentence_that_says_what_was_taken_out_is_none_to_judge(ledger: Ledger, answers: Answers) -> None:
    stored = answers.get("b")
    assert stored is not None
    text, claims = without_failing(stored.text, stored.claims, "en")
    left = Judge().anew(ledger, replace(stored, text=text, claims=tuple(claims))).claims
    assert left[-1] == claims[-1] and left[-1].status is ClaimStatus.NO_CLAIM
