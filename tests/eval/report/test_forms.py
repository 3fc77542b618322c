import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from eval import report
from eval.audit import AuditReport, audit
from eval.audit.rates import LOWER
from eval.report import charts
from eval.report.words import FIGURES, GROUPS, WORDS
from library.answers import Answers
from library.store import Ledger
from tests.eval.stored import MANUAL, publish

VOID = {"meta", "br"}


@pytest.fixture
def found(ledger: Ledger, answers: Answers) -> AuditReport:
    answers.give_feedback("a", claim=0, evidence=1, note="")
    publish(ledger, "d", "<i>=手册", MANUAL.replace("三年", "五年"), "v2")
    return audit(ledger, answers)


class Balance(HTMLParser):
    """Every element that is opened is closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_whole_and_refers_to_nothing_outside(found: AuditReport, lang: str) -> None:
    page = report.as_html(found, lang)
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    assert (
        "<script" not in page
        and "<i>" not in page
        and not re.search(r'(?:src|href)="(?!#)', page)
        and "url(" not in page
    )
    nearest = f"[2] Report{WORDS[lang]['colon']}Its turbines were built in Norway."
    assert WORDS[lang]["nearest"] in page and nearest in page
    assert WORDS[lang]["title"] in page and "保修期为三年，自购买之日起计算。" in page
    assert "<del>三</del><ins>五</ins>" in page
    for name, estimate in found.estimates.items():
        assert FIGURES[lang][name][0] in page
        if estimate.n:
            assert charts.written(name, estimate.value) in page


def test_the_page_speaks_the_language_of_most_questions(found: AuditReport) -> None:
    assert WORDS["zh"]["title"] in report.as_html(found)  # two of three


def test_both_languages_name_every_figure_and_word(found: AuditReport) -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()
    assert FIGURES["zh"].keys() == FIGURES["en"].keys() == found.estimates.keys()
    assert sorted(name for group in GROUPS.values() for name in group) == sorted(found.estimates)
    assert found.rates.keys() >= LOWER


def test_tables_cannot_run_or_break(found: AuditReport) -> None:
    rows = list(csv.reader(io.StringIO(report.as_csv(found))))
    assert len({len(row) for row in rows}) == 1
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    text = report.as_markdown(found, "en")
    assert "<script>" not in text and "保修期为[-三-]{+五+}年" in text
    widths = [line.replace("\\|", "").count("|") for line in text.splitlines() if line.startswith("|")]
    assert all(width >= 3 for width in widths)


def test_without_measured_error_the_report_says_so(found: AuditReport) -> None:
    assert WORDS["en"]["not_measured"] in report.as_html(replace(found, measured=()), "en")
    assert WORDS["en"]["not_measured"] in report.as_markdown(replace(found, measured=()), "en")


def test_an_empty_library_gives_an_empty_page(ledger: Ledger) -> None:
    page = report.as_html(audit(ledger, Answers(ledger)), "en")
    assert WORDS["en"]["nothing"] in page and WORDS["en"]["no_n"] in page


@pytest.mark.parametrize(
    ("share", "said"), [(0.5, "50%"), (0.1234, "12.3%"), (0.0004, "0.04%"), (0, "0%"), (0.0099, "0.99%"), (1, "100%")]
)
def test_small_shares_are_not_rounded_away(share: float, said: str) -> None:
    assert charts.percent(share) == said
