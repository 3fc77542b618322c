"""`python -m training.reader_data DATA OUT`: what the reader learns from, as token ids.

Groups of one question: the right passage first, then passages that our own search puts near it and that do not answer.
Where the answer's place is known, the question also enters with one detail altered, which the passage does not answer.
Only training halves enter (`eval.retrieval.half_of`: of a reading set's passages, of a search set's questions, half A of
CLAPNQ), and only sets whose licence lets shipped weights be learned from them: nothing of OCNLI, RGB, CJRC or DomainRAG.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np

from eval.datasets import load, rows
from eval.retrieval import half_of
from library.text import normalise
from retrieval.encoders.e5 import MultilingualE5
from retrieval.encoders.use import UniversalSentenceEncoder
from retrieval.reader.pairs import Pair, Piece, Writer, covering
from training import made
from training.corpus import Corpus

NEGATIVES = 4  # kept of each question
ROOM = (72, 152)  # tokens of a window, drawn between these
_POOL = 12_000  # passages of one kind of the training pairs
_PAIRS = {"zh zh": 3000, "en en": 2600, "zh en": 1100, "en zh": 1100}  # groups drawn of them
_NEAR = 14  # first hits that a question's negatives are drawn from
_TURNS = 2  # times that a reading set's questions enter, with other windows and other negatives
_ALTERED = 0.5  # share of the questions that enter once more with a detail changed
_MADE = 3  # questions made of one passage by rule
_AWAY = 4500  # questions that enter once more, beside what a collection on something else has nearest to them
_LIFE = ("squad2_dev", "drcd_dev", "cmrc2018_trial", "clapnq", "twowiki", "dureader_demo")  # the world at large
_WORK = ("stard", "docsfaq", "pairs zh zh", "pairs en en", "pairs zh en", "pairs en zh")  # laws and software
_MADE_OF_PAIRS = {"zh zh": 1800, "en en": 1200}  # passages of the training pairs that questions are made of


@dataclass(frozen=True, slots=True)
class Right:
    """A passage that answers, where it is known by which characters."""

    id: str
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what answers it, and passages that are known not to."""

    question: str
    right: Right
    others: frozenset[str] = frozenset()  # other passages that answer it too
    answers: tuple[str, ...] = ()  # strings that a wrong passage must not hold
    wrong: tuple[str, ...] = ()


@dataclass(slots=True)
class Examples:
    """Pairs one after another; `group` numbers their question, `relevant`, `answers` and `supports` are 1, 0 or -1 (not known), `said` what a language model says, as log-odds, or nan."""

    ids: list[int] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    inside: list[bool] = field(default_factory=list)
    ends: list[int] = field(default_factory=lambda: [0])
    group: list[int] = field(default_factory=list)
    relevant: list[int] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    span: list[tuple[int, int]] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    supports: list[int] = field(default_factory=list)
    said: list[float] = field(default_factory=list)

    def add(self, pair: Pair, *, group: int, relevant: int, answers: int, span: tuple[int, int], source: str,
            supports: int = -1) -> None:  # fmt: skip
        """One more; `span` are the first and the last token of the answer, (-1, -1) where it is not known."""
        self.ids += pair.ids
        self.kinds += pair.kinds
        self.inside += [sentence >= 0 for sentence in pair.sentence]
        self.ends.append(len(self.ids))
        self.group.append(group)
        self.relevant.append(relevant)
        self.answers.append(answers)
        self.span.append(span)
        self.source.append(source)
        self.supports.append(supports)
        self.said.append(math.nan)

    def save(self, path: Path) -> None:
        """As one `.npz`."""
        np.savez_compressed(
            path, ids=np.array(self.ids, np.int32), kinds=np.array(self.kinds, np.int8), inside=np.array(self.inside),
            ends=np.array(self.ends), group=np.array(self.group), relevant=np.array(self.relevant, np.int8),
            answers=np.array(self.answers, np.int8), span=np.array(self.span, np.int32), source=np.array(self.source),
            supports=np.array(self.supports, np.int8), said=np.array(self.said, np.float32),
        )  # fmt: skip


