"""The form in which a quote and its source are compared, with the place that each of its characters came from; pure.

Letters, digits and signs that carry meaning stay; blanks, width, case, accents, script (traditional or simplified),
ordinary punctuation and what markup, encodings and PDF text layers add are folded away. It decides nothing.
"""

from __future__ import annotations

import html
import itertools
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from library.text import fold_radicals, simplified

SPLIT = "\x1f"  # a blank between two digits: allowed only where it cannot join two numbers
LOST = "\ufffd"  # a character that an encoding or a font lost

_DASHES = "-‐‑‒–—―−－﹣~～〜∼"
_ALWAYS = set("%‰±=≤≥≠≈÷°$€£¥₩₹§&@+^∞√∑")
_SIGNS = set("<>±=≤≥≠≈÷$€£¥₩₹+-")  # what a figure may stand right behind
_VARIANTS = {"著": "着", "瞭": "了", "妳": "你", "祂": "他", "牠": "它", "臺": "台", "週": "周", "佈": "布", "佔": "占",
             "遊": "游", "羣": "群", "峯": "峰", "裡": "里", "裏": "里", "爲": "为", "甦": "苏", "藉": "借", "徵": "征",
             "乾": "干", "餘": "余", "鍾": "钟", "夥": "伙", "彷": "仿", "彿": "佛", "慾": "欲", "讚": "赞",
             "薑": "姜", "籲": "吁", "姊": "姐", "○": "〇", "◯": "〇", "麽": "么", "麼": "么", "線": "线", "綫": "线"}  # fmt: skip
_LETTERS = {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ı": "i",
    "、": ",",
    "æ": "ae",
    "œ": "oe",
    "º": "°",
    "˚": "°",
    "⩽": "≤",
    "⩾": "≥",
}
_LIKE_LATIN = str.maketrans("аеорсухіјѕԁһӏАВЕКМНОРСТХІЈЅοΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxijsdhlabekmhopctxijsoabezhikmnoptyx")
_BULLETS = "•◦▪▫●■□►▶➤➢‣⁃◆◇"
_SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_SPECIAL = re.compile(
    r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});"
    r"|</?(?:b|i|em|strong|u|p|br|span|sup|sub|mark|font|a|div|td|tr|li|h[1-6])(?:\s[^<>\n]{0,200})?/?>"
    r"|\(cid:\d+\)"
    r"|\\[nrt](?![a-z])"
    r"|\\u[0-9a-fA-F]{4}"
    r"|[ÂÃâ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{1,2}"
    r"|(?<=[!\]])\((?:https?:|/|#)[^()\s]{1,200}\)"
    r"|[<>]=|!="
    r"|[\u0370-\u03ff\u0400-\u04ff]"
)


@dataclass(frozen=True, slots=True)
class Folded:
    """`text[i]` came from `[start[i], end[i])` of what was folded."""

    text: str
    start: tuple[int, ...]
    end: tuple[int, ...]


@lru_cache(maxsize=65536)
def _form(char: str) -> str:
    """One character's comparison form: empty where it is dropped, a blank where it parts words."""
    if char in _SUPERSCRIPT:
        return "^" + str(_SUPERSCRIPT.index(char))
    if char in _VARIANTS:
        return _VARIANTS[char]
    if char in _BULLETS:
        return " "
    form = unicodedata.normalize("NFKC", fold_radicals(char))
    form = "".join(_VARIANTS.get(c, c) for c in simplified(form)).casefold()
    out = ""
    for c in form:
        c = _LETTERS.get(c, c)
        kind = unicodedata.category(c[0])
        if c.isspace():
            out += " "
        elif kind in ("Cf", "Cc", "Co", "Mn", "Cn"):
            continue
        elif c.isalpha() and (ord(c[0]) < 0x250 or 0x1E00 <= ord(c[0]) < 0x1F00):
            out += "".join(x for x in unicodedata.normalize("NFD", c) if unicodedata.category(x) != "Mn")
        elif c in _DASHES:
            out += "-"
        else:
            out += c
    return out.replace("⁄", "/")


def _mended(found: str, text: str, at: int) -> str | None:
    """What an entity, tag, escape, mojibake or look-alike letter stands for; None where it is what it seems."""
    if found[0] == "&":
        plain = html.unescape(found)
        return None if plain == found else plain
    if found[0] == "<" and len(found) > 2:
        return " " if found[1:3].lower() in ("br", "p>", "/p", "di", "/d", "td", "tr", "li") else ""
    if found[0] == "\\":
        return chr(int(found[2:], 16)) if found[1] == "u" else " "
    if found[0] == "(":
        return LOST if found.startswith("(cid") else ""
    if found in ("<=", ">=", "!="):
        return {"<=": "≤", ">=": "≥", "!=": "≠"}[found]
    if found[0] in "ÂÃâ":
        try:
            return found.encode("cp1252").decode("utf-8")
        except UnicodeError:
            return {"â€": '"', "Â\xa0": " "}.get(found[:2])
    around = text[max(0, at - 1) : at] + text[at + 1 : at + 2]
    return found.translate(_LIKE_LATIN) if re.search("[a-zA-Z]", around) else None


