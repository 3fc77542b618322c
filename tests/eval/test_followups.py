"""The measure of follow-up questions on its own dialogues, and on a set of questions that stand alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval import followups
from eval.datasets import rows
from library.errors import InputError

FILE = Path(followups.__file__).parent / "data" / "followups.jsonl"


def test_there_are_sixty_dialogues_whose_gold_passage_is_there_and_whose_halves_are_even() -> None:
    dialogues = followups.read(FILE)
    passages = {row["id"]: row["text"] for row in rows(FILE.with_name("followups.passages.jsonl"))}
    assert [sum(d.lang == lang for d in dialogues) for lang in ("zh", "en")] == [30, 30]
    assert [sum(d.half == half and d.lang == "zh" for d in dialogues) for half in "AB"] == [15, 15]
    assert all(d.gold in passages and d.question != d.full for d in dialogues)
    said = {text for text in passages.values()}
    assert all(any(text in answer for text in said) for d in dialogues for _, answer in d.turns)


def test_the_command_reports_the_three_forms_and_what_was_changed_though_it_stands_alone(tmp_path: Path) -> None:
    chosen = [row for row in rows(FILE) if row["id"] in ("zh-01", "en-05")]
    golds = tuple(row["gold"][:5] for row in chosen)
    passages = [row for row in rows(FILE.with_name("followups.passages.jsonl")) if row["id"].startswith(golds)]
    for name, held in (("d.jsonl", chosen), ("d.passages.jsonl", passages)):
        (tmp_path / name).write_text("\n".join(json.dumps(row) for row in held), "utf-8")
    questions = [{"id": "q1", "question": "林慎之是谁？", "passage_id": "p1"}, {"id": "q2", "question": "Why is the sky blue?", "passage_id": "p2"}]  # fmt: skip
    texts = [{"id": "p1", "text": "林慎之是造船工程师。"}, {"id": "p2", "text": "Air scatters blue light."}]
    for name, held in (("own.questions.jsonl", questions), ("own.passages.jsonl", texts)):
        (tmp_path / name).write_text("\n".join(json.dumps(row) for row in held), "utf-8")
    done = CliRunner().invoke(
        followups.followups_command, [str(tmp_path / "d.jsonl"), "--alone", str(tmp_path / "own"), "--json"]
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert found["all"]["n"] == 2 and found["all"]["understood"] == found["all"]["in full"] == 1.0
    assert found["changed that stand alone"] == {"own": {"n": 2, "changed": 0, "share": 0.0}}


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"id": 1}\n', "utf-8")
    with pytest.raises(InputError):
        followups.read(tmp_path / "x.jsonl")
