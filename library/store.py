"""The ledger: what the library knows, in one SQLite file; the index is only a view of it.

Many readers and one writer at a time, across processes (WAL). Every public method is one transaction, so a process
that is killed leaves the state before or after it, never between. It must not parse, embed or search.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from library.errors import LibraryBusy, SuyuanError
from library.records import Box, Chunk, Document, Element, Kind, Status, Version

Row = tuple[Any, ...]

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, collection TEXT NOT NULL, uri TEXT NOT NULL, title TEXT NOT NULL, media_type TEXT NOT NULL,
    language TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, status TEXT NOT NULL, version TEXT,
    reason TEXT NOT NULL, cure TEXT NOT NULL, updated TEXT NOT NULL, settings TEXT NOT NULL DEFAULT '',
    UNIQUE (collection, uri)) WITHOUT ROWID;
CREATE INDEX documents_sha ON documents (sha256);
CREATE INDEX documents_version ON documents (version);
CREATE TABLE versions (
    id TEXT PRIMARY KEY, document TEXT NOT NULL, sha256 TEXT NOT NULL, text TEXT NOT NULL, elements TEXT NOT NULL,
    parser TEXT NOT NULL, added TEXT NOT NULL, pages INTEGER, warnings TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX versions_document ON versions (document);
CREATE TABLE chunks (
    id TEXT PRIMARY KEY, version TEXT NOT NULL, ordinal INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    heading_path TEXT NOT NULL, page_first INTEGER, page_last INTEGER, boxes TEXT NOT NULL, language TEXT NOT NULL,
    tokens INTEGER NOT NULL, context TEXT NOT NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX chunks_version ON chunks (version, ordinal);
CREATE TABLE vectors (model TEXT NOT NULL, hash TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (model, hash)) WITHOUT ROWID;
CREATE TABLE indexed (
    idx TEXT NOT NULL, version TEXT NOT NULL, leg TEXT NOT NULL, PRIMARY KEY (idx, version, leg)) WITHOUT ROWID;
CREATE TABLE cited (version TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (version, answer)) WITHOUT ROWID;
"""
_DOCUMENT = "id, collection, uri, title, media_type, language, sha256, size, status, version, reason, cure, updated"
_CHUNK = "id, version, ordinal, start, end, heading_path, page_first, page_last, boxes, language, tokens, context"


