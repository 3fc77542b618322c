"""Words of Chinese, English and mixed text in the form in which sentences are compared; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from generation import lexicon
from generation.facts import facts
from library.text import HAN, unified

_TOKEN = re.compile(rf"\d+(?:[.,]\d+)*%?|[a-z]+(?:[’'][a-z]+)?|[{HAN}]|[%‰$€£¥°]")
_SHORT = re.compile(r"(?<=\d)[BM](?![A-Za-z])")
_HAN = re.compile(f"[{HAN}]")
NUMERALS = frozenset("零〇一二三四五六七八九十百千万亿两")
_NO_DENIAL = re.compile(
    "特别|区别|分别|级别|性别|个别|类别|国别|别人|别的|别墅|不仅|不但|不断|不同|不少|不久|不过|不管|不论|无论|非常|非洲|未来|是否|除非|无锡|无线|否则|not only"
)
_ENDINGS = (("ies", "y"), ("ied", "y"), ("sses", "ss"), ("ing", ""), ("edly", ""), ("ed", ""), ("es", ""), ("ly", ""), ("s", ""))  # fmt: skip
_ZH_WORDS = frozenset(
    word
    for word in (
        *lexicon.QUANTIFIERS, *lexicon.HEDGES, *lexicon.DUTIES, *lexicon.TIMES, *lexicon.SAME, *(a for a, _ in lexicon.OPPOSED),
    )
    if len(word) > 1 and _HAN.match(word)
)  # fmt: skip
_LONGEST = max(map(len, _ZH_WORDS))


def _written_out(found: re.Match[str]) -> str:
    return " billion" if found[0] == "B" else " million"


@lru_cache(maxsize=8192)
def tokens(text: str) -> tuple[str, ...]:
    """Words of Latin text, single Han characters, numbers and signs, folded."""
    plain = _SHORT.sub(_written_out, unified(text)).casefold().replace("’", "'")
    out: list[str] = []
    for word in _TOKEN.findall(plain):
        if len(word) == 1:
            out.append(word)
        elif word.endswith("n't"):
            out += [*filter(None, [{"ca": "can", "wo": "will"}.get(word[:-3], word[:-3])]), "not"]
        elif word == "cannot":
            out += ["can", "not"]
        else:
            out.append(word.replace(",", "") if word[0].isdigit() else word.removesuffix("'s"))
    return tuple(out)


@lru_cache(maxsize=2048)
def phrases(text: str) -> tuple[str, ...]:
    """As `tokens`, but dates in one form, Chinese numbers whole, and the Chinese words of the lexicon whole."""
    plain = unified(text)
    for date in reversed(facts(text).dates):
        parts = [str(part) for part in (date.year, date.month, date.day) if part is not None]
        plain = f"{plain[: date.start]} {' '.join(parts)} {plain[date.end :]}"
    single = tokens(plain)
    out: list[str] = []
    at = 0
    while at < len(single):
        stop = _whole(single, at)
        out.append("".join(single[at:stop]))
        at = stop
    return tuple(out)


def _whole(single: Sequence[str], at: int) -> int:
    """Where the word that begins at `at` ends."""
    if not _HAN.match(single[at]):
        return at + 1
    stop = at + (single[at] == "第")
    while stop < len(single) and single[stop] in NUMERALS:
        stop += 1
    if stop > at + 1:
        return stop
    for length in range(min(_LONGEST, len(single) - at), 1, -1):
        if "".join(single[at : at + length]) in _ZH_WORDS:
            return at + length
    return at + 1


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """An English word without its ending, crudely; others as they are."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    for ending, put in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + put
            break
    if len(word) > 4 and (word[-1] == "e" or (word[-1] == word[-2] and word[-1] not in "aeious")):
        return word[:-1]
    return word


def content(words: Sequence[str]) -> list[str]:
    """Words that carry meaning."""
    return [word for word in words if word not in lexicon.STOP]


@lru_cache(maxsize=4096)
def denials(text: str) -> int:
    """How many words of a text deny something; 特别, 不仅 and the like do not."""
    plain = _NO_DENIAL.sub("", text.casefold())
    return sum(word in lexicon.NEGATIONS for word in tokens(plain))


def joined(words: Sequence[str]) -> str:
    """Words as one text, with blanks between Latin ones."""
    out = ""
    for word in words:
        out += (" " if out and word.isascii() and out[-1].isascii() else "") + word
    return out
