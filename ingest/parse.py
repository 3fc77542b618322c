"""One file to canonical text and elements: the format is told by content, and each format has one reader.

It runs in the sandbox's child. It must not chunk, embed or touch the ledger.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

from ingest import hidden
from library.errors import InputError, ModelMissing
from library.records import Parsed

PARSER_VERSION = "1"

SUFFIXES = {
    ".txt": "text/plain", ".text": "text/plain", ".log": "text/plain", ".md": "text/markdown",
    ".markdown": "text/markdown", ".json": "application/json", ".jsonl": "application/json", ".xml": "application/xml",
    ".html": "text/html", ".htm": "text/html", ".xhtml": "text/html", ".csv": "text/csv",
    ".tsv": "text/tab-separated-values", ".rst": "text/x-rst", ".org": "text/org", ".rtf": "application/rtf",
    ".eml": "message/rfc822", ".mbox": "application/mbox", ".msg": "application/vnd.ms-outlook", ".epub": "application/epub+zip",
    ".pdf": "application/pdf", ".doc": "application/msword", ".ppt": "application/vnd.ms-powerpoint",
    ".xls": "application/vnd.ms-excel",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".odt": "application/vnd.oasis.opendocument.text", ".odp": "application/vnd.oasis.opendocument.presentation",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".tif": "image/tiff", ".tiff": "image/tiff",
    ".bmp": "image/bmp", ".webp": "image/webp", ".heic": "image/heic", ".gif": "image/gif",
}  # fmt: skip
_MAGIC = (
    (b"%PDF-", ".pdf"), (b"\x89PNG\r\n\x1a\n", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"II*\x00", ".tiff"),
    (b"MM\x00*", ".tiff"), (b"BM", ".bmp"), (b"GIF8", ".gif"), (b"{\\rtf", ".rtf"),
)  # fmt: skip
_IN_ZIP = (
    ("word/document.xml", ".docx"), ("ppt/presentation.xml", ".pptx"), ("xl/workbook.xml", ".xlsx"),
    ("META-INF/container.xml", ".epub"),
)  # fmt: skip
_MAX_EXPANDED = 500 * 2**20
_MAX_RATIO = 200


def parse(path: Path, *, ocr: bool = True, ocr_pages: int = 200) -> Parsed:
    """Read a file.

    :raises InputError: it is empty, encrypted, no document, or holds no text; says why and what to do.
    :raises ModelMissing: a program or model that its format needs is absent.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path.name} cannot be opened", error.strerror or str(error), "Check its permissions."
        ) from error
    if not data.strip(b"\0 \t\r\n"):
        raise InputError(f"{path.name} was not read", "it is empty", "Remove it, or save it again.")
    suffix, warnings = _kind(path, data)
    if suffix not in SUFFIXES:
        raise InputError(
            f"{path.name} was not read", f"{suffix or 'a file without an ending'} is no format that Suyuan reads",
            "See docs/formats.md for those it does.",
        )  # fmt: skip
    parsed = _reader(suffix)(path, data, suffix, ocr, ocr_pages)
    if not parsed.text.strip():
        raise InputError(f"{path.name} was not read", "no text was found in it", "If it is a scan, turn OCR on.")
    return Parsed(
        parsed.text, parsed.elements, parsed.title or path.stem, SUFFIXES[suffix], parsed.parser, parsed.pages,
        (*warnings, *parsed.warnings, *hidden.warnings(data, suffix, parsed.text)),
    )  # fmt: skip


Reader = Callable[[Path, bytes, str, bool, int], Parsed]


def _reader(suffix: str) -> Reader:
    from ingest import formats, ocr, old_office, pdf

    images = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".heic", ".gif"}
    if suffix == ".pdf":
        return pdf.read
    if suffix in images:
        return ocr.read_image
    if suffix in {".doc", ".ppt"}:
        return old_office.read
    return formats.reader(suffix)


