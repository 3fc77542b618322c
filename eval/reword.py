"""The same thing in other words: what an answer does to a source's sentence without changing what it says; with a seed; pure.

Used on true sentences, which must stay supported, and on changed ones, whose change must still be seen.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Reword = Callable[[str, random.Random], str]

_SAME: dict[bool, tuple[tuple[str, str], ...]] = {
    True: (("位于", "坐落在"), ("因此", "所以"), ("由于", "因为"), ("例如", "比如"), ("大约", "约"), ("以及", "和"), ("并且", "而且"), ("目前", "现在"), ("称为", "叫做"), ("达到", "达"),
           ("使用", "采用"), ("均", "都"), ("此外", "另外"), ("但是", "不过"), ("则", ""), ("其中", ""), ("共计", "共"), ("期间", "时"), ("系", "是"), ("与", "和"), ("该", "这个"), ("拥有", "有"),
           ("因為", "由於"), ("位於", "在"), ("以及", "與"), ("開始", "起"), ("并", ""), ("也", ""), ("还", ""), ("了", "")),
    False: (("approximately", "about"), ("about", "approximately"), ("because", "since"), ("however", "but"), ("also ", ""), ("began", "started"), ("large", "big"), ("use", "utilise"), ("located", "situated"),
            ("including", "such as"), ("such as", "including"), ("called", "known as"), ("known as", "called"), ("although", "though"), ("while", "whereas"), ("film", "movie"), ("near", "close to"),
            ("many", "numerous"), ("show", "demonstrate"), ("several", "a number of"), ("during", "in"), ("then ", ""), ("often", "frequently"), ("built", "constructed"), ("help", "assist")),
}  # fmt: skip
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"


def synonyms(text: str, rng: random.Random) -> str:
    """Up to two words put for others of one meaning; small adverbs left out."""
    pairs = _SAME[_zh(text)]
    left = 2
    for old, new in rng.sample(pairs, len(pairs)):
        made = text.replace(old, new, 1) if _zh(text) else re.sub(rf"\b{old}" + ("" if old[-1] == " " else r"\b"), new, text, count=1)  # fmt: skip
        if made != text and left:
            text, left = made, left - 1
    return text


def led_in(text: str, rng: random.Random) -> str:
    """Said to come from the source."""
    if _zh(text):
        return rng.choice(("根据资料，", "资料显示，", "据文中介绍，", "据记载，")) + text
    head = text[0].lower() if re.match(r"(?:The|A|An|In|On|At|It|They|He|She|This|These|His|Her)\b", text) else text[0]
    return rng.choice(("According to the source, ", "The text states that ", "As described, ")) + head + text[1:]


def moved(text: str, rng: random.Random) -> str:
    """A leading phrase put behind, or a closing one before."""
    if _zh(text):
        found = re.fullmatch(r"((?:\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?|在[^，。]{2,12}[中时上下里后前]|为了[^，。]{3,16}|截至[^，。]{3,14})(?![\d月日]))，([^。]{8,})。", text)  # fmt: skip
        return f"{found[2]}，{found[1]}。" if found else text
    found = re.fullmatch(r"((?:In|During|On|After|Before|By|At|From|Since|For|With) [^,;]{3,50}), ([^;]{25,})\.", text)
    if not found:
        return text
    return f"{_capital(found[2])} {found[1][0].lower()}{found[1][1:]}."


def shortened(text: str, rng: random.Random) -> str:
    """Without what stands in brackets, and without a last clause that can stand away."""
    made = re.sub(r"[（(][^（）()]{1,40}[)）]", "", text)
    if made != text and made.strip(" ，。,."):
        return re.sub(r" {2,}| (?=[,.])", lambda m: " " if len(m[0]) > 1 else "", made)
    if _zh(text):
        clauses = text.rstrip("。！").split("，")
        free = len(clauses) > 2 and not re.match("但|而|不|却|否|除|如|若|才|就", clauses[-1]) and not re.search("如果|若|除|不|只有|虽|虽然|既|不仅", text)  # fmt: skip
        return "，".join(clauses[:-1]) + "。" if free else text
    found = re.fullmatch(r"(.{40,}?), (?:which|who|where|and) [^,]{10,}\.", text)
    return f"{found[1]}." if found and not re.search(r"\b(?:if|not|unless|neither|either|both|between)\b", text) else text  # fmt: skip


def dates(text: str, rng: random.Random) -> str:
    """Dates and figures written in another form."""
    if _zh(text):
        made = re.sub(r"(\d{4})年(\d{1,2})月(\d{1,2})日(?!\d)", r"\1-\2-\3", text)
        return made if made != text else re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    made = re.sub(rf"\b({_MONTHS}) (\d{{1,2}}), (\d{{4}})", r"\2 \1 \3", text)
    made = made if made != text else re.sub(rf"\b(\d{{1,2}}) ({_MONTHS}) (\d{{4}})", r"\2 \1, \3", text)
    made = made if made != text else re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    return made if made != text else re.sub(r"(?<=\d)%", " percent", text)


def active(text: str, rng: random.Random) -> str:
    """An English passive with a named doer put in the active."""
    found = re.fullmatch(r"((?:The |An? )?[A-Z][\w ]{2,40}?) (?:was|were) (\w+ed) by ((?:the |a )?[\w ]{3,40}?)((?: in| on| at| from| for)\b[^,]*)?\.", text)  # fmt: skip
    return f"{_capital(found[3])} {found[2]} {found[1]}{found[4] or ''}." if found else text


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _zh(text: str) -> bool:
    return sum(ord(char) > 0x2E80 for char in text) * 3 > len(text)


REWORDS: dict[str, Reword] = {
    "synonyms": synonyms, "led in": led_in, "moved": moved, "shortened": shortened, "dates": dates, "active": active,
}  # fmt: skip
