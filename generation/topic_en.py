"""What an English turn was about: the names that question and answer share; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generation.followup import Turn

AUX = r"does|did|do|is|was|are|were|can|could|will|would|has|have|had|should|must|may"
VERBS = frozenset(
    "hold mean work take happen cost apply help need come go make do look sound include require look still also change affect last start end have "
    "be been not true allowed possible the so too".split()
)
STOP = frozenset(
    "a an the of in on at to for from by with and or but as is are was were be been do does did can could will would shall should may might must has have had i you we me my your our us it its "
    "they them their he she his her him this that these those there here what which who whom whose when where why how much many long often far any some no not if then than so too also else one ones "
    "about into over under up down out off only very more most other another please".split()
)  # fmt: skip
QUESTION = re.compile(
    rf"^(?:what|which|who|whom|whose|when|where|why|how|{AUX}|am|any)\b|^(?:in|on|at|by|for|to|from|with|under|during) (?:what|which|whom|how)\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[A-Za-z][A-Za-z'’\-]*|\d[\d.,]*")
NAME = re.compile(
    r"(?:[A-Z][\w\-]*|\d[\d.]*\b)(?:(?:\s+(?:of|the|de|von|van|and the)(?=\s+[A-Z]))?\s+(?:[A-Z][\w\-]*|\d[\d.]*\b))*"
)


def topic(turn: Turn, *, person: bool = False) -> str:
    """The name that question and answer share, with the noun after it; a `person` is never a thing first named in the answer."""
    own = names(turn.question)
    shared = [name for name in own if name in turn.answer] or own
    new = fresh(turn) if not shared or (not person and len(shared) == 1 and _asks_for_thing(turn.question)) else ""
    if new or shared:
        return _whole(new or shared[0], turn)
    return " ".join(content(turn.question)[:4])


def names(question: str) -> list[str]:
    """Names in a question, its first word left out where it is only capitalised for its place."""
    found = []
    for match in NAME.finditer(question):
        name = match.group()
        if match.start() == 0:
            first, _, others = name.partition(" ")
            name = others if QUESTION.match(first) or first.lower() in STOP else name
        name = re.sub(r"^(?:the|of|and the) ", "", name)
        if name and re.search("[A-Za-z]", name) and name.lower() not in STOP:
            found.append(_with_noun(question, name))
    return found


def _whole(name: str, turn: Turn) -> str:
    """A name with what belongs before it in question and answer: `the lighthouse at Larkspur Bay`, `the Marlow Trail`."""
    begins = re.search(rf"\b[a-z]+ (?:at|of|in|on|for) (?:the )?{re.escape(name)}", turn.question)
    if begins and begins.group() in turn.answer and begins.group().split()[0] not in STOP:
        name = begins.group()
    return (
        f"the {name}"
        if re.search(rf"\bthe {re.escape(name)}", f"{turn.question} {turn.answer}", re.IGNORECASE)
        else name
    )


def _with_noun(text: str, name: str) -> str:
    """`Anambra` with `herbarium`, `L` with `series`: the lower-case noun that belongs to a name in this text."""
    after = text[text.find(name) + len(name) :]
    noun = re.match(r"\s([a-z]{3,})(?=[\s?.,'’]|$)", after)
    short = len(name.split()) == 1 or re.fullmatch(r"[A-Z]", name)
    if (
        noun
        and short
        and noun.group(1) not in STOP | VERBS
        and not re.search(
            r"(?:ed|ing|ly)$|^(?:print|found|study|stand|sell|settle|keep|encrypt|use|receive|win|resolve)",
            noun.group(1),
        )
    ):
        return f"{name} {noun.group(1)}"
    return name


def _asks_for_thing(question: str) -> bool:
    """Whether the answer to this question is a thing of its own: what somebody founded, what ended something."""
    return bool(
        re.match(r"(?:what|which)\b(?! (?:is|are|was|were|about|kinds?|of)\b)", question, re.IGNORECASE)
    ) and not re.search(
        r"\b(?:cost|price|settle|mean|use|do|happen|stages?|steps?|kinds?|types?|sell|side)\b", question, re.IGNORECASE
    )


def fresh(turn: Turn) -> str:
    """The first name of the answer that the question does not have."""
    for match in NAME.finditer(turn.answer):
        name = re.sub(r"^(?:The|A|An|In|Under|On|At) ", "", match.group())
        begins = (
            re.search(r"(?:^|[.!?:]\s+)$", turn.answer[: match.start()]) and name == match.group() and " " not in name
        )
        if not begins and name.lower() not in STOP and name not in turn.question and re.search("[A-Za-z]{2}", name):
            return _with_noun(turn.answer, name)
    return ""


def content(text: str) -> list[str]:
    """Its words without those that every question has."""
    return [word for word in WORD.findall(text) if word.lower() not in STOP]


def anchored(text: str) -> bool:
    """Whether it names something: a capitalised word within, a figure, code or quotes."""
    return bool(re.search(r"(?<=\s)[A-Z]|\d|[`\"“_/]|[a-z][A-Z]|\w\.\w", re.sub(r"\bI\b", "i", text)))
