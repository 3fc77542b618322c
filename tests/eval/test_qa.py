import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.audit import Judge
from eval.cases import Case, Places, Span, read
from eval.provenance import knobs, stamp
from eval.qa import Asked, measure, summed
from library.answers import Answers
from library.errors import InputError
from library.records import Answer, Citation
from library.settings import load
from library.store import Ledger
from tests.conftest import ROOT
from tests.eval.stored import MANUAL, REPORT
from ui.cli import cli


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


def stored(answers: Answers, name: str) -> Answer:
    found = answers.get(name)
    assert found
    return found


def test_every_field_but_the_question_may_be_absent(tmp_path: Path) -> None:
    first, second, third = read(write(
        tmp_path / "q.jsonl", {"question": "保修多久？"},
        {"id": "x", "question": "?", "answer": "三年", "answer_points": ["三年", ["卖方", "出卖人"]], "tags": "zh",
         "relevant_spans": ["保修期", {"document": "a.txt", "start": 1, "end": 3}], "answerable": False},
        {"question": "?", "expected": ["a", "b"]},
    ))  # fmt: skip
    assert first == Case("1", "保修多久？")
    assert second.points == (("三年",), ("卖方", "出卖人")) and second.expected == second.answers == ("三年",)
    assert (
        second.spans == (Span(text="保修期"), Span("a.txt", start=1, end=3))
        and not second.answerable
        and second.tags == ("zh",)
    )
    assert third.points == (("a", "b"),)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"id": "a"}], "row 1 has no question"),
        ([{"question": "?", "spans": [{"document": "x"}]}], "span without text"),
        ([{"id": 1, "question": "?"}, {"id": "1", "question": "?"}], "same id"),
    ],
)
def test_cases_that_cannot_be_measured_say_why(tmp_path: Path, rows: list[object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(write(tmp_path / "q.jsonl", *rows))


def test_the_questions_over_the_examples_can_be_read() -> None:
    cases = read(ROOT / "docs" / "questions.jsonl")
    files = {path.name for path in (ROOT / "examples").iterdir()}
    assert all(span.document in files and span.text for case in cases for span in case.spans)
    assert all(bool(case.points and case.spans) == case.answerable and case.tags for case in cases)


def test_spans_are_found_by_document_and_words(ledger: Ledger) -> None:
    places = Places(ledger)
    start = MANUAL.index("运费")
    assert places.of(Span(text="运费由卖方承担")) == ("v", start, start + 7)
    assert places.of(Span("e", "The plant  opened in 1975")) == ("w", 0, 24)
    assert places.of(Span("Report", start=3, end=5)) == ("w", 3, 5)
    assert places.of(Span("e", "运费由卖方承担")) is None


def test_an_answer_is_measured_against_what_was_expected(answers: Answers) -> None:
    case = Case(
        "1", "?", answers=("三年",), expected=("三年", "36个月"), points=(("三年",), ("运费",)), spans=(Span(text="x"),)
    )
    found = measure(Asked(case, (), stored(answers, "a"), {"supported": 1.0}, (("v", 0, 32),)), Judge())
    assert (found["em"], found["cited"], found["top_hit"], found["answered"]) == (0, 1, 0, 1)
    assert found["f1"] == pytest.approx(2 * 2 / (14 + 2)) and found["point_recall"] == 0.5
    assert (found["span_found"], found["span_recall"], found["span_precision"]) == (1, 0.5, 1)
    assert found["supported"] == 1 and found["kept_answerable"] == 1


def test_a_point_may_be_said_in_other_words_but_not_with_another_figure(answers: Answers) -> None:
    points = (("The turbines were built in Norway",), ("The plant opened in 1975",))
    found = measure(Asked(Case("1", "?", points=points), (), stored(answers, "b"), {}, ()), Judge())
    assert found["point_recall"] == 0.5


def test_a_refusal_is_right_or_answers_nothing(answers: Answers) -> None:
    refusal = stored(answers, "r")
    wrong = measure(Asked(Case("1", "?", answers=("没有找到",)), (), refusal, {}, ()), Judge())
    assert (wrong["refused"], wrong["kept_answerable"], wrong["f1"]) == (1, 0, 0)
    near = replace(refusal, nearest=(Citation(1, "d", "d", "v", 0, 7, "运费由卖方承担"),))
    for expected, shown in (("卖方", 1), ("买方", 0)):
        found = measure(Asked(Case("1", "?", expected=(expected,)), (), near, {}, ()), Judge())
        assert (found["nearest"], found["answered"], found["cited"]) == (shown, 0, 0)
    right = measure(Asked(Case("1", "?", answerable=False), (), refusal, {}, ()), Judge())
    assert right == {"refused": 1, "refused_unanswerable": 1}
    refusal = replace(refusal, settings={"score": "0.210"})
    assert measure(Asked(Case("1", "?", answerable=False), (), refusal, {}, ()), Judge())["score"] == 0.21


def test_sums_say_n_and_interval_of_each_and_by_tag() -> None:
    rows = {"1": {"refused": 0.0, "f1": 0.5}, "2": {"refused": 1.0}, "3": {"refused": 0.0, "f1": 1.0}}
    found = summed(rows, {"1": ("zh",), "2": ("zh", "hard"), "3": ()})
    assert (found["n"], found["f1"], found["n_of"]) == (3, 0.75, {"refused": 3, "f1": 2})
    assert found["by_tag"]["zh"]["n"] == 2 and found["by_tag"]["hard"]["refused"] == 1
    assert found["by_tag"]["hard"]["intervals"]["refused"] == [0.2065, 1.0]  # Wilson's interval of 1 of 1
    assert found["intervals"]["f1"] == [0.5, 1.0]


def test_results_are_compared_case_by_case(tmp_path: Path) -> None:
    first = write(tmp_path / "a.json", {"n": 9, "cases": {str(n): {"right": 0} for n in range(9)}})
    second = write(tmp_path / "b.json", {"n": 9, "cases": {str(n): {"right": 1} for n in range(1, 10)}})
    done = CliRunner().invoke(cli, ["eval", "compare", str(first), str(second), "--json"])
    assert json.loads(done.stdout)["right"] == {
        "n": 8, "first": 0, "second": 1, "difference": 1, "low": 1, "high": 1, "p": 0.0078,
    }  # fmt: skip
    bare = write(tmp_path / "c.json", {"n": 9})
    assert "has no cases" in CliRunner().invoke(cli, ["eval", "compare", str(first), str(bare)]).stderr
    assert "cannot be read" in CliRunner().invoke(cli, ["eval", "compare", str(first), str(tmp_path / "d")]).stderr


def test_a_result_carries_the_digest_of_a_folder_and_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "a.txt").write_text(REPORT, "utf-8")
    before = stamp([folder, tmp_path / "absent"])["data"]
    assert before.keys() == {"set"} and stamp([folder])["data"] == before
    (folder / "a.txt").write_text(MANUAL, "utf-8")
    assert stamp([folder])["data"] != before
    monkeypatch.setenv("SUYUAN_LOCAL__MODEL", "/somewhere/of/mine/model.gguf")
    monkeypatch.setenv("SUYUAN_RETRIEVAL__DEEP", "BAAI/bge-m3")
    found = knobs(load())
    assert found["local.model"] == "model.gguf" and found["retrieval.deep"] == "BAAI/bge-m3"
    assert not any("key" in name or "url" in name or "home" in name for name in found)


@pytest.mark.data
def test_the_whole_road_is_measured(shared_data: Path, tmp_path: Path) -> None:
    rows = [
        json.loads(line) for line in (shared_data / "seeds" / "questions.jsonl").read_text("utf-8").splitlines()[:2]
    ]
    rows.append({"id": "no", "question": "谁赢得了2022年世界杯？", "answerable": False, "tags": ["none"]})
    file, out = write(tmp_path / "q.jsonl", *rows), tmp_path / "out.json"
    arguments = [
        "eval",
        "qa",
        str(file),
        "--documents",
        str(shared_data / "seeds" / "documents"),
        "--out",
        str(out),
        "--json",
    ]
    done = CliRunner().invoke(cli, arguments)
    found = json.loads(done.stdout)
    assert (found["n"], found["n_of"]["top_hit"], found["refused_unanswerable"]) == (3, 2, 1)
    assert found["highest_score_unanswerable"] < found["min_score"]
    assert found["by_tag"]["none"]["n"] == 1 and found["data"].keys() == {"q.jsonl", "documents"}
    assert "cases" not in found and len(json.loads(out.read_text("utf-8"))["cases"]) == 3
