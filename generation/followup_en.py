"""English questions that lean on earlier turns: pronouns, "and …?", "why?", "the latter", "the second one"; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from generation.topic import topic_of
from generation.topic_en import AUX, NAME, QUESTION, STOP, VERBS, WORD, anchored, content, fresh, names

if TYPE_CHECKING:
    from generation.followup import Turn

_END = re.compile(r"[\s?.!,]+$")
_LEAD = re.compile(r"^(?:and|but|so|then|also|okay|ok|well|or)\b[,\s]+", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:(?:what|how) about|what of|same for|and for|for)\s+", re.IGNORECASE)
_BARE = re.compile(
    r"^(?:why(?: not| so| is that| was that| is this| is it)?|how(?: so| come| exactly)?|when(?: exactly| was that)?|where(?: exactly| is that)?|who|"
    r"by whom|since when|until when|how (?:much|many|long|often|far)|for how long|in what way|such as|like what|for example|really|is that so|"
    r"what for|which ones?|what happened (?:then|next)|and then|what then)$",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"^(?:what|anything|who|where) else\b|^(?:any|are there)(?: there)? others?$|^any more$|^what more$|^tell me more$",
    re.IGNORECASE,
)
_PAIR = re.compile(r"\bthe (former|latter)\b", re.IGNORECASE)
_OTHER = re.compile(r"\b(?:the|that) other(?: one| two| ones)?\b(?! (?!one)[a-z])", re.IGNORECASE)
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
_ORDINAL_ONE = re.compile(
    rf"\bthe ({'|'.join(_ORDINALS)}) (?:one|step|stage|option|kind|type|point|phase)\b", re.IGNORECASE
)
_PERSON = r"he|she|him|his|her|hers"
_PRONOUN = re.compile(rf"\b(?:it|its|they|them|their|theirs|{_PERSON})\b", re.IGNORECASE)
_EMPTY_IT = re.compile(
    r"\bit (?:is|was|has been|takes?|took|turns? out|seems?|be)\b.*\b(?:that|to|for)\b|\b(?:is|was) it [a-z]+(?: to [A-Za-z]+)? (?:to|that)\b|\bif it\b",
    re.IGNORECASE,
)
_DEMONSTRATIVE = re.compile(
    rf"\b(?:(?:{AUX}|of|about|for|than|after|before|like|with|from|in|to|on|at|by|do)\s+(that|this|those|these)\b(?!\s+(?:the|a|an|it|they|he|she|there|you|i|we)\b)"
    rf"|^(that|this|those|these)\b)(?:\s+([a-z]+))?",
    re.IGNORECASE,
)
_THERE = re.compile(r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )(?<!\bhas )(?<!\bbe )\bthere$", re.IGNORECASE)
_PREPOSITION = re.compile(r"^(?:in|on|at|for|from|with|by|under|during|after|before|without|to|of)\b", re.IGNORECASE)


def written_out(question: str, turns: Sequence[Turn]) -> str | None:
    """The question on its own, or None where it stands alone already."""
    bare = _END.sub("", question)
    lead = _LEAD.match(bare)
    rest = bare[lead.end() :] if lead else bare
    before = _END.sub("", turns[-1].question)
    for rule in (_more, _bare, _pair, _ordinal, _demonstrative, _pronoun):
        if (made := rule(rest, before, turns)) is not None:
            return made
    if (lead or _ABOUT.match(rest) or _asks_back(rest)) and (made := _fragment(rest, before, turns)) is not None:
        return made
    if lead and QUESTION.match(rest) and len(rest.split()) <= 9 and not anchored(rest):
        return _headed(rest, turns)
    return _unsaid(rest, turns)


def _headed(rest: str, turns: Sequence[Turn]) -> str | None:
    topic = topic_of(turns).removeprefix("the ")
    return f"{topic}: {rest}?" if topic and topic.lower() not in rest.lower() else None


# -- the rules, each giving the whole question or None --------------------------------------------------------------


def _more(rest: str, before: str, turns: Sequence[Turn]) -> str | None:
    if not _MORE.match(rest):
        return None
    return f"{before}: {rest}?" if len(content(rest)) == 0 or rest.lower() == "tell me more" else _headed(rest, turns)


def _bare(rest: str, before: str, turns: Sequence[Turn]) -> str | None:
    return f"{before}: {rest}?" if _BARE.match(rest) else None


def _pair(rest: str, before: str, turns: Sequence[Turn]) -> str | None:
    found, other = _PAIR.search(rest), _OTHER.search(rest)
    if (found is None and other is None) or (found is None and anchored(rest)):
        return None
    two = _operands(before) or _operands(turns[-1].answer)
    if found:
        return (
            f"{rest[: found.start()]}{two[found.group(1).lower() == 'latter']}{rest[found.end() :]}?" if two else None
        )
    assert other is not None
    name = two[1] if two else fresh(turns[-1])
    return f"{rest[: other.start()]}{name}{rest[other.end() :]}?" if name else None


def _operands(text: str) -> tuple[str, str] | None:
    match = re.search(
        rf"((?:the )?{NAME.pattern}(?: [a-z]+)?)(?:,? (?:and|or|than|versus|vs\.?) )((?:the )?{NAME.pattern}(?: [a-z]+)?)",
        text,
    )
    if match is None:
        return None
    trim = [
        re.sub(r"\s(?:use|have|do|is|are|in|on|at|for|of|by|with|to|cost|run|differ|compare)$", "", part)
        for part in match.groups()
    ]
    return trim[0], trim[1]


def _ordinal(rest: str, before: str, turns: Sequence[Turn]) -> str | None:
    found = _ORDINAL_ONE.search(rest)
    if found is None or anchored(rest):
        return None
    items, at = _items(turns[-1].answer), _ORDINALS[found.group(1).lower()]
    if len(items) < 2 or at >= len(items):
        return None
    topic = topic_of(turns)
    topic = topic.removeprefix("the ")
    said = items[at] if topic.lower() in items[at].lower() else f"{items[at]} ({topic})"
    return f"{rest[: found.start()]}{said}{rest[found.end() :]}?"


def _items(answer: str) -> list[str]:
    """What an answer lists: after a colon, else its sentences."""
    head, colon, tail = answer.partition(": ")
    listed = tail if colon and len(head) > 10 else answer
    parts = [part for part in re.split(r"(?<=[.;])\s+|;\s*", listed) if part.strip()]
    if len(parts) < 2:
        parts = [part for part in re.split(r",\s+(?:and\s+)?|\s+and\s+", listed) if part.strip()]
    return [
        re.split(r"\b(?:uses?|until|is|are|has|have|which|with|that)\b", part.strip(" ."))[0].strip() or part
        for part in parts
    ]


def _demonstrative(rest: str, before: str, turns: Sequence[Turn]) -> str | None:
    if anchored(rest):
        return None
    if there := _THERE.search(rest):
        topic = topic_of(turns)
        way = "to" if re.search(r"\b(?:go|come|get|travel|move)\s$", rest[: there.start()]) else "at"
        return f"{rest[: there.start()]}{way} {topic}?" if topic else None
    found = _DEMONSTRATIVE.search(rest)
    if found is None or len(content(rest[: found.start()])) > 3:
        return None
    which = 1 if found.group(1) else 2
    noun = found.group(3) or ""
    year = re.findall(r"\b(?:1\d|20)\d\d\b", f"{before} {turns[-1].answer}")
    if noun in ("year", "years") and year:
        return _pronoun_put(f"{rest[: found.start(which)]}{year[-1]}{rest[found.end(3) :]}", turns)
    topic = topic_of(turns)
    if not topic:
        return None
    bare = not noun or noun in VERBS or noun in STOP
    end = found.end(which) if bare else found.end(3)
    name = topic if bare or noun in topic else f"the {noun} of {topic}" if noun in before + turns[-1].answer else ""
    return f"{rest[: found.start(which)]}{name}{rest[end:]}?" if name else None


def _pronoun(rest: str, before: str, turns: Sequence[Turn]) -> str | None:
    found = _PRONOUN.search(rest)
    if found is None or _EMPTY_IT.search(rest):
        return None
    head = rest[: found.start()]
    if (
        anchored(" " + head[:1].lower() + head[1:])
        or "," in head
        or len(content(head)) > 2
        or re.search(r"\b(?:when|if|while|that)\b.*\b(?:is|are|when)\b", head[4:])
    ):
        return None
    made = _pronoun_put(rest, turns)
    return made if made != f"{rest}?" else None


def _pronoun_put(rest: str, turns: Sequence[Turn]) -> str:
    """The first pronoun that can stand for the topic replaced by it."""
    found = _PRONOUN.search(rest)
    if found is None:
        return f"{rest}?"
    word = found.group().lower()
    topic = topic_of(turns, person=word in _PERSON.split("|"))
    own = word in ("its", "their", "theirs", "his", "hers") or (
        word == "her" and re.match(r"\s+[a-z]", rest[found.end() :])
    )
    return (
        f"{rest[: found.start()]}{topic}{chr(39) + 's' if own else ''}{rest[found.end() :]}?" if topic else f"{rest}?"
    )


def _asks_back(rest: str) -> bool:
    """ "Does Millrace": an auxiliary and a name, and no verb."""
    return bool(
        re.fullmatch(rf"(?:{AUX}) (?:the )?{NAME.pattern}(?: [a-z]+)?(?: too| either)?", rest, re.IGNORECASE)
        and len(rest.split()) <= 4
        and anchored(rest)
    )


def _fragment(rest: str, before: str, turns: Sequence[Turn]) -> str | None:
    """Another year, another place, another thing of the same kind in the question before."""
    part = _ABOUT.sub("", rest)
    if part == rest and _asks_back(rest):
        part = rest.split(" ", 1)[1]
    elif QUESTION.match(part) or len(part.split()) > 7:
        return None
    if _PREPOSITION.match(part) and (place := _same_phrase(part, before)):
        return f"{before[: place[0]]}{part}{before[place[1] :]}?"
    figures = re.findall(r"\d[\d.,]*", part)
    old = re.findall(r"\d[\d.,]*", before)
    core = re.sub(r"^(?:the|a|an|in|on|at|for|with|by)\s+", "", part, flags=re.IGNORECASE)
    if figures and len(figures) == 1 and core == figures[0] and old:
        return before[::-1].replace(old[-1][::-1], figures[0][::-1], 1)[::-1] + "?"
    own = names(before)
    if NAME.fullmatch(core) and own:
        plain = own[-1].split()[0] if " " not in core and len(own[-1].split()) == 2 else own[-1]
        return before.replace(plain, core, 1) + "?"
    topic = topic_of(turns)
    if core[:1].islower() and topic:
        return f"{topic}: {core}?"
    return f"{core}: {before}?"


def _same_phrase(part: str, before: str) -> tuple[int, int] | None:
    """Where the question before has a phrase with the same preposition, the last one."""
    word = part.split()[0]
    kind = r"(?:\s+(?:the|a|an))?(?:\s+[\w\-']+){1,3}?(?=\s+(?:in|on|at|for|from|with|by|under|during|after|before|without|to|of)\b|$)"
    found = list(re.finditer(rf"\b{word}{kind}", before, re.IGNORECASE))
    return found[-1].span() if found else None


def _unsaid(rest: str, turns: Sequence[Turn]) -> str | None:
    """A short question that names nothing, and whose words stand in what was found for the turn before."""
    words = [word.lower() for word in content(rest)]
    if not QUESTION.match(rest) or anchored(rest) or len(rest.split()) > 8 or not 1 <= len(words) <= 2:
        return None
    if re.match(r"(?:what (?:is|are)|who (?:is|was)|define)\b", rest, re.IGNORECASE):
        return None
    found = {
        word.lower()[:5]
        for word in WORD.findall("\n".join((turns[-1].question, turns[-1].answer, *turns[-1].passages)))
    }
    if not all(word[:5] in found for word in words):
        return None
    return _headed(rest, turns)