def now() -> str:
    """The time in UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Ledger:
    """The ledger of one home; safe to share between threads.

    :raises LibraryBusy: another process wrote for longer than `wait_s`.
    """

    def __init__(self, home: Path, *, wait_s: float = 60) -> None:
        """Open the ledger in `home`, and make both where they are missing."""
        self.path = home / "ledger.sqlite3"
        self._wait_s = wait_s
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        try:
            home.mkdir(parents=True, exist_ok=True)
            with self._write() as db:
                if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                    for statement in _SCHEMA.split(";"):
                        db.execute(statement)
                    db.execute("INSERT INTO meta VALUES ('schema', ?)", (str(_SCHEMA_VERSION),))
        except OSError as error:
            raise SuyuanError(
                f"The library folder {home} cannot be used", str(error), "Set SUYUAN_HOME to a folder you may write."
            ) from error
        found = self.meta("schema")
        if found != str(_SCHEMA_VERSION):
            raise SuyuanError(
                f"The library in {home} has layout {found}", f"this Suyuan reads layout {_SCHEMA_VERSION}",
                "Use the Suyuan that wrote it, or set SUYUAN_HOME to a new folder and ingest again.",
            )  # fmt: skip

    def close(self) -> None:
        """Close every thread's connection."""
        with self._guard:
            for connection in self._all:
                connection.close()
            self._all.clear()
        self._local = threading.local()

    # -- transactions -------------------------------------------------------------------------------------------

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=self._wait_s, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            self._local.connection = connection
            with self._guard:
                self._all.append(connection)
        return connection

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        db: sqlite3.Connection | None = None
        try:
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")
        except BaseException as error:
            if db is not None and db.in_transaction:
                db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise _explained(error, self.path) from error
            raise

    def write(self) -> AbstractContextManager[sqlite3.Connection]:
        """A write transaction as a context manager giving the connection; for `library.answers` alone."""
        return self._write()

    def read(self, query: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Rows of a query; for `library.answers` and the doctor."""
        return self._connection().execute(query, parameters).fetchall()

    def meta(self, key: str) -> str | None:
        """A remembered value of the library, or None."""
        row = self._connection().execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Remember a value of the library."""
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def generation(self) -> int:
        """A number that grows with every change of what is live or of which versions have all their vectors."""
        return int(self.meta("generation") or 0)

    # -- documents ----------------------------------------------------------------------------------------------

    def collections(self) -> dict[str, int]:
        """Documents per collection."""
        rows = self._connection().execute("SELECT collection, count(*) FROM documents GROUP BY 1 ORDER BY 1")
        return {str(name): int(count) for name, count in rows}

    def documents(self, collection: str | None = None, *, status: Status | None = None) -> list[Document]:
        """Documents in the order of their names."""
        rows = self._connection().execute(
            f"SELECT {_DOCUMENT} FROM documents WHERE (?1 IS NULL OR collection = ?1) AND (?2 IS NULL OR status = ?2)"
            " ORDER BY collection, uri",
            (collection, status),
        )
        return [_document(row) for row in rows]

    def document(self, document_id: str) -> Document | None:
        """The document of this id, or None."""
        rows = self._connection().execute(f"SELECT {_DOCUMENT} FROM documents WHERE id = ?", (document_id,))
        return next((_document(row) for row in rows), None)

    def document_settings(self, document_id: str) -> str:
        """The digest of the parser and chunker settings that the document was last read with."""
        row = self._connection().execute("SELECT settings FROM documents WHERE id = ?", (document_id,)).fetchone()
        return "" if row is None else str(row[0])

    def put_document(self, document: Document, *, settings: str = "") -> None:
        """Add a document or replace what is known of it, its live version included."""
        with self._write() as db:
            _put_document(db, document, settings)

    def remove_document(self, document_id: str) -> None:
        """Forget a document; the versions that answers cite keep their text."""
        with self._write() as db:
            db.execute("DELETE FROM documents WHERE id = ?", (document_id,))
            _retire(db, document_id, keep=None)
            bump(db)

    # -- versions and chunks ------------------------------------------------------------------------------------

    def publish(self, document: Document, version: Version, chunks: Sequence[Chunk], *, settings: str = "") -> None:
        """Write a version with all its chunks, make it the live one and retire the one before, all at once."""
        if document.version != version.id:
            raise ValueError(f"document {document.id} does not name version {version.id} as live")
        with self._write() as db:
            db.execute(
                "INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (version.id, version.document, version.sha256, version.text, _dump_elements(version.elements),
                 version.parser, version.added, version.pages, json.dumps(version.warnings, ensure_ascii=False)),
            )  # fmt: skip
            db.execute("DELETE FROM chunks WHERE version = ?", (version.id,))
            db.executemany(
                "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_chunk_row(chunk) for chunk in chunks],
            )
            _put_document(db, document, settings)
            _retire(db, document.id, keep=version.id)
            bump(db)

    def version(self, version_id: str) -> Version | None:
        """A version with its text, live or kept; None where it is gone."""
        row = self._connection().execute("SELECT * FROM versions WHERE id = ?", (version_id,)).fetchone()
        if row is None:
            return None
        return Version(
            id=row[0], document=row[1], sha256=row[2], text=row[3], elements=_load_elements(row[4]), parser=row[5],
            added=row[6], pages=row[7], warnings=tuple(json.loads(row[8])),
        )  # fmt: skip

    def text(self, version_id: str) -> str | None:
        """Only a version's text."""
        row = self._connection().execute("SELECT text FROM versions WHERE id = ?", (version_id,)).fetchone()
        return None if row is None else str(row[0])

    def updated_between(self, since: str, until: str) -> list[str]:
        """Live documents whose present version came between two dates or times, both included; empty: no bound."""
        last = until + "T23:59:59+00:00" if len(until) == 10 else until
        rows = self.read(
            "SELECT id FROM documents WHERE status = 'live' AND (? = '' OR updated >= ?) AND (? = '' OR updated <= ?)",
            (since, since, last, last),
        )
        return [str(row[0]) for row in rows]

    def live_versions(self) -> dict[str, str]:
        """Live version → its document."""
        rows = self._connection().execute("SELECT version, id FROM documents WHERE version IS NOT NULL")
        return {str(version): str(document) for version, document in rows}

    def chunks_of(self, version_id: str) -> list[Chunk]:
        """A version's chunks in order."""
        rows = self._connection().execute(
            f"SELECT {_CHUNK} FROM chunks WHERE version = ? ORDER BY ordinal", (version_id,)
        )
        return [_chunk(row) for row in rows]

    def chunk_at(self, version_id: str, ordinal: int) -> Chunk | None:
        """The chunk of a version at this place in their order; None where there is none."""
        rows = self.read(f"SELECT {_CHUNK} FROM chunks WHERE version = ? AND ordinal = ?", (version_id, ordinal))
        return next(map(_chunk, rows), None)

    def chunks_over(self, version_id: str, start: int, end: int) -> list[Chunk]:
        """A version's chunks that hold something of [start, end) of its text, in order."""
        rows = self.read(
            f"SELECT {_CHUNK} FROM chunks WHERE version = ? AND start < ? AND end > ? ORDER BY ordinal",
            (version_id, end, start),
        )
        return [_chunk(row) for row in rows]

    def chunk_languages(self, ids: Iterable[str]) -> dict[str, str]:
        """Chunk id → its language."""
        rows = _select_in(self._connection(), "SELECT id, language FROM chunks WHERE id IN", list(ids))
        return {str(key): str(spoken) for key, spoken in rows}

    def chunks(self, ids: Iterable[str]) -> dict[str, Chunk]:
        """Those of these chunks that are there."""
        rows = _select_in(self._connection(), f"SELECT {_CHUNK} FROM chunks WHERE id IN", list(ids))
        return {str(row[0]): _chunk(row) for row in rows}

    def count_chunks(self, collection: str | None = None) -> int:
        """Chunks of live versions."""
        row = (
            self._connection()
            .execute(
                "SELECT count(*) FROM chunks JOIN documents ON documents.version = chunks.version"
                " WHERE ?1 IS NULL OR collection = ?1",
                (collection,),
            )
            .fetchone()
        )
        return int(row[0])

    # -- vectors ------------------------------------------------------------------------------------------------

    def put_vectors(self, model: str, rows: Mapping[str, bytes]) -> None:
        """Keep vectors by model and text hash; see `library.filling` for telling an index. `retrieval.vectors` lays out the bytes."""
        with self._write() as db:
            db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", [(model, k, v) for k, v in rows.items()])

    def vectors(self, model: str, hashes: Iterable[str]) -> dict[str, bytes]:
        """Those of these vectors that are there."""
        rows = _select_in(
            self._connection(), "SELECT hash, data FROM vectors WHERE model = ? AND hash IN", list(hashes), (model,)
        )
        return {str(key): bytes(data) for key, data in rows}

    # -- what an index holds ------------------------------------------------------------------------------------

    def indexed(self, index: str) -> dict[str, set[str]]:
        """Version → legs that are in this index."""
        found: dict[str, set[str]] = {}
        for version, leg in self._connection().execute("SELECT version, leg FROM indexed WHERE idx = ?", (index,)):
            found.setdefault(version, set()).add(leg)
        return found

    def mark_indexed(self, index: str, versions: Iterable[str], legs: Iterable[str]) -> None:
        """Remember that these versions' legs are in the index, once they were flushed."""
        legs = list(legs)
        with self._write() as db:
            db.executemany(
                "INSERT OR IGNORE INTO indexed VALUES (?, ?, ?)",
                [(index, version, leg) for version in versions for leg in legs],
            )

    def unmark_indexed(self, index: str, versions: Iterable[str] | None = None) -> None:
        """Forget versions, or everything, of an index."""
        with self._write() as db:
            if versions is None:
                db.execute("DELETE FROM indexed WHERE idx = ?", (index,))
            else:
                db.executemany("DELETE FROM indexed WHERE idx = ? AND version = ?", [(index, v) for v in versions])


