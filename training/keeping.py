"""`python -m training.keeping DATA RAW OUT`: the questions of RAW that are about the sentence that they were asked of.

`training.asking`'s model asks about a neighbour now and then, or about nothing. A question is kept where its sentence is clearly
the nearest to it of its passage, and where the reader that ships finds an answer in the passage sooner with the sentence than
without: round-trip consistency (Alberti et al., arXiv 1906.05416) by what is at hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import click
import numpy as np
from numpy.typing import NDArray

from retrieval import lexical
from retrieval.encoders.e5 import MultilingualE5
from retrieval.reader.reader import Judged, Reader, Terms, Text, terms_of
from retrieval.vectors import TermCounts
from training.asked import FILE, Question, asked

_MARGIN = 0.005  # of a cosine


class Encodes(Protocol):
    """An encoder, as far as it is asked here."""

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """What is searched; [len(texts), dim]."""

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """What is asked; [len(texts), dim]."""


class Judges(Protocol):
    """A reader, as far as it is asked here."""

    def judge(self, question: str, texts: Sequence[Text], terms: Terms) -> list[Judged]:
        """What it says of each text."""


def about_it(found: Iterable[Question], encoder: Encodes) -> list[Question]:
    """Those whose sentence is clearly nearest to the question of all in its passage."""
    held = list(found)
    parts = list(dict.fromkeys(part for one in held for part in (*one.own.before, one.own.sentence, *one.own.after)))
    place = {part: at for at, part in enumerate(parts)}
    vectors, asked_ = encoder.passages(parts), encoder.queries([one.own.question for one in held])
    kept = []
    for one, question in zip(held, asked_, strict=True):
        others = [place[part] for part in (*one.own.before, *one.own.after)]
        best = float(np.max(vectors[others] @ question))
        if float(vectors[place[one.own.sentence]] @ question) >= best + _MARGIN:
            kept.append(one)
    return kept


def noticed(found: Iterable[Question], reader: Judges) -> list[Question]:
    """Those whose passage the reader that ships finds an answer in sooner with the sentence than without."""
    held, kept = list(found), []
    terms = terms_of(TermCounts.of([lexical.frequencies(one.own.passage[0]) for one in held]))
    for one in held:
        there, gone = reader.judge(one.own.question, [Text(one.own.passage[0]), Text(one.own.without)], terms)
        if there.answers > gone.answers:
            kept.append(one)
    return kept


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("raw", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("out", type=click.Path(path_type=Path), default=FILE)
def main(data: Path, raw: Path, out: Path) -> None:
    """Write to OUT (.jsonl) the questions that are kept."""
    found = list(asked(data, raw))
    kept = noticed(about_it(found, MultilingualE5()), Reader())
    rows: dict[str, list[dict[str, object]]] = {}
    for one in kept:
        rows.setdefault(one.text, []).append({"at": len(one.own.before), "question": one.own.question})
    lines = (json.dumps({"text": text, "asked": own}, ensure_ascii=False) + "\n" for text, own in rows.items())
    out.write_text("".join(lines), "utf-8")
    click.echo(f"{len(kept)} of {len(found)} questions", err=True)


if __name__ == "__main__":
    main()
