"""`python -m training.claim_data DATA OUT`: claims beside passages that bear them out or do not, as token ids.

Claims are sentences of the passages, as they stand, said in other words and with one detail altered; reading questions
put together with a right or a wrong answer; and claims that people judged (WiCE, the parts of AttributionBench whose
source is under the MIT licence, SciFact). Training halves only, and nothing of OCNLI, RGB or CJRC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from eval.datasets import rows
from eval.retrieval import half_of
from eval.reword import REWORDS
from library.text import HAN, sentences
from retrieval.encoders.use import UniversalSentenceEncoder
from retrieval.reader.pairs import covering
from training import made
from training.corpus import Corpus
from training.reader_data import ROOM, Builder, tell

_SHORTEST, _LONGEST = 16, 240  # characters of a sentence that is claimed
_OF_PASSAGE = 3  # sentences of one passage
_PAIRS = {"zh zh": 1300, "en en": 1100}  # passages of the training pairs
_FREE = ("ab_ExpertQA", "ab_Stanford-GenSearch")  # of AttributionBench: MIT
_HAN = re.compile(f"[{HAN}]")
_ZH_ASKS = re.compile(
    r"哪一?(?:年|天|个人|個人|位|座|所|家|种|種|国|國|个|個)|(?:什么|什麼|甚麼)(?:时候|時候|地方|人|原因|名字)?|何时|何時|何人|何處|何处|何地|何種|何年|谁|誰|哪里|哪裡|哪裏|多少|幾|几"
)
_EN_ASKS = re.compile(
    r"^(?:Who|What)(?= (?:was|is|were|are|had|has|led|won|wrote|made|became|founded|built|caused|ruled)\b)"
)


class Claims(Builder):
    """Writes one window a claim: the one that holds most of it."""

    def claim(self, source: str, corpus: Corpus, text: str, claim: str, holds: bool) -> None:
        """One example; `holds` is whether the passage bears the claim out."""
        passage, asked = self.writer.passage(text), self.writer.question(claim)
        if not passage.pieces or not asked.ids:
            return
        window = covering(passage, asked, corpus.worth, room=self.random.randint(*ROOM))
        pair = self.writer.pair(asked, passage, window, corpus.rare)
        self.made.add(pair, group=len(self.made.ends), relevant=-1, answers=-1, span=(-1, -1), source=source,
                      supports=int(holds))  # fmt: skip

    def sentences_of(self, source: str, corpus: Corpus, names: Sequence[str], most: int) -> None:
        """Sentences of these passages: true ones, altered ones, and beside another passage of the subject."""
        for name in names:
            text = corpus.texts[name]
            spans = [(a, b) for a, b in sentences(text) if _SHORTEST <= len(text[a:b].strip()) <= _LONGEST]
            for a, b in self.random.sample(spans, min(most, len(spans))):
                self._sentence(source, corpus, name, text[a:b].strip())

    def _sentence(self, source: str, corpus: Corpus, name: str, sentence: str) -> None:
        text = corpus.texts[name]
        self.claim(source, corpus, text, self._said(sentence), True)
        other = corpus.texts[self.random.choice(corpus.names)]
        changed = made.altered(sentence, text, other, self.random)
        if changed is not None and changed not in text:
            self.claim(f"{source} altered", corpus, text, self._said(changed), False)
        near = [one for one in corpus.first([sentence], 4)[0] if sentence not in corpus.texts[one]]
        if near and self.random.random() < 0.4:
            self.claim(
                f"{source} elsewhere", corpus, corpus.texts[self.random.choice(near)], self._said(sentence), False
            )

    def _said(self, sentence: str) -> str:
        """As it stands, or in other words."""
        for _ in range(self.random.choice((0, 1, 1, 2))):
            sentence = self.random.choice(list(REWORDS.values()))(sentence, self.random)
        return sentence

    def stated(self, question: str, answer: str) -> str:
        """A question and an answer as one statement, where a rule can; else one after the other."""
        if _HAN.search(question):
            found, times = _ZH_ASKS.subn(lambda _: answer, question, count=1)
            return found.rstrip("?？") + "。" if times else f"{question} {answer}"
        found, times = _EN_ASKS.subn(lambda _: answer, question, count=1)
        return found.rstrip("? ") + "." if times else f"{question} {answer}"


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--judged/--no-judged", "people", default=True, show_default=True, help="Whether people's judgements enter."
)
def main(data: Path, out: Path, seed: int, people: bool) -> None:
    """Write the examples to OUT (.npz)."""
    builder = Claims(UniversalSentenceEncoder(threads=1), seed)
    steps = (reading, judged, abstracts, pairs) if people else (reading, abstracts, pairs)
    tell((step(builder, data) for step in steps), builder.made)
    builder.made.save(out)


def reading(builder: Claims, data: Path) -> Iterator[str]:
    """SQuAD 2.0, DRCD and CMRC 2018: questions with right and wrong answers, and sentences."""
    for name in ("squad2_dev", "drcd_dev", "cmrc2018_trial"):
        prefix = data / "dev/mrc" / name
        texts = {
            row["id"]: row["text"]
            for row in rows(prefix.with_name(f"{name}.passages.jsonl.gz"))
            if half_of(row["id"]) == "train"
        }
        corpus = Corpus(texts, builder.encoder)
        asked: dict[str, list[dict[str, Any]]] = {}
        for row in rows(prefix.with_name(f"{name}.questions.jsonl.gz")):
            if row["passage_id"] in texts:
                asked.setdefault(row["passage_id"], []).append(row)
        for passage, own in asked.items():
            _answered(builder, name, corpus, texts[passage], own)
        builder.sentences_of(name, corpus, list(texts), _OF_PASSAGE)
        yield name


def _answered(builder: Claims, name: str, corpus: Corpus, text: str, own: Sequence[dict[str, Any]]) -> None:
    chance = builder.random
    every = sorted({row["answers"][0] for row in own if row["answers"]})
    for row in own:
        right = set(row["answers"]) if row.get("answerable", True) else set()
        wrong = [one for one in every if not any(one in held or held in one for held in right)]
        if right and (answer := chance.choice(sorted(right))):
            builder.claim(f"{name} answered", corpus, text, builder.stated(row["question"], answer), True)
            changed = made.altered(row["question"], text, chance.choice(list(corpus.texts.values())), chance)
            if changed is not None and chance.random() < 0.4:
                builder.claim(f"{name} altered", corpus, text, builder.stated(changed, answer), False)
        if wrong:
            builder.claim(f"{name} wrong", corpus, text, builder.stated(row["question"], chance.choice(wrong)), False)


def judged(builder: Claims, data: Path) -> Iterator[str]:
    """What people judged, with the whole evidence; half A by group."""
    for name in ("wice_dev", "attributionbench_dev"):
        found = [row for row in rows(data / f"dev/cite/{name}.jsonl.gz") if row["half_g"] == "A"]
        found = [row for row in found if name == "wice_dev" or row["subset"] in _FREE]
        texts = {row["id"]: "\n".join(part["text"] for part in row["evidence"]) for row in found}
        corpus = Corpus(texts, builder.encoder)
        for _ in range(3):  # with windows of other sizes
            for row in found:
                builder.claim(name, corpus, texts[row["id"]], row["claim"], row["label"] == "supported")
        yield f"{name}: {len(found)} claims"


def abstracts(builder: Claims, data: Path) -> Iterator[str]:
    """SciFact's judged claims of the training half, and sentences of abstracts and of CLAPNQ's passages."""
    texts = {row["id"]: row["text"] for row in rows(data / "dev/ir/scifact.corpus.jsonl.gz")}
    asked = {row["id"]: row["text"] for row in rows(data / "dev/ir/scifact.queries.jsonl.gz")}
    found = [row for row in rows(data / "dev/ir/scifact.evidence.jsonl.gz") if half_of(row["query_id"]) == "train"]
    names = builder.random.sample(sorted(texts), 700)
    corpus = Corpus({one: texts[one] for one in {*names, *(row["doc_id"] for row in found)}}, builder.encoder)
    for row in found:
        builder.claim("scifact", corpus, texts[row["doc_id"]], asked[row["query_id"]], row["label"] == "SUPPORT")
    builder.sentences_of("scifact", corpus, names, 2)
    own = [row for row in rows(data / "dev/rag/clapnq_dev.jsonl.gz") if row["half"] == "A"]
    corpus = Corpus({row["id"]: (row["positive"] or row["negative"])[0] for row in own}, builder.encoder)
    builder.sentences_of("clapnq", corpus, corpus.names, 2)
    yield f"scifact: {len(found)} claims"


def pairs(builder: Claims, data: Path) -> Iterator[str]:
    """Sentences of the training pairs' passages: laws and documentation."""
    every: dict[str, list[str]] = {}
    for row in rows(data / "train/pairs.jsonl.gz"):
        if f"{row['lang_q']} {row['lang_p']}" in _PAIRS and len(row["p"]) >= 60:
            every.setdefault(f"{row['lang_q']} {row['lang_p']}", []).append(row["p"])
    for kind, found in every.items():
        chosen = builder.random.sample(sorted(set(found)), 3 * _PAIRS[kind])
        corpus = Corpus({f"{kind} {at}": text for at, text in enumerate(chosen)}, builder.encoder)
        builder.sentences_of(f"pairs {kind}", corpus, corpus.names[: _PAIRS[kind]], 1)
        yield f"pairs {kind}"


if __name__ == "__main__":
    main()
