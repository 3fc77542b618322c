"""Questions with what their answers should say and cite: one JSON object a line, of which only the question is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.answer_metrics import Stretch
from eval.datasets import rows
from generation.quotes import locate
from library.errors import InputError
from library.records import Document
from library.store import Ledger


@dataclass(frozen=True, slots=True)
class Span:
    """A relevant stretch: its words, or [start, end) of the document's text as it is read; any document where none is named."""

    document: str = ""
    text: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """A question; what is empty is not measured."""

    id: str
    question: str
    answers: tuple[str, ...] = ()  # accepted as a whole: exact match, F1
    expected: tuple[str, ...] = ()  # one of them must stand in the first hit, and in what is cited
    points: tuple[tuple[str, ...], ...] = ()  # each said in one of several ways
    spans: tuple[Span, ...] = ()
    tags: tuple[str, ...] = ()
    answerable: bool = True


def read(path: Path) -> list[Case]:
    """The cases of a file: `question`, and any of `id`, `answers`, `expected`, `points`, `spans`, `tags`, `answerable`.

    `answer`, `answer_points` and `relevant_spans` are read too, a string stands for a list of one, and without `points`
    the expected strings are one point.

    :raises InputError: the file cannot be read, a row has no question, or two rows have one id.
    """
    found = [_case(path, at, row) for at, row in enumerate(rows(path), 1)]
    if len({case.id for case in found}) < len(found):
        raise InputError(
            f"{path} cannot be measured", "two rows have the same id", "Give each row its own id, or none."
        )
    return found


def _case(path: Path, at: int, row: dict[str, Any]) -> Case:
    question = row.get("question")
    if not isinstance(question, str) or not question.strip():
        raise InputError(f"{path} cannot be measured", f"row {at} has no question", "Give each row a question.")
    expected = tuple(_strings(row.get("expected")))
    points = _list(row.get("points", row.get("answer_points")))
    answers = tuple(_strings(row.get("answers", row.get("answer"))))
    try:
        spans = tuple(map(_span, _list(row.get("spans", row.get("relevant_spans")))))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path} cannot be measured", f"row {at} has a span without text, or without start and end",
            'Give {"document": "file.pdf", "text": "…"} or {"document": "file.pdf", "start": 0, "end": 10}.',
        ) from error  # fmt: skip
    return Case(
        str(row.get("id", at)), question, answers, expected or answers,
        tuple(tuple(_strings(point)) for point in points) or ((expected,) if expected else ()), spans,
        tuple(_strings(row.get("tags"))), bool(row.get("answerable", True)),
    )  # fmt: skip


def _list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _strings(value: Any) -> Iterator[str]:
    for item in _list(value):
        yield from _strings(item) if isinstance(item, list) else (str(item),)


def _span(value: Any) -> Span:
    if isinstance(value, str):
        return Span(text=value)
    document = str(value.get("document", ""))
    if value.get("text"):
        return Span(document, str(value["text"]))
    return Span(document, "", int(value["start"]), int(value["end"]))


class Places:
    """Finds spans in the live documents of a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        """Read the list of documents, and each text when it is first looked into."""
        self._ledger = ledger
        self._live = [document for document in ledger.documents() if document.version]
        self._texts: dict[str, str] = {}

    def of(self, span: Span) -> Stretch | None:
        """Its version and [start, end), or None where no document has it."""
        for document in self._live:
            if span.document and span.document not in (
                document.id,
                document.title,
                document.uri,
                Path(document.uri).name,
            ):
                continue
            if not span.text:
                return str(document.version), span.start, span.end
            found = self._find(span.text, document)
            if found:
                return str(document.version), *found
        return None

    def _find(self, words: str, document: Document) -> tuple[int, int] | None:
        version = str(document.version)
        text = self._texts.setdefault(version, self._ledger.text(version) or "")
        at = text.find(words)
        if at >= 0:
            return at, at + len(words)
        found = locate(words, text)
        return (found.start, found.end) if found else None
