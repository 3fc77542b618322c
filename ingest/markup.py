"""HTML by its tags, XML and OpenDocument by their text; entities are never expanded and nothing is fetched."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from ingest.encoding import decode
from ingest.structure import Writer, add_table
from library.errors import InputError
from library.records import Kind, Parsed

_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_\-]+)""")
_HIDDEN = {"script", "style", "noscript", "template", "svg", "iframe", "head"}
_BLOCKS = {
    "p", "div", "section", "article", "li", "dt", "dd", "blockquote", "figcaption", "caption", "address", "td", "th",
    "main", "header", "footer", "nav", "aside", "form", "fieldset", "summary", "details", "body", "title", "ul", "ol",
    "dl", "table", "tr", "tbody", "thead", "html", "br",
}  # fmt: skip


def read_markup(path: Path, data: bytes, suffix: str, ocr: bool, ocr_pages: int) -> Parsed:
    """HTML or XML; what a page declares about its encoding is a hint, its bytes decide."""
    from bs4 import BeautifulSoup

    declared = _DECLARED.search(data[:4000])
    raw, encoding = decode(data, declared[1].decode("ascii") if declared else "")
    raw = re.sub(r"^\s*<\?xml[^>]*\?>", "", raw)
    if suffix == ".xml":
        return _xml(path, raw)
    soup = BeautifulSoup(raw, "html.parser")
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    page = _Page()
    try:
        page.walk(soup, Kind.PARAGRAPH)
        page.flush(Kind.PARAGRAPH)
    except RecursionError:  # thousands of nested tags: the text is still there
        page = _Page()
        for line in soup.get_text("\n").split("\n"):
            page.writer.add(Kind.PARAGRAPH, line)
    if not page.writer.text and title:
        page.writer.add(Kind.PARAGRAPH, title)
    return Parsed(page.writer.text, tuple(page.writer.elements), title[:200], "", f"html/{encoding}")


class _Page:
    """Walks a parsed page; inline text gathers in a buffer until a block ends."""

    def __init__(self) -> None:
        self.writer = Writer()
        self._buffer: list[str] = []

    def flush(self, kind: Kind) -> None:
        text = re.sub(r"[ \t\n\xa0]+", " ", "".join(self._buffer)).strip()
        self._buffer.clear()
        self.writer.add(kind, text)

    def walk(self, node: Any, kind: Kind) -> None:
        for child in node.children:
            name = getattr(child, "name", None)
            if name is None:
                if type(child).__name__ in ("NavigableString", "CData"):
                    self._buffer.append(str(child))
            elif name not in _HIDDEN:
                self._tag(child, name, kind)

    def _tag(self, tag: Any, name: str, kind: Kind) -> None:
        if re.fullmatch(r"h[1-6]", name):
            self.flush(kind)
            self.writer.add(Kind.HEADING, " ".join(tag.get_text(" ", strip=True).split()), level=int(name[1]))
        elif name == "pre":
            self.flush(kind)
            self.writer.add(Kind.CODE, tag.get_text())
        elif name == "table" and not tag.find("table"):
            self.flush(kind)
            rows = [row.find_all(["td", "th"]) for row in tag.find_all("tr")]
            texts = [[cell.get_text(" ", strip=True) for cell in row] for row in rows]
            first: list[Any] = next((row for row, text in zip(rows, texts, strict=True) if any(text)), [])
            headed = len(first) > 1 and all(cell.name == "th" or cell.find_parent("thead") for cell in first)
            add_table(self.writer, texts, headed=headed)
        elif name in _BLOCKS:
            self.flush(kind)
            own = Kind.LIST_ITEM if name == "li" else kind
            self.walk(tag, own)
            self.flush(own)
        else:
            self.walk(tag, kind)


def _xml(path: Path, raw: str) -> Parsed:
    """Every text and attribute-free leaf of XML; entities are never expanded, so a bomb stays a short string."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True, load_dtd=False)
    root = etree.fromstring(raw.encode("utf-8"), parser)
    if root is None:
        raise InputError(f"{path.name} was not read", "it is no XML", "Mend it and try again.")
    writer = Writer()
    for node in root.iter():
        if not isinstance(node.tag, str):
            continue
        for text in (node.text, node.tail):
            writer.add(Kind.PARAGRAPH, " ".join((text or "").split()), gap="\n")
    return Parsed(writer.text, tuple(writer.elements), "", "", "xml")


def read_open_document(path: Path, data: bytes, suffix: str, ocr: bool, ocr_pages: int) -> Parsed:
    """ODS and ODP by their content.xml: tables row by row, headings and paragraphs in order."""
    import zipfile

    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read("content.xml")
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    writer, page = Writer(), 0
    for node in root.iter():
        tag = etree.QName(node).localname if isinstance(node.tag, str) else ""
        if tag in ("page", "table"):
            page += 1
            name = next((v for k, v in node.attrib.items() if k.endswith("}name")), "")
            if tag == "table":
                writer.add(Kind.HEADING, name, level=1, page=page)
                rows = [row for row in node.iter(f"{{{etree.QName(node).namespace}}}table-row") if _of(row) is node]
                add_table(writer, map(_cells, rows), page=page)
        elif tag == "h" or (tag == "p" and not any(a.tag.endswith("}table-cell") for a in node.iterancestors())):
            writer.add(
                Kind.HEADING if tag == "h" else Kind.PARAGRAPH,
                "".join(node.itertext()),
                level=int(tag == "h"),
                page=page or None,
            )
    return Parsed(writer.text, tuple(writer.elements), "", "", "open document")


def _of(row: Any) -> Any:
    """The table that a row is of."""
    return next(node for node in row.iterancestors() if node.tag.endswith("}table"))


def _cells(row: Any) -> list[str]:
    return ["".join(cell.itertext()) for cell in row if isinstance(cell.tag, str) and cell.tag.endswith("table-cell")]
