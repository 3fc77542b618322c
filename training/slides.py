"""`python -m training.slides DATA OUT`: passages told in a slide's few words, under the title that says what they are about.

A slide, a data sheet or a list of notes does not repeat its subject: the title names it and each line says one thing.
Clauses of the reading sets' passages become such lines, without the subject at their head, and the set's own questions
are asked of them. The same slide also enters without the line that answers, and under the title of something else, which
it then says nothing of. Training halves only.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

from library.text import HAN, sentences, simplified
from retrieval.encoders.use import UniversalSentenceEncoder
from training.corpus import Corpus
from training.reader_data import Asked, Builder, ReadingSet, Right, reading_set

_MOST = {"squad2_dev": 1700, "drcd_dev": 1200, "cmrc2018_trial": 600}  # slides of each set
_LINES = (3, 7)  # lines of a slide, drawn between these
_SHORTEST = 4  # characters of a clause that is a line of its own
_CUT = re.compile(r"[，；]|[,;](?=\s)")
_SUBJECT = re.compile(
    rf"^(?:(?:The|It|They|He|She|This|These|Its|His|Her|Their)\b|(?:他|她|它|其|该|該|此|这|這)(?:们|們)?(?![{HAN}]{{0,2}}[间間时時外后後]))\s*"
)
_MARKS = ("• ", "- ", "", "")  # before each line of one slide


class Slide(NamedTuple):
    """Lines under a title, which of them answers, and where in it the answer begins."""

    title: str
    lines: list[str]
    line: int
    offset: int


def slide(held: ReadingSet, asked: Asked, chance: random.Random) -> Slide | None:
    """The clauses around a question's answer as lines; None where the answer does not keep its words."""
    assert asked.right.span is not None
    text, span = held.texts[asked.right.id], asked.right.span
    title, answer = held.titles[asked.right.id].replace("_", " "), text[slice(*span)]
    clauses = _clauses(text, span)
    at = next((n for n, (a, b) in enumerate(clauses) if a <= span[0] and span[1] <= b), None)
    if at is None:
        return None
    count = min(chance.randint(*_LINES), len(clauses))
    first = chance.randint(max(0, at - count + 1), min(at, len(clauses) - count))
    mark = chance.choice(_MARKS)
    lines = [mark + _terse(text[a:b], title, answer) for a, b in clauses[first : first + count]]
    offset = lines[at - first].find(answer)
    return Slide(title, lines, at - first, offset) if offset >= 0 else None


def _clauses(text: str, span: tuple[int, int]) -> list[tuple[int, int]]:
    """[start, end) of the clauses, none of which ends within the span."""
    found: list[tuple[int, int]] = []
    for a, b in sentences(text):
        begin = a
        for cut in [*(m.end() + a for m in _CUT.finditer(text[a:b])), b]:
            inside = span[0] < cut < span[1]
            if not inside and (len(text[begin:cut].strip()) > _SHORTEST or cut == b):
                found.append((begin, cut))
                begin = cut
    return found


def _terse(clause: str, title: str, answer: str) -> str:
    """The clause without its stop, and without the subject at its head unless that is the answer."""
    bare = clause.strip().rstrip("，,；;。.、")
    for head in (re.compile(rf"^(?:The )?{re.escape(title)}(?:’s|'s)?\s*", re.IGNORECASE), _SUBJECT):
        shorter = head.sub("", bare)
        if answer in shorter and len(shorter) > _SHORTEST:
            bare = shorter
    return bare


def names(question: str, title: str) -> bool:
    """Whether the question speaks of what the title names: of all of it, or of one of its longer words."""
    question, title = simplified(question).lower(), simplified(title).lower().replace("_", " ")
    words = [word for word in re.split(r"[^\w]+", title) if len(word) > (1 if re.search(f"[{HAN}]", word) else 4)]
    return bool(title) and (title in question or any(word in question for word in words))


class Slides(Builder):
    """Makes slides of one set's passages, and groups of questions about them."""

    def of(self, name: str, own: ReadingSet, most: int) -> int:
        """At most so many slides with their questions; how many."""
        made: list[tuple[Asked, Slide]] = []
        for one in self.random.sample(own.asked, len(own.asked)):
            found = slide(own, one, self.random) if len(made) < most else None
            made += [(one, found)] if found else []
        texts = {f"{name} slide {at}": "\n".join(found.lines) for at, (_, found) in enumerate(made)}
        titles = {key: found.title for key, (_, found) in zip(texts, made, strict=True)}
        corpus, questions = Corpus(texts, self.encoder), []
        for key, (one, found) in zip(texts, made, strict=True):
            begin = sum(len(line) + 1 for line in found.lines[: found.line]) + found.offset
            questions.append(Asked(one.question, Right(key, (begin, begin + len(one.answers[0]))), answers=one.answers))
        self.groups(f"{name} slides", corpus, titles, questions)
        self._without(f"{name} slides without", made)
        self._elsewhere_titled(f"{name} slides of another", corpus, titles, questions)
        return len(made)

    def _without(self, source: str, made: Sequence[tuple[Asked, Slide]]) -> None:
        """Slides that have lost the line which answers."""
        left = [(one, own.title, "\n".join(own.lines[: own.line] + own.lines[own.line + 1 :])) for one, own in made]
        left = [(one, title, text) for one, title, text in left if text and not any(a in text for a in one.answers)]
        corpus = Corpus({f"{source} {at}": text for at, (_, _, text) in enumerate(left)}, self.encoder)
        titles = {key: title for key, (_, title, _) in zip(corpus.names, left, strict=True)}
        for key, (one, _, _) in zip(corpus.names, left, strict=True):
            self.single(source, corpus, titles, one.question, key)

    def _elsewhere_titled(self, source: str, corpus: Corpus, heads: dict[str, str], asked: Sequence[Asked]) -> None:
        """Slides under the title of another, asked about by the name of their own, which no line repeats."""
        every = sorted(set(heads.values()))
        for one in asked:
            title, key = heads[one.right.id], one.right.id
            others = [other for other in self.random.sample(every, min(8, len(every))) if not names(title, other)]
            if names(one.question, title) and not names(corpus.texts[key], title) and others:
                self.single(source, corpus, {key: others[0]}, one.question, key)


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True)
def main(data: Path, out: Path, seed: int) -> None:
    """Write the examples to OUT (.npz)."""
    builder = Slides(UniversalSentenceEncoder(threads=1), seed)
    for name, most in _MOST.items():
        count = builder.of(name, reading_set(data, name), most)
        click.echo(f"{name}: {count} slides; {len(builder.made.group)} windows", err=True)
    builder.made.save(out)


if __name__ == "__main__":
    main()
