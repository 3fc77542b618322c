"""`python -m training.answerable DATA`: learns `retrieval/answerable.json`.

Cases: CLAPNQ's passages with and without an answer (half A), SQuAD 2.0's trick questions, and questions of SQuAD 2.0 and
DRCD with the right passage among BM25's first five and with it taken out; the training half of the passages. Since the
reader has seen all of those, questions made by rule of laws, documentation and forms that it has hardly seen stand beside
them, with and without the passage that they were made of. Every kind of case weighs the same. Nothing of RGB enters: its
licence keeps it out.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from eval import absent
from eval.absent import Bm25
from eval.datasets import rows
from eval.fit import fitted
from eval.refusal import Case, Judge, read
from library import settings as knobs
from library.settings import Settings
from library.text import language
from retrieval import answerable
from retrieval.encoders.use import UniversalSentenceEncoder
from retrieval.judging import READER
from training import made
from training.forms import Forms

_QUESTIONS = 600  # of one reading set at most
_POOL, _MADE = 3000, 250  # passages of the training pairs of one language, and questions made of them or of forms
_FRESH = 77  # seed of what the reader has not been trained on

Array = NDArray[np.float64]


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--out", type=click.Path(path_type=Path), default=answerable.FILE, show_default=True)
def main(data: Path, out: Path) -> None:
    """Learn the weights on the training halves."""
    groups = [read(data / "dev/rag/clapnq_dev.jsonl.gz", half="A")]
    for name in ("squad2_dev", "drcd_dev"):
        groups += absent.cases(data / "dev/mrc" / name, half="train", most=_QUESTIONS)
    held = pools(data)
    general = list(dict.fromkeys(case.question for group in groups for case in group))
    groups += [*unseen(held), of_forms(), away(random.Random(_FRESH).sample(general, 2 * _MADE), held)]
    own = knobs.load()
    settings = own.model_copy(update={"retrieval": own.retrieval.model_copy(update={"reranker": READER})})
    x, y, weight = measured(groups, settings)
    learnt: dict[str, object] = {"made_by": "python -m training.answerable", "models": answerable.MODELS}
    learnt["cases"] = {group[0].subset: len(group) for group in groups}
    for kind, names in (("plain", answerable.FEATURES), ("reader", (*answerable.FEATURES, *answerable.READER))):
        values, bias = fitted(x[:, : len(names)], y, weight, ridge=10.0)
        weights = {name: round(value, 5) for name, value in zip(names, values, strict=True)}
        learnt[kind] = {"bias": round(bias, 5), "weights": weights}
    out.write_text(json.dumps(learnt, indent=1) + "\n", "utf-8")


def measured(groups: Sequence[Sequence[Case]], settings: Settings) -> tuple[Array, Array, Array]:
    """Features [n, d], truth [n] and weight [n]: every group counts the same, and in it cases with and without an answer."""
    x, y, weight = [], [], []
    for group in groups:
        judge = Judge(group, settings)
        truth = np.array([float(case.answerable) for case in group])
        x.append(np.array([answerable.features(c.question, judge.passages(c), judge.idf(c)) for c in group]))
        y.append(truth)
        share = np.where(truth > 0, 0.5 / max(truth.mean(), 1e-6), 0.5 / max(1 - truth.mean(), 1e-6))
        weight.append(share / len(group) * 1000)
        click.echo(f"{group[0].subset}: {len(group)} cases", err=True)
    return np.concatenate(x), np.concatenate(y), np.concatenate(weight)


def pools(data: Path) -> dict[bool, dict[str, str]]:
    """Passages of the training pairs, Chinese ones under True, English ones under False."""
    every: dict[str, list[str]] = {"zh zh": [], "en en": []}
    for row in rows(data / "train/pairs.jsonl.gz"):
        if (kind := f"{row['lang_q']} {row['lang_p']}") in every and len(row["p"]) >= 60:
            every[kind].append(str(row["p"]))
    chance = random.Random(_FRESH)
    return {
        kind == "zh zh": {str(at): text for at, text in enumerate(chance.sample(sorted(set(found)), _POOL))}
        for kind, found in every.items()
    }


def unseen(held: Mapping[bool, dict[str, str]]) -> Iterator[list[Case]]:
    """Questions made of these passages, in Chinese and in English."""
    chance = random.Random(_FRESH)
    for zh, texts in held.items():
        search, cases = Bm25(texts), list[Case]()
        name = f"made {'zh' if zh else 'en'}"
        for text in texts.values():
            if len(cases) >= 2 * _MADE:
                break
            for asked in made.asked(text, chance, 1):
                answer = text[slice(*asked.span)]
                near = [texts[one] for one in search.first(asked.question, 12) if answer not in texts[one]][:5]
                if near:
                    cases.append(Case(asked.question, (text, *near[:4]), True, name))
                    cases.append(Case(asked.question, tuple(near), False, name))
        yield cases


def away(questions: Sequence[str], held: Mapping[bool, dict[str, str]]) -> list[Case]:
    """These questions beside what is nearest to them among passages on something else; none is answered."""
    search = {zh: Bm25(texts) for zh, texts in held.items()}
    cases = list[Case]()
    for question in questions:
        zh = language(question) == "zh"
        near = tuple(held[zh][name] for name in search[zh].first(question, 5))
        cases += [Case(question, near, False, "away")] if near else []
    return cases


def of_forms() -> list[Case]:
    """Questions about fields of made forms and tables, beside the document and beside the same without the field."""
    builder = Forms(UniversalSentenceEncoder(threads=1), _FRESH)
    cases = list[Case]()
    for make in (builder.form, builder.table):
        held = [make(number % 2 == 0) for number in range(_MADE)]
        texts = {str(at): gap.join(lines) for at, (lines, _, gap) in enumerate(held)}
        search = Bm25(texts)
        for at, (lines, questions, gap) in enumerate(held):
            for asked in questions[:1]:
                without = gap.join(lines[: asked.line] + lines[asked.line + 1 :])
                # another form may answer a question that does not say whose it is
                near = [texts[one] for one in search.first(asked.text, 5) if one != str(at)][:4]
                near = [] if asked.anywhere else near
                cases.append(Case(asked.text, (texts[str(at)], *near), True, "forms"))
                cases.append(Case(asked.text, (without, *near), False, "forms"))
    return cases


if __name__ == "__main__":
    main()
