import json
from pathlib import Path

from eval.audit.measured import RESULTS, error


def write(folder: Path, name: str, rows: object) -> None:
    (folder / name).write_text(json.dumps(rows), "utf-8")


def test_the_latest_shipped_figures_are_read_and_tuned_ones_are_not(tmp_path: Path) -> None:
    verify = {
        "command": "suyuan eval verify dev/cite/a.jsonl.gz --half B --json",
        "n": 10,
        "half": "B",
        "macro_f1": 0.5,
        "auc": 0.6,
    }
    write(tmp_path, "checks.json", [verify, {"command": "suyuan bench index --json", "n": 3}, {"n": 1}])
    write(tmp_path, "verify.json", [
        verify | {"macro_f1": 0.7, "macro_f1_interval": [0.6, 0.8], "commit": "c"},
        verify | {"command": "suyuan eval verify dev/cite/a.jsonl.gz --tune --json", "macro_f1": 0.9},
        {"command": "suyuan eval quotes dev/q.jsonl --json", "n_good": 100, "good_rejected": 0.1, "n_bad": 0, "bad_accepted": None},
    ])  # fmt: skip
    (tmp_path / "broken.json").write_text("{", "utf-8")
    claims, quotes = error(tmp_path)
    assert claims["data"] == "a" and [m["name"] for m in claims["measures"]] == ["macro_f1", "auc"]
    assert (claims["measures"][0]["value"], claims["measures"][0]["low"]) == (0.7, 0.6)
    assert [(m["name"], m["n"]) for m in quotes["measures"]] == [("good_rejected", 100)]
    assert quotes["measures"][0]["low"] < 0.1 < quotes["measures"][0]["high"]


def test_without_result_files_nothing_is_claimed(tmp_path: Path) -> None:
    assert error(tmp_path / "absent") == ()


def test_the_committed_results_say_something_of_claims_and_quotes() -> None:
    assert {"verify", "quotes", "adversarial"} <= {row["kind"] for row in error(RESULTS)}
