"""`suyuan eval answers`: questions of reading sets answered by a backend on what the product's own search finds.

Each question is asked of the backend and of the quote backend; a second question over the same evidence shows what a kept
prompt is worth. A row is written as soon as it is there, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import click

from eval.answer_metrics import holds
from eval.asked import Asked, drawn, library, parts
from eval.datasets import rows
from eval.provenance import stamp
from eval.retrieval import store
from library.answers import Answers
from library.errors import SettingError
from library.records import ClaimStatus
from library.text import language

if TYPE_CHECKING:
    from collections.abc import Generator

    from generation.answer import Answerer, Event
    from generation.chat import Chat
    from library.records import Answer, Hit
    from library.settings import Settings
    from library.store import Ledger
    from retrieval.search import Search

Row = dict[str, Any]
_NUMBER = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Said:
    """An answer with what only the stream shows: hits, pieces, and seconds from the search's end to the first piece."""

    answer: Answer
    hits: tuple[Hit, ...]
    pieces: int
    first_s: float
    seconds: float


def watch(events: Generator[Event, None, None]) -> Said:
    """Read an answer to its end."""
    from generation.answer import Delta, Finished, Retrieved

    hits: tuple[Hit, ...] = ()
    answer, pieces, first, begin = None, 0, 0.0, time.perf_counter()
    for event in events:
        if isinstance(event, Retrieved):
            hits, begin = event.hits, time.perf_counter()
        elif isinstance(event, Delta):
            first = first or time.perf_counter() - begin
            pieces += 1
        elif isinstance(event, Finished):
            answer = event.answer
    if answer is None:
        raise RuntimeError("the answer ended without its last event")
    return Said(answer, hits, pieces, first, time.perf_counter() - begin)


def first_piece(events: Generator[Event, None, None]) -> float:
    """Seconds from the search's end to the first piece; the rest is not waited for."""
    from generation.answer import Delta, Retrieved

    begin = time.perf_counter()
    with closing(events):
        for event in events:
            if isinstance(event, Retrieved):
                begin = time.perf_counter()
            elif isinstance(event, Delta):
                break
    return time.perf_counter() - begin


def judged(asked: Asked, said: Said, *, backend: str, second_s: float | None) -> Row:
    """One row: what was said, whether it is right, and how long it took."""
    answer = said.answer
    cited = [citation.cited_text for claim in answer.claims for citation in claim.citations]
    numbers = {item.number for item in answer.evidence}
    told, decoding = answer.usage.get("completion_tokens", 0), answer.usage.get("decode_ms", 0) / 1000
    return {
        "id": asked.id, "backend": backend, "name": answer.backend, "lang": asked.lang, "question": asked.question,
        "text": answer.text, "said_in": language(answer.text), "refused": answer.refused,
        "expected": holds([answer.text], list(asked.expected)), "cited_expected": holds(cited, list(asked.expected)),
        "statuses": dict(Counter(str(claim.status) for claim in answer.claims)), "cited": bool(cited),
        "invalid_shown": sum(int(number) not in numbers for number in _NUMBER.findall(answer.text)),
        "invalid_dropped": answer.usage.get("invalid_markers", 0), "pieces": said.pieces,
        "prompt_tokens": answer.usage.get("prompt_tokens", 0), "tokens": told,
        "tokens_per_s": round(told / decoding, 2) if decoding else None, "looped": answer.usage.get("looped", 0),
        "first_s": round(said.first_s, 3), "second_first_s": None if second_s is None else round(second_s, 3),
        "seconds": round(said.seconds, 2),
    }  # fmt: skip


def summary(found: Sequence[Row]) -> dict[str, Any]:
    """Shares and medians; language, markers and times over what was answered, expected strings over all questions."""
    answered = [row for row in found if not row["refused"]]
    statuses = Counter[str]()
    for row in answered:
        statuses.update(row["statuses"])
    total = sum(statuses.values())
    return {
        "n": len(found), "refused": len(found) - len(answered),
        "language_right": _share(row["said_in"] == row["lang"] for row in answered),
        "holds_expected": _share(row["expected"] for row in found),
        "cites_expected": _share(row["cited_expected"] for row in found),
        "with_a_citation": _share(row["cited"] for row in answered),
        "streamed": _share(row["pieces"] > 1 for row in answered),
        "sentences": total,
        **{str(status).replace(" ", "_"): round(statuses[str(status)] / max(1, total), 4) for status in ClaimStatus},
        "invalid_markers_shown": sum(row["invalid_shown"] for row in found),
        "invalid_markers_dropped": sum(row["invalid_dropped"] for row in found),
        "looped": sum(row["looped"] for row in found),
        "prompt_tokens": _median(row["prompt_tokens"] for row in answered),
        "tokens_per_s": _median(row["tokens_per_s"] for row in answered),
        "first_token_s": _median(row["first_s"] for row in answered),
        "second_question_first_token_s": _median(row["second_first_s"] for row in answered),
        "seconds": _median(row["seconds"] for row in answered),
    }  # fmt: skip


