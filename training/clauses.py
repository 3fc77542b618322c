"""`python -m training.clauses OUT`: contracts and house rules made by rule, with questions about their clauses, as token ids.

A clause answers in words that the question does not use, and stands among others of its kind: who owns what, how much, how
long, by when. Every question also enters beside the same document without the clause, or with one that leaves it open ("to be
agreed separately"). Wordings, figures and parties are ours and drawn by chance, in both languages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from retrieval.encoders.use import UniversalSentenceEncoder
from training.corpus import Corpus
from training.forms import Forms
from training.reader_data import Asked, Right
from training.wordings import CARDS, CITIES, CLAUSES, FILL, LANDS, PAPERS, PARTIES, TITLES

_DOCUMENTS, _ASKED = 700, 4  # half of the documents are Chinese; questions of each
_CROSS = 0.25  # share of the questions in the other language
_OPEN = 0.5  # share of the clauses that are left open instead of out
_NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Written:
    """A clause as it stands in a document, and the same text without it or with one that leaves the matter open."""

    subject: int
    way: int
    drawn: dict[str, int]
    span: tuple[int, int]
    without: str


class Clauses(Forms):
    """Makes contracts and house rules with questions about their clauses."""

    def clauses(self, count: int) -> int:
        """So many documents with their questions; how many questions."""
        texts: dict[str, str] = {}
        held: dict[str, set[int]] = {}
        written: list[tuple[str, bool, list[Written]]] = []
        for number in range(count):
            name, zh = f"clauses {number}", number % 2 == 0
            subjects = self.random.sample(range(len(CLAUSES)), self.random.randint(4, 9))
            texts[name], own = self.document(subjects, zh)
            held[name] = set(subjects)
            written.append((name, zh, own))
        asked, gone = [], []
        for name, zh, found in written:
            for one in self.random.sample(found, min(_ASKED, len(found))):
                in_zh = zh != (self.random.random() < _CROSS)
                question = CLAUSES[one.subject].question(one.way, 0 if in_zh else 1, self.random)
                others = frozenset(other for other, own in held.items() if one.subject in own and other != name)
                answers = (texts[name][slice(*one.span)],)
                question = question.format(**_slots(one.drawn, zh=in_zh))
                asked.append(Asked(question, Right(name, one.span), others=others, answers=answers))
                gone.append(one.without)
        self.groups("clauses", Corpus(texts, self.encoder), {}, asked)
        without = Corpus({f"without {at}": text for at, text in enumerate(gone)}, self.encoder)
        for ask, left in zip(asked, without.names, strict=True):
            self.single("clauses without", without, {}, ask.question, left)
        return len(asked)

    def document(self, subjects: Sequence[int], zh: bool) -> tuple[str, list[Written]]:
        """A text with a clause on each subject."""
        chance, side = self.random, 0 if zh else 1
        style, parties = chance.randrange(3), self._drawn()["parties"]
        lines = [chance.choice(TITLES[side])]
        found: list[tuple[int, int, dict[str, int], tuple[int, int], str]] = []
        for number, subject in enumerate(subjects, 1):
            clause, drawn = CLAUSES[subject], self._drawn() | {"parties": parties}
            slots, way = _slots(drawn, zh=zh), chance.randrange(len(CLAUSES[subject].says[side]))
            head = _head(chance.choice(clause.heads[side]), number, zh, style)
            fill = f"{'' if zh else ' '}{chance.choice(FILL[side])}" if chance.random() < 0.3 else ""
            before, answer, after = (part.format(**slots) for part in re.split("[«»]", clause.says[side][way]))
            begin = len(head) + len(before)
            left_open = head + clause.open[side].format(**slots) + fill if chance.random() < _OPEN else ""
            found.append((subject, way, drawn, (begin, begin + len(answer)), left_open))
            lines.append(f"{head}{before}{answer}{after}{fill}")
        gap = "\n\n" if style else chance.choice(("\n", "\n\n"))
        out, at = [], len(lines[0]) + len(gap)
        for number, (subject, way, drawn, (a, b), left_open) in enumerate(found, 1):
            rest = [*lines[:number], *([left_open] if left_open else []), *lines[number + 1 :]]
            out.append(Written(subject, way, drawn, (at + a, at + b), gap.join(rest)))
            at += len(lines[number]) + len(gap)
        return gap.join(lines), out

    def _drawn(self) -> dict[str, int]:
        """What chance decides of one clause, the same whatever language it is told in."""
        return {name: self.random.randrange(10**6) for name in _DRAWN}


_DRAWN = ("parties", "days", "months", "years", "pct", "mille", "money", "date", "city", "land", "few", "count", "card", "paper")  # fmt: skip


def _slots(drawn: dict[str, int], *, zh: bool) -> dict[str, str]:
    """What was drawn, in words."""
    side = 0 if zh else 1

    def pick(name: str, held: Sequence[Any]) -> Any:
        return held[drawn[name] % len(held)]

    a, b = pick("parties", PARTIES[side]).split(" " if zh else ";")
    money, day, month = 10 * (20 + drawn["money"] % 99_000), 1 + drawn["date"] % 28, 1 + drawn["date"] % 12
    year = 2019 + drawn["date"] % 9
    return {
        "a": a, "b": b, "A": a[:1].upper() + a[1:], "B": b[:1].upper() + b[1:],
        "days": str(pick("days", (3, 5, 7, 10, 14, 15, 20, 30, 45, 60, 90))), "years": str(2 + drawn["years"] % 9),
        "months": f"{2 + drawn['months'] % 47}{'个月' if zh else ' months'}",
        "pct": f"{pick('pct', (5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 99.5))}%",
        "mille": pick("mille", (("千分之三", "千分之五", "万分之五"), ("0.3%", "0.5%", "0.05%"))[side]),
        "money": f"{money}元" if zh else f"{pick('card', ('$', '€', 'USD '))}{money:,}",
        "date": f"{year}年{month}月{day}日" if zh else f"{day}/{month}/{year}", "city": pick("city", CITIES[side]),
        "land": pick("land", LANDS[side]), "few": str(2 + drawn["few"] % 14), "count": str(16 + drawn["count"] % 180),
        "card": pick("card", CARDS[side]), "paper": pick("paper", PAPERS[side]),
    }  # fmt: skip


def _head(name: str, number: int, zh: bool, style: int) -> str:
    """The heading of a clause with what stands between it and the clause."""
    if zh:
        order = _NUMERALS[number - 1]
        return (f"第{order}条 {name}\n", f"{order}、{name}：", f"{number}.1 {name}\n")[style]
    return (f"{number}. {name}\n", f"**{number}.1 {name}.** ", f"{name.upper()}\n")[style]


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True)
def main(out: Path, seed: int) -> None:
    """Write the examples to OUT (.npz)."""
    builder = Clauses(UniversalSentenceEncoder(threads=1), seed)
    click.echo(f"{builder.clauses(_DOCUMENTS)} questions; {len(builder.made.group)} windows", err=True)
    builder.made.save(out)


if __name__ == "__main__":
    main()
