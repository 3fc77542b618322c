import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from eval import adversarial, metrics
from generation import backends, verify
from generation.chat import Message
from retrieval.reader.reader import Judged, Reader, Terms, Text
from ui.cli import cli

EN = "The museum opened in 1975 and showed 3,400 paintings to about 20% of the visitors in Norway. It was not the first one in Sweden, but Erik Larsen praised Anna Berg in 1980."
OTHER = "Farmers near Lisbon grew 45 tons of olives in March and sold most of them to Spain every year."
THIRD = "The river Tamar flows for 61 miles through Devon, and the ferry at Torpoint carries all cars across it."
ZH = "该博物馆于1975年开放，约20%的游客参观了3,400幅画作，其中多数来自挪威。它不是瑞典的第一家，但公司从未关闭它，所有员工都在那里工作了十年。"
PASSAGES = [
    EN,
    OTHER,
    THIRD,
    ZH,
    "里斯本附近的农民在三月种植了45吨橄榄，并且每年把大部分卖给西班牙的商人。",
    "德文郡的渡轮全部免费，每天载客3000人次，由张伟先生的公司经营。",
]


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["eval", *arguments])


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    pairs = [("The museum opened in 1975.", "supported"), ("The museum opened in 1976.", "contradicted"),
             ("Erik Larsen praised Anna Berg in 1980.", "supported"), ("Farmers of Berlin fed 12 lions.", "unsupported")]  # fmt: skip
    return write(tmp_path / "claims.jsonl.gz", [
        {"id": str(n), "group": str(n), "subset": "s", "lang": "en", "mode": "m", "claim": claim, "label": label,
         "evidence": [{"text": EN}, {"text": OTHER}], "half_g": "AB"[n % 2]}
        for n, (claim, label) in enumerate([*pairs, *pairs[1:], pairs[0]])
    ])  # fmt: skip


def test_verify_prints_the_figures_of_its_rows(claims: Path) -> None:
    found = json.loads(run("verify", str(claims), "--words-only", "--json").stdout)
    assert (found["n"], found["macro_f1"], found["auc"]) == (8, 1.0, 1.0)
    assert found["by_subset"]["s"]["n"] == 8
    assert found["data"].keys() == {"claims.jsonl.gz"}


def test_tuning_reports_the_other_half_only(claims: Path) -> None:
    assert json.loads(run("verify", str(claims), "--words-only", "--tune", "--json").stdout)["n"] == 4


def test_quotes_counts_what_was_refused_and_what_was_let_through(claims: Path) -> None:
    found = json.loads(run("quotes", str(claims), "--json").stdout)
    assert (found["n_good"], found["n_bad"], found["bad_accepted"]) == (4, 4, 0.0)


def test_quotes_without_anything_to_measure_says_what_to_give() -> None:
    assert "Give one of them" in run("quotes").output


def test_adversarial_flags_changes_and_keeps_the_untouched(tmp_path: Path) -> None:
    rows = [{"text": text, "lang": "zh" if "的" in text else "en"} for text in PASSAGES]
    write(tmp_path / "own.passages.jsonl.gz", [dict(row) for row in rows])
    found = json.loads(run("adversarial", str(tmp_path / "own"), "--words-only", "--per-mode", "4", "--json").stdout)
    assert found["en_untouched"]["flagged"] == 0.0
    assert found["en_changed"]["n"] >= 8 and found["en_changed"]["flagged"] >= 0.9
    assert found["by_mode"]["en/marker out of range"]["flagged"] == 1.0


def test_the_same_seed_makes_the_same_trials() -> None:
    texts = [(text, "的" in text) for text in PASSAGES]
    assert list(adversarial.trials(texts, seed=2, per_mode=3)) == list(adversarial.trials(texts, seed=2, per_mode=3))


def test_a_marker_to_another_source_is_moved_to_the_right_one() -> None:
    (trial, *_) = [
        t
        for t in adversarial.trials([(x, False) for x in PASSAGES[:3]], seed=0, per_mode=3)
        if t.mode == "marker shifted"
    ]
    verdict = verify.judge(trial.claim, trial.evidence, cited=trial.cited)
    assert not verdict.placed and verdict.supports
    assert trial.claim in trial.evidence[verdict.spans[0].evidence - 1].text


def test_bootstrap_holds_the_mean_and_draws_groups_whole() -> None:
    values = [0.0] * 50 + [1.0] * 50
    low, high = metrics.bootstrap(lambda at: sum(values[i] for i in at) / len(at), range(100))
    assert 0.35 < low < 0.5 < high < 0.65
    same = metrics.bootstrap(lambda at: sum(values[i] for i in at) / len(at), ["one"] * 100)
    assert same == (0.5, 0.5)


FORMS = ([{"text": EN}, {"text": OTHER}], [EN, OTHER], EN)


