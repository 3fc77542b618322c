"""The product's road from a question to a stored answer, put together for a measurement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from generation.answer import Answerer
from library.answers import Answers
from retrieval.index import Filters

if TYPE_CHECKING:
    from generation.chat import Chat
    from library.records import Hit
    from library.settings import Settings
    from library.store import Ledger
    from retrieval.search import Search


def answerer(ledger: Ledger, search: Search, settings: Settings, *, chat: Chat | None = None) -> Answerer:
    """As `suyuan ask` has it; `chat` overrides the backend of the settings."""

    def find(
        question: str, *, k: int, collections: tuple[str, ...], documents: tuple[str, ...], also: tuple[str, ...]
    ) -> list[Hit]:
        return search.search(question, k=k, filters=Filters(collections, documents), also=also)

    return Answerer(
        ledger, Answers(ledger), settings, search=find, score=search.judging.sentences, encode=search.judging.encode,
        answerable=search.judging.answerable, reads=search.judging.reads, chat=chat,
    )  # fmt: skip


def over_the_same(
    ledger: Ledger, search: Search, settings: Settings, hits: Sequence[Hit], *, chat: Chat, most_tokens: int
) -> Answerer:
    """One that finds these hits whatever is asked and never refuses: for a second question over the same evidence."""

    def find(
        question: str, *, k: int, collections: tuple[str, ...], documents: tuple[str, ...], also: tuple[str, ...]
    ) -> list[Hit]:
        return list(hits)

    own = settings.model_copy(
        update={"answer": settings.answer.model_copy(update={"min_score": 0.0, "answer_tokens": most_tokens})}
    )
    return Answerer(ledger, Answers(ledger), own, search=find, score=search.judging.sentences, chat=chat)
