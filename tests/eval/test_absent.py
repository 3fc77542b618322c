import gzip
import json
from pathlib import Path

import pytest

from eval import absent
from eval.retrieval import half_of

SUBJECTS = ["harbour", "museum", "orchard", "railway", "glacier", "theatre", "brewery", "lighthouse"]


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    passages = [
        {"id": str(n), "text": f"The {name} of town {n} opened in {1900 + n}."} for n, name in enumerate(SUBJECTS)
    ]
    asked = [{"question": f"When did the {name} open?", "passage_id": str(n)} for n, name in enumerate(SUBJECTS)]
    tricks = [
        {"question": f"Who sold the {name}?", "passage_id": str(n), "answerable": False}
        for n, name in enumerate(SUBJECTS)
    ]
    for part, rows in (("passages", passages), ("questions", [*asked, *tricks])):
        with gzip.open(tmp_path / f"set.{part}.jsonl.gz", "wt", encoding="utf-8") as out:
            out.writelines(json.dumps(row) + "\n" for row in rows)
    return tmp_path / "set"


def test_the_right_passage_is_there_or_taken_out(prefix: Path) -> None:
    there, _ = absent.cases(prefix, half="", most=100)
    assert len(there) == 2 * len(SUBJECTS)
    for case in there:
        subject = case.question.removeprefix("When did the ").removesuffix(" open?")
        assert case.answerable is any(subject in text for text in case.passages)
        assert len(case.passages) == len(set(case.passages)) <= 5


def test_tricks_stand_beside_the_passage_they_look_at(prefix: Path) -> None:
    _, tricks = absent.cases(prefix, half="", most=100)
    assert {case.answerable for case in tricks} == {True, False}
    assert all(len(case.passages) == 1 and case.subset.endswith(absent.TRICKS) for case in tricks)


def test_only_questions_of_the_half_are_asked(prefix: Path) -> None:
    held = {f"town {n}" for n in range(len(SUBJECTS)) if half_of(str(n)) == "held"}
    assert 0 < len(held) < len(SUBJECTS)
    _, tricks = absent.cases(prefix, half="held", most=100)
    assert {name for case in tricks for name in held if name in case.passages[0]} == held
    assert len(tricks) == 2 * len(held)
    few = absent.cases(prefix, half="", most=3)
    assert len({case.question for group in few for case in group}) == 3


def test_a_section_is_there_or_taken_out_in_either_language(tmp_path: Path) -> None:
    sections = [
        {"id": f"{lang}{n}", "lang": lang, "heading_path": [name], "text": f"{'关于' if lang == 'zh' else 'About the'} {name} {n}."}
        for lang in ("zh", "en") for n, name in enumerate(SUBJECTS)
    ]  # fmt: skip
    asked = [
        {"id": f"q{lang}{n}", "lang": lang, "text": f"{name}?"}
        for lang in ("zh", "en")
        for n, name in enumerate(SUBJECTS)
    ]
    for part, found in (("corpus", sections), ("queries", asked)):
        with gzip.open(tmp_path / f"docs.{part}.jsonl.gz", "wt", encoding="utf-8") as out:
            out.writelines(json.dumps(row) + "\n" for row in found)
    judged = [
        f"q{own}{n}\t{theirs}{n}\t1" for own in ("zh", "en") for theirs in ("zh", "en") for n in range(len(SUBJECTS))
    ]
    (tmp_path / "docs.qrels.tsv").write_text("\n".join(judged), "utf-8")
    found = absent.sections(tmp_path / "docs", half="", most=100)
    assert {case.subset for case in found} == {
        f"docs {own} {theirs}" for own in ("en", "zh") for theirs in ("en", "zh")
    }
    assert len(found) == 8 * len(SUBJECTS)
    for case in found:
        subject = case.question.removesuffix("?")
        assert case.answerable is any(subject in text for text in case.passages)
        assert all(("关于" in text) is case.subset.endswith("zh") for text in case.passages)