@lru_cache(maxsize=512)
def fold(text: str) -> Folded:
    """The comparison form of a text, with places."""
    pieces: list[tuple[str, int, int]] = []
    at = 0
    for found in _SPECIAL.finditer(text):
        mended = _mended(found[0], text, found.start())
        if mended is None:
            continue
        pieces += [(_form(char), place, place + 1) for place, char in enumerate(text[at : found.start()], at)]
        pieces += [("".join(map(_form, mended)), found.start(), found.end())]
        at = found.end()
    pieces += [(_form(char), place, place + 1) for place, char in enumerate(text[at:], at)]
    return _joined(text, pieces)


def _joined(text: str, pieces: list[tuple[str, int, int]]) -> Folded:
    """Drop blanks and punctuation that says nothing; keep what stands between digits."""
    flat: list[tuple[str, int, int]] = []
    for piece in pieces:
        if len(piece[0]) == 1:
            flat.append(piece)
        else:
            flat += [(char, piece[1], piece[2]) for char in piece[0]]
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    blank = False
    for index, (char, start, end) in enumerate(flat):
        if char == " ":
            blank = True
            continue
        before = out[-1] if out else ""
        keep = char
        if char.isalnum():
            if blank and before.isdigit() and char.isdigit():
                out.append(SPLIT)
                starts.append(start)
                ends.append(start)
        elif char not in _ALWAYS and char != LOST and not unicodedata.category(char).startswith("So"):
            keep = _sign(char, flat, index, before, blank)
        elif char == "^":
            keep = "^" if before.isdigit() else ""
        if keep:
            out.append(keep)
            starts.append(start)
            ends.append(end)
            blank = False
        elif not char.isalnum():
            blank = False if char in ".,:-/'" else blank
    return Folded("".join(out), tuple(starts), tuple(ends))


def _sign(char: str, flat: list[tuple[str, int, int]], index: int, before: str, blank: bool) -> str:
    """Punctuation as it counts: between digits it does, and a minus or point before a digit does."""
    follow = index + 1
    while follow < len(flat) and flat[follow][0] == " ":
        follow += 1
    after = flat[follow][0] if follow < len(flat) else ""
    near = follow == index + 1
    if char in "-<>" and after == "." and follow + 1 < len(flat):  # -.5, < .05
        after = flat[follow + 1][0]
    if char in "<>":
        beside = flat[index + 1 : index + 40] if char == "<" else flat[max(0, index - 39) : index]
        if near and any(other == ("<" if char == ">" else ">") for other, _, _ in beside):
            return ""  # a title's brackets
        return char if before and (after.isdigit() or (blank and not near)) else ""
    if not after.isdigit():
        return "/" if char == "/" and before.isalnum() and after.isalnum() else ""
    left = before.isdigit()
    if char == ",":
        return "" if not left or _groups(flat, index) else ","
    if char == "-":
        opens = near and (blank or not before or not before.isalnum() or ord(before) > 0x2E80)
        return "-" if left or (opens and not before.isascii()) or (opens and blank) or (opens and not before) else ""
    if char == ".":
        return "." if left or (near and _begins(flat, index, before, blank)) else ""
    if char in ":/":
        return char if left else ""
    if char in "×*":
        return "x" if left else ""
    return ""


def _begins(flat: list[tuple[str, int, int]], index: int, before: str, blank: bool) -> bool:
    """Whether a figure may begin with the point at `index`: the last of several, or one behind words, ends what was before.

    In Chinese, where a point may be typed as a stop, only a percentage does.
    """
    if index and flat[index - 1][0] == ".":
        return False
    if blank or not before or before in _SIGNS:
        return True
    rest = itertools.dropwhile(str.isdigit, (char for char, _, _ in flat[index + 1 : index + 8]))
    return ord(before) > 0x2E80 and next(rest, "") in ("%", "‰")


def _groups(flat: list[tuple[str, int, int]], index: int) -> bool:
    """Whether the comma at `index` parts thousands, as in 1,234."""
    ahead = [char for char, _, _ in flat[index + 1 : index + 5]]
    behind = [char for char, _, _ in flat[max(0, index - 8) : index] if char != " "]
    run = 0
    for char in reversed(behind):
        if not char.isdigit():
            break
        run += 1
    three = len(ahead) >= 3 and all(c.isdigit() for c in ahead[:3])
    return 1 <= run <= 3 and three and not (len(ahead) == 4 and ahead[3].isdigit())
