"""Mail and mailboxes by the standard library: head, text or HTML parts, text attachments; nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message
from pathlib import Path

from ingest.encoding import decode
from ingest.markup import read_markup
from ingest.structure import Writer
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
        payload = leaf.get_payload(decode=True)
        if not isinstance(payload, bytes) or not kind.startswith("text/"):
            continue
        charset = leaf.get_content_charset() or ""
        if kind == "text/html":
            if not plain or leaf.get_filename():
                _html(writer, payload, charset)
            continue
        for block in re.split(r"\n\s*\n", decode(payload, charset)[0].replace("\r\n", "\n")):
            writer.add(Kind.PARAGRAPH, block)
    return subject


def _leaves(message: Message) -> Iterator[Message]:
    for part in message.walk():
        if not part.is_multipart():
            yield part


def _html(writer: Writer, payload: bytes, charset: str) -> None:
    page = read_markup(Path("mail.html"), decode(payload, charset)[0].encode("utf-8"), ".html", False, 0)
    for element in page.elements:
        writer.add(element.kind, page.text[element.start : element.end], level=element.level)


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
