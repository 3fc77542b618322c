"""`suyuan eval reader`: the reader alone, on a reading set: which sentence answers, which of ten passages, and does any.

Given the right passage: whether the first sentence chosen holds an answer, by coverage, by the reader, and by what the
product mixes; token F1 of the best span. Of BM25's first ten: R@1 before and after. With the right passage taken out of
them, and with a passage that only looks right: AUC of the reader's own numbers.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from eval import metrics
from eval.datasets import rows
from eval.retrieval import half_of

if TYPE_CHECKING:
    from library.settings import Settings
    from retrieval.encoders.use import UniversalSentenceEncoder
    from retrieval.reader.reader import Reader, Terms

_TEN = 10
_PARTS = "sentence", "ranking", "refusal"


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its passage's id and the answers that stand there; none where it only looks so."""

    text: str
    passage: str
    answers: tuple[str, ...]


def read(prefix: Path, half: str) -> tuple[dict[str, tuple[str, str]], list[Question]]:
    """Passages as (title, text) by id, and the questions whose passage is in `half` (`train`, `held`, or empty for all)."""
    passages = {
        row["id"]: (row.get("title") or "", row["text"])
        for row in rows(prefix.with_name(f"{prefix.name}.passages.jsonl.gz"))
    }
    questions = [
        Question(row["question"], row["passage_id"], tuple(row["answers"]) if row.get("answerable", True) else ())
        for row in rows(prefix.with_name(f"{prefix.name}.questions.jsonl.gz"))
        if half in ("", half_of(row["passage_id"])) and (row["answers"] or not row.get("answerable", True))
    ]
    return passages, questions


