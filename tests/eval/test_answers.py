"""A small reading set asked of a generator that is written out here, beside the quote backend."""

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval import asked
from generation import backends
from generation.chat import Chat, Delta, Message, Options
from library.errors import InputError
from library.settings import Settings
from ui.cli import cli

PASSAGES = {
    "p0": "主机的额定功率为 350 瓦。电源线必须接地。",
    "p1": "The museum opened in 1975 in Oslo. It shows paintings.",
}
QUESTIONS = [
    ("q0", "主机的额定功率是多少？", "p0", "350 瓦", "zh"), ("q1", "电源线必须怎样？", "p0", "接地", "zh"),
    ("q2", "When did the museum open?", "p1", "1975", "en"), ("q3", "What does the museum show?", "p1", "paintings", "en"),
]  # fmt: skip


class Scripted:
    """Answers in Chinese whatever is asked, in two pieces, and notes what it was asked."""

    name = "scripted"

    def __init__(self) -> None:
        self.asked: list[Sequence[Message]] = []

    def stream(self, messages: Sequence[Message], *, options: Options) -> Iterator[Delta]:
        self.asked.append(messages)
        yield Delta(text="主机的额定功率为 ")
        yield Delta(text="350 瓦。[7]")
        yield Delta(usage={"completion_tokens": 8, "prompt_tokens": 50, "decode_ms": 400}, finish="stop")


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    def write(part: str, rows: list[dict[str, object]]) -> None:
        with gzip.open(tmp_path / f"own.{part}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)

    write("passages", [{"id": name, "title": "", "text": text} for name, text in PASSAGES.items()])
    write("questions", [
        {"id": name, "question": question, "passage_id": passage, "answers": [expected], "lang": lang}
        for name, question, passage, expected, lang in QUESTIONS
    ])  # fmt: skip
    return tmp_path / "own"


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    made = Scripted()

    def choose(settings: Settings) -> Chat | None:
        return None if settings.answer.backend == "quote" else made

    monkeypatch.setattr(backends, "choose", choose)
    monkeypatch.setenv("SUYUAN_RETRIEVAL__DEEP", "")
    monkeypatch.setenv("SUYUAN_ANSWER__MIN_SCORE", "0")
    return made


def run(prefix: Path, work: Path) -> dict[str, dict[str, object]]:
    result = CliRunner().invoke(
        cli,
        ["eval", "answers", str(prefix), "--per-language", "2", "--work", str(work), "--json"],
        catch_exceptions=False,
    )
    assert result.exit_code == 0, result.output
    found: dict[str, dict[str, object]] = json.loads(result.stdout)
    return found


def test_language_markers_and_expected_strings_are_counted(prefix: Path, scripted: Scripted, tmp_path: Path) -> None:
    found = run(prefix, tmp_path / "work")
    assert (found["model"]["n"], found["quote"]["n"]) == (4, 4)
    assert (found["model_zh"]["language_right"], found["model_en"]["language_right"]) == (1.0, 0.0)
    assert (found["model_zh"]["holds_expected"], found["model_en"]["holds_expected"]) == (0.5, 0.0)
    assert found["model"]["invalid_markers_dropped"] == 4 and found["model"]["invalid_markers_shown"] == 0
    assert found["model"]["tokens_per_s"] == 20.0 and found["model"]["streamed"] == 1.0
    assert found["model"]["supported"] == found["quote"]["supported"] == 1.0
    assert found["quote"]["second_question_first_token_s"] is None


def test_the_second_question_is_another_one_over_the_same_evidence(
    prefix: Path, scripted: Scripted, tmp_path: Path
) -> None:
    run(prefix, tmp_path / "work")
    assert len(scripted.asked) == 8
    for first, second in zip(scripted.asked[::2], scripted.asked[1::2], strict=True):
        assert first[0] == second[0] and first[-1] != second[-1]


def test_an_interrupted_run_asks_only_what_is_missing(prefix: Path, scripted: Scripted, tmp_path: Path) -> None:
    whole = run(prefix, tmp_path / "work")
    rows = (tmp_path / "work" / "answers-0.jsonl").read_text("utf-8").splitlines()
    (tmp_path / "work" / "answers-0.jsonl").write_text("\n".join(rows[:-3]) + "\n", "utf-8")
    scripted.asked.clear()
    again = run(prefix, tmp_path / "work")
    assert len(scripted.asked) == 2
    assert again["model"]["supported"] == whole["model"]["supported"] and again["model"]["n"] == 4


def test_the_draw_is_by_language_and_seed(prefix: Path) -> None:
    drawn = asked.drawn([prefix], per_language=1, seed=3)
    assert drawn == asked.drawn([prefix], per_language=1, seed=3)
    assert [one.lang for one in drawn] == ["en", "zh"] and all(one.second != one.question for one in drawn)
    with pytest.raises(InputError, match="3 are asked for"):
        asked.drawn([prefix], per_language=3, seed=0)


def test_without_a_model_the_command_says_what_to_add(prefix: Path) -> None:
    result = CliRunner().invoke(cli, ["eval", "answers", str(prefix), "--per-language", "1"])
    assert result.exit_code == 2 and "suyuan models add small" in result.output


def test_cases_fill_the_library_with_what_does_not_answer_too(scripted: Scripted, tmp_path: Path) -> None:
    rows = [
        {"id": "c0", "question": "主机的额定功率是多少？", "answers": [["350 瓦"]], "lang": "zh", "positive": [PASSAGES["p0"]],
         "negative": ["主机的重量是 12 公斤。"]},
        {"id": "c1", "question": "Who built it?", "answers": [], "answerable": False, "lang": "en", "positive": [],
         "negative": [PASSAGES["p1"]]},
    ]  # fmt: skip
    with gzip.open(tmp_path / "cases.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    prefix = tmp_path / "cases"
    assert [one.text for one in asked.library([prefix])] == [PASSAGES["p0"], "主机的重量是 12 公斤。", PASSAGES["p1"]]
    assert [(one.id, one.expected) for one in asked.drawn([prefix], per_language=1, seed=0)] == [("c0", ("350 瓦",))]
    result = CliRunner().invoke(
        cli, ["eval", "answers", str(prefix), "--per-language", "1", "--work", str(tmp_path / "work"), "--json"],
        catch_exceptions=False,
    )  # fmt: skip
    assert json.loads(result.stdout)["model"]["n"] == 1
