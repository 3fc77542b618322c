"""Text that a reader of the file does not see and a model would: invisible characters, white or tiny type, hidden parts.

It is found, never removed: what stands in the file is the version's text. Each finding is a warning of the version, with
the beginning of what is hidden. White type on a dark ground is no finding in a PDF, whose page is painted for it; in other formats it is reported too.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

_TAGS = re.compile("[\U000e0020-\U000e007e]{2,}")
_FLAG = "\U0001f3f4"  # regional flags are written with tag characters behind it
_BIDI = re.compile("[\u202d\u202e]")  # overrides; embeddings and isolates are in honest use
_ZERO = re.compile("[\u200b\u200c\u200d\u2060-\u2064\ufeff]{4,}")
_TINY = 2.5  # points; smaller type is read by nobody
_WHITE = 0xF0  # each of red, green and blue from which type is white
_SCALE = 2  # pixels a point of the picture in which white type is looked for
_GROUND, _GLYPHS = 0.3, 0.02  # least shares of the ground and of the white on it where white type is seen
_LEAST = 8  # characters from which it is worth a warning
_SHOWN = 80
_RUN = re.compile(r"<w:r[ >].*?</w:r>", re.DOTALL)
_WORDS = re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>")
_DOCX = (
    ("set to be hidden", re.compile(r"<w:(?:vanish|webHidden)(?: w:val=\"(?:true|1|on)\")? ?/>")),
    ("in white", re.compile(r'<w:color w:val="[Ff][0-9A-Fa-f][Ff][0-9A-Fa-f][Ff][0-9A-Fa-f]"')),
    ("in tiny type", re.compile(r'<w:sz w:val="[1-5]"')),  # half points
)
_STYLE = (
    ("set to be hidden", re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:;|$)")),
    ("in white", re.compile(r"(?<![-\w])color\s*:\s*(?:white|#fff(?:fff)?\b|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))")),
    ("in tiny type", re.compile(r"font-size\s*:\s*[0-2](?:\.\d+)?\s*(?:px|pt|;|$)")),
)
_PAGES, _OBJECTS = 50, 20_000  # of a PDF, at most looked at


def warnings(data: bytes, suffix: str, text: str) -> tuple[str, ...]:
    """What is hidden in a file of this format, a sentence each; `text` is what was read of it.

    A file whose inside cannot be looked at gives none: reading it has been tried before.
    """
    found: list[tuple[str, str]] = [*_characters(text)]
    looks = {".docx": _docx, ".html": _html, ".htm": _html, ".xhtml": _html, ".pdf": _pdf}
    if suffix in looks:
        found += looks[suffix](data)
    said: dict[str, str] = {}
    for how, words in found:
        said[how] = (said.get(how, "") + " " + words).strip()
    return tuple(
        f"hidden text, {len(words)} characters {how}: “{words[:_SHOWN]}”"
        for how, words in said.items()
        if len(words) >= _LEAST or how.startswith("that")
    )


def _characters(text: str) -> Iterator[tuple[str, str]]:
    for found in _TAGS.finditer(text):
        if text[found.start() - 1 : found.start()] != _FLAG:
            yield "in tag characters", "".join(chr(ord(char) - 0xE0000) for char in found[0])
    turned = _BIDI.findall(text)
    if turned:
        yield "that turn the direction of reading", f"{len(turned)} marks"
    nothing = sum(len(run) for run in _ZERO.findall(text))
    if nothing:
        yield "that take no room", f"{nothing} in a row"


def _docx(data: bytes) -> Iterator[tuple[str, str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            body = archive.read("word/document.xml").decode("utf-8", "replace")
    except (zipfile.BadZipFile, KeyError):
        return
    for run in _RUN.finditer(body):
        words = "".join(_WORDS.findall(run[0]))
        yield from ((how, words) for how, pattern in _DOCX if words and pattern.search(run[0]))


def _html(data: bytes) -> Iterator[tuple[str, str]]:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(data, "html.parser")
    for tag in soup.find_all(lambda tag: tag.has_attr("style") or tag.has_attr("hidden")):
        if any(parent.has_attr("data-suyuan-seen") for parent in tag.parents if hasattr(parent, "has_attr")):
            continue
        style = "display:none" if tag.has_attr("hidden") else str(tag["style"]).lower()
        how = next((how for how, pattern in _STYLE if pattern.search(style)), "")
        words = " ".join(tag.get_text(" ").split())
        if how and words:
            tag["data-suyuan-seen"] = ""
            yield how, words


def _pdf(data: bytes) -> Iterator[tuple[str, str]]:
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError:
        return
    left = _OBJECTS
    for number in range(min(len(document), _PAGES)):
        page = document[number]
        words, picture = page.get_textpage(), _Picture(page)
        for item in page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_TEXT]):
            left -= 1
            for how, said in _typed(item, words):
                if how != "in white" or not picture.shows(item):
                    yield how, said
            if left < 0:
                return
    document.close()


class _Picture:
    """A page as it is seen; it is painted when it is first asked for."""

    def __init__(self, page: Any) -> None:
        """Paint nothing yet."""
        self._page = page

    @cached_property
    def _grey(self) -> Any:
        """Brightness, [height, width] from the top."""
        return self._page.render(scale=_SCALE, grayscale=True).to_numpy().reshape(-1, self._size[0])

    @cached_property
    def _size(self) -> tuple[int, int]:
        return tuple(math.ceil(side * _SCALE) for side in self._page.get_size())

    def shows(self, item: Any) -> bool:
        """Whether white type stands out: its place is dark for the most part, with white in it. On a turned page it is not known."""
        if self._page.get_rotation():
            return False
        left, bottom, right, top = (round(side * _SCALE) for side in item.get_bounds())
        height = self._size[1]
        part = self._grey[max(0, height - top) : max(0, height - bottom), max(0, left) : max(0, right)]
        if not part.size:
            return False
        white = float((part >= _WHITE).mean())
        return _GLYPHS <= white <= 1 - _GROUND


def _typed(item: Any, words: Any) -> Iterator[tuple[str, str]]:
    """How one text object of a page is hidden: too small, or filled with white."""
    import ctypes

    from pypdfium2 import raw

    size, scale = ctypes.c_float(), item.get_matrix()
    colour: Iterable[Any] = [ctypes.c_uint() for _ in range(4)]
    raw.FPDFTextObj_GetFontSize(item, size)
    height = size.value * abs(scale.d or scale.b)
    painted = raw.FPDFPageObj_GetFillColor(item, *colour)
    red, green, blue, _ = (part.value for part in colour)
    how = "in tiny type" if 0 < height < _TINY else "in white" if painted and min(red, green, blue) >= _WHITE else ""
    if not how:
        return
    length = raw.FPDFTextObj_GetText(item, words, None, 0)
    buffer = ctypes.create_string_buffer(length * 2 + 2)
    raw.FPDFTextObj_GetText(item, words, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length)
    text = buffer.raw[: length * 2].decode("utf-16-le", "replace").rstrip("\0").strip()
    if text:
        yield how, text
