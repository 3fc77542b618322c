"""Mail and mailboxes by the standard library: head, text or HTML parts, text attachments; nothing is fetched."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message
from pathlib import Path

from ingest.encoding import decode
from ingest.markup import read_markup
from ingest.structure import Writer, clean
from ingest.wrapped import unwrapped
from library.errors import InputError
from library.records import Kind, Parsed

_SPLIT = re.compile(rb"(?m)^From [^\n]*\r?\n")


def read_mail(path: Path, data: bytes, suffix: str, ocr: bool, ocr_pages: int) -> Parsed:
    """An .eml, or every message of an mbox."""
    writer = Writer()
    parts = [part for part in _SPLIT.split(data) if part.strip()] if data.startswith(b"From ") else [data]
    title = ""
    for part in parts[:1000]:
        title = _message(writer, message_from_bytes(part, policy=policy.compat32)) or title
    if not any(element.kind is not Kind.HEADING for element in writer.elements):
        raise InputError(
            f"{path.name} was not read", "the message has no text", "Save its attachments and ingest those."
        )
    return Parsed(writer.text, tuple(writer.elements), title, "", "mail")


def _message(writer: Writer, message: Message) -> str:
    subject = _header(message, "Subject")
    writer.add(Kind.HEADING, subject, level=1)
    rows = [f"{name}: {_header(message, name)}" for name in ("From", "To", "Date") if message.get(name)]
    writer.add(Kind.PARAGRAPH, "\n".join(rows))
    leaves = list(_leaves(message))
    plain = any(leaf.get_content_type() == "text/plain" and not leaf.get_filename() for leaf in leaves)
    for leaf in leaves:
        kind = leaf.get_content_type()
        payload = _payload(leaf)
        if not isinstance(payload, bytes) or not kind.startswith("text/"):
            continue
        charset = leaf.get_content_charset() or ""
        if kind == "text/html":
            _html(writer, payload, charset, beside="" if leaf.get_filename() or not plain else writer.text)
            continue
        for block in re.split(r"\n\s*\n", unwrapped(clean(decode(payload, charset)[0]))):
            writer.add(Kind.PARAGRAPH, block)
    return subject


def _leaves(message: Message) -> Iterator[Message]:
    for part in message.walk():
        if not part.is_multipart():
            yield part


def _payload(leaf: Message) -> object:
    """The part's bytes; base64 that foreign characters interrupt is read piece by piece."""
    payload = leaf.get_payload(decode=True)
    encoding = str(leaf.get("Content-Transfer-Encoding", "")).strip().lower()
    raw = leaf.get_payload()
    if encoding != "base64" or not isinstance(raw, str) or not isinstance(payload, bytes):
        return payload
    pieces = [piece for piece in re.split(r"[^A-Za-z0-9+/=\s]+", raw) if piece.strip()]
    return payload if len(pieces) < 2 else b"".join(map(_base64, pieces))


def _base64(piece: str) -> bytes:
    bare = re.sub(r"[\s=]", "", piece)
    return b64decode(bare[: len(bare) // 4 * 4] if len(bare) % 4 == 1 else bare + "=" * (-len(bare) % 4))


def _html(writer: Writer, payload: bytes, charset: str, *, beside: str) -> None:
    """An HTML part; beside a plain one only the paragraphs that this one does not hold."""
    page = read_markup(Path("mail.html"), decode(payload, charset)[0].encode("utf-8"), ".html", False, 0)
    held = _letters(beside)
    for element in page.elements:
        text = page.text[element.start : element.end]
        if not held or _letters(text) not in held:
            writer.add(element.kind, text, level=element.level)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def _header(message: Message, name: str) -> str:
    from email.header import decode_header

    raw = str(message.get(name) or "")
    try:
        parts = decode_header(raw)
    except (ValueError, LookupError):
        return raw
    return " ".join("".join(_decoded(text, charset) for text, charset in parts).split())


def _decoded(text: bytes | str, charset: str | None) -> str:
    return text if isinstance(text, str) else decode(text, charset or "")[0]
