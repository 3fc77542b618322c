"""RTF's bytes as code points, so that any reader gets every language right; pure.

A `\\'xx` stands for a byte of the code page of the font in force: the font table gives each font a charset, `\\ansicpg`
the page of the rest (Rich Text Format Specification 1.9.1). Bytes become `\\u` escapes here; the rest stays as it is.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

_PAGES = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
    255: "cp437",
}  # fmt: skip
_TOKEN = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]+)(-?\d+)? ?|\\[^a-zA-Z']|([{}])|[\r\n]+|([^\\{}\r\n])", re.DOTALL
)
_FONT = re.compile(rb"\\f(\d+)(?![0-9])[^{};]*?\\fcharset(\d+)")
_DEFAULT = re.compile(rb"\\ansicpg(\d+)")
_DEFAULT_FONT = re.compile(rb"\\deff(\d+)")


def in_code_points(data: bytes) -> bytes:
    """The same document with every byte of a code page written as `\\u`; its own `\\u` escapes stay."""
    fonts = {int(number): _PAGES.get(int(charset), "") for number, charset in _FONT.findall(data)}
    page = _DEFAULT.search(data)
    main = _known(f"cp{page[1].decode()}" if page else "cp1252")
    first = _DEFAULT_FONT.search(data)
    default = int(first[1]) if first else -1
    return b"".join(_rewritten(data, fonts, main, default))


def _known(name: str) -> str:
    name = {"cp65001": "utf-8", "cp936": "gb18030", "cp10000": "mac_roman"}.get(name, name)
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def _rewritten(data: bytes, fonts: dict[int, str], main: str, default: int) -> Iterator[bytes]:
    font, stack, pending, skip = default, list[int](), bytearray(), 0

    def page() -> str:
        charset = fonts.get(font, "")
        return charset if charset and charset != "cp1252" else main

    for token in _TOKEN.finditer(data):
        byte, word, number, brace, plain = token.groups()
        if byte is not None:
            if skip:  # what follows \\u for readers that know no code points
                skip -= 1
                yield token[0]
            else:
                pending.append(int(byte, 16))
            continue
        if plain is not None and (plain[0] > 127 or (pending and _unfinished(bytes(pending), page()))):
            pending += plain
            continue
        if pending:
            yield _escaped(bytes(pending), page())
            pending.clear()
        skip = 1 if word == b"u" else 0
        if brace == b"{":
            stack.append(font)
        elif brace == b"}" and stack:
            font = stack.pop()
        elif word == b"f" and number is not None:
            font = int(number)
        elif word == b"plain":
            font = default
        yield token[0]
    if pending:
        yield _escaped(bytes(pending), page())


def _unfinished(raw: bytes, page: str) -> bool:
    """Whether the bytes end in the first half of a character."""
    decoder = codecs.getincrementaldecoder(page)("replace")
    decoder.decode(raw)
    return bool(decoder.getstate()[0])


def _escaped(raw: bytes, page: str) -> bytes:
    units = raw.decode(page, "replace").encode("utf-16-le")
    codes = (int.from_bytes(units[at : at + 2], "little", signed=True) for at in range(0, len(units), 2))
    return b"{\\uc0" + b"".join(b"\\u%d " % code for code in codes) + b"}"
