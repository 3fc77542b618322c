"""The questions that `eval answers` asks, and the library that they are asked of: reading sets and files of cases."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.datasets import Passage, load, rows
from eval.refusal import flat
from library.errors import InputError


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what its answer must hold, and another question about the same passage (the same where there is none)."""

    id: str
    question: str
    lang: str
    expected: tuple[str, ...]
    second: str


def parts(prefix: Path) -> list[Path]:
    """The files of a set: passages and questions, or one of cases with positive and negative passages."""
    cases = prefix.with_name(f"{prefix.name}.jsonl.gz")
    if cases.exists():
        return [cases]
    return [prefix.with_name(f"{prefix.name}.{part}.jsonl.gz") for part in ("passages", "questions")]


def library(prefixes: Sequence[Path]) -> list[Passage]:
    """Every passage of the sets; of cases the positive and the negative ones alike, each text once."""
    found: list[Passage] = []
    for prefix in prefixes:
        if len(parts(prefix)) > 1:
            found += load(prefix)[0]
            continue
        texts: dict[str, str] = {}
        for row in rows(parts(prefix)[0]):
            for text in (*flat(row.get("positive") or ()), *flat(row.get("negative") or ())):
                texts.setdefault(text, str(row.get("title") or ""))
        found += [Passage(f"{prefix.name}-{at}", title, text) for at, (text, title) in enumerate(texts.items())]
    return found


def _questions(prefix: Path) -> Iterator[dict[str, Any]]:
    """Answerable questions as a reading set has them; cases stand each for a passage of their own."""
    files = parts(prefix)
    for row in rows(files[-1]):
        if not row.get("answerable", True):
            continue
        yield row if len(files) > 1 else {**row, "passage_id": row["id"], "answers": flat(row.get("answers") or ())}


def drawn(prefixes: Sequence[Path], *, per_language: int, seed: int) -> list[Asked]:
    """So many answerable questions of each language in turn, drawn from all sets together; the same for the same seed.

    :raises InputError: a set has no questions file, or a language has too few of them.
    """
    every: dict[str, list[Asked]] = {}
    for prefix in prefixes:
        found = list(_questions(prefix))
        beside: dict[str, list[str]] = {}
        for row in found:
            beside.setdefault(row["passage_id"], []).append(row["question"])
        for row in found:
            others = [question for question in beside[row["passage_id"]] if question != row["question"]]
            lang = "zh" if str(row["lang"]).startswith("zh") else "en"
            every.setdefault(lang, []).append(
                Asked(row["id"], row["question"], lang, tuple(row["answers"]), (others or [row["question"]])[0])
            )
    short = [lang for lang, held in every.items() if len(held) < per_language]
    if short or not every:
        raise InputError(
            "Too few questions", f"{per_language} are asked for of {', '.join(short) or 'no set'}", "Ask for fewer."
        )
    chosen = [random.Random(seed).sample(every[lang], per_language) for lang in sorted(every)]
    return [one for row in zip(*chosen, strict=True) for one in row]