def _kind(path: Path, data: bytes) -> tuple[str, tuple[str, ...]]:
    """The suffix that the content calls for, and a warning where the name says something else."""
    named = path.suffix.lower()
    found = next((suffix for mark, suffix in _MAGIC if data.startswith(mark)), "")
    if found == ".bmp" and data[6:10] != b"\0\0\0\0":
        found = ""
    if not found and b"%PDF-" in data[:1024]:
        found = ".pdf"
    if not found and data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        found = ".heic"
    if not found and data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        found = ".webp"
    if data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06"):
        found = _kind_of_zip(path)
    elif data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        found = _kind_of_ole(path, named, data)
    if not found:
        head = data[:2000].lstrip().lower()
        if named not in SUFFIXES and (head.startswith(b"<!doctype html") or b"<html" in head):
            found = ".html"
        elif named in {".pdf", ".docx", ".pptx", ".xlsx", ".odt", ".ods", ".odp", ".epub", ".doc", ".ppt", ".xls", ".msg",
                       ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".heic", ".gif"}:  # fmt: skip
            found = _text_in_disguise(path, named, data)
        else:
            found = named if named in SUFFIXES else ".txt" if b"\0" not in data[:4096] else named
    same = {".jpeg": ".jpg", ".tif": ".tiff", ".htm": ".html"}
    if named and same.get(named, named) != same.get(found, found):
        return found, (f"the name says {named}, the content is {found}",)
    return found, ()


def _text_in_disguise(path: Path, named: str, data: bytes) -> str:
    """A file with a binary format's name and text inside: old web pages named .doc, say."""
    head = data[:4096]
    if b"\0" in head or sum(byte < 9 for byte in head):
        raise InputError(f"{path.name} was not read", f"it is no {named} file inside", "Open and save it anew.")
    lower = head.lower()
    if b"<html" in lower or b"<!doctype html" in lower:
        return ".html"
    return ".xml" if lower.lstrip().startswith(b"<?xml") else ".txt"


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            expanded, packed = sum(i.file_size for i in infos), sum(i.compress_size for i in infos)
            if expanded > _MAX_EXPANDED or (expanded > 50 * 2**20 and expanded > _MAX_RATIO * max(packed, 1)):
                raise InputError(
                    f"{path.name} was not read",
                    f"it would unpack to {expanded / 2**20:.0f} MiB",
                    "Check where it comes from.",
                )
            if any(info.flag_bits & 1 for info in infos):
                raise InputError(f"{path.name} was not read", "it is encrypted", "Save it without a password.")
            names = {info.filename for info in infos}
            if "mimetype" in names:
                kind = archive.read("mimetype")[:100].decode("ascii", "replace").strip()
                found = next((suffix for suffix, media in SUFFIXES.items() if media == kind), "")
                if found:
                    return found
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise InputError(f"{path.name} was not read", f"its container is damaged ({error})", "Save it anew.") from error
    for name, suffix in _IN_ZIP:
        if name in names:
            return suffix
    named = path.suffix.lower()
    if named in {".docx", ".pptx", ".xlsx", ".odt", ".epub"} and any(n.endswith(".xml") for n in names):
        return named
    raise InputError(f"{path.name} was not read", "it is an archive", "Unpack it and ingest the folder.")


def _kind_of_ole(path: Path, named: str, data: bytes) -> str:
    wide = {name: name.encode("utf-16-le") for name in ("EncryptedPackage", "WordDocument", "PowerPoint Document", "Workbook", "Book", "__properties_version1.0")}  # fmt: skip
    if wide["EncryptedPackage"] in data:
        raise InputError(f"{path.name} was not read", "it is encrypted", "Save it without a password.")
    for name, suffix in (("WordDocument", ".doc"), ("PowerPoint Document", ".ppt"), ("Workbook", ".xls"),
                         ("__properties_version1.0", ".msg"), ("Book", ".xls")):  # fmt: skip
        if wide[name] in data:
            return suffix
    return named


def missing(what: str, cure: str) -> ModelMissing:
    """The error for a program or package that a format needs."""
    return ModelMissing(f"{what} is not installed", "this format cannot be read without it", cure)
