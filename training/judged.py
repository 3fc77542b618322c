"""`python -m training.judged DATA OUT`: questions with what a language model says of passages beside them, as token ids.

`judged.jsonl` (`training.judging`) holds questions, names of passages and log-odds, no text of anybody's. The model says "yes"
sooner in Chinese than in English, so its word is taken by how it tells a question's own passage from near ones in each, and
together with what is known beforehand: that the question was asked of the one and not of the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from retrieval.encoders.use import UniversalSentenceEncoder
from training import judging
from training.corpus import Corpus
from training.reader_data import Asked, Builder, Right, tell

FILE = Path(__file__).with_name("judged.jsonl")
# A logistic regression of own against near passages, both weighing the same: slope and middle of the model's log-odds.
_SAYS = {"zh": (1.6, 1.56), "en": (1.25, 0.56)}
_ASKED_OF = 1.5  # log-odds by themselves that a question's own passage answers it, and that a near one does not


def told(odds: float, lang: str, *, own: bool) -> float:
    """Log-odds that a passage answers, of the model's word on it and of whether the question was asked of it."""
    slope, middle = _SAYS[lang]
    return slope * (odds - middle) + (_ASKED_OF if own else -_ASKED_OF)


class Distilled(Builder):
    """Writes groups of a question's own passage and those near it."""

    def judged(self, held: list[dict[str, Any]], texts: dict[str, str]) -> Iterator[str]:
        """The questions of one language after another."""
        for lang in _SAYS:
            own = [row for row in held if row["lang"] == lang]
            names = dict.fromkeys(name for row in own for name in row["passages"])
            corpus = Corpus({name: texts[name] for name in names}, self.encoder)
            for row in own:
                for at, asked in enumerate(row["asked"]):
                    self._group(corpus, row, at, asked["question"])
            yield f"judged {lang}: {sum(len(row['asked']) for row in own)} questions"

    def _group(self, corpus: Corpus, row: dict[str, Any], at: int, question: str) -> None:
        number = len(self.made.ends)
        for name, said in zip(row["passages"], row["yes"], strict=True):
            if said[at] is not None:
                own = name == row["text"]
                odds = told(said[at], row["lang"], own=own)
                self._add("judged", corpus, {}, Asked(question, Right(row["text"])), name, number,
                          relevant=int(own), answers=int(odds > 0))  # fmt: skip
                self.made.said[-1] = odds


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--judged", type=click.Path(path_type=Path, exists=True), default=FILE, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(data: Path, out: Path, judged: Path, seed: int) -> None:
    """Write the examples to OUT (.npz)."""
    held = [json.loads(line) for line in judged.read_text("utf-8").splitlines()]
    builder = Distilled(UniversalSentenceEncoder(threads=1), seed)
    texts = judging.named(data, {name for row in held for name in row["passages"]})
    tell([builder.judged(held, texts)], builder.made)
    builder.made.save(out)


if __name__ == "__main__":
    main()
