"""What fits this machine and what is wrong with the library; reads the ledger, opens no index of another process.

It must not mend anything: every line that is not well names the command that does.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from library.records import Status

if TYPE_CHECKING:
    from library.settings import Settings
    from library.store import Ledger
    from retrieval.search import Search


def examine(ledger: Ledger, search: Search, settings: Settings) -> dict[str, object]:
    """Findings in the order to read them, by name."""
    documents = ledger.documents()
    failed = [document for document in documents if document.status is Status.FAILED]
    free = shutil.disk_usage(ledger.path.parent).free
    findings: dict[str, object] = {
        "home": str(ledger.path.parent),
        "documents": len(documents),
        "failed": f"{len(failed)} (suyuan list --failed)" if failed else 0,
        "chunks": ledger.count_chunks(),
        "truncated for the embedder": _over_the_window(ledger, settings),
        "orphan chunks": _count(
            ledger,
            "SELECT count(*) FROM chunks WHERE version NOT IN (SELECT version FROM documents WHERE version IS NOT NULL)",
        ),
        "documents without text": _count(
            ledger,
            "SELECT count(*) FROM documents WHERE status = 'live' AND version NOT IN (SELECT version FROM chunks)",
        ),
        "cores": os.cpu_count() or 1,
        "memory": _memory(),
        "free disk": f"{free / 2**30:.1f} GiB",
        "old .doc and .ppt": _old_office(),
    }
    findings |= search.stats()
    return findings


def _count(ledger: Ledger, query: str) -> int:
    return int(ledger.read(query)[0][0])


def _over_the_window(ledger: Ledger, settings: Settings) -> int:
    """Chunks longer than the embedder reads; the chunker's cap keeps this at 0."""
    rows = ledger.read("SELECT count(*) FROM chunks WHERE tokens > ?", (settings.chunk.max_tokens,))
    return int(rows[0][0])


def _memory() -> str:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return f"{pages * size / 2**30:.1f} GiB"


def _old_office() -> str:
    found = [name for name in ("soffice", "antiword", "catppt") if shutil.which(name)]
    return ", ".join(found) or "not readable: install libreoffice, or antiword and catdoc"
