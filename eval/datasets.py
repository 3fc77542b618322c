"""Reads retrieval sets: passages and questions, or corpus, queries and judgements; gzip or plain JSON lines."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from library.errors import InputError


@dataclass(frozen=True, slots=True)
class Passage:
    """One thing that can be found."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question and the ids that answer it; questions of one `group` are learned from together, or not at all."""

    id: str
    text: str
    relevant: frozenset[str]
    group: str


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file.

    :raises InputError: it is absent or no JSON lines.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as stream:
            for line in stream:
                if line.strip():
                    yield json.loads(line)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read", str(error), "Give a file of JSON lines, gzip or plain.") from error


def _file(prefix: Path, part: str) -> Path | None:
    for ending in (".jsonl.gz", ".jsonl"):
        path = prefix.with_name(f"{prefix.name}.{part}{ending}")
        if path.exists():
            return path
    return None


def _title(row: dict[str, Any]) -> str:
    title = row.get("title") or row.get("heading_path") or ""
    return " › ".join(title) if isinstance(title, list) else str(title)


def load(prefix: Path, *, query_lang: str = "", corpus_lang: str = "") -> tuple[list[Passage], list[Query]]:
    """The set whose files begin with `prefix`; questions without a relevant passage in the corpus are left out.

    :raises InputError: neither form is there.
    """
    passages, questions = _file(prefix, "passages"), _file(prefix, "questions")
    if passages and questions:
        found = [Passage(r["id"], r.get("title") or "", r["text"]) for r in rows(passages)]
        asked = [
            Query(r["id"], r["question"], frozenset([r["passage_id"]]), r["passage_id"])
            for r in rows(questions)
            if r.get("answerable", True)
        ]
        return found, asked
    corpus, queries = _file(prefix, "corpus"), _file(prefix, "queries")
    judgements = next(
        (p for p in (prefix.with_name(f"{prefix.name}.qrels.tsv"), prefix.with_name("qrels.tsv")) if p.exists()), None
    )
    if not (corpus and queries and judgements):
        raise InputError(
            f"No set begins with {prefix}", "neither .passages/.questions nor .corpus/.queries/qrels.tsv files are there",
            "Give the path up to the first dot, such as dev/mrc/drcd_dev.",
        )  # fmt: skip
    found = [
        Passage(r["id"], _title(r), r["text"]) for r in rows(corpus) if not corpus_lang or r.get("lang") == corpus_lang
    ]
    held = {passage.id for passage in found}
    relevant: dict[str, set[str]] = {}
    for line in judgements.read_text("utf-8").splitlines():
        query, passage, *_ = line.split("\t")
        if passage in held:
            relevant.setdefault(query, set()).add(passage)
    asked = [
        Query(r["id"], r["text"], frozenset(relevant[r["id"]]), r["id"])
        for r in rows(queries)
        if r["id"] in relevant and (not query_lang or r.get("lang") == query_lang)
    ]
    return found, asked
