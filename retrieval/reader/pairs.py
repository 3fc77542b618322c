"""A question and a stretch of a passage as what the reader takes in: token ids, and for each token what it matches.

The reader need not learn to copy: it is told which tokens stand on both sides, and whether the term is rare in the
library. Terms are those of the lexical leg, Chinese in pairs of characters. Sentences stay whole wherever they fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from library.tables import told
from library.text import HAN, simplified
from retrieval import lexical
from retrieval.encoders.e5 import MultilingualE5

SIDES = 6  # kinds of token: question or passage, each not matched, matched by a common term, matched by a rare one
TOLD = 6  # after how many layers each token is told its kind
MOST_QUESTION, MOST_TITLE = 72, 24  # tokens
_PASSAGE = 3  # what is added to a passage token's kind
_TERM = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+", re.UNICODE)
_HAN = re.compile(f"[{HAN}]")

Rare = Callable[[Sequence[str]], frozenset[str]]  # terms → those that are rare in the library


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive tokens of one sentence: their ids and, for each, the terms that lie over it."""

    sentence: int
    ids: tuple[int, ...]
    terms: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage in pieces; `spans` are its sentences' [start, end) in its text."""

    spans: tuple[tuple[int, int], ...]
    pieces: tuple[Piece, ...]
    title: Piece


@dataclass(frozen=True, slots=True)
class Pair:
    """One input: ids and kinds [n], and for each token its sentence in the passage, -1 outside of it."""

    ids: tuple[int, ...]
    kinds: tuple[int, ...]
    sentence: tuple[int, ...]


class Writer:
    """Writes pairs with the tokens of multilingual-e5-small."""

    def __init__(self, encoder: MultilingualE5) -> None:
        """`encoder` lends its tokenizer; its weights are not loaded."""
        self._encoder = encoder
        file = encoder.file
        self._begin, self._end = file.bos, file.eos

    def piece(self, text: str, sentence: int = -1, most: int | None = None) -> Piece:
        """A text's tokens, at most `most`; traditional characters are folded."""
        folded = self._encoder.normal(simplified(text))
        pieces = self._encoder.tokenizer.encode(folded, out_type=str)[:most]
        ids = self._encoder.tokenizer.encode(folded)[:most]
        over = _terms_over(folded)
        found, at = [], 0
        for part in pieces:
            found.append(frozenset().union(*over[at : at + len(part)]))
            at += len(part)
        return Piece(sentence, tuple(ids), tuple(found))

    def spelt(self, ids: Sequence[int]) -> str:
        """The text that tokens stand for, as they were folded and normalised."""
        return str(self._encoder.tokenizer.decode(list(ids))).strip()

    def passage(self, text: str, title: str = "", header: str = "", *, longest: int = 120) -> Passage:
        """A passage, its sentences cut where they have more than `longest` tokens; a table's rows with their columns' names."""
        read = told(text, header)
        pieces = []
        for number, (_, reads) in enumerate(read):
            whole = self.piece(reads, number)
            pieces += [
                Piece(number, whole.ids[at : at + longest], whole.terms[at : at + longest])
                for at in range(0, len(whole.ids), longest)
            ]
        return Passage(
            tuple(span for span, _ in read),
            tuple(pieces),
            self.piece(title, most=MOST_TITLE) if title else Piece(-1, (), ()),
        )

    @lru_cache(maxsize=256)  # noqa: B019 - one writer lives as long as the process
    def question(self, text: str) -> Piece:
        """A question's tokens; of a long one the last, where what is asked for stands."""
        whole = self.piece(text)
        return Piece(-1, whole.ids[-MOST_QUESTION:], whole.terms[-MOST_QUESTION:])

    @lru_cache(maxsize=2)  # noqa: B019
    def _prefix(self, word: str) -> tuple[int, ...]:
        return self.piece(word).ids

    def pair(self, question: Piece, passage: Passage, pieces: Sequence[Piece], rare: Rare) -> Pair:
        """`<s> query: question </s> passage: title </s> pieces </s>`."""
        asked, held = _all(question), frozenset().union(*(_all(piece) for piece in pieces), _all(passage.title))
        common = asked & held
        scarce = rare(sorted(common))
        ids, kinds, sentence = [self._begin], [0], [-1]

        def add(piece: Piece, side: int) -> None:
            ids.extend(piece.ids)
            kinds.extend(side + (2 if terms & scarce else 1 if terms & common else 0) for terms in piece.terms)
            sentence.extend([piece.sentence] * len(piece.ids))

        def plain(tokens: Sequence[int], side: int) -> None:
            add(Piece(-1, tuple(tokens), (frozenset(),) * len(tokens)), side)

        plain(self._prefix("query:"), 0)
        add(question, 0)
        plain([self._end, *self._prefix("passage:")], _PASSAGE)
        add(passage.title, _PASSAGE)
        plain([self._end], _PASSAGE)
        for piece in pieces:
            add(piece, _PASSAGE)
        plain([self._end], _PASSAGE)
        return Pair(tuple(ids), tuple(kinds), tuple(sentence))