def _explained(error: sqlite3.OperationalError, path: Path) -> SuyuanError:
    text = str(error)
    if "locked" in text or "busy" in text:
        return LibraryBusy(
            f"The library {path.parent} is busy", "another process is writing to it", "Try again when it is done."
        )
    if "full" in text:
        return SuyuanError(
            f"The library {path.parent} cannot grow", "the disk is full",
            "Free some space and run the same command again; what was done is kept.",
        )  # fmt: skip
    return SuyuanError(
        f"The library {path} cannot be used", text, "Check that the folder is there and that you may write to it."
    )


def _select_in(
    db: sqlite3.Connection, query: str, values: Sequence[str], before: Sequence[object] = ()
) -> Iterator[Row]:
    for at in range(0, len(values), 500):
        part = values[at : at + 500]
        yield from db.execute(f"{query} ({', '.join('?' * len(part))})", (*before, *part))


def bump(db: sqlite3.Connection) -> None:
    """Count a change that an index must follow; within a write transaction."""
    db.execute(
        "INSERT INTO meta VALUES ('generation', '1') ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
    )


def _put_document(db: sqlite3.Connection, document: Document, settings: str) -> None:
    db.execute(
        f"INSERT OR REPLACE INTO documents ({_DOCUMENT}, settings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (document.id, document.collection, document.uri, document.title, document.media_type, document.language,
         document.sha256, document.size, document.status, document.version, document.reason, document.cure,
         document.updated or now(), settings),
    )  # fmt: skip


