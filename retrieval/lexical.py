"""The lexical leg: tokens of Chinese, English and mixed text, and BM25 weights on an absolute scale.

A Chinese run gives each character and each pair of neighbours; a Latin run is lower-cased and lightly stemmed; numbers
and identifiers stay whole (`kv_a_proj`, `GB/T 7714`, `3.5%`) and give their parts too. Traditional characters are
folded to simplified ones. BM25 after Robertson and Zaragoza (2009), k1 1.2, b 0.75.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping

from library.text import HAN, simplified

K1, B = 1.2, 0.75

_RUN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:[-_./+#][^\W_{HAN}]+)*(?:%|\+\+|#)?", re.UNICODE)
_IS_HAN = re.compile(f"[{HAN}]")
_PARTS = re.compile(r"[-_./+#%]+")


def tokens(text: str) -> list[str]:
    """The text's tokens in order, with repetitions."""
    found: list[str] = []
    for run in _RUN.findall(simplified(unicodedata.normalize("NFKC", text)).lower()):
        if _IS_HAN.match(run):
            found.extend(run)
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            parts = [part for part in _PARTS.split(run) if part]
            if len(parts) > 1 or run[-1] in "%+#":
                found.append(run)
            found.extend(_stem(part) for part in parts)
    return found


def _stem(word: str) -> str:
    """Harman's S-stemmer: only plurals go, so that names and identifiers keep their form."""
    if len(word) > 3 and word.isascii() and word.isalpha():
        if word.endswith("ies") and word[-4] not in "ae":
            return word[:-3] + "y"
        if word.endswith("es") and word[-3] not in "aeo":
            return word[:-1]
        if word.endswith("s") and word[-2] not in "us":
            return word[:-1]
    return word


def term_id(token: str) -> int:
    """The token's number in a sparse vector: CRC-32, the same on every machine."""
    return zlib.crc32(token.encode("utf-8", "surrogatepass"))


def frequencies(text: str) -> Counter[int]:
    """Term id → times it stands in the text."""
    return Counter(map(term_id, tokens(text)))


def weights(terms: Mapping[int, int], mean_length: float) -> dict[int, float]:
    """BM25's document side: tf·(k1+1) / (tf + k1·(1 − b + b·length/mean)), each below k1+1."""
    length = sum(terms.values())
    norm = K1 * (1 - B + B * length / max(mean_length, 1.0))
    return {term: tf * (K1 + 1) / (tf + norm) for term, tf in terms.items()}


def matched(question: str, text: str) -> tuple[str, ...]:
    """The question's tokens that stand in the text, longest form first, to explain a hit."""
    inside = set(tokens(text))
    both: Iterable[str] = dict.fromkeys(token for token in tokens(question) if token in inside)
    pairs = {character for token in both if len(token) == 2 and _IS_HAN.match(token) for character in token}
    return tuple(token for token in both if token not in pairs)
