"""Which versions have all their vectors of a model, and in what order the others should get them; in the ledger's file.

The mark is set when a version is complete, so that nobody has to look at its chunks again to know.
"""

from __future__ import annotations

from collections.abc import Iterable

from library.store import Ledger, bump


def complete(ledger: Ledger, model: str) -> set[str]:
    """Versions that have every vector of this model."""
    return {str(row[0]) for row in ledger.read("SELECT version FROM indexed WHERE idx = ?", (_key(model),))}


def mark(ledger: Ledger, model: str, versions: Iterable[str]) -> None:
    """Remember that these versions are complete; an index that follows the ledger will look at them."""
    with ledger.write() as db:
        db.executemany("INSERT OR IGNORE INTO indexed VALUES (?, ?, '')", [(_key(model), name) for name in versions])
        bump(db)


def waiting(ledger: Ledger, model: str) -> list[tuple[str, int]]:
    """Live versions that are not complete, with their chunks: the most asked first, then the newest.

    Asked is counted in stored answers that show a version.
    """
    rows = ledger.read(
        "SELECT d.version, (SELECT count(*) FROM chunks WHERE chunks.version = d.version),"
        " (SELECT count(*) FROM cited WHERE cited.version = d.version) AS asked FROM documents d"
        " WHERE d.version IS NOT NULL AND d.version NOT IN (SELECT version FROM indexed WHERE idx = ?)"
        " ORDER BY asked DESC, d.updated DESC, d.version",
        (_key(model),),
    )
    return [(str(version), int(count)) for version, count, _ in rows]


def share(ledger: Ledger, model: str) -> tuple[int, int]:
    """Chunks of live versions that are complete, and all chunks of live versions."""
    rows = ledger.read(
        "SELECT count(i.version), count(*) FROM documents d JOIN chunks c ON c.version = d.version"
        " LEFT JOIN indexed i ON i.version = d.version AND i.idx = ?",
        (_key(model),),
    )
    return int(rows[0][0]), int(rows[0][1])


def _key(model: str) -> str:
    return f"vectors/{model}"
