"""Conversations, answers and what readers said of them, in the ledger's file; an answer is stored whole."""

from __future__ import annotations

import dataclasses
import json
import uuid
from dataclasses import dataclass
from typing import Any

from library.records import Answer, Box, Citation, Claim, ClaimStatus, Disagreement, Evidence, Stated
from library.store import Ledger, now

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, title TEXT NOT NULL, updated TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS answers (id TEXT PRIMARY KEY, conversation TEXT NOT NULL, created TEXT NOT NULL,"
    " number INTEGER NOT NULL, record TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS answers_conversation ON answers (conversation, number)",
    "CREATE TABLE IF NOT EXISTS feedback (id TEXT PRIMARY KEY, answer TEXT NOT NULL, claim INTEGER NOT NULL,"
    " evidence INTEGER NOT NULL, note TEXT NOT NULL, created TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS thumbs (answer TEXT NOT NULL, claim INTEGER NOT NULL, value INTEGER NOT NULL,"
    " created TEXT NOT NULL, PRIMARY KEY (answer, claim)) WITHOUT ROWID",
)
_FORGET = "DELETE FROM feedback WHERE answer = ? AND claim = ? AND evidence = ?"


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation, by its first question."""

    id: str
    title: str
    updated: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader said of one citation: `claim` is the claim's start in the answer, `evidence` the number shown."""

    answer: str
    claim: int
    evidence: int
    note: str
    created: str


