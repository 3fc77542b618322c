import gzip
import json
from pathlib import Path

import pytest

from eval import cells
from library.tables import kind

NAMES = ["timeout", "retries", "depth", "width", "port", "delay"]


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    sections = []
    for number in range(12):
        zh = number % 2 == 1
        head = "| 名称 | 类型 | 默认值 | 说明 |" if zh else "| Name | Type | Default | Description |"
        rows = [
            f"| {name}{number} | {('integer', 'string')[at % 2]} | {10 * at + number + 7} | {'某项设置' if zh else 'Some setting'} |"
            for at, name in enumerate(NAMES)
        ]
        sections.append({
            "id": f"s{number}", "pair_id": f"p{number // 2}", "lang": "zh" if zh else "en", "heading_path": [f"Part{number}"],
            "text": "\n".join([head, "| --- | --- | --- | --- |", *rows]),
        })  # fmt: skip
    sections.append({"id": "s12", "pair_id": "p12", "lang": "en", "heading_path": ["None"], "text": "No table here."})
    with gzip.open(tmp_path / "set.corpus.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in sections)
    return tmp_path / "set"


def test_a_row_is_there_or_taken_out(prefix: Path) -> None:
    found = cells.cases(prefix, half="", most=8)
    assert {case.answerable for case in found} == {True, False} and len(found) > 4
    for there, gone in zip(found[::2], found[1::2], strict=True):
        assert there.question == gone.question and there.subset == gone.subset
        name = next(
            f"{name}{n}"
            for name in NAMES
            for n in range(12)
            if f"{name}{n}" in there.question and f"{name}{n} " in there.passages[0]
        )
        assert f"| {name} |" in there.passages[0] and not any(f"| {name} |" in text for text in gone.passages)


def test_no_question_of_one_half_has_a_table_of_the_other(prefix: Path) -> None:
    halves = {
        half: {case.passages[0].split("\n")[0] for case in cells.cases(prefix, half=half, most=50)}
        for half in ("train", "held")
    }
    assert halves["train"] and halves["held"] and not halves["train"] & halves["held"]


def test_a_claim_tells_the_cell_or_another(prefix: Path) -> None:
    found = list(cells.trials(prefix, seed=1, most=8))
    assert {trial.changed for trial in found} == {True, False} and {trial.lang for trial in found} == {"zh", "en"}
    for right, wrong in zip(found[::2], found[1::2], strict=True):
        assert (right.changed, wrong.changed) == (False, True) and right.claim != wrong.claim
        head, *rows = [line.strip("| ").split(" | ") for line in right.evidence[0].text.split("\n")[2:]]
        row = next(row for row in rows if row[0] in right.claim)
        said = [
            cell
            for column, cell in zip(head, row, strict=True)
            if kind(column) in ("type", "default") and cell in right.claim
        ]
        assert said and row[0] in wrong.claim


def test_the_same_seed_tells_the_same(prefix: Path) -> None:
    once, again = (list(cells.trials(prefix, seed=3, most=6)) for _ in range(2))
    assert once == again != list(cells.trials(prefix, seed=4, most=6))
