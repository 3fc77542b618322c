"""`suyuan eval followups`: does a question that leans on the conversation find what it would find written out in full?

A file of dialogues (rows of turns, question, full, gold, half) stands beside its passages, most of which say the same
of other things with like names; passages of other sets can be put beside them.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eval import retrieval
from eval.datasets import Passage, load, rows
from eval.provenance import stamp
from generation.followup import Turn, written_out
from library.errors import InputError

if TYPE_CHECKING:
    from retrieval.search import Search

_K = 5
_OWN = Path(__file__).with_name("data") / "followups.jsonl"
_SEEN = 10  # passages of an answer that the next question may lean on


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Earlier questions with their answers, and a last question in two forms; `gold` is the id of the passage that answers."""

    id: str
    lang: str
    half: str
    kind: str
    turns: tuple[tuple[str, str], ...]
    question: str
    full: str
    gold: str


def read(file: Path) -> list[Dialogue]:
    """The dialogues of a JSON-lines file.

    :raises InputError: a row is not of that form.
    """
    try:
        return [
            Dialogue(r["id"], r["lang"], r["half"], r["kind"], tuple((t["question"], t["answer"]) for t in r["turns"]),
                     r["question"], r["full"], r["gold"])
            for r in rows(file)
        ]  # fmt: skip
    except (KeyError, TypeError) as error:
        raise InputError(f"{file} has no dialogues", f"{error} is missing", "See eval/data/followups.jsonl.") from error


def measure(search: Search, dialogues: Sequence[Dialogue]) -> list[dict[str, Any]]:
    """A row a dialogue: what was understood, and whether each form finds the gold passage among the first five."""
    out = []
    for dialogue in dialogues:
        turns: list[Turn] = []
        cited: list[str] = []
        for question, answer in dialogue.turns:
            asked = written_out(question, turns)
            hits = search.search(asked, k=_SEEN, also=cited)
            turns.append(Turn(asked, answer, tuple(hit.text for hit in hits)))
            cited = [hit.chunk.id for hit in hits if any(part in hit.text for part in answer.split("\n"))]
        understood = written_out(dialogue.question, turns)
        forms = {"as asked": dialogue.question, "understood": understood, "in full": dialogue.full}
        found = {name: _finds(search, text, dialogue.gold, cited) for name, text in forms.items()}
        out.append(
            {
                "id": dialogue.id,
                "kind": dialogue.kind,
                "half": dialogue.half,
                "lang": dialogue.lang,
                "said": understood,
                **found,
            }
        )
    return out


def _finds(search: Search, question: str, gold: str, cited: Sequence[str]) -> bool:
    return any(hit.document.id == gold for hit in search.search(question, k=_K, also=cited))


def stand_alone(search: Search, asked: Sequence[tuple[str, str]], *, limit: int, seed: int) -> list[tuple[str, str]]:
    """Questions that stand alone, each after a random other question with what was found for it: those that were changed.

    :param asked: question and the text that answers it.
    """
    rng = random.Random(seed)
    changed = []
    for question, _ in rng.sample(list(asked), min(limit, len(asked))):
        earlier, answer = rng.choice(asked)
        turn = Turn(earlier, answer, tuple(hit.text for hit in search.search(earlier, k=_SEEN)))
        made = written_out(question, [turn])
        if made != question and earlier != question:
            changed.append((question, made))
    return changed


@contextmanager
def _library(passages: Sequence[Passage], *, deep: bool = True) -> Iterator[Search]:
    from library import settings as knobs
    from library.store import Ledger
    from retrieval.search import Search

    with tempfile.TemporaryDirectory() as place:
        own = knobs.load().model_copy(update={"home": Path(place)})
        if not deep:
            own = own.model_copy(update={"retrieval": own.retrieval.model_copy(update={"deep": ""})})
        ledger = Ledger(own.home)
        search = Search(ledger, own)
        try:
            retrieval.store(ledger, search, own, passages, legs=list(search.encoders))
            yield search
        finally:
            search.close()
            ledger.close()


def _shares(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    shares = {
        form: sum(row[form] for row in found) / max(1, len(found)) for form in ("as asked", "understood", "in full")
    }
    ratio = shares["understood"] / shares["in full"] if shares["in full"] else 0.0
    return {"n": len(found), **{name: round(value, 4) for name, value in shares.items()}, "ratio": round(ratio, 4)}


@click.command("followups")
@click.argument("file", type=click.Path(path_type=Path), default=_OWN)
@click.option("--distractors", multiple=True, type=click.Path(path_type=Path), help="A retrieval set whose passages are put beside; may be repeated.")  # fmt: skip
@click.option("--beside", default=300, show_default=True, help="Passages of each of them.")
@click.option("--alone", multiple=True, type=click.Path(path_type=Path), help="A set whose questions stand alone: how many are changed after a random turn?")  # fmt: skip
@click.option("--limit", default=400, show_default=True, help="Questions of each of these.")
@click.option("--seed", default=0, show_default=True)
@click.option("--show", is_flag=True, help="Print what each question was understood as.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def followups_command(file: Path, distractors: tuple[Path, ...], beside: int, alone: tuple[Path, ...], limit: int,
                      seed: int, show: bool, as_json: bool) -> None:  # fmt: skip
    """Understand questions that lean on earlier ones: recall@5 against the same question written out.

    Without FILE, the sixty dialogues that come with Suyuan.
    """
    dialogues = read(file)
    beside_it = file.with_name(f"{file.stem}.passages.jsonl")
    passages = [Passage(r["id"], r["title"], r["text"]) for r in rows(beside_it)]
    rng = random.Random(seed)
    for prefix in distractors:
        other = load(prefix)[0]
        passages += rng.sample(other, min(beside, len(other)))
    with _library(passages) as search:
        found = measure(search, dialogues)
    parts = {"all": found} | {
        f"{lang} {half}": [row for row in found if row["lang"] == lang and row["half"] == half]
        for lang in ("zh", "en") for half in ("A", "B")
    }  # fmt: skip
    result: dict[str, Any] = {name: _shares(part) for name, part in parts.items()}
    result["unchanged"] = sum(row["said"] == d.question for row, d in zip(found, dialogues, strict=True))
    changed = {prefix.name: _alone(prefix, limit, seed) for prefix in alone}
    result["changed that stand alone"] = {
        name: {"n": n, "changed": len(rows_), "share": round(len(rows_) / n, 4)} for name, (n, rows_) in changed.items()
    }
    result |= {"passages": len(passages), "k": _K} | stamp([file, beside_it], seed=seed)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    if show:
        for row, dialogue in zip(found, dialogues, strict=True):
            marks = "".join("+" if row[form] else "-" for form in ("as asked", "understood", "in full"))
            click.echo(f"{row['id']} {row['half']} {marks} {dialogue.question} → {row['said']}")
        for name, (_, pairs) in changed.items():
            for question, made in pairs:
                click.echo(f"{name}: {question} → {made}")
    for name, value in result.items():
        click.echo(f"{name:<12} {value}")


def _alone(prefix: Path, limit: int, seed: int) -> tuple[int, list[tuple[str, str]]]:
    passages, queries = load(prefix)
    texts = {passage.id: passage.text for passage in passages}
    asked = [(query.text, texts[min(query.relevant)]) for query in queries]
    with _library(passages, deep=False) as search:
        return min(limit, len(asked)), stand_alone(search, asked, limit=limit, seed=seed)