def _all(piece: Piece) -> frozenset[str]:
    return frozenset().union(*piece.terms)


def _terms_over(text: str) -> list[frozenset[str]]:
    """For each character the terms that lie over it."""
    over: list[frozenset[str]] = [frozenset()] * len(text)
    for match in _TERM.finditer(text.lower()):
        a, b = match.span()
        if b > len(text):  # a character whose lower-case form is longer
            break
        if not _HAN.match(match[0]) or b - a == 1:
            term = frozenset(lexical.tokens(match[0])[:1])
            over[a:b] = [term] * (b - a)
            continue
        for at in range(a, b):
            over[at] = frozenset(match[0][max(0, i - a) : i - a + 2] for i in (at - 1, at) if a <= i < b - 1)
    return over


def covering(passage: Passage, asked: Piece, worth: Callable[[str], float], *, room: int,
             focus: int | None = None) -> list[Piece]:  # fmt: skip
    """The consecutive pieces of at most `room` tokens that hold most of the question; at a tie those around `focus`.

    :param worth: a term's weight, its idf.
    :param focus: a sentence that is known to be near the question.
    """
    wanted = {term: worth(term) for term in _all(asked)}
    total = sum(wanted.values()) or 1.0
    held = [{term for term in _all(piece) if term in wanted} for piece in passage.pieces]
    best, found = -1.0, (0, 0)
    for first in range(len(passage.pieces)):
        last = _reach(passage.pieces, first, room)
        inside = set().union(*held[first:last])
        score = sum(wanted[term] for term in inside) / total
        if focus is not None and any(piece.sentence == focus for piece in passage.pieces[first:last]):
            score += 0.3
        if score > best + 1e-9:
            best, found = score, (first, last)
        if last == len(passage.pieces):
            break
    return list(passage.pieces[found[0] : found[1]])


def tiled(passage: Passage, *, room: int, overlap: float = 0.3) -> list[list[Piece]]:
    """Windows of at most `room` tokens over the whole passage, each beginning in the last part of the one before."""
    windows, first = [], 0
    while first < len(passage.pieces):
        last = _reach(passage.pieces, first, room)
        windows.append(list(passage.pieces[first:last]))
        if last == len(passage.pieces):
            break
        back, again = last, 0
        while back - 1 > first and again + len(passage.pieces[back - 1].ids) <= overlap * room:
            back -= 1
            again += len(passage.pieces[back].ids)
        first = back
    return windows


def _reach(pieces: Sequence[Piece], first: int, room: int) -> int:
    """The end of the run from `first` that fits; at least one piece."""
    last, used = first + 1, len(pieces[first].ids)
    while last < len(pieces) and used + len(pieces[last].ids) <= room:
        used += len(pieces[last].ids)
        last += 1
    return last