def _share(given: Iterable[object]) -> float | None:
    values = [bool(value) for value in given]
    return round(sum(values) / len(values), 4) if values else None


def _median(given: Iterable[float | None]) -> float | None:
    values = [value for value in given if value is not None]
    return round(median(values), 3) if values else None


def run(ledger: Ledger, search: Search, settings: Settings, asked: Sequence[Asked], *, kept: Path,
        tell: Callable[[str], None]) -> list[Row]:  # fmt: skip
    """Ask everything that `kept` holds no row of yet; the rows of these questions.

    :raises SettingError: the settings choose no model.
    """
    from eval import road
    from generation.quote import QuoteBackend

    model = road.answerer(ledger, search, settings)
    chat = model.chat()
    if isinstance(chat, QuoteBackend):
        raise SettingError(
            "There is no model to ask", "the settings choose the quote backend", "Run: suyuan models add small."
        )
    quoting = road.answerer(ledger, search, settings.model_copy(
        update={"answer": settings.answer.model_copy(update={"backend": "quote"})}))  # fmt: skip
    held = {(row["id"], row["backend"]): row for row in rows(kept)} if kept.exists() else {}
    with kept.open("a", encoding="utf-8") as out:
        for number, one in enumerate(asked, 1):
            for backend, answerer in (("model", model), ("quote", quoting)):
                if (one.id, backend) in held:
                    continue
                row = _row(ledger, search, settings, one, answerer, chat if backend == "model" else None)
                held[one.id, backend] = row
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
                out.flush()
                tell(f"{number}/{len(asked)} {backend} {row['lang']} {row['seconds']} s  {row['text'][:60]!r}")
    return [held[one.id, backend] for one in asked for backend in ("model", "quote")]


def _row(ledger: Ledger, search: Search, settings: Settings, one: Asked, answerer: Answerer, chat: Chat | None) -> Row:
    """Ask one question; of a model also the second one, of which only the first token matters."""
    from eval import road

    said, second = watch(answerer.ask(one.question)), None
    if chat is not None and not said.answer.refused:
        again = road.over_the_same(ledger, search, settings, said.hits, chat=chat, most_tokens=_SECOND)
        aside = Answers(ledger).begin(one.second)
        second = first_piece(again.ask(one.second, conversation=aside))
        Answers(ledger).remove(aside)  # what was cut off is no answer that an audit should count
    return judged(one, said, backend="quote" if chat is None else "model", second_s=second)


_SECOND = 64  # the least that the setting takes


@click.command("answers")
@click.argument("prefixes", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--per-language", default=30, show_default=True, type=click.IntRange(1), help="Questions of each language."
)
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--work", type=click.Path(path_type=Path), help="Keep the built library and the rows here, to go on later."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def answers_command(prefixes: tuple[Path, ...], per_language: int, seed: int, work: Path | None, as_json: bool) -> None:
    """Ask questions of sets (PREFIXES, up to the first dot) of the backend in force and of the quote backend.

    A set is a reading set (passages, questions) or one file of cases with positive and negative passages, all of which
    then stand in the library.
    """
    from library import settings as knobs
    from library.store import Ledger
    from retrieval.search import Search

    own = knobs.load()
    if not own.local.model:  # the model stays in the reader's home, the library is one of its own
        from generation import backends

        here = backends.model(own)
        own = own.model_copy(update={"local": own.local.model_copy(update={"model": str(here or "")})})
    asked = drawn(prefixes, per_language=per_language, seed=seed)
    passages = library(prefixes)
    with tempfile.TemporaryDirectory() as place:
        home = work or Path(place)
        settings = own.model_copy(update={"home": home})
        ledger = Ledger(home)
        search = Search(ledger, settings)
        try:
            store(ledger, search, settings, passages, legs=list(search.encoders))
            found = run(ledger, search, settings, asked, kept=home / f"answers-{seed}.jsonl", tell=_tell)
        finally:
            search.close()
            ledger.close()
    result = _result(found) | _stamp(prefixes, seed, settings)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for name, part in result.items():
        click.echo(name)
        for key, value in part.items() if isinstance(part, dict) else (("", part),):
            click.echo(f"  {key:<32} {value}")


def _result(found: Sequence[Row]) -> dict[str, Any]:
    """By backend, then by language."""
    return {
        backend if lang == "" else f"{backend}_{lang}": summary(
            [row for row in found if row["backend"] == backend and lang in ("", row["lang"])]
        )
        for backend in ("model", "quote")
        for lang in ("", "zh", "en")
    }


def _stamp(prefixes: Sequence[Path], seed: int, settings: Settings) -> dict[str, Any]:
    own = settings.answer
    files = [file for prefix in prefixes for file in parts(prefix)]
    model = Path(settings.local.model).name if settings.local.model else settings.server.model
    used = {"model": model, "threads": settings.local.threads, "evidence_tokens": own.evidence_tokens,
            "answer_tokens": own.answer_tokens, "min_score": own.min_score, "unsupported": own.unsupported}  # fmt: skip
    return stamp(files, seed=seed, settings=used)


def _tell(line: str) -> None:
    click.echo(line, err=True)
