"""A reading set as questions to refuse: the right passage among the first five, or taken out of them; and trick questions.

Each question gives one case with its passage and the next four of BM25, and one with the first five others. A question
that its passage only seems to answer gives one beside that passage alone, as does every other question.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import nlargest
from pathlib import Path

from eval.datasets import load, rows
from eval.refusal import Case
from eval.retrieval import half_of
from ingest.markdown import markdown
from retrieval import lexical, vectors

TRICKS = "tricks"
_LONGEST, _LIKE = 1200, 200  # characters of a section that are read, and by which others like it are found


def cases(prefix: Path, *, half: str, most: int, seed: int = 0) -> list[list[Case]]:
    """Those with the right passage there or not, and those with trick questions where the set has any; `most` questions in all."""
    texts = {str(row["id"]): str(row["text"]) for row in rows(prefix.with_name(f"{prefix.name}.passages.jsonl.gz"))}
    questions = [row for row in rows(prefix.with_name(f"{prefix.name}.questions.jsonl.gz"))]
    questions = [row for row in questions if half in ("", half_of(str(row["passage_id"])))]
    questions = random.Random(seed).sample(questions, min(most, len(questions)))
    search = Bm25(texts)
    absent, tricks = [], []
    for row in questions:
        gold, question = str(row["passage_id"]), str(row["question"])
        if not row.get("answerable", True):
            tricks.append(Case(question, (texts[gold],), False, f"{prefix.name} {TRICKS}"))
            continue
        others = [texts[name] for name in search.first(question, 6) if name != gold][:5]
        absent.append(Case(question, (texts[gold], *others[:4]), True, prefix.name))
        absent.append(Case(question, tuple(others), False, prefix.name))
        tricks.append(Case(question, (texts[gold],), True, f"{prefix.name} {TRICKS}"))
    return [absent, tricks] if any(not case.answerable for case in tricks) else [absent]


def sections(prefix: Path, *, half: str, most: int, seed: int = 0) -> list[Case]:
    """A documentation's own questions beside the section that answers, in their language or the other; `most` of each direction.

    A documentation is a set of sections and questions in two languages (`.corpus`, `.queries`, `qrels.tsv`); beside a
    section stand those that BM25 finds for its own text, and subsets name the two languages: "docs en zh".
    """
    found: list[Case] = []
    for theirs in ("en", "zh"):
        passages, _ = load(prefix, corpus_lang=theirs)
        texts = {passage.id: f"{passage.title}\n\n{markdown(passage.text)[0]}" for passage in passages}
        search = Bm25(texts)
        for own in ("en", "zh"):
            _, queries = load(prefix, query_lang=own, corpus_lang=theirs)
            asked = sorted((one for one in queries if half in ("", half_of(one.group))), key=lambda one: one.id)
            for query in random.Random(seed).sample(asked, min(most, len(asked))):
                gold = texts[min(query.relevant)][:_LONGEST]
                names = search.first(f"{query.text} {gold[:_LIKE]}", 12)
                near = [texts[name][:_LONGEST] for name in names if name not in query.relevant]
                found.append(Case(query.text, (gold, *near[:4]), True, f"docs {own} {theirs}"))
                found.append(Case(query.text, tuple(near[:5]), False, f"docs {own} {theirs}"))
    return found


class Bm25:
    """The lexical leg over a few thousand texts in memory."""

    def __init__(self, texts: dict[str, str]) -> None:
        counted = {name: lexical.frequencies(text) for name, text in texts.items()}
        self._terms = vectors.TermCounts.of(list(counted.values()))
        self._held: dict[int, list[tuple[str, float]]] = defaultdict(list)
        for name, terms in counted.items():
            for term, value in lexical.weights(terms, self._terms.mean_length).items():
                self._held[term].append((name, value))

    def first(self, question: str, count: int) -> Sequence[str]:
        """The names of the best texts, best first."""
        scores = defaultdict[str, float](float)
        for term, idf in self._worth(question):
            for name, value in self._held.get(term, ()):
                scores[name] += idf * value
        return nlargest(count, scores, key=scores.__getitem__)

    def _worth(self, question: str) -> Iterator[tuple[int, float]]:
        terms = list(lexical.frequencies(question))
        return zip(terms, map(float, self._terms.idf(terms)), strict=True)
