import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from library.answers import Answers
from library.store import Ledger
from tests.eval.stored import MANUAL, publish
from ui.cli import cli


@pytest.fixture(autouse=True)
def _home(ledger: Ledger, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_HOME", str(ledger.path.parent))


def run(*arguments: str) -> Result:
    words = ["--words-only", *arguments] if arguments[:1] != ("verify",) else arguments
    return CliRunner().invoke(cli, ["audit", *words])


def test_the_summary_names_every_metric_with_n_and_interval() -> None:
    done = run()
    assert done.exit_code == 0 and done.stdout.startswith("3 answers, 5 sentences, 4 claims")
    assert "citation_recall           50%  n 4  (95 %: 15% to 85%)" in done.stdout
    assert "thumbs_up                   –  n 0" in done.stdout


def test_each_form_is_printed_or_written(tmp_path: Path) -> None:
    page, table, text = tmp_path / "a.html", tmp_path / "a.csv", tmp_path / "a.md"
    done = run("--html", str(page), "--csv", str(table), "--markdown", str(text), "--json")
    assert json.loads(done.stdout)["rates"]["citation_recall"]["n"] == 4
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert table.read_bytes().startswith(b"\xef\xbb\xbfanswer,")  # or a spreadsheet takes Chinese for something else
    assert table.read_text("utf-8").count("\n") >= 6 and "| --- |" in text.read_text("utf-8")
    run("--format", "ragchecker", "--out", str(tmp_path / "r.json"))
    (first, *_) = json.loads((tmp_path / "r.json").read_text("utf-8"))["results"]
    assert first.keys() == {"query_id", "query", "gt_answer", "response", "retrieved_context"}
    assert first["retrieved_context"] == [{"doc_id": "d", "text": MANUAL}]


def test_a_limit_that_does_not_hold_ends_with_one_and_names_the_metric() -> None:
    assert run("--fail-under", "citation_recall=0.5", "--fail-over", "uncited=25%").exit_code == 0
    done = run("--fail-under", "citation_recall=0.51", "--fail-under", "supported=0.1")
    assert done.exit_code == 1 and "citation_recall is 0.5000 (n 4), under 0.51" in done.stderr
    assert "supported is" not in done.stderr
    assert run("--fail-over", "contradicted=0.2").exit_code == 1
    assert "nothing to measure" in run("--fail-under", "thumbs_up=0").stderr
    assert run("--fail-under", "nonsense=1").exit_code == 2
    assert run("--fail-under", "supported").exit_code == 2


def test_a_report_is_checked_again_against_todays_documents(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    run("--json", "--out", str(path))
    assert run("verify", str(path)).exit_code == 0
    publish(ledger, "d", "=手册", "新版。\n" + MANUAL, "v2")
    done = run("verify", str(path), "--json")
    found = json.loads(done.stdout)
    assert (done.exit_code, found["n"], found["stand"], found["moved"], found["failed"]) == (0, 4, 2, 2, 0)
    publish(ledger, "d", "=手册", MANUAL.replace("三年", "五年"), "v3")
    done = run("verify", str(path))
    assert done.exit_code == 1 and "[-三-]{+五+}" in done.stdout and "2 stand, 1 moved, 1 failed" in done.stdout
    ledger.remove_document("d")
    assert "document removed" in run("verify", str(path)).stdout
    path.write_text("{}", "utf-8")
    assert "no audit report" in run("verify", str(path)).stderr


def test_two_runs_are_paired_by_question(answers: Answers, tmp_path: Path) -> None:
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    run("--json", "--out", str(first))
    again = json.loads(first.read_text("utf-8"))
    for answer in again["by_answer"]:
        answer["values"]["refused"] = 0.0
    second.write_text(json.dumps(again), "utf-8")
    found = json.loads(run("--compare", str(first), "--compare", str(second), "--json").stdout)
    assert (found["refused"]["n"], found["refused"]["p"]) == (3, 1.0)
    assert found["refused"]["difference"] == pytest.approx(-0.3333) and found["citation_recall"]["difference"] == 0
    assert "citation_recall" in run("--compare", str(first)).stdout
    again["by_answer"] = []
    second.write_text(json.dumps(again), "utf-8")
    assert "no question in common" in run("--compare", str(second)).stdout


def test_a_sample_is_labelled_and_read_back_with_kappa(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    assert run("--sample", "3", "--seed", "1").stdout == run("--sample", "3", "--seed", "1").stdout
    run("--sample", "9", "--out", str(sheet))
    rows = list(csv.DictReader(io.StringIO(sheet.read_text("utf-8-sig"))))
    assert len(rows) == 4 and not any(row["label"] for row in rows)
    assert "contradicted" not in sheet.read_text("utf-8")  # the verifier's status would lead the person on
    assert all(row["sources"] for row in rows)  # so would an empty place beside a sentence without a citation
    for row in rows:
        row["label"] = (
            "Supported " if "1976" not in row["sentence"] and "Lions" not in row["sentence"] else "unsupported"
        )
    write(sheet, rows)
    found = json.loads(run("--labels", str(sheet), "--json").stdout)
    assert (found["n"], found["kappa"], found["agreement"]["value"]) == (4, 1.0, 1.0)
    assert found["kappa_all"] < 1  # contradicted was labelled unsupported
    assert "kappa, supported or not: 1.000" in run("--labels", str(sheet)).stdout


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"id": "a:0", "label": "perhaps"}], "labels are"),
        ([{"id": "a:0", "label": ""}], "has no labels"),
        ([{"name": "x"}], "lacks the columns"),
        ([{"id": "zz:0", "label": "supported"}], "none of their sentences"),
    ],
)
def test_sheets_that_cannot_be_read_say_why(tmp_path: Path, rows: list[dict[str, str]], said: str) -> None:
    write(tmp_path / "sheet.csv", rows)
    done = run("--labels", str(tmp_path / "sheet.csv"))
    assert done.exit_code != 0 and said in done.stderr


def test_a_report_says_whether_its_statuses_are_todays() -> None:
    shown, anew = (json.loads(run(*options, "--json").stdout) for options in ((), ("--anew",)))
    assert (shown["settings"]["judged_anew"], anew["settings"]["judged_anew"]) == (
        False,
        True,
    )
    assert {row["decided"] for row in shown["sentences"]} >= {"made for the test"}
    assert not any(row["decided"] == "made for the test" for row in anew["sentences"])
    assert "状态已重新判定" in run("--anew", "--format", "html").stdout
