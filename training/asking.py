"""`python -m training.asking DATA MODEL OUT`: questions that a small language model asks of the training text, a line each.

Questions made by rule keep the words and the order of what they ask about; people who have not read a text do not. A model
of some billion parameters reads a passage and one sentence of it and asks what that sentence answers, in other words. MODEL
is the file that `suyuan models add small` writes (Qwen2.5-Coder-1.5B-Instruct, Apache-2.0). Begun again, the command goes on
after the passages that OUT holds.
"""

from __future__ import annotations

import json
import queue
import random
import re
import threading
from collections.abc import Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from eval.datasets import rows
from library.text import HAN, digest, sentences
from training.manuals import is_text

T = TypeVar("T")

_EACH = 4  # sentences of a passage that are asked about, at most
_LONGEST = {"zh": 260, "en": 640}  # characters of a passage
_SHORTEST = {"zh": 14, "en": 40}  # characters of a sentence
_AROUND = 3  # blocks on each side of the one in the middle, of aligned texts
_SEATS = 4  # passages that are read at a time
_TOLD = {
    "zh": "你替没有读过资料的人提问。读一段资料和其中一句话，写出一个由这句话回答的简短问题，像平常人那样问，尽量不用原句的词。只写问题。",
    "en": "You ask for people who have not read the text. Given a passage and one sentence of it, write one short question that this sentence answers, "
    "the way people ask, in other words than the sentence. Write the question only.",
}
_SHOWN = {
    "zh": (
        ("工作日的午休为十二点至一点半。员工如因病不能到岗，应当在当天九点以前告知直属主管。连续病假超过三天的，须交医院证明。",
         "员工如因病不能到岗，应当在当天九点以前告知直属主管。", "生病来不了公司，要什么时候跟谁说？"),
        ("备份默认写到同一块盘上。把 target 设为另一块盘的路径，可以避免硬盘损坏时原件和备份一起丢失。恢复时用 restore 子命令。",
         "把 target 设为另一块盘的路径，可以避免硬盘损坏时原件和备份一起丢失。", "硬盘坏了怎么保证备份还在？"),
        ("本展览馆建于1936年，1958年扩建东翼。馆内藏有瓷器两千余件，其中一半来自私人捐赠。", "馆内藏有瓷器两千余件，其中一半来自私人捐赠。", "这里的瓷器都是从哪里来的？"),
    ),
    "en": (
        ("Lunch is from noon to half past one. Staff who fall ill tell their manager before nine on the same day. After three days a doctor's note is due.",
         "Staff who fall ill tell their manager before nine on the same day.", "Who do I let know if I'm sick, and by when?"),
        ("By default copies are written to the same disk. Setting target to a path on another drive keeps the copies safe when the drive fails. The restore command brings files back.",
         "Setting target to a path on another drive keeps the copies safe when the drive fails.", "How can I make sure my backup survives a broken disk?"),
        ("The hall was built in 1936 and got its east wing in 1958. It holds some two thousand pieces of porcelain, half of them gifts of private collectors.",
         "It holds some two thousand pieces of porcelain, half of them gifts of private collectors.", "Where did the museum get its china from?"),
    ),
}  # fmt: skip
_ASKS = {"zh": "资料：{}\n句子：{}", "en": "Passage: {}\nSentence: {}"}
_POINTS = re.compile(
    "句话|资料|这|(?<!因)此|(?<!应)该|那(?!么)|上述|以上|以下|\\b(?:this|these|that|those|it|its|they|he|she|the (?:passage|sentence|text|code|function|example|following))\\b",
    re.IGNORECASE,
)  # at what stands elsewhere: who has not read the text cannot ask so
_NO_PROSE = re.compile(r"[|{}<>]|```|[:：]$|^\s*(?:[-*#]\s*)?`[^`]*`\s*$")


class Text(NamedTuple):
    """A passage in parts, and where it is known the same parts in the other language."""

    id: str
    lang: str
    source: str
    parts: tuple[str, ...]
    other: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """The parts as they stand."""
        return ("" if self.lang == "zh" else " ").join(self.parts)


def texts(data: Path, lang: str, seed: int) -> Iterator[Text]:
    """Passages of one language, by turns sections and articles, and blocks that are known in the other language too."""
    chance = random.Random(f"{seed} {lang}")
    own, aligned = _sections(data, lang), _blocks(data)
    sources = {at: row["source"] for at, row in enumerate(aligned)}
    for passage, at in zip(by_turns(_by_source(own), chance), by_turns(_by_source(sources), chance), strict=False):
        yield from filter(None, (_section(passage, own[passage], lang), _run(aligned, at, lang)))


def named(data: Path, names: Container[str]) -> dict[str, Text]:
    """The passages with these names."""
    found: dict[str, Text] = {}
    aligned = _blocks(data)
    for lang in ("zh", "en"):
        own = (_section(passage, source, lang) for passage, source in _sections(data, lang).items())
        runs = (_run(aligned, at, lang) for at in range(len(aligned)))
        found |= {text.id: text for text in (*own, *runs) if text and text.id in names}
    return found


def _sections(data: Path, lang: str) -> dict[str, str]:
    """Sections and articles with their sources."""
    return dict(
        sorted(
            {row["p"]: row["source"] for row in rows(data / "train/pairs.jsonl.gz") if row["lang_p"] == lang}.items()
        )
    )


def _blocks(data: Path) -> list[dict[str, Any]]:
    """Blocks that stand side by side in both languages; single sentences are no passage."""
    return [row for row in rows(data / "train/parallel.jsonl.gz") if is_text(row) and row["source"] != "tatoeba"]


