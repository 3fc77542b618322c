"""A library that says everything twice: what is asked, what stands in it, and what the figures say of a known ranking."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from eval import mixed
from eval.datasets import Query
from library.records import Chunk, Document, Hit, Status


def write(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    with gzip.open(folder / f"set.{name}.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


class Ranked:
    """A search that always gives these documents."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def search(self, question: str, *, k: int) -> list[Hit]:
        return [
            Hit(Chunk(name, name, 0, 0, 1), Document(name, "c", name, name, "", "", "", 1, Status.LIVE), name, 0.5)
            for name in self.names
        ]


def test_only_questions_with_golds_in_both_languages_are_asked_as_many_in_each(tmp_path: Path) -> None:
    sections = [
        {"id": f"{lang}{at}", "lang": lang, "text": f"text {at}", "heading_path": [], "pair_id": f"p{at}"}
        for at in range(4)
        for lang in ("zh", "en")
    ]
    write(tmp_path, "corpus", [*sections, {"id": "lone", "lang": "en", "text": "alone", "heading_path": []}])
    write(tmp_path, "queries", [{"id": f"q{lang}{at}", "text": "?", "lang": lang} for at in range(2) for lang in ("zh", "en")] + [{"id": "ql", "text": "?", "lang": "en"}])  # fmt: skip
    judged = [f"q{lang}{at}\t{gold}{at}\t1" for at in range(2) for lang in ("zh", "en") for gold in ("zh", "en")]
    (tmp_path / "qrels.tsv").write_text("\n".join([*judged, "ql\tlone\t1"]), "utf-8")
    passages, asked, spoken = mixed.parallel(tmp_path / "set", questions=5, pairs=1, seed=0)
    assert sorted(query.id for query in asked) == ["qen0", "qen1", "qzh0", "qzh1"]
    assert {"zh0", "en0", "zh1", "en1"} <= {p.id for p in passages} and "lone" not in {p.id for p in passages}
    assert spoken["zh3"] == "zh" and spoken["qen1"] == "en"


def test_a_search_that_always_puts_chinese_first_is_found_to_favour_it() -> None:
    spoken = {"z": "zh", "e": "en", "x": "en", "qz": "zh", "qe": "en"}
    asked = [Query(name, "?", frozenset({"z", "e"}), name) for name in ("qz", "qe")]
    found = mixed.measure(Ranked("z", "x", "e"), asked, spoken)  # type: ignore[arg-type]
    assert found["first hits in zh"] == 1.0 and found["bias"] == 0.5
    assert found["asked in zh"]["first hit in zh"] == 1.0 and found["asked in en"]["first hit in en"] == 0.0
    assert found["asked in en"]["ndcg_at_10 en-zh"] == 1.0 and found["asked in en"]["ndcg_at_10 en-en"] == 0.6309
