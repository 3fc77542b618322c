"""The measure of disagreement: its lists, its changed copies, and what it counts."""

import gzip
import json
from pathlib import Path

from eval import disagreement
from library.records import Evidence

TEXTS = [
    "The Oslo Museum opened in 1975 and it has been repaired two times since. Its halls hold 3,400 paintings of the north.",
    "The Bergen Museum was founded in 1905 by a merchant who had never seen a painting. It holds 1,250 paintings today.",
]


def _set(tmp_path: Path) -> Path:
    passages = [{"id": str(n), "text": text, "lang": "en"} for n, text in enumerate(TEXTS)]
    asked = [{"question": f"When was the {name} Museum opened or founded?"} for name in ("Oslo", "Bergen")]
    for part, rows in (("passages", passages), ("questions", asked)):
        with gzip.open(tmp_path / f"own.{part}.jsonl.gz", "wt", encoding="utf-8") as stream:
            stream.writelines(json.dumps(row) + "\n" for row in rows)
    return tmp_path / "own"


def test_the_nearest_passage_comes_first(tmp_path: Path) -> None:
    given = disagreement.questions(_set(tmp_path), limit=9, seed=1)
    assert sorted(asked.evidence[0].text.split()[1] for asked in given) == ["Bergen", "Oslo"]
    assert all(asked.lang == "en" and len(asked.evidence) == 2 for asked in given)


def test_passages_that_come_in_two_lists_are_taken_as_they_are(tmp_path: Path) -> None:
    row = {"question": "When?", "positive": [["One.", "Two."]], "negative": ["Three."]}
    (tmp_path / "rgb.jsonl.gz").write_bytes(gzip.compress(json.dumps(row).encode()))
    (asked,) = disagreement.questions(tmp_path / "rgb", limit=5, seed=0)
    assert [item.text for item in asked.evidence] == ["One.", "Two.", "Three."]


def test_a_changed_copy_is_noticed_and_counted(tmp_path: Path) -> None:
    given = disagreement.questions(_set(tmp_path), limit=9, seed=1)
    cases = list(disagreement.doubled(given, seed=2))
    assert len(cases) == 4 and sum(case.alone for case in cases) == 2
    for case in cases:
        *_, copy = case.asked.evidence
        assert copy.text not in TEXTS and copy.document == "again"
    found = disagreement.measure(given, seed=2)
    assert found["en"]["alarmed"] == {"n": 2, "share": 0.0} and found["zh"]["alarmed"]["share"] is None
    assert found["en"]["noticed"]["n"] == found["en"]["noticed_alone"]["n"] == 2
    shares = [disagreement.noticed(case) for case in cases if not case.alone]
    assert found["en"]["noticed"]["share"] == sum(shares) / 2 > 0


def test_an_alarm_is_told_with_its_sentences() -> None:
    texts = "The Oslo Museum opened in 1975.", "The Oslo Museum opened in 1976."
    held = tuple(Evidence(n, str(n), "", str(n), 0, len(text), text) for n, text in enumerate(texts, 1))
    (told,) = disagreement.measure([disagreement.Asked("en", "When?", held)], seed=0)["alarms"]
    assert told["sides"] == [{"figure": "1975", "sentence": texts[0]}, {"figure": "1976", "sentence": texts[1]}]
