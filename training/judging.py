"""`python -m training.judging DATA RAW MODEL OUT`: what a language model says to questions beside passages, a line each.

A reader can learn from questions that nobody has answered, where something that knows more of the world says how likely a
passage answers them (knowledge distillation, Hinton et al., arXiv 1503.02531). RAW is what `training.asking` wrote, with the
questions that `training.keeping` gave up: those are as good by the model's word, and are the ones that the reader misses. Each
question stands beside the passage it was asked of and three that our own search puts near; the model's odds are those that
`generation.gate` asks for. Begun again, the command goes on after the passages that OUT holds.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from eval.datasets import rows
from generation import gate
from generation.llama import LlamaBackend
from library.text import digest, normalise
from retrieval.encoders.use import UniversalSentenceEncoder
from training import asking
from training.asked import Question, asked
from training.corpus import Corpus

_POOL = 14_000  # passages of one language that near ones are drawn from
_SHORTEST = 40  # characters of such a passage
_NEAR, _FIRST = 3, 5  # passages beside each question's own, out of the first hits of all questions of one passage


class Beside(NamedTuple):
    """Questions asked of one passage, and passages to hold them against, its own first."""

    text: str  # the passage's name
    lang: str
    passages: tuple[str, ...]  # names
    asked: tuple[Question, ...]


def pool(data: Path, lang: str) -> dict[str, str]:
    """Passages of one language by the names that `training.asking` gives."""
    found = (row["p"] for row in rows(data / "train/pairs.jsonl.gz") if row["lang_p"] == lang)
    return {f"{lang} own {digest(text)[:12]}": text for text in found if len(text) >= _SHORTEST}


def named(data: Path, names: Container[str]) -> dict[str, str]:
    """The passages with these names."""
    held = {name: text for lang in ("zh", "en") for name, text in pool(data, lang).items() if name in names}
    return held | {name: text.whole for name, text in asking.named(data, names).items()}


def beside(lang: str, found: Sequence[Question], texts: dict[str, str], corpus: Corpus) -> Iterator[Beside]:
    """The questions of one language with the passages that are nearest to those of each passage together."""
    by_text: dict[str, list[tuple[Question, list[str]]]] = {}
    for one, near in zip(found, corpus.first([one.own.question for one in found], _FIRST), strict=True):
        by_text.setdefault(one.text, []).append((one, near))
    for text, held in by_text.items():
        own, worth = normalise(texts[text])[:60], Counter[str]()
        for _, near in held:
            for rank, name in enumerate(near):
                if name != text and normalise(texts[name])[:60] != own:
                    worth[name] += 60 // (1 + rank)
        names = (text, *(name for name, _ in worth.most_common(_NEAR)))
        yield Beside(text, lang, names, tuple(one for one, _ in held))


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("raw", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("model", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--seed", default=11, show_default=True)
def main(data: Path, raw: Path, model: Path, out: Path, seed: int) -> None:
    """Add to OUT (.jsonl) what MODEL says; can be interrupted."""
    chance, encoder, backend = random.Random(seed), UniversalSentenceEncoder(), LlamaBackend(model, window=2048)
    every = [one for one in asked(data, raw) if not one.held]
    done = {json.loads(line)["text"] for line in out.read_text("utf-8").splitlines()} if out.exists() else set()
    held, texts = list[Beside](), dict[str, str]()
    for lang in ("zh", "en"):
        own, around = [one for one in every if one.lang == lang], pool(data, lang)
        known = {name: around[name] for name in chance.sample(sorted(around), min(_POOL, len(around)))}
        known |= {one.text: one.own.passage[0] for one in own}
        held += beside(lang, own, known, Corpus(known, encoder))
        texts |= known
    chance.shuffle(held)
    left = [one for one in held if one.text not in done]
    with out.open("a", encoding="utf-8") as file, click.progressbar(left, label="passages", show_pos=True) as bar:
        for one in bar:
            file.write(json.dumps(_said(backend, one, texts), ensure_ascii=False) + "\n")
            file.flush()


def _said(backend: LlamaBackend, one: Beside, texts: dict[str, str]) -> dict[str, object]:
    """A line of OUT; a passage's questions come one after another, so that it is read once."""
    said = [
        [backend.odds(gate.asked(own.own.question, texts[name], one.lang), gate.WORDS[one.lang]) for own in one.asked]
        for name in one.passages
    ]
    return {
        "text": one.text, "lang": one.lang, "passages": one.passages,
        "asked": [{"question": own.own.question, "at": len(own.own.before)} for own in one.asked],
        "yes": [[None if odds is None else round(odds, 2) for odds in row] for row in said],
    }  # fmt: skip


if __name__ == "__main__":
    main()