class Builder:
    """Writes groups with windows of varying size."""

    def __init__(self, encoder: UniversalSentenceEncoder, seed: int) -> None:
        self.writer, self.encoder = Writer(MultilingualE5()), encoder
        self.random = random.Random(seed)
        self.made = Examples()
        self.held: list[tuple[str, Corpus, list[str]]] = []  # each set's name, passages and questions

    def groups(
        self, source: str, corpus: Corpus, titles: dict[str, str], asked: Sequence[Asked], *, skip: int = 0
    ) -> None:
        """One group a question; its negatives are drawn from the first hits after `skip` that do not answer."""
        questions = [one.question for one in asked]
        near = corpus.first(questions, _NEAR + skip)
        if not self.held or self.held[-1][1] is not corpus:
            self.held.append((source, corpus, questions))
        for one, found in zip(asked, near, strict=True):
            number = len(self.made.ends)
            answers = -1 if one.right.span is None and not one.wrong else 1
            self._add(
                source, corpus, titles, one, one.right.id, number, relevant=1, answers=answers, span=one.right.span
            )
            text = corpus.texts[one.right.id]
            if one.right.span and self.random.random() < 0.4:
                self._elsewhere(source, corpus, titles, one, text, number)
            wrong = [*one.wrong, *(name for name in found[skip:] if self._wrong(corpus, name, one))]
            for name in self.random.sample(wrong, min(NEGATIVES, len(wrong))):
                self._add(source, corpus, titles, one, name, number, relevant=0, answers=0 if one.right.span else -1)

    def single(self, source: str, corpus: Corpus, titles: dict[str, str], question: str, name: str,
               relevant: int = -1) -> None:  # fmt: skip
        """A passage that does not answer: on the subject, or on something else (`relevant` 0)."""
        one = Asked(question, Right(name))
        self._add(source, corpus, titles, one, name, len(self.made.ends), relevant=relevant, answers=0)

    def away(self, count: int) -> int:
        """So many of the questions beside one of the first hits of a collection on something else; how many it were."""
        sides = [[one for one in self.held if one[0] in names] for names in (_LIFE, _WORK)]
        for asked, held in (sides, sides[::-1]):
            every = [question for _, _, questions in asked for question in questions]
            chosen = self.random.sample(every, min(count // 2, len(every)))
            for at, (source, corpus, _) in enumerate(held):
                part = chosen[at :: len(held)]
                for question, found in zip(part, corpus.first(part, 4), strict=True):
                    self.single(f"{source} away", corpus, {}, question, self.random.choice(found), relevant=0)
        return sum(source.endswith(" away") for source in self.made.source)

    def altered(self, source: str, corpus: Corpus, titles: dict[str, str], asked: Sequence[Asked]) -> None:
        """Some of the questions with one detail changed, beside the passage that answered them."""
        for one in asked:
            other = self.random.choice(corpus.names)
            if self.random.random() > _ALTERED or other == one.right.id:
                continue
            question = made.altered(one.question, corpus.texts[one.right.id], corpus.texts[other], self.random)
            if question is not None:
                self.single(f"{source} altered", corpus, titles, question, one.right.id)

    def made_of(self, source: str, corpus: Corpus, titles: dict[str, str], names: Sequence[str], most: int) -> int:
        """Questions made of these passages, right, altered and beside passages that do not answer; how many."""
        asked = [
            Asked(one.question, Right(name, one.span), answers=(corpus.texts[name][slice(*one.span)],))
            for name in names
            for one in made.asked(corpus.texts[name], self.random, most)
        ]
        self.groups(f"{source} made", corpus, titles, asked)
        self.altered(f"{source} made", corpus, titles, asked)
        return len(asked)

    def _wrong(self, corpus: Corpus, name: str, one: Asked) -> bool:
        if name == one.right.id or name in one.others:
            return False
        text = corpus.texts[name]
        if normalise(text)[:80] == normalise(corpus.texts[one.right.id])[:80]:
            return False
        return not any(answer in text for answer in one.answers)

    def _elsewhere(
        self, source: str, corpus: Corpus, titles: dict[str, str], one: Asked, text: str, number: int
    ) -> None:
        """A window of the right passage that the answer does not stand in."""
        assert one.right.span is not None
        first, last = one.right.span
        passage = self.writer.passage(text, titles.get(one.right.id, ""))
        right = {at for at, (a, b) in enumerate(passage.spans) if a < last and first < b}
        run = _longest_without(passage.pieces, right)
        if sum(len(piece.ids) for piece in run) <= 40:
            return
        around = text[passage.spans[run[0].sentence][0] : passage.spans[run[-1].sentence][1]]
        if any(answer in around for answer in one.answers):
            return
        window = _cut(run, self.random.randint(*ROOM))
        pair = self.writer.pair(self.writer.question(one.question), passage, window, corpus.rare)
        self.made.add(pair, group=number, relevant=-1, answers=0, span=(-1, -1), source=source)

    def _add(self, source: str, corpus: Corpus, titles: dict[str, str], one: Asked, name: str, group: int, *,
             relevant: int, answers: int, span: tuple[int, int] | None = None) -> None:  # fmt: skip
        text, room = corpus.texts[name], self.random.randint(*ROOM)
        passage = self.writer.passage(text, titles.get(name, ""))
        question = self.writer.question(one.question)
        if not passage.pieces:
            return
        if span is None:
            window: Sequence[Piece] = covering(passage, question, corpus.worth, room=room)
            pair = self.writer.pair(question, passage, window, corpus.rare)
            self.made.add(pair, group=group, relevant=relevant, answers=answers, span=(-1, -1), source=source)
            return
        at, tokens = self._located(passage.pieces, passage.spans, text, span)
        window = _around(passage.pieces, at, room, self.random)
        pair = self.writer.pair(question, passage, window, corpus.rare)
        before = next(i for i, sentence in enumerate(pair.sentence) if sentence >= 0)
        before += sum(len(piece.ids) for piece in window[: window.index(passage.pieces[at])])
        place = (before + tokens[0], before + tokens[1])
        self.made.add(pair, group=group, relevant=relevant, answers=1, span=place, source=source)

    def _located(self, pieces: Sequence[Piece], spans: Sequence[tuple[int, int]], text: str,
                 span: tuple[int, int]) -> tuple[int, tuple[int, int]]:  # fmt: skip
        """The piece that the answer begins in, and its first and last token there."""
        number = max(i for i, (a, _) in enumerate(spans) if a <= span[0])
        begin, end = spans[number]
        first = self._count(text[begin : span[0]])
        last = max(first, self._count(text[begin : min(end, span[1])]) - 1)
        own = [i for i, piece in enumerate(pieces) if piece.sentence == number]
        used = 0
        for i in own:
            size = len(pieces[i].ids)
            if first < used + size or i == own[-1]:
                a = min(max(0, first - used), size - 1)
                return i, (a, min(max(a, last - used), size - 1))
            used += size
        raise ValueError(f"no piece of sentence {number}")

    def _count(self, text: str) -> int:
        """Tokens of a sentence's beginning; at least the blank that every sentence begins with."""
        return max(1, len(self.writer.piece(text.rstrip()).ids)) if text.strip() else 0


def _longest_without(pieces: Sequence[Piece], right: set[int]) -> list[Piece]:
    """The run of most pieces that hold none of these sentences."""
    runs: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece.sentence in right:
            runs.append([])
        else:
            runs[-1].append(piece)
    return max(runs, key=len)


def _cut(pieces: Sequence[Piece], room: int) -> list[Piece]:
    kept, used = list[Piece](), 0
    for piece in pieces:
        if kept and used + len(piece.ids) > room:
            break
        kept.append(piece)
        used += len(piece.ids)
    return kept


def _around(pieces: Sequence[Piece], at: int, room: int, chance: random.Random) -> list[Piece]:
    """A run of at most `room` tokens that holds the piece `at`, at a place drawn by chance."""
    first, last, used = at, at + 1, len(pieces[at].ids)
    while True:
        sides = [s for s in ("left", "right") if (first > 0 if s == "left" else last < len(pieces))]
        sides = [s for s in sides if used + len(pieces[first - 1 if s == "left" else last].ids) <= room]
        if not sides:
            return list(pieces[first:last])
        if chance.choice(sides) == "left":
            first -= 1
            used += len(pieces[first].ids)
        else:
            used += len(pieces[last].ids)
            last += 1


def tell(steps: Iterable[Iterator[str]], examples: Examples) -> None:
    """Take the steps one by one, and say what each made and how much there is."""
    for step in steps:
        for line in step:
            click.echo(f"{line}; {len(examples.group)} windows, {len(examples.ids)} tokens", err=True)


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True)
def main(data: Path, out: Path, seed: int) -> None:
    """Write the examples to OUT (.npz)."""
    builder = Builder(UniversalSentenceEncoder(threads=1), seed)
    tell((step(builder, data) for step in (reading, clapnq, scifact, searched, documentation, pairs)), builder.made)
    click.echo(f"{builder.away(_AWAY)} questions beside another subject", err=True)
    builder.made.save(out)


def reading(builder: Builder, data: Path) -> Iterator[str]:
    """SQuAD 2.0, DRCD and CMRC 2018 with spans; SQuAD's trick questions as passages that do not answer."""
    for name in ("squad2_dev", "drcd_dev", "cmrc2018_trial"):
        prefix = data / "dev/mrc" / name
        held = list(rows(prefix.with_name(f"{name}.passages.jsonl.gz")))
        texts, titles = {r["id"]: r["text"] for r in held}, {r["id"]: r.get("title") or "" for r in held}
        corpus = Corpus(texts, builder.encoder)
        own = [r for r in rows(prefix.with_name(f"{name}.questions.jsonl.gz")) if half_of(r["passage_id"]) == "train"]
        asked = [
            Asked(r["question"], Right(r["passage_id"], (r["answer_start"][0], r["answer_start"][0] + len(r["answers"][0]))),
                  answers=tuple(r["answers"]))
            for r in own if r.get("answerable", True) and r["answers"]
        ]  # fmt: skip
        for _ in range(_TURNS):
            builder.groups(name, corpus, titles, asked)
            builder.altered(name, corpus, titles, asked)
            for r in own:
                if not r.get("answerable", True):
                    builder.single(f"{name} tricks", corpus, titles, r["question"], r["passage_id"])
        count = builder.made_of(name, corpus, titles, [one for one in texts if half_of(one) == "train"], _MADE)
        yield f"{name}: {len(asked)} questions and {count} made ones"


def clapnq(builder: Builder, data: Path) -> Iterator[str]:
    """Half A; the gold sentences are not spans, only the passage is known to answer or not."""
    own = [r for r in rows(data / "dev/rag/clapnq_dev.jsonl.gz") if r["half"] == "A"]
    texts = {r["id"]: (r["positive"] or r["negative"])[0] for r in own}
    titles = {r["id"]: r.get("title") or "" for r in own}
    corpus = Corpus(texts, builder.encoder)
    asked = [Asked(r["question"], Right(r["id"])) for r in own if r["answerable"]]
    builder.groups("clapnq", corpus, titles, asked)
    for r in own:
        if not r["answerable"]:
            builder.single("clapnq none", corpus, titles, r["question"], r["id"])
    at = [i for i, source in enumerate(builder.made.source) if source == "clapnq" and builder.made.relevant[i] == 1]
    for i in at:
        builder.made.answers[i] = 1
    yield f"clapnq: {len(own)} questions"


def scifact(builder: Builder, data: Path) -> Iterator[str]:
    """The claims of SciFact's training part, with the abstracts that they cite."""
    yield from _set(builder, data / "dev/ir/scifact", "scifact_train", None, 809)


def searched(builder: Builder, data: Path) -> Iterator[str]:
    """The training halves of STARD, DuReader's demo, 2WikiMultiHopQA and PubMedQA."""
    for name, most in (("stard", 700), ("dureader_demo", 200), ("twowiki", 200), ("pubmedqa", 200)):
        yield from _set(builder, data / "dev/ir" / name, name, "train", most)


def documentation(builder: Builder, data: Path) -> Iterator[str]:
    """The training half of docsfaq, in four directions."""
    for asked, held in (("en", "en"), ("zh", "zh"), ("zh", "en"), ("en", "zh")):
        yield from _set(builder, data / "dev/docsfaq/docsfaq", "docsfaq", "train", 300, asked, held)


def _set(builder: Builder, prefix: Path, name: str, half: str | None, most: int, *languages: str) -> Iterator[str]:
    kwargs = dict(zip(("query_lang", "corpus_lang"), languages, strict=False))
    passages, queries = load(prefix, **kwargs)
    if half is None:
        passages, queries = load_with(prefix, name)
    queries = [query for query in queries if half is None or half_of(query.group) == half]
    queries = builder.random.sample(queries, min(most, len(queries)))
    needed = {name for query in queries for name in query.relevant}
    rest = [p for p in passages if p.id not in needed]
    chosen = [p for p in passages if p.id in needed] + builder.random.sample(rest, min(2 * _POOL // 3, len(rest)))
    corpus = Corpus({p.id: p.text for p in chosen}, builder.encoder)
    titles = {p.id: p.title for p in chosen}
    asked = [Asked(q.text, Right(one), others=q.relevant) for q in queries for one in sorted(q.relevant)[:2]]
    builder.groups(name, corpus, titles, asked, skip=1 if name in ("dureader_demo", "docsfaq") else 0)
    yield f"{name} {' '.join(languages)}: {len(asked)} questions"


def load_with(prefix: Path, queries: str) -> Any:
    """A set's passages with another file's questions and judgements."""
    from eval.datasets import Query

    passages, _ = load(prefix)
    held = {passage.id for passage in passages}
    relevant: dict[str, set[str]] = {}
    for line in prefix.with_name(f"{queries}.qrels.tsv").read_text("utf-8").splitlines():
        query, passage, *_ = line.split("\t")
        if passage in held:
            relevant.setdefault(query, set()).add(passage)
    asked = rows(prefix.with_name(f"{queries}.queries.jsonl.gz"))
    return passages, [
        Query(r["id"], r["text"], frozenset(relevant[r["id"]]), r["id"]) for r in asked if r["id"] in relevant
    ]


def pairs(builder: Builder, data: Path) -> Iterator[str]:
    """Headings, questions and laws of the training pairs, in four directions; the nearest hits are left out as likely answers."""
    every: dict[str, list[dict[str, Any]]] = {}
    for row in rows(data / "train/pairs.jsonl.gz"):
        if 4 <= len(row["q"]) <= 160 and len(row["p"]) >= 40:
            every.setdefault(f"{row['lang_q']} {row['lang_p']}", []).append(row)
    for kind, found in every.items():
        own = _spread(builder.random.sample(found, len(found)), _PAIRS[kind])
        others = builder.random.sample(found, min(_POOL, len(found)))
        texts = {f"{kind} {at}": row["p"] for at, row in enumerate(own)}
        same = {normalise(text) for text in texts.values()}
        texts |= {f"{kind} other {at}": r["p"] for at, r in enumerate(others) if normalise(r["p"]) not in same}
        corpus = Corpus(texts, builder.encoder)
        asked = [Asked(row["q"], Right(f"{kind} {at}")) for at, row in enumerate(own)]
        builder.groups(f"pairs {kind}", corpus, {}, asked, skip=2)
        few = builder.random.sample(corpus.names, min(_MADE_OF_PAIRS.get(kind, 0), len(corpus.names)))
        count = builder.made_of(f"pairs {kind}", corpus, {}, few, 1)
        yield f"pairs {kind}: {len(asked)} questions and {count} made ones"


def _spread(found: Iterable[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """The first `count`, at most a quarter of them of one source and no passage twice."""
    used: dict[str, int] = {}
    seen: set[str] = set()
    kept: list[dict[str, Any]] = []
    for row in found:
        source = row["source"].split(":")[0]
        if used.get(source, 0) < count // 4 and row["p"] not in seen and len(kept) < count:
            used[source] = used.get(source, 0) + 1
            seen.add(row["p"])
            kept.append(row)
    return kept


if __name__ == "__main__":
    main()
