"""What a Chinese turn was about: a name in quotes, else what question and answer have in common; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from library.text import simplified

if TYPE_CHECKING:
    from generation.followup import Turn

ASKS = re.compile(
    r"什么|怎么|怎样|如何|为何|多少|多久|多大|多长|多高|多重|多远|多快|几|哪|谁|吗|何时|何地|是否|能不能|可不可以|有没有|要不要|是不是"
)
NAMED = re.compile(r"[“「《『]([^”」》』]{1,24})[”」》』]")
ANCHOR = re.compile(r"[A-Za-z]{2,}|\d{2,}|[“「《『]")
STOP = re.compile(
    r"什么时候|为什么|怎么办|怎么样|什么|怎么|怎样|如何|为何|多少|多久|多大|多长|多高|几次|哪里|哪儿|哪些|哪个|谁|何时|是否|可以|应该|应当|需要|能够|"
    r"春天|夏天|秋天|冬天|[春夏秋冬]季|早上|晚上|白天|周末|平时|现在|以后|之后|以前|之前|今年|明年|去年|当年|每天|一般|通常|"
    r"注意|还是|或者|一次|一个|每天|每年|每月|以及|可能|进行|[的了吗呢啊吧是有在要能会可得和与被把给对就都也还又不没请问几多第个种次做用吃说来去到从向比由于为以]"
)
_EDGES = re.compile(
    r"^[的了是在有和与被为于没，。、：；！？,.:;!?\s]+|[的了是在有和与被为于没会能要可，。、：；！？,.:;!?\s]+$"
)
EDGE = "的了是在有和与被为于，。、：；！？,.:;!? \n"


def topic(turn: Turn) -> str:
    """A name in quotes, else what question and answer have in common first, else what stands before the question word."""
    named = NAMED.search(turn.question)
    if named:
        return named.group(1)
    found = [simplified(passage) for passage in turn.passages]
    held = list(dict.fromkeys(name for name in _candidates(turn, found) if name))
    if held:
        plain = len(held[0]) <= 2 and not ANCHOR.search(held[0])
        return " ".join(held[:2]) if plain else held[0]
    subject = ASKS.split(simplified(turn.question), maxsplit=1)[0]
    return turn.question[: len(subject)].strip(EDGE) if 2 <= len(subject) <= 16 else ""


def _candidates(turn: Turn, found: Sequence[str]) -> Iterator[str]:
    """What question and answer have in common, owner and owned apart, in the order of the question."""
    answer = simplified("\n".join((turn.answer, *turn.passages[:1])))
    for at, end in _common(simplified(turn.question), answer):
        for part in turn.question[at:end].split("的"):
            yield _name(_EDGES.sub("", part), found)


def _common(question: str, answer: str) -> list[tuple[int, int]]:
    """Longest stretches of the question, of two characters or more, that stand in the answer; left to right."""
    spans, at = [], 0
    while at < len(question) - 1:
        end = at + 2
        if question[at:end] not in answer or STOP.fullmatch(question[at:end]):
            at += 1
            continue
        while end < len(question) and question[at : end + 1] in answer:
            end += 1
        spans.append((at, end))
        at = end
    return spans


def _name(span: str, found: Sequence[str]) -> str:
    """A span without what is said of its subject: no longer than what two of the passages have."""
    text = re.sub(r"^[天次个個种種位名](?=..)", "", span)
    for end in range(len(text), 2, -1):
        if sum(simplified(text[:end]) in passage for passage in found) >= 2:
            return _even(text, end).strip(EDGE)
    return text if len(STOP.sub("", simplified(text))) >= 2 else ""


def _even(text: str, end: int) -> str:
    """`text[:end]`, not cut within a number or a Latin word."""
    while end < len(text) and re.fullmatch(r"[!-~]{2}", text[end - 1 : end + 1]):
        end += 1
    return text[:end]
