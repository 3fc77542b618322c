"""Documentation pages as files with the questions that they answer, and how well a search finds the file; for `pipeline`."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval import metrics
from eval.datasets import Passage, load, rows
from eval.retrieval import half_of
from library.errors import InputError

_DEEP = 40  # hits that are looked at, so that ten files are among them
Find = Callable[[str, int], Sequence[str]]  # question and how many hits → the files' stems, best first


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the stems of the files that answer it; `own` are those in the question's language."""

    text: str
    lang: str
    relevant: frozenset[str]
    own: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pages:
    """A folder of pages, what it is asked, and each page's language."""

    folder: Path
    asked: tuple[Asked, ...]
    lang: dict[str, str]


def write(folder: Path, prefix: Path, *, pages: int, questions: int, seed: int) -> Pages:
    """One .md file a section of a set whose rows have `lang`, such as dev/docsfaq/docsfaq.

    Questions are drawn from the half that nothing shipped was learned on, until their sections are half of the pages;
    the other pages are drawn from the whole set.

    :raises InputError: the set has no such question, or its rows no language.
    """
    passages, queries = load(prefix)
    spoken = {
        str(row["id"]): str(row.get("lang", ""))
        for part in ("corpus", "queries")
        for row in rows(prefix.with_name(f"{prefix.name}.{part}.jsonl.gz"))
    }
    chance = random.Random(seed)
    held = [query for query in queries if half_of(query.group) == "held"]
    chance.shuffle(held)
    kept: set[str] = set()
    asked: list[Asked] = []
    for query in held:
        if len(asked) == questions or len(kept | query.relevant) > pages // 2:
            break
        kept |= query.relevant
        lang = spoken[query.id]
        own = frozenset(name for name in query.relevant if spoken[name] == lang)
        asked.append(Asked(query.text, lang, query.relevant, own))
    if not asked or not all(spoken.values()):
        raise InputError(
            f"{prefix} cannot be written as pages", "it has no question of the held half, or rows without a language",
            "Give the path of dev/docsfaq/docsfaq, and more pages than two.",
        )  # fmt: skip
    rest = [passage.id for passage in passages if passage.id not in kept]
    kept |= set(chance.sample(rest, max(0, min(len(rest), pages - len(kept)))))
    folder.mkdir(parents=True)
    for passage in passages:
        if passage.id in kept:
            _page(folder, passage)
    return Pages(folder, tuple(asked), {name: spoken[name] for name in kept})


def _page(folder: Path, passage: Passage) -> None:
    heading = f"# {passage.title}\n\n" if passage.title else ""
    (folder / f"{passage.id}.md").write_text(f"{heading}{passage.text}\n", "utf-8")


def quality(find: Find, pages: Pages) -> dict[str, float]:
    """Mean nDCG@10 by file: over all questions and pages, and of each language asked and answered among its own pages."""
    scores: dict[str, list[float]] = {}
    for question in pages.asked:
        ranked = list(dict.fromkeys(find(question.text, _DEEP)))
        scores.setdefault("ndcg", []).append(metrics.ndcg(ranked, question.relevant))
        if question.own:
            among = [name for name in ranked if pages.lang[name] == question.lang]
            scores.setdefault(f"ndcg_{question.lang}", []).append(metrics.ndcg(among, question.own))
    return {name: round(sum(values) / len(values), 4) for name, values in scores.items()}