class Answers:
    """Stored answers of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        """Make the tables where they are missing."""
        self._ledger = ledger
        with ledger.write() as db:
            for statement in _SCHEMA:
                db.execute(statement)

    def begin(self, title: str) -> str:
        """A new conversation's id."""
        identity = uuid.uuid4().hex
        with self._ledger.write() as db:
            db.execute("INSERT INTO conversations VALUES (?, ?, ?)", (identity, title[:120], now()))
        return identity

    def conversations(self) -> list[Conversation]:
        """Newest first."""
        rows = self._ledger.read("SELECT id, title, updated FROM conversations ORDER BY updated DESC, id")
        return [Conversation(*row) for row in rows]

    def remove(self, conversation: str) -> None:
        """Forget a conversation with its answers and what was said of them."""
        with self._ledger.write() as db:
            mine = "(SELECT id FROM answers WHERE conversation = ?)"
            db.execute(f"DELETE FROM cited WHERE answer IN {mine}", (conversation,))
            db.execute(f"DELETE FROM feedback WHERE answer IN {mine}", (conversation,))
            db.execute(f"DELETE FROM thumbs WHERE answer IN {mine}", (conversation,))
            db.execute("DELETE FROM answers WHERE conversation = ?", (conversation,))
            db.execute("DELETE FROM conversations WHERE id = ?", (conversation,))

    def save(self, answer: Answer) -> None:
        """Store an answer and hold on to the text of every version that it shows."""
        record = json.dumps(dataclasses.asdict(answer), ensure_ascii=False)
        versions = {evidence.version for evidence in answer.evidence}
        with self._ledger.write() as db:
            number = db.execute("SELECT count(*) FROM answers").fetchone()[0]
            db.execute(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)",
                (answer.id, answer.conversation, answer.created, number, record),
            )
            db.execute("UPDATE conversations SET updated = ? WHERE id = ?", (answer.created, answer.conversation))
            db.executemany("INSERT OR IGNORE INTO cited VALUES (?, ?)", [(version, answer.id) for version in versions])

    def of(self, conversation: str) -> list[Answer]:
        """A conversation's answers in order."""
        rows = self._ledger.read("SELECT record FROM answers WHERE conversation = ? ORDER BY number", (conversation,))
        return [_answer(json.loads(row[0])) for row in rows]

    def all(self, *, since: str = "") -> list[Answer]:
        """Every answer that is not older than `since` (ISO 8601), oldest first."""
        rows = self._ledger.read("SELECT record FROM answers WHERE created >= ? ORDER BY number", (since,))
        return [_answer(json.loads(row[0])) for row in rows]

    def get(self, answer: str) -> Answer | None:
        """One answer, or None."""
        rows = self._ledger.read("SELECT record FROM answers WHERE id = ?", (answer,))
        return _answer(json.loads(rows[0][0])) if rows else None

    def give_feedback(self, answer: str, *, claim: int, evidence: int, note: str) -> None:
        """Keep "this citation is wrong"; said again of the same citation it replaces what was said before."""
        with self._ledger.write() as db:
            db.execute(_FORGET, (answer, claim, evidence))
            db.execute(
                "INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?)",
                (uuid.uuid4().hex, answer, claim, evidence, note, now()),
            )

    def withdraw_feedback(self, answer: str, *, claim: int, evidence: int) -> None:
        """Forget "this citation is wrong"."""
        with self._ledger.write() as db:
            db.execute(_FORGET, (answer, claim, evidence))

    def give_thumb(self, answer: str, *, claim: int, value: int) -> None:
        """Keep a reader's thumb on the sentence that starts at `claim`: 1 up, -1 down, 0 takes it back.

        :raises ValueError: another value.
        """
        if value not in (-1, 0, 1):
            raise ValueError(f"a thumb is 1, -1 or 0, not {value}")
        with self._ledger.write() as db:
            db.execute("DELETE FROM thumbs WHERE answer = ? AND claim = ?", (answer, claim))
            if value:
                db.execute("INSERT INTO thumbs VALUES (?, ?, ?, ?)", (answer, claim, value, now()))

    def thumbs(self, answer: str | None = None) -> dict[tuple[str, int], int]:
        """(answer, claim's start) → 1 or -1, of one answer or of all."""
        rows = self._ledger.read("SELECT answer, claim, value FROM thumbs WHERE ?1 IS NULL OR answer = ?1", (answer,))
        return {(str(owner), int(claim)): int(value) for owner, claim, value in rows}

    def mark(self) -> str:
        """A text that changes with every answer, report and thumb, so that what was worked out from them can be kept."""
        rows = self._ledger.read(
            "SELECT (SELECT count(*) || max(id) FROM answers), (SELECT count(*) || max(id) FROM feedback),"
            " (SELECT count(*) || ' ' || total(value) || max(created) FROM thumbs)"
        )
        return str(rows[0])

    def feedback(self, answer: str | None = None) -> list[Feedback]:
        """What was said of one answer, or of all."""
        rows = self._ledger.read(
            "SELECT answer, claim, evidence, note, created FROM feedback WHERE ?1 IS NULL OR answer = ?1 ORDER BY created",
            (answer,),
        )
        return [Feedback(*row) for row in rows]


def _answer(record: dict[str, Any]) -> Answer:
    claims = tuple(
        Claim(
            **{**claim, "status": ClaimStatus(claim["status"]), "citations": tuple(map(_citation, claim["citations"]))}
        )
        for claim in record["claims"]
    )
    evidence = tuple(
        Evidence(**{**e, "heading_path": tuple(e["heading_path"]), "pages": _pair(e["pages"])})
        for e in record["evidence"]
    )
    disagreements = tuple(
        Disagreement(tuple(Stated(**{**side, "citation": _citation(side["citation"])}) for side in one["sides"]))
        for one in record.get("disagreements", ())
    )
    nearest = tuple(map(_citation, record.get("nearest", ())))
    return Answer(
        **{**record, "claims": claims, "evidence": evidence, "disagreements": disagreements, "nearest": nearest}
    )


def _citation(record: dict[str, Any]) -> Citation:
    boxes = tuple(Box(**box) for box in record["boxes"])
    return Citation(**{**record, "pages": _pair(record["pages"]), "boxes": boxes})


def _pair(value: list[int] | None) -> tuple[int, int] | None:
    return None if value is None else (value[0], value[1])