def _by_source(held: Mapping[T, str]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for one, source in held.items():
        found.setdefault(source.split(":")[0], []).append(one)
    return found


def _section(passage: str, source: str, lang: str) -> Text | None:
    parts = tuple(part for a, b in sentences(passage) if (part := passage[a:b].strip()))
    if len(passage) > _LONGEST[lang] or len(parts) < 2:
        return None
    return Text(f"{lang} own {digest(passage)[:12]}", lang, source, parts)


def _run(held: list[dict[str, Any]], at: int, lang: str) -> Text | None:
    """A block with as many of its neighbours as have room."""
    other = "en" if lang == "zh" else "zh"
    first, last = max(0, at - _AROUND), min(len(held), at + _AROUND + 1)
    near = [row for row in held[first:last] if row["source"] == held[at]["source"]]
    while len(near) > 1 and sum(len(row[lang]) for row in near) > _LONGEST[lang]:
        near.pop(0 if near.index(held[at]) >= len(near) / 2 else -1)
    if len(near) < 2:
        return None
    own, theirs = (tuple(row[side] for row in near) for side in (lang, other))
    return Text(f"{lang} aligned {digest(*own)[:12]}", lang, held[at]["source"], own, theirs)


def by_turns(by_source: dict[str, list[T]], chance: random.Random) -> Iterator[T]:
    """Everything in an order drawn by chance, a source as often as the root of its size."""
    left = {source: chance.sample(held, len(held)) for source, held in by_source.items()}
    while left:
        source = chance.choices(list(left), [len(by_source[source]) ** 0.5 for source in left])[0]
        yield left[source].pop()
        if not left[source]:
            del left[source]


def chosen(text: Text, seed: int) -> list[int]:
    """The parts that are asked about: prose of some length."""
    fit = [
        at for at, part in enumerate(text.parts)
        if len(part) >= _SHORTEST[text.lang] and not _NO_PROSE.search(part) and bool(re.search(f"[{HAN}]", part)) == (text.lang == "zh")
    ]  # fmt: skip
    return random.Random(f"{seed} {text.id}").sample(fit, min(_EACH, len(fit)))


class Asker:
    """The model behind a number of seats, each of which keeps what it read last."""

    def __init__(self, model: Path, *, seats: int = _SEATS) -> None:
        import os

        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(model)
        params.n_ctx, params.n_parallel, params.verbosity = 1536 * seats, seats, -1
        params.cpuparams.n_threads = len(os.sched_getaffinity(0))
        self._server = xllamacpp.Server(params)

    def ask(self, text: Text, sentence: str, *, seat: int, seed: int) -> str:
        """A question that the sentence answers."""
        messages = [{"role": "system", "content": _TOLD[text.lang]}]
        for passage, shown, question in _SHOWN[text.lang]:
            messages += [
                {"role": "user", "content": _ASKS[text.lang].format(passage, shown)},
                {"role": "assistant", "content": question},
            ]
        messages.append({"role": "user", "content": _ASKS[text.lang].format(text.whole, sentence)})
        got: queue.SimpleQueue[Any] = queue.SimpleQueue()
        wanted = {"messages": messages, "max_tokens": 48, "temperature": 0.7, "seed": seed, "id_slot": seat, "cache_prompt": True}  # fmt: skip
        self._server.handle_chat_completions(wanted, got.put)
        reply = got.get()
        return str(reply["choices"][0]["message"]["content"]).strip()


def is_question(question: str, sentence: str, lang: str) -> bool:
    """Whether it is one, in its language, and not the sentence again."""
    return (
        6 <= len(question) <= (60 if lang == "zh" else 160)
        and question[-1] in "?？"
        and "\n" not in question
        and bool(re.search(f"[{HAN}]", question)) == (lang == "zh")
        and not _POINTS.search(question)
        and question.rstrip("?？") not in sentence
    )


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("model", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--count", default=600, show_default=True, help="Passages of each language.")
@click.option("--seed", default=0, show_default=True)
def main(data: Path, model: Path, out: Path, count: int, seed: int) -> None:
    """Write to OUT (.jsonl) what MODEL asks."""
    done = {row["text"] for row in map(json.loads, out.read_text("utf-8").splitlines())} if out.exists() else set[str]()
    asker, lock = Asker(model), threading.Lock()
    with out.open("a", encoding="utf-8") as file:

        def work(seat: int, mine: Sequence[Text]) -> None:
            for text in mine:
                asked = [(at, asker.ask(text, text.parts[at], seat=seat, seed=seed)) for at in chosen(text, seed)]
                kept = [{"at": at, "question": q} for at, q in asked if is_question(q, text.parts[at], text.lang)]
                with lock:
                    file.write(json.dumps({"text": text.id, "asked": kept}, ensure_ascii=False) + "\n")
                    file.flush()
                    done.add(text.id)
                    click.echo(f"\r{len(done)} of {2 * count} passages", err=True, nl=False)

        todo = {lang: _first(texts(data, lang, seed), seed, count) for lang in ("zh", "en")}
        seats = [("zh", "en")[seat % 2] for seat in range(_SEATS)]
        with ThreadPoolExecutor(_SEATS) as pool:
            jobs = [
                pool.submit(work, seat, [t for t in todo[lang][seat // 2 :: _SEATS // 2] if t.id not in done])
                for seat, lang in enumerate(seats)
            ]
            for job in jobs:
                job.result()


def _first(found: Iterator[Text], seed: int, count: int) -> list[Text]:
    """The first passages that something can be asked of."""
    kept: list[Text] = []
    for text in found:
        if len(kept) == count:
            break
        if chosen(text, seed):
            kept.append(text)
    return kept


if __name__ == "__main__":
    main()
