"""Bytes to text: which encoding a text file is in; pure.

Byte order marks decide, then valid UTF-8, then zero bytes (UTF-16/32 without a mark), then `charset-normalizer` with
the encodings that Chinese, Japanese and Korean files come in; GB18030 takes the place of its subsets.
"""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDER = {
    "iso8859_1": "cp1252",
    "iso8859_9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "cp950",
}


def decode(data: bytes, declared: str = "") -> tuple[str, str]:
    """The text and the name of the encoding it was read in; a declared subset is read as its superset."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace"), name
    if b"\x1b$" not in data[:10_000]:
        try:
            return data.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            pass
    if b"\x1b$" in data[:10_000] and not any(byte > 127 for byte in data[:10_000]):
        declared = "iso2022_jp"
    else:
        try:  # a file that was cut off inside a character
            return codecs.getincrementaldecoder("utf-8")().decode(data), "utf-8"
        except UnicodeDecodeError:
            pass
        if _damaged_utf8(data):
            return data.decode("utf-8", "replace"), "utf-8"
    for name in filter(None, (_declared(declared), _zeros(data))):
        try:
            return data.decode(name), name
        except UnicodeDecodeError:
            continue
    return _detected(data)


def _damaged_utf8(data: bytes) -> bool:
    """UTF-8 with a damaged place or two: many characters of several bytes, hardly any that cannot be read.

    Text in another encoding breaks UTF-8 at almost every character.
    """
    text = data[:200_000].decode("utf-8", "replace")
    wide = sum("\x7f" < character != "\ufffd" for character in text)
    return wide >= 20 and text.count("\ufffd") * 20 <= wide


def _declared(name: str) -> str:
    try:
        found = codecs.lookup(name).name.replace("-", "_")
    except LookupError:
        return ""
    return _WIDER.get(found, found)


def _zeros(data: bytes) -> str:
    """UTF-16 or UTF-32 without a mark, by where the zero bytes of Latin letters and blanks lie."""
    sample = data[:4096]
    if sample.count(0) < len(sample) // 20:
        return ""
    places = [sum(1 for byte in sample[at::4] if byte == 0) for at in range(4)]
    quarter = len(sample) / 4
    if places[2] > 0.9 * quarter and places[3] > 0.9 * quarter:
        return "utf-32-le"
    if places[0] > 0.9 * quarter and places[1] > 0.9 * quarter:
        return "utf-32-be"
    return "utf-16-le" if places[1] + places[3] >= places[0] + places[2] else "utf-16-be"


def _detected(data: bytes) -> tuple[str, str]:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:200_000]).best()
    name = _WIDER.get(best.encoding, best.encoding) if best else "gb18030"
    try:
        return data.decode(name), name
    except UnicodeDecodeError:
        return data.decode(name, "replace"), name