class Library:
    """The passages' terms and BM25 over them, without a ledger."""

    def __init__(self, texts: Sequence[str]) -> None:
        from retrieval import lexical, vectors

        self._lexical = lexical
        self._frequencies = [lexical.frequencies(text) for text in texts]
        self._counts = vectors.TermCounts.of(self._frequencies)
        self._weights = [lexical.weights(terms, self._counts.mean_length) for terms in self._frequencies]

    def coverage(self, question: str, text: str) -> float:
        """Share of the question's idf that stands in a text."""
        asked = list(self._lexical.frequencies(question))
        idf = self._counts.idf(asked)
        held = self._lexical.frequencies(text)
        return float(sum(v for term, v in zip(asked, idf, strict=True) if term in held)) / max(1e-9, float(idf.sum()))

    def bm25(self, question: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Every passage's score over the most that it could reach."""
        asked = list(self._lexical.frequencies(question))
        idf = self._counts.idf(asked)
        worth = dict(zip(asked, map(float, idf), strict=True))
        top = max(1e-9, float(idf.sum()) * (self._lexical.K1 + 1))
        return np.array([sum(worth[t] * w[t] for t in worth if t in w) / top for w in self._weights])

    def terms(self) -> Terms:
        """For the reader."""
        from retrieval.reader.reader import terms_of

        return terms_of(self._counts)


def sentences(
    reader: Reader,
    library: Library,
    passages: dict[str, tuple[str, str]],
    asked: Sequence[Question],
    instant: UniversalSentenceEncoder,
) -> dict[str, float]:
    """Shares of the questions whose chosen sentence holds an answer, and the span's F1."""
    from eval import spans
    from eval.answer_metrics import f1
    from retrieval.judging import SHARE
    from retrieval.reader.reader import Text

    total = 0.0
    hits = {"coverage": 0, "reader": 0, "mixed": 0}
    for question in asked:
        title, text = passages[question.passage]
        judged = reader.judge_whole(question.text, [Text(text, title)], library.terms())[0]
        covered = np.array([library.coverage(question.text, text[a:b]) for a, b in judged.sentences])
        shares = np.array(judged.shares)
        parts = [text[a:b] for a, b in judged.sentences]
        near = np.maximum(0.0, instant.passages(parts) @ instant.queries([question.text])[0])
        mixed = 0.5 * covered + 0.5 * near + SHARE * shares
        for name, score in (("coverage", covered), ("reader", shares), ("mixed", mixed)):
            a, b = judged.sentences[int(score.argmax())]
            hits[name] += any(answer in text[a:b] for answer in question.answers)
        total += f1(spans.said(reader, question.text, text, title, library.terms()), question.answers)
    n = max(1, len(asked))
    return {f"sentence_{name}": round(count / n, 4) for name, count in hits.items()} | {"span_f1": round(total / n, 4)}


def ranking(
    reader: Reader, library: Library, passages: dict[str, tuple[str, str]], asked: Sequence[Question]
) -> dict[str, Any]:
    """R@1 over BM25's first ten by BM25, by the reader and by both; AUC of the best score with and without the right passage."""
    from retrieval.reader.reader import Text

    names = list(passages)
    right: dict[str, float] = {"bm25": 0, "reader": 0, "both": 0}
    truth, best = [], {"bm25": list[float](), "relevant": list[float](), "answers": list[float]()}
    for question in asked:
        scores = library.bm25(question.text)
        first = [int(at) for at in np.argsort(-scores)[:_TEN]]
        judged = reader.judge(
            question.text, [Text(passages[names[at]][1], passages[names[at]][0]) for at in first], library.terms()
        )
        columns = {
            "bm25": scores[first], "relevant": np.array([j.relevant for j in judged]),
            "answers": np.array([j.answers for j in judged]),
        }  # fmt: skip
        own = np.array([names[at] == question.passage for at in first])
        for name, column in (
            ("bm25", columns["bm25"]),
            ("reader", columns["relevant"]),
            ("both", columns["bm25"] * 10 + columns["relevant"]),
        ):
            right[name] += bool(own[int(column.argmax())])
        if own.any():
            for present in (True, False):
                kept = np.ones(len(own), bool) if present else ~own
                truth.append(present)
                for name, column in columns.items():
                    best[name].append(float(column[kept].max()))
    out: dict[str, Any] = {f"r_at_1_{name}": round(count / max(1, len(asked)), 4) for name, count in right.items()}
    return out | {f"absent_auc_{name}": round(metrics.auc(truth, column), 4) for name, column in best.items()}


def tricks(reader: Reader, library: Library, passages: dict[str, tuple[str, str]], asked: Sequence[Question]) -> float:
    """AUC of "answers" over questions that their passage answers and questions that it does not."""
    from retrieval.reader.reader import Text

    scores = []
    for question in asked:
        title, text = passages[question.passage]
        scores.append(reader.judge_whole(question.text, [Text(text, title)], library.terms())[0].answers)
    return round(metrics.auc([bool(question.answers) for question in asked], scores), 4)


def refusals(prefix: Path, half: str, limit: int, seed: int, settings: Settings) -> dict[str, float]:
    """AUC of the number that the product refuses by, over the set's cases of `eval.absent`."""
    from eval import absent
    from eval.refusal import Judge

    found = {}
    for group in absent.cases(prefix, half=half, most=limit, seed=seed):
        judge = Judge(group, settings)
        kind = "trick" if group[0].subset.endswith(absent.TRICKS) else "absent"
        found[f"{kind}_auc_refusal"] = round(
            metrics.auc([case.answerable for case in group], [judge.probability(case) for case in group]), 4
        )
    return found


@click.command("reader")
@click.argument("prefix", type=click.Path(path_type=Path))
@click.option("--half", type=click.Choice(["", "train", "held"]), default="held", show_default=True, help="Only questions on passages of this half.")  # fmt: skip
@click.option("--limit", default=300, show_default=True, help="Questions of each kind, chosen with --seed.")
@click.option("--part", "parts", multiple=True, type=click.Choice(_PARTS), default=_PARTS, help="Only this: the chosen sentence, the order of BM25's first ten, or what is refused.")  # fmt: skip
@click.option("--seed", default=0, show_default=True)
@click.option("--weights", type=click.Path(path_type=Path), help="Other weights than those that ship.")
@click.option("--json", "as_json", is_flag=True, help="Print one flat JSON object.")
def reader_command(
    prefix: Path, half: str, limit: int, parts: tuple[str, ...], seed: int, weights: Path | None, as_json: bool
) -> None:
    """Measure the reader on a reading set."""
    from library import settings as knobs
    from retrieval.encoders.use import UniversalSentenceEncoder
    from retrieval.reader import graph
    from retrieval.reader.reader import Reader

    own = knobs.load()
    passages, questions = read(prefix, half)
    chance = random.Random(seed)
    asked = [question for question in questions if question.answers]
    asked = chance.sample(asked, min(limit, len(asked)))
    none = [question for question in questions if not question.answers]
    none = chance.sample(none, min(limit, len(none)))
    reader = Reader(threads=own.retrieval.threads, cache=own.cache, weights=weights or graph.WEIGHTS)
    library = Library([f"{title}\n{text}" for title, text in passages.values()])
    result: dict[str, Any] = {"set": prefix.name, "half": half, "seed": seed, "n": len(asked), "model": reader.name}
    if "sentence" in parts:
        instant = UniversalSentenceEncoder(threads=own.retrieval.threads, cache=own.cache)
        result |= sentences(reader, library, passages, asked, instant)
    if "ranking" in parts:
        result |= ranking(reader, library, passages, asked)
    if "refusal" in parts:
        if none:
            result |= {"trick_auc": tricks(reader, library, passages, [*asked, *none]), "n_tricks": len(none)}
        if weights is None:  # the product's refusal has the reader that ships
            result |= refusals(prefix, half, limit, seed, own)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for name, value in result.items():
        click.echo(f"{name:<22} {value}")
