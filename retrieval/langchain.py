"""A LangChain `BaseRetriever` over `Search`: an adapter, nothing else."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from retrieval.index import Filters


class SuyuanRetriever(BaseRetriever):  # type: ignore[misc]  # langchain is skipped by mypy here
    """Gives passages as LangChain documents; `metadata` holds what a citation needs.

    >>> SuyuanRetriever(search=search, k=5).invoke("什么是 MLA？")  # doctest: +SKIP
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    search: Any
    k: int = 10
    filters: Filters = Filters()

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [
            Document(
                page_content=hit.text,
                metadata={
                    "title": hit.document.title, "uri": hit.document.uri, "document": hit.document.id,
                    "version": hit.chunk.version, "start": hit.chunk.start, "end": hit.chunk.end,
                    "pages": hit.chunk.pages, "heading_path": hit.chunk.heading_path, "score": hit.score,
                },
            )
            for hit in self.search.search(query, k=self.k, filters=self.filters)
        ]  # fmt: skip
