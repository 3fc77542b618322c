"""Readers of text and office formats: ours for text, tables and data, `unstructured`'s partitioner for each other one.

Never `unstructured.partition.auto`, which imports every format. Its categories are not trusted for Chinese, where a
short line is always a Title: only a heading depth that the format itself gives makes a heading.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.contents import without_contents
from ingest.encoding import decode
from ingest.mail import read_mail
from ingest.markdown import looks_like_markdown, markdown
from ingest.markup import read_markup, read_open_document
from ingest.rtf import in_code_points
from ingest.structure import Writer, add_table, clean, heading_level, plain
from ingest.wrapped import unwrapped
from library.errors import InputError
from library.records import Kind, Parsed

if TYPE_CHECKING:
    from ingest.parse import Reader


def reader(suffix: str) -> Reader:
    """The reader of a suffix."""
    own: dict[str, Reader] = {
        ".json": read_json, ".csv": read_table, ".tsv": read_table, ".xml": read_markup, ".html": read_markup,
        ".htm": read_markup, ".xhtml": read_markup, ".xls": read_sheets, ".xlsx": read_sheets, ".eml": read_mail, ".mbox": read_mail, ".ods": read_open_document,
        ".odp": read_open_document, ".md": read_text, ".markdown": read_text,
    }  # fmt: skip
    theirs = {".docx", ".pptx", ".msg", ".epub", ".odt", ".rtf", ".rst", ".org"}
    return own.get(suffix, read_unstructured if suffix in theirs else read_text)


# -- text and data --------------------------------------------------------------------------------------------------


def read_text(path: Path, data: bytes, suffix: str, ocr: bool, ocr_pages: int) -> Parsed:
    """Plain text and Markdown, paragraphs on one line each; a .txt that is Markdown inside is read as Markdown."""
    raw, encoding = decode(data)
    text = clean(raw)
    if text.count("\ufffd") > max(20, len(text) // 20):
        raise InputError(f"{path.name} was not read", "it is no text in any encoding known here", "Save it as UTF-8.")
    if suffix in (".md", ".markdown") or looks_like_markdown(text):
        body, elements = markdown(text)
    else:
        body = text if suffix == ".log" else without_contents(unwrapped(text))
        elements = plain(body)
    title = next((body[e.start : e.end].strip() for e in elements if e.kind is Kind.HEADING and e.level == 1), "")
    return Parsed(body, tuple(elements), title, "", f"text/{encoding}")


def read_json(path: Path, data: bytes, suffix: str, ocr: bool, ocr_pages: int) -> Parsed:
    """JSON and JSON lines: every string and number under the path of its keys."""
    raw, _ = decode(data)
    try:
        values = [json.loads(raw)]
    except ValueError:
        try:
            values = [json.loads(line) for line in raw.splitlines() if line.strip()]
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"{path.name} was not read", f"it is no JSON ({error})", "Mend it and try again."
            ) from error
    writer = Writer()
    for value in values:
        for key, leaf in _leaves(value, "", 0):
            writer.add(Kind.PARAGRAPH, f"{key}: {leaf}" if key else leaf, gap="\n")
    return Parsed(writer.text, tuple(writer.elements), "", "", "json")


def _leaves(value: object, key: str, depth: int) -> Iterable[tuple[str, str]]:
    if depth > 60:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else str(name), depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, key, depth + 1)
    elif value is not None:
        yield key, str(value)


def read_table(path: Path, data: bytes, suffix: str, ocr: bool, ocr_pages: int) -> Parsed:
    """CSV and TSV, whatever the delimiter; ragged rows and line breaks in cells are kept."""
    raw, encoding = decode(data)
    raw = raw.replace("\0", "")
    csv.field_size_limit(10_000_000)
    sample = raw[:8000]
    counts = {mark: sample.count(mark) for mark in (",", "\t", ";", "|")}
    delimiter = (
        "\t" if suffix == ".tsv" else max(counts, key=lambda mark: counts[mark]) if any(counts.values()) else ","
    )
    try:
        rows = list(csv.reader(io.StringIO(clean(raw)), delimiter=delimiter))
    except csv.Error:
        rows = [line.split(delimiter) for line in clean(raw).split("\n")]
    writer = Writer()
    add_table(writer, rows)
    return Parsed(writer.text, tuple(writer.elements), "", "", f"table/{encoding}")


def read_sheets(path: Path, data: bytes, suffix: str, ocr: bool, ocr_pages: int) -> Parsed:
    """XLSX and XLS: each sheet a heading and a table, values as they are shown last."""
    writer = Writer()
    try:
        if suffix == ".xlsx":
            from openpyxl import load_workbook

            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            for number, sheet in enumerate(book.worksheets, 1):
                writer.add(Kind.HEADING, sheet.title, level=1, page=number)
                add_table(writer, sheet.iter_rows(values_only=True), page=number)
        else:
            import xlrd

            old = xlrd.open_workbook(file_contents=data, logfile=io.StringIO())
            for number, sheet in enumerate(old.sheets(), 1):
                writer.add(Kind.HEADING, sheet.name, level=1, page=number)
                add_table(writer, (sheet.row_values(at) for at in range(sheet.nrows)), page=number)
    except Exception as error:  # noqa: BLE001 - both libraries raise what they like on a damaged book
        reason = " ".join(str(error).split())[:160]
        raise InputError(
            f"{path.name} was not read", f"the workbook is damaged or encrypted ({reason})", "Save it anew."
        ) from error
    if not any(element.kind is Kind.TABLE for element in writer.elements):
        raise InputError(f"{path.name} was not read", "its sheets are empty", "Leave it out.")
    return Parsed(writer.text, tuple(writer.elements), "", "", "sheets", None)


# -- unstructured ---------------------------------------------------------------------------------------------------

_MODULES = {".docx": "docx", ".pptx": "pptx", ".msg": "msg", ".epub": "epub", ".odt": "odt",
            ".rtf": "rtf", ".rst": "rst", ".org": "org"}  # fmt: skip
_KINDS = {"ListItem": Kind.LIST_ITEM, "CodeSnippet": Kind.CODE, "Formula": Kind.FORMULA, "FigureCaption": Kind.CAPTION,
          "Footnote": Kind.FOOTNOTE}  # fmt: skip


@lru_cache(maxsize=1)
def _offline() -> None:
    """Give unstructured a sentence splitter without a model: its own would be fetched from the network at first use."""
    import spacy
    import unstructured.nlp.tokenize as tokenize

    blank = spacy.blank("en")
    blank.add_pipe("sentencizer")
    blank.max_length = 100_000_000
    tokenize._load_spacy_model = lambda *_: blank


def read_unstructured(path: Path, data: bytes, suffix: str, ocr: bool, ocr_pages: int) -> Parsed:
    """Whatever `unstructured` has a partitioner for, with the heading depths and tables that the format gives."""
    import importlib

    _offline()
    name = _MODULES[suffix]
    data = _as_document(data) if name in ("docx", "pptx") else in_code_points(data) if name == "rtf" else data
    partition = getattr(importlib.import_module(f"unstructured.partition.{name}"), f"partition_{name}")
    options: dict[str, Any] = (
        {"languages": [""]} if name not in ("email", "msg") else {"process_attachments": False, "languages": [""]}
    )
    try:
        found = partition(file=io.BytesIO(data), **options)
    except Exception as error:  # noqa: BLE001 - every format's library raises its own on a damaged file
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise InputError(
            f"{path.name} was not read", f"it is damaged or encrypted ({reason})", "Save it anew."
        ) from error
    writer = Writer()
    title = ""
    if name == "msg":
        title = _mail_head(writer, found)
    for element in found:
        _add_element(writer, element, paged=name in ("pptx", "docx"), slides=name == "pptx")
    headings = [e for e in writer.elements if e.kind is Kind.HEADING and e.level == 1]
    if not title and headings and name != "pptx":
        title = writer.text[headings[0].start : headings[0].end][:200]
    pages = max((e.page or 0 for e in writer.elements), default=0)
    return Parsed(writer.text, tuple(writer.elements), title, "", "unstructured", pages or None)


def _add_element(writer: Writer, element: Any, *, paged: bool, slides: bool) -> None:
    category, text = element.category, element.text or ""
    page = element.metadata.page_number if paged else None
    if category in ("PageBreak", "Header", "Footer", "PageNumber"):
        return
    if category == "Table" and element.metadata.text_as_html:
        from bs4 import BeautifulSoup

        soup = BeautifulSoup(element.metadata.text_as_html, "html.parser")
        rows = [[c.get_text(" ", strip=True) for c in row.find_all(["td", "th"])] for row in soup.find_all("tr")]
        add_table(writer, rows, page=page)
        return
    depth = element.metadata.category_depth
    if category == "Title" and depth is not None and len(text) <= 150 and (not slides or depth == 0):
        writer.add(Kind.HEADING, " ".join(text.split()), level=depth + 1, page=page)
    elif category == "Title" and heading_level(text):
        writer.add(Kind.HEADING, text, level=heading_level(text), page=page)
    else:
        writer.add(_KINDS.get(category, Kind.PARAGRAPH), text, page=page)


def _mail_head(writer: Writer, found: Sequence[Any]) -> str:
    """An Outlook message's subject as heading, sender and receivers as the first paragraph."""
    if not found:
        return ""
    meta = found[0].metadata
    writer.add(Kind.HEADING, meta.subject or "", level=1)
    rows = (("From", meta.sent_from), ("To", meta.sent_to))
    writer.add(Kind.PARAGRAPH, "\n".join(f"{name}: {', '.join(people)}" for name, people in rows if people))
    return str(meta.subject or "")


