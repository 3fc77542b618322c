"""The records that cross package borders: frozen data, no I/O, no third-party types.

Offsets are code points into `Version.text`, half-open: `text[start:end]`. Pages count from 1. A box is in PDF points
(1/72 inch) with its origin at the top left of the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a stretch of a document is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list item"
    TABLE = "table"
    CODE = "code"
    FORMULA = "formula"
    CAPTION = "caption"
    FOOTNOTE = "footnote"


class Status(StrEnum):
    """Where a document stands in the ledger."""

    PENDING = "pending"
    LIVE = "live"
    FAILED = "failed"


class ClaimStatus(StrEnum):
    """What the sources say of one sentence of an answer."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"
    CONTRADICTED = "contradicted"
    NO_CLAIM = "no claim"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in points, origin at the top left."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Element:
    """A stretch of a version's text with what the format said about it.

    `level` is the heading's depth from 1, 0 for everything else. A table's rows are its lines.
    """

    kind: Kind
    start: int
    end: int
    level: int = 0
    page: int | None = None
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser hands over: canonical text, its elements in order, and what went wrong on the way."""

    text: str
    elements: tuple[Element, ...]
    title: str
    media_type: str
    parser: str
    pages: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A file or upload that the library knows, whether it could be read or not."""

    id: str
    collection: str
    uri: str
    title: str
    media_type: str
    language: str
    sha256: str
    size: int
    status: Status
    version: str | None = None  # the live one
    reason: str = ""
    cure: str = ""
    updated: str = ""  # ISO 8601, UTC


@dataclass(frozen=True, slots=True)
class Version:
    """One reading of one document's bytes; kept as long as a stored answer cites it."""

    id: str
    document: str
    sha256: str
    text: str
    elements: tuple[Element, ...]
    parser: str
    added: str
    pages: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A searchable stretch; its text is always `version.text[start:end]`.

    `context` is put before the text when it is embedded and never quoted: a table's header row, say.
    """

    id: str  # a UUID, also the point's id in the index
    version: str
    ordinal: int
    start: int
    end: int
    heading_path: tuple[str, ...] = ()
    pages: tuple[int, int] | None = None
    boxes: tuple[Box, ...] = ()
    language: str = ""
    tokens: int = 0
    context: str = ""

    def embedded(self, text: str) -> str:
        """What the encoders read: heading path, context and the chunk's own `text` (`version.text[start:end]`)."""
        return "\n".join(part for part in (" › ".join(self.heading_path), self.context, text) if part)


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg's view of a hit: its score on that leg's absolute scale and its rank from 1 (0: not among its first)."""

    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found, read back from the ledger, with why it is here."""

    chunk: Chunk
    document: Document
    text: str
    score: float  # in [0, 1], absolute
    trace: Mapping[str, Leg] = field(default_factory=dict)
    matched: tuple[str, ...] = ()  # lexical terms of the question that stand in the chunk
    sentence: tuple[int, int] | None = None  # best sentence for the question, offsets into the version's text


@dataclass(frozen=True, slots=True)
class Evidence:
    """Numbered text handed to a generator: one hit with its neighbours, or several that touch.

    `context` is its first chunk's.
    """

    number: int
    document: str
    title: str
    version: str
    start: int
    end: int
    text: str
    score: float = 0.0
    heading_path: tuple[str, ...] = ()
    pages: tuple[int, int] | None = None
    context: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """Code points [start, end) of one version's canonical text, as shown to the reader."""

    evidence: int
    document: str
    title: str
    version: str
    start: int
    end: int
    cited_text: str
    pages: tuple[int, int] | None = None
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer: [start, end) in `Answer.text`, its status, its citations and what decided."""

    start: int
    end: int
    status: ClaimStatus
    citations: tuple[Citation, ...] = ()
    decided: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """What one source gives where sources disagree: its figure as written, and the sentence that holds it."""

    figure: str
    citation: Citation
    dated: str = ""  # the date that its document bears, ISO 8601 as far as it says
    added: str = ""  # the day on which that version was taken in


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Sources that give different figures for the same thing; the one that the answer cites stands first."""

    sides: tuple[Stated, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer as it is stored: it can be opened and checked again without a model."""

    id: str
    conversation: str
    question: str
    text: str
    claims: tuple[Claim, ...]
    evidence: tuple[Evidence, ...]
    refused: bool
    backend: str
    created: str
    reason: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)  # seconds
    settings: Mapping[str, str] = field(default_factory=dict)
    understood: str = ""  # the question as it was searched for, where the conversation had to be put into it
    disagreements: tuple[Disagreement, ...] = ()
    nearest: tuple[Citation, ...] = ()  # of a refusal: the sentences that come nearest, best first, one of a passage