@pytest.mark.parametrize("evidence", FORMS)
def test_plain_files_with_nothing_but_claim_evidence_and_label_are_measured(tmp_path: Path, evidence: object) -> None:
    rows = [{"claim": "The museum opened in 1975", "evidence": evidence, "label": "supported"},
            {"claim": "The museum opened in 1976", "evidence": evidence, "label": "contradicted"}]  # fmt: skip
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    found = json.loads(run("verify", str(path), "--words-only", "--json").stdout)
    assert found.keys() >= {"n", "macro_f1", "auc", "by_subset", "macro_f1_interval", "auc_interval", "commit", "seed"}
    assert (found["n"], found["macro_f1"], found["by_subset"][""]["n"]) == (2, 1.0, 2)
    found = json.loads(run("quotes", str(path), "--json").stdout)
    assert found.keys() >= {
        "n",
        "good_rejected",
        "bad_accepted",
        "by_mode",
        "good_rejected_interval",
        "bad_accepted_interval",
    }
    assert (found["n"], found["good_rejected"], found["bad_accepted"]) == (2, 0.0, 0.0)
    assert found["bad_accepted_interval"][1] > 0.5  # one case shows little


@pytest.mark.parametrize("command", ["verify", "quotes", "refusal"])
def test_files_that_cannot_be_measured_say_why(tmp_path: Path, command: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"positive": ["a"]}\n', "utf-8")
    done = run(command, str(path), "--json")
    assert done.exit_code != 0 and "cannot be measured" in done.stderr
    path.write_text("", "utf-8")
    assert "cannot be measured" in run(command, str(path)).stderr
    assert "cannot be read" in run(command, str(tmp_path / "absent.jsonl")).stderr


def test_two_results_of_verify_are_compared(claims: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        run("verify", str(claims), "--words-only", "--out", str(tmp_path / f"{name}.json"))
    found = json.loads(run("compare", str(tmp_path / "a.json"), str(tmp_path / "b.json"), "--json").stdout)
    assert (found["right"]["n"], found["right"]["difference"], found["right"]["p"]) == (8, 0, 1)


def test_refusal_prints_its_figures_with_intervals(tmp_path: Path) -> None:
    rows = [
        {"question": "When did the museum open?", "positive": [EN], "negative": [OTHER, THIRD], "answers": [["1975"]]},
        {"question": "里斯本的农民种植了什么？", "positive": PASSAGES[4], "negative": [ZH, {"text": PASSAGES[5]}]},
        {"question": "Who wrote the song?", "negative": [[OTHER], [THIRD]]},
    ]
    path = write(tmp_path / "r.jsonl.gz", rows)
    found = json.loads(run("refusal", str(path), "--out", str(tmp_path / "o.json"), "--json").stdout)
    assert (found["n"], found["n_answerable"], found["n_unanswerable"]) == (5, 2, 3)
    for name in ("auc", "refused_unanswerable", "kept_answerable"):
        low, high = found[f"{name}_interval"]
        assert low <= found[name] <= high
    assert found["best_sentence_right"] == 1.0 and found["kept_right"] in (0.0, 1.0)
    assert len(json.loads((tmp_path / "o.json").read_text("utf-8"))["cases"]) == 5


def test_refusal_chooses_the_sentence_from_what_it_has_read_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[str, str]] = []
    whole = Reader.judge_whole

    def noted(self: Reader, question: str, texts: Sequence[Text], terms: Terms) -> list[Judged]:
        read.extend((question, text.text) for text in texts)
        return whole(self, question, texts, terms)

    monkeypatch.setattr(Reader, "judge_whole", noted)
    monkeypatch.setenv("SUYUAN_RETRIEVAL__RERANK_MS", "1")
    rows = [
        {"question": "When did the museum open?", "positive": [EN], "negative": [OTHER, THIRD], "answers": [["1975"]]},
        {"question": "What grew near Lisbon?", "positive": [OTHER], "negative": [EN, THIRD], "answers": [["olives"]]},
    ]
    found = json.loads(run("refusal", str(write(tmp_path / "r.jsonl.gz", rows)), "--json").stdout)
    assert found["best_sentence_right"] == 1.0
    assert len(read) == len(set(read)) == 6


def test_refusal_takes_the_word_of_a_model_where_it_is_told_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Model:
        name = "local:knows"

        def odds(self, messages: list[Message], words: tuple[str, str]) -> float:
            return 4.0 if "1975" in messages[-1].content else -4.0

        def stream(self, *_: object, **__: object) -> None: ...

    rows = [
        {"question": "When did the museum open?", "positive": [EN], "negative": [OTHER, THIRD]},
        {"question": "In which year was it opened?", "positive": [EN], "negative": [OTHER, THIRD]},
    ]
    path = write(tmp_path / "r.jsonl.gz", rows)
    none = run("refusal", str(path), "--ask-model")
    assert none.exit_code != 0 and "No model can be asked" in none.stderr
    monkeypatch.setattr(backends, "choose", lambda _: Model())
    found = json.loads(run("refusal", str(path), "--ask-model", "--json").stdout)
    assert (found["auc"], found["model"]) == (1.0, "local:knows")
    assert (found["refused_unanswerable"], found["kept_answerable"]) == (1.0, 1.0)
    assert "model" not in json.loads(run("refusal", str(path), "--json").stdout)
