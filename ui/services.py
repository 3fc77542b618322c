"""Opens what the pages and the command line need, each at its first use; knows nothing of Streamlit."""

from __future__ import annotations

from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generation.answer import Answerer
    from library.answers import Answers
    from library.records import Hit
    from library.settings import Settings
    from library.store import Ledger
    from retrieval.deepen import Deepener
    from retrieval.search import Search


class Services:
    """One home's ledger, search, answers and answerer; close it, or use it as a context manager."""

    def __init__(self, settings: Settings) -> None:
        """Open nothing yet."""
        self.settings = settings

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger."""
        from library.store import Ledger

        return Ledger(self.settings.home)

    @cached_property
    def search(self) -> Search:
        """Search over the ledger."""
        from retrieval.search import Search

        return Search(self.ledger, self.settings)

    @cached_property
    def deepener(self) -> Deepener:
        """Makes deep vectors in the background once it is started; only a page does that."""
        from retrieval.deepen import Deepener

        return Deepener(self.search)

    @cached_property
    def answers(self) -> Answers:
        """Stored conversations."""
        from library.answers import Answers

        return Answers(self.ledger)

    @cached_property
    def answerer(self) -> Answerer:
        """The road from a question to a stored answer."""
        from generation.answer import Answerer
        from retrieval.index import Filters

        def find(
            question: str, *, k: int, collections: tuple[str, ...], documents: tuple[str, ...], also: tuple[str, ...]
        ) -> list[Hit]:
            return self.search.search(question, k=k, filters=Filters(collections, documents), also=also)

        return Answerer(
            self.ledger,
            self.answers,
            self.settings,
            search=find,
            score=self.search.judging.sentences,
            encode=self.search.judging.encode,
            answerable=self.search.judging.answerable,
            reads=self.search.judging.reads,
        )

    def close(self) -> None:
        """Close what was opened."""
        if "deepener" in self.__dict__:
            self.deepener.close()
        if "search" in self.__dict__:
            self.search.close()
        if "ledger" in self.__dict__:
            self.ledger.close()
        for name in ("deepener", "search", "ledger", "answers", "answerer"):
            self.__dict__.pop(name, None)

    def __enter__(self) -> Services:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