_MAIN_TYPES = (
    (b"ms-word.document.macroEnabled.main+xml", b"openxmlformats-officedocument.wordprocessingml.document.main+xml"),
    (b"wordprocessingml.template.main+xml", b"wordprocessingml.document.main+xml"),
    (b"ms-word.template.macroEnabledTemplate.main+xml", b"openxmlformats-officedocument.wordprocessingml.document.main+xml"),
    (b"presentationml.slideshow.main+xml", b"presentationml.presentation.main+xml"),
    (b"presentationml.template.main+xml", b"presentationml.presentation.main+xml"),
    (b"ms-powerpoint.presentation.macroEnabled.main+xml", b"openxmlformats-officedocument.presentationml.presentation.main+xml"),
    (b"ms-powerpoint.slideshow.macroEnabled.main+xml", b"openxmlformats-officedocument.presentationml.presentation.main+xml"),
)  # fmt: skip


def _as_document(data: bytes) -> bytes:
    """A template, slide show or file with macros as the plain document it also is: only its declared type differs."""
    import zipfile

    name = "[Content_Types].xml"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if name not in archive.namelist():
            return data
        types = archive.read(name)
        plain_types = types
        for theirs, ours in _MAIN_TYPES:
            plain_types = plain_types.replace(theirs, ours)
        if plain_types == types:
            return data
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
            for info in archive.infolist():
                copy.writestr(info, plain_types if info.filename == name else archive.read(info))
    return out.getvalue()
