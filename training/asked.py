"""`python -m training.asked DATA OUT`: the questions that `training.asking` wrote, as token ids.

Every question stands beside its passage, beside what is near it, and beside its passage without the sentence that it asks
about; where the passage is known in the other language too, once more beside that. The file holds questions and the names of
passages, whose text is in the data folder.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from retrieval.encoders.use import UniversalSentenceEncoder
from training import asking
from training.manuals import Manuals, Told
from training.reader_data import tell

FILE = Path(__file__).with_name("asked.jsonl")
HELD = 0.2  # share of the passages that no reader learns from


class Question(NamedTuple):
    """A question in its language, with its sentence in its passage and, where it is known, in the translation."""

    text: str  # the passage's name
    lang: str
    own: Told
    other: Told | None
    held: bool  # no reader learns from it


def asked(data: Path, path: Path = FILE) -> Iterator[Question]:
    """Every question of the file, beside the texts of the data folder."""
    held = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    texts = asking.named(data, {row["text"] for row in held})
    for row in held:
        text = texts[row["text"]]
        for one in row["asked"]:
            other = _told(one, text.other) if text.other else None
            yield Question(text.id, text.lang, _told(one, text.parts), other, is_held(text.id))


def _told(one: dict[str, Any], parts: tuple[str, ...]) -> Told:
    at = one["at"]
    return Told(one["question"], parts[:at], parts[at], parts[at + 1 :])


def is_held(text: str) -> bool:
    """Whether the passage of this name is held back from readers that are trained."""
    return random.Random(text).random() < HELD


def examples(builder: Manuals, found: Sequence[Question]) -> Iterator[str]:
    """Groups of these questions, beside their passages and beside the translations."""
    for lang in ("zh", "en"):
        own = [one for one in found if one.lang == lang]
        yield builder.written(f"asked {lang}", [one.own for one in own])
        yield builder.written(f"asked {lang} across", [one.other for one in own if one.other])


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--questions", type=click.Path(path_type=Path, exists=True), default=FILE, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(data: Path, out: Path, questions: Path, seed: int) -> None:
    """Write the examples to OUT (.npz)."""
    builder = Manuals(UniversalSentenceEncoder(threads=1), seed)
    tell([examples(builder, [one for one in asked(data, questions) if not one.held])], builder.made)
    builder.made.save(out)


if __name__ == "__main__":
    main()