def _retire(db: sqlite3.Connection, document_id: str, *, keep: str | None) -> None:
    """Drop the document's other versions: their chunks, and their text unless an answer cites it."""
    old = [
        row[0] for row in db.execute("SELECT id FROM versions WHERE document = ? AND id IS NOT ?", (document_id, keep))
    ]
    for version in old:
        db.execute("DELETE FROM chunks WHERE version = ?", (version,))
        db.execute("DELETE FROM indexed WHERE version = ? AND idx LIKE 'vectors/%'", (version,))
        db.execute(
            "DELETE FROM versions WHERE id = ? AND NOT EXISTS (SELECT 1 FROM cited WHERE version = ?)",
            (version, version),
        )


def _document(row: Row) -> Document:
    (identity, collection, uri, title, media_type, language, sha256, size, status, *rest) = row
    version, reason, cure, updated = rest
    return Document(
        identity,
        collection,
        uri,
        title,
        media_type,
        language,
        sha256,
        size,
        Status(status),
        version,
        reason,
        cure,
        updated,
    )


def _chunk(row: Row) -> Chunk:
    (identity, version, ordinal, start, end, path, first, last, boxes, language, tokens, context) = row
    return Chunk(
        id=identity,
        version=version,
        ordinal=ordinal,
        start=start,
        end=end,
        heading_path=tuple(json.loads(path)),
        pages=None if first is None else (first, last),
        boxes=_load_boxes(json.loads(boxes)),
        language=language,
        tokens=tokens,
        context=context,
    )


def _chunk_row(chunk: Chunk) -> tuple[object, ...]:
    first, last = chunk.pages or (None, None)
    return (
        chunk.id, chunk.version, chunk.ordinal, chunk.start, chunk.end,
        json.dumps(chunk.heading_path, ensure_ascii=False), first, last,
        json.dumps(_dump_boxes(chunk.boxes)), chunk.language, chunk.tokens, chunk.context,
    )  # fmt: skip


def _dump_boxes(boxes: Iterable[Box]) -> list[list[float]]:
    return [[b.page, *(round(v, 1) for v in (b.x0, b.y0, b.x1, b.y1))] for b in boxes]


def _load_boxes(rows: Iterable[Sequence[float]]) -> tuple[Box, ...]:
    return tuple(Box(int(row[0]), *row[1:]) for row in rows)


def _dump_elements(elements: Iterable[Element]) -> str:
    return json.dumps([[e.kind, e.start, e.end, e.level, e.page, _dump_boxes(e.boxes)] for e in elements])


@lru_cache(maxsize=8)  # a long document has tens of thousands, and every sentence that is cited asks for them
def _load_elements(text: str) -> tuple[Element, ...]:
    return tuple(Element(Kind(k), s, e, level, page, _load_boxes(b)) for k, s, e, level, page, b in json.loads(text))
