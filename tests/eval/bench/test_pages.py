"""Pages of a set as files: the asked sections are among them, nothing that was learned from is asked, and ranks are of files."""

import gzip
import json
from pathlib import Path

import pytest

from eval.bench.pages import Pages, quality, write
from eval.retrieval import half_of
from library.errors import InputError


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """Forty sections in two languages, each asked for in both."""
    corpus, queries, judged = [], [], []
    for number in range(40):
        for lang in ("zh", "en"):
            name = f"{lang}-{number}"
            corpus.append({"id": name, "heading_path": ["Guide", name], "text": f"text of {name}", "lang": lang})
            queries.append({"id": f"q-{name}", "text": f"what of {name}?", "lang": lang})
            judged += [f"q-{name}\t{other}-{number}\t1" for other in ("zh", "en")]
    for part, held in (("corpus", corpus), ("queries", queries)):
        with gzip.open(tmp_path / f"set.{part}.jsonl.gz", "wt", encoding="utf-8") as stream:
            stream.writelines(json.dumps(row) + "\n" for row in held)
    (tmp_path / "qrels.tsv").write_text("\n".join(judged), "utf-8")
    return tmp_path / "set"


def test_as_many_files_as_asked_for_hold_every_answer(prefix: Path, tmp_path: Path) -> None:
    pages = write(tmp_path / "pages", prefix, pages=30, questions=100, seed=1)
    files = {path.stem: path.read_text("utf-8") for path in pages.folder.iterdir()}
    assert len(files) == 30 and pages.lang.keys() == files.keys()
    golds = {name for asked in pages.asked for name in asked.relevant}
    assert golds and golds <= files.keys() and len(golds) <= 15
    assert all(text.startswith("# Guide › ") and f"text of {name}" in text for name, text in files.items())


def test_only_questions_are_asked_that_nothing_was_learned_from(prefix: Path, tmp_path: Path) -> None:
    pages = write(tmp_path / "pages", prefix, pages=60, questions=5, seed=1)
    assert len(pages.asked) == 5
    assert all(half_of(f"q-{asked.text.split()[-1][:-1]}") == "held" for asked in pages.asked)


def test_a_file_ranks_where_its_first_part_does(prefix: Path, tmp_path: Path) -> None:
    pages: Pages = write(tmp_path / "pages", prefix, pages=30, questions=100, seed=1)
    by_text = {asked.text: asked for asked in pages.asked}

    def second(question: str, count: int) -> list[str]:
        wrong = next(n for n in sorted(pages.lang) if n not in by_text[question].relevant)
        return [wrong, wrong, wrong, *sorted(by_text[question].relevant)]

    found = quality(second, pages)
    both = (1 / 1.584962500721156 + 1 / 2) / (1 + 1 / 1.584962500721156)  # ranks 2 and 3 of an ideal 1 and 2
    assert found["ndcg"] == pytest.approx(both, abs=1e-4)
    languages = {asked.lang for asked in pages.asked}
    assert {f"ndcg_{lang}" for lang in languages} == found.keys() - {"ndcg"}
    assert quality(lambda question, _: sorted(by_text[question].relevant), pages)["ndcg"] == 1


def test_a_set_without_questions_left_is_refused(prefix: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written as pages"):
        write(tmp_path / "pages", prefix, pages=2, questions=100, seed=1)
