"""Sentences, normalising and language of Chinese, English and mixed text; pure, and always with offsets.

It must not know documents, chunks or answers.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af\u3005\u3007"
_HAN = re.compile(f"[{HAN}]")
_KANA = re.compile("[\u3040-\u30ff]")
_LETTER = re.compile(r"[^\W\d_]")

_STOPS = "。！？!?…；"
_CLOSERS = "”’\"'」』）)】》]〉»"
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|vs|etc|e\.g|i\.e|cf|al|Fig|Figs|Eq|Sec|No|Nos|Vol|pp|p|Jr|Sr|Inc|Ltd|Co|Corp"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|approx|Ph\.D|U\.S|U\.K))\.$"
)
_NUMBERED = re.compile(r"(?:^|[\s(])(\d{1,3})\.$")
_ITEM = 300  # characters that the first item of a list in one line may take


def sentences(text: str, *, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Yield the [start, end) of each sentence, without the blanks around it.

    A sentence ends at 。！？!?… or ；, at a full stop before a blank that closes no abbreviation or number, and at a
    line break; closing quotes and brackets stay with it. A list whose items share a line is one sentence. What is between
    two sentences is blank.
    """
    end = len(text) if end is None else end
    begin = position = start
    while position < end:
        char = text[position]
        position += 1
        if char == "\n":
            yield from _trimmed(text, begin, position)
            begin = position
        elif char in _STOPS or (char == "." and _closes(text, begin, position, end)):
            while position < end and (text[position] in _STOPS or text[position] in _CLOSERS):
                position += 1
            yield from _trimmed(text, begin, position)
            begin = position
    yield from _trimmed(text, begin, end)


def _closes(text: str, begin: int, position: int, end: int) -> bool:
    """Whether the full stop before `position` ends a sentence."""
    after = position
    while after < end and text[after] in _CLOSERS:
        after += 1
    if after < end and not text[after].isspace() and not _HAN.match(text[after]):
        return False
    head = text[max(begin, position - 12) : position]
    if _ABBREVIATION.search(head):
        return False
    numbered = _NUMBERED.search(head)
    return not numbered or not _is_item(text, begin, position, end, numbered)


def _is_item(text: str, begin: int, position: int, end: int, numbered: re.Match[str]) -> bool:
    """Whether the number before `position` begins an item of a list: at a sentence's head, or one of a run in one line."""
    if re.fullmatch(r"\s*(?:[-*•]\s*)?\(?\d{1,3}\.", text[begin:position]):
        return True
    number = int(numbered[1])
    if number == 1:
        return re.search(r"\s2\.\s", text[position : min(end, position + _ITEM)].split("\n")[0]) is not None
    return re.search(rf"\s{number - 1}\.\s", text[begin:position]) is not None


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def language(text: str) -> str:
    """`zh`, `ja`, `en` (any Latin script) or `` for text without letters, by the share of Han characters.

    Language detectors call short Chinese texts Korean or Wu; one Han character carries about as much as three Latin
    letters, so Chinese needs a fifth of all letters.
    """
    sample = text[:4000]
    letters = len(_LETTER.findall(sample))
    if not letters:
        return ""
    if len(_KANA.findall(sample)) > letters * 0.1:
        return "ja"
    return "zh" if len(_HAN.findall(sample)) >= letters * 0.2 else "en"


@lru_cache(maxsize=1)
def _to_simplified() -> object:
    from opencc import OpenCC

    return OpenCC("t2s")


def simplified(text: str) -> str:
    """Traditional characters folded to simplified ones (OpenCC t2s); same meaning, the length may differ."""
    if not _HAN.search(text):
        return text
    return str(_to_simplified().convert(text))  # type: ignore[attr-defined]


@lru_cache(maxsize=4096)
def unified(text: str) -> str:
    """A text in one width and one Chinese script (NFKC, then `simplified`)."""
    return simplified(unicodedata.normalize("NFKC", text))


_RADICALS = {"⺀": "冫", "⺁": "厂", "⺄": "乙", "⺆": "冂", "⺈": "刀", "⺊": "卜", "⺋": "卩", "⺌": "小", "⺍": "小",
             "⺏": "尣", "⺑": "尢", "⺓": "幺", "⺕": "彐", "⺗": "心", "⺘": "扌", "⺙": "攵", "⺛": "旡", "⺜": "日",
             "⺝": "月", "⺞": "歺", "⺡": "氵", "⺢": "氺", "⺣": "灬", "⺤": "爫", "⺥": "爫", "⺦": "丬", "⺨": "犭",
             "⺪": "疋", "⺫": "罒", "⺬": "示", "⺭": "礻", "⺮": "竹", "⺯": "糹", "⺰": "纟", "⺱": "罓", "⺲": "罒",
             "⺳": "网", "⺶": "羊", "⺷": "羊", "⺸": "羊", "⺹": "耂", "⺺": "肀", "⺼": "月", "⺽": "臼", "⺾": "艹",
             "⺿": "艹", "⻀": "艹", "⻁": "虎", "⻂": "衤", "⻃": "覀", "⻄": "西", "⻅": "见", "⻆": "角", "⻇": "角",
             "⻈": "讠", "⻉": "贝", "⻊": "足", "⻋": "车", "⻌": "辶", "⻍": "辶", "⻎": "辶", "⻏": "邑", "⻐": "钅",
             "⻑": "長", "⻒": "镸", "⻓": "长", "⻔": "门", "⻕": "阜", "⻖": "阝", "⻗": "雨", "⻘": "青", "⻙": "韦",
             "⻚": "页", "⻛": "风", "⻜": "飞", "⻝": "食", "⻞": "飠", "⻟": "飠", "⻠": "饣", "⻢": "马", "⻣": "骨",
             "⻤": "鬼", "⻥": "鱼", "⻦": "鸟", "⻧": "卤", "⻨": "麦", "⻩": "黄", "⻪": "黾", "⻫": "斉", "⻬": "齐",
             "⻭": "歯", "⻮": "齿", "⻯": "竜", "⻰": "龙", "⻱": "龟", "⻲": "亀", "⻳": "龟"}  # fmt: skip
_FOLD = {ord(key): value for key, value in _RADICALS.items()}
_FOLD |= {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}


def fold_radicals(text: str) -> str:
    """Replace Kangxi (U+2F00) and CJK (U+2E80) radicals by the characters they stand for, one for one.

    PDFs printed by Chromium carry them in their text maps; NFKC mends the first block only.
    """
    return text.translate(_FOLD)


def normalise(text: str) -> str:
    """The form in which two texts are compared: NFKC, simplified, case folded, without blanks and format characters."""
    folded = simplified(unicodedata.normalize("NFKC", fold_radicals(text))).casefold()
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Cf")


def digest(*parts: str | bytes) -> str:
    """32 hex digits that name these parts in this order (BLAKE2b, 128 bits)."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.hexdigest()
