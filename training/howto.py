"""Questions made by rule of what a sentence tells: how, why, when, what for, what if, whether; in words that need not be its own.

`training.made` puts a question word in a detail's place, so the rest of the question stands in the sentence. People who ask a
manual use other words than it does: here a part of the sentence asks for the other part, and common words give way to others
of their meaning.
"""

from __future__ import annotations

import random
import re
from typing import NamedTuple

from library.text import HAN
from training.made import Made
from training.wordings import SYNONYMS

_HAN = re.compile(f"[{HAN}]")
_STOPS = "。.;；，,：:!！?？ "
_POINTING = re.compile(
    r"^(?:这|那|它|其|此|该|以下|下面|上面|以上|他|她|本文|有些|(?:it|this|that|they|these|those|there|he|she|which|we|here|what|one|some|i)\b)",
    re.IGNORECASE,
)
_NO_NOUN = re.compile(
    r"^(?:如果|若|由于|因|当|但|而|或|并|且|只有|需要|可以|请|指示|在|对|从|将|把|为|调用|利用|的|了|着|过|否|，)|[是的]$"
)
_SAME = 0.4  # share of the questions that keep the sentence's words


class Way(NamedTuple):
    """How a sentence of this form is asked: the groups that questions are made of, and the one that answers."""

    form: re.Pattern[str]
    questions: tuple[str, ...]
    answer: str  # the name of a group, or "" for the whole sentence


def _way(form: str, answer: str, *questions: str) -> Way:
    return Way(re.compile(form), questions, answer)


_VP, _NP = r"[^，,。；：:“”\n]{3,32}", r"[^，,。；：:是\n]{2,24}"
_END = r"(?=[，,。；：:！!？?\n]|$)"
_ZH = (
    _way(rf"^(?:(?:如果|若)?(?:你|您|用户)?(?:想要|想|需要|希望|要)|若要|如需|为了)(?P<v>{_VP})[，,](?P<r>.{{5,}})", "r",
         "如何{v}？", "怎么{v}？", "怎样才能{v}？", "{v}要怎么做？", "我想{v}，该怎么办？"),
    _way(rf"(?:可以|可|请|需要?|应该?|应当|能够?)?(?:使用|通过|用|运行|执行|调用|利用|借助)(?P<x>[^，,。；]{{2,30}}?)(?:命令|函数|方法)?(?:来|去|以)(?P<v>{_VP}){_END}", "x",
         "如何{v}？", "用什么{v}？", "怎样{v}？", "{v}应该用什么？", "什么可以用来{v}？"),
    _way(rf"(?:因为|由于|因)(?P<a>[^，,。；]{{4,40}})[，,](?:所以|因此|因而)?(?P<b>{_VP}){_END}", "a", "为什么{b}？", "{b}的原因是什么？", "{b}，这是为什么？"),
    _way(rf"^(?P<b>{_VP})[，,](?:这是)?因为(?P<a>.{{4,60}}){_END}", "a", "为什么{b}？", "{b}的原因是什么？"),
    _way(rf"^(?:当|如果|若|一旦|假如)(?P<a>{_VP}?)(?:的时候|时候?|的话|后|之后)?[，,](?:那么|则|就)?(?P<b>[^。]{{5,80}}){_END}", "b",
         "{a}会怎样？", "如果{a}，会发生什么？", "{a}时会怎么样？", "{a}怎么办？", "{a}应该怎么做？"),
    _way(rf"^(?:只有|当|如果|仅在|在)(?P<a>{_VP}?)(?:的时候|时|后|之后|的情况下)[，,]?(?:才|会|则)(?P<b>{_VP}){_END}", "a", "什么时候{b}？", "什么情况下{b}？"),
    _way(rf"^(?P<x>{_NP}?)(?:主要)?(?:用于|用来|的作用是|的目的是|可以让|旨在|负责)(?P<y>{_VP}){_END}", "y", "{x}有什么用？", "{x}是做什么的？", "{x}的作用是什么？", "为什么需要{x}？"),
    _way(rf"^(?P<x>{_NP}?)(?:主要)?(?:用于|用来|负责)(?P<y>{_VP}){_END}", "x", "什么可以{y}？", "{y}要用什么？", "哪个{y}？"),
    _way(rf"^(?P<x>{_NP})是(?:一个|一种|指)?(?P<y>[^。；]{{6,80}}){_END}", "y", "什么是{x}？", "{x}是什么？", "{x}是什么意思？"),
    _way(rf"^(?P<x>{_NP}?)(?:不|不会|不能|无法|没有|不再|会|能|可以|默认)?(?P<v>支持|允许|需要|包含|提供|要求|影响|使用|返回|接受)(?P<y>{_VP}){_END}", "",
         "{x}{v}{y}吗？", "{x}是否{v}{y}？"),
    _way(rf"^(?P<x>{_NP}?)(?P<v>支持|允许|需要|包含|提供|要求|返回|接受|包括|由)(?P<y>[^，,。；]{{3,60}}){_END}", "y", "{x}{v}什么？", "{x}{v}哪些东西？", "{x}{v}的是什么？"),
    _way(rf"(?P<x>{_VP})(?:默认为|默认是|的默认值[是为]|设置?为|应为|等于)(?P<y>[^，,。；]{{1,30}}){_END}", "y", "{x}默认是什么？", "{x}应该设成什么？", "{x}是多少？", "{x}取什么值？"),
    _way(rf"(?:必须|应当|应该|需要|务必|请)(?P<v>{_VP})(?:之?后)?[，,]?(?:才能?|方可|以便|以|从而)(?P<b>{_VP}){_END}", "v", "怎样才能{b}？", "{b}之前要做什么？", "{b}需要什么条件？"),
    _way(rf"(?:不要|不能|禁止|不得|避免|切勿)(?P<v>{_VP}){_END}", "", "可以{v}吗？", "能不能{v}？", "允许{v}吗？"),
    _way(rf"(?:建议|推荐|最好)(?:您|你)?(?P<v>{_VP}){_END}", "v", "推荐的做法是什么，要不要{v}？", "是否应该{v}？", "建议{v}吗？"),
    _way(r"(?:存储|保存|存放|位于|写入|写在|放在|定义|记录)(?:在|到|于)?(?P<y>[^，,。；]{2,30}?)(?:文件|目录|中|里|下|内)", "y", "{w}在哪里？", "{w}放在什么地方？", "哪个文件里有{w}？"),
)  # fmt: skip
_SUBJECT = r"(?:(?:An?|The|Each|Every|All|Any|Your|Most|No) [^,.;:?]{2,50}?|[A-Z`][^\s,.;:?]+|[A-Z][^\s,.;:?]+ [A-Z][^\s,.;:?]+)"
_REST, _STOP = r"[^.;:?]{6,90}", r"(?=[,.;:]|$)"
_EN = (
    _way(r"^(?:In order |If you (?:want|need|wish|would like) )?[Tt]o (?P<v>[a-z][^,.:;]{5,70}), (?P<r>.{8,})", "r",
         "How do I {v}?", "How can I {v}?", "How to {v}?", "What should I do to {v}?", "What is the way to {v}?"),
    _way(r"\b(?:[Uu]se|[Uu]sing|[Rr]un|[Cc]all|with) (?P<x>[^,.;:]{2,50}?) to (?P<v>[a-z][^,.;:]{5,70})", "x",
         "How do I {v}?", "How can I {v}?", "What can I use to {v}?", "What is used to {v}?", "Which one do I need to {v}?"),
    _way(rf"^(?P<s>{_SUBJECT}) (?P<aux>is|are|was|were|can|cannot|must|should|will|may|does not|do not) (?P<b>[^,.;:?]{{4,70}}),? because (?P<a>{_REST})", "a",
         "Why {aux} {s} {b}?", "What is the reason that {s} {aux} {b}?"),
    _way(rf"^(?:If|When|Once|Whenever) (?P<a>[^,.:;?]{{8,80}}), (?:then )?(?P<b>{_REST})", "b",
         "What happens if {a}?", "What happens when {a}?", "What should be done when {a}?", "What if {a}?"),
    _way(rf"^(?P<s>{_SUBJECT}) (?P<aux>is|are|can|cannot|must|should|will|may|does not|do not) (?P<b>[^,.;:?]{{4,60}}?) (?:only )?(?:if|when|unless|after|until) (?P<a>{_REST})", "a",
         "When {aux} {s} {b}?", "In which case {aux} {s} {b}?", "Under what condition {aux} {s} {b}?"),
    _way(rf"^(?P<x>{_SUBJECT}) (?:is|are|can be) used (?:to|for) (?P<y>{_REST})", "y", "What is {x} used for?", "What does {x} do?", "What is the purpose of {x}?", "Why do I need {x}?"),
    _way(rf"^(?P<x>{_SUBJECT}) (?:is|are) (?:an?|the) (?P<y>{_REST})", "y", "What is {x}?", "What is meant by {x}?", "Who or what is {x}?", "Explain {x}, please."),
    _way(rf"^(?P<s>{_SUBJECT}) (?P<aux>is|are|can|cannot|must|should|will|may|has|does not|do not) (?P<b>[^,.;:?]{{6,70}}){_STOP}", "", "{aux} {s} {b}?"),
    _way(rf"^(?P<x>{_SUBJECT}) (?P<v>return|provide|contain|support|allow|require|create|accept|include|need|use|offer|generate|handle|define)s (?P<y>{_REST})", "y",
         "What does {x} {v}?", "What is it that {x} {v}s?"),
    _way(rf"^(?P<x>{_SUBJECT}) (?P<v>return|provide|contain|support|allow|require|create|accept|include|need|use|offer|generate|handle|define)s (?P<y>{_REST}){_STOP}", "", "Does {x} {v} {y}?"),
    _way(r"\b(?:is|are) (?:stored|saved|located|kept|written|defined|placed|recorded) (?:in|at|to|under) (?P<y>[^,.;:]{3,50})", "y", "Where is {w}?", "Where can I find {w}?", "Which file holds {w}?"),
    _way(rf"^(?P<x>{_SUBJECT}) (?:defaults to|is set to|is by default) (?P<y>[^,.;:]{{1,40}})", "y", "What is the default of {x}?", "What value has {x}?", "What is {x} by default?"),
    _way(r"\b(?:[Dd]o not|[Dd]on't|never|[Aa]void|must not|should not|cannot) (?P<v>[a-z][^,.;:]{5,60})", "", "Can I {v}?", "Am I allowed to {v}?", "Should I {v}?"),
    _way(r"\b(?:[Ww]e recommend|[Ii]t is recommended|you should|[Mm]ake sure) (?:that |to |you )?(?P<v>[^,.;:]{6,70})", "v", "Is it advisable to {v}?", "Should I {v}?"),
)  # fmt: skip


def told(sentence: str, chance: random.Random) -> Made | None:
    """A question that the sentence answers, with the [start, end) of what answers it; None where no form fits."""
    zh = bool(_HAN.search(sentence))
    found = [(way, match) for way in (_ZH if zh else _EN) if (match := way.form.search(sentence))]
    found = [(way, match) for way, match in found if not _points(match)]
    if not found:
        return None
    way, match = chance.choice(found)
    parts = {name: text.strip(_STOPS) for name, text in match.groupdict().items() if text}
    parts["w"] = sentence[: match.start()].strip(_STOPS)  # what stands before the form
    question = chance.choice(way.questions)
    if any(f"{{{name}}}" in question and len(parts.get(name, "")) < 2 for name in ("w", "x", "v", "a", "b", "y", "s")):
        return None
    question = question.format(**parts)
    if not zh:
        question = _english(question)
    elif chance.random() < 0.3:
        question = question.rstrip("？")
    if chance.random() >= _SAME:
        question = _otherwise(question, zh, chance)
    return Made(question, match.span(way.answer) if way.answer else (0, len(sentence)))


def _points(match: re.Match[str]) -> bool:
    """Whether a part that is asked about points to what stands elsewhere."""
    return any(
        text and (_POINTING.match(text) or (name in "xyv" and _NO_NOUN.search(text)))
        for name, text in match.groupdict().items()
        if name in "xsabyv"
    )


def _english(question: str) -> str:
    """The asker's person, and "does X not" for "does not X"."""
    question = re.sub(r"\byour\b", "my", re.sub(r"\byou\b", "I", question, flags=re.I), flags=re.I)
    question = re.sub(r"(?<=\w )(?:An?|The|Each|Every|All|Any|Most|No)\b(?= )", lambda m: m[0].lower(), question)
    question = re.sub(r"\b(does|do|can)(?: not|not) (?=[a-z]+ )", r"\1 ", question)
    return question[:1].upper() + question[1:]


def _otherwise(question: str, zh: bool, chance: random.Random) -> str:
    """Some of the words that have others of their meaning give way to one of them."""
    for group in SYNONYMS[0 if zh else 1]:
        words = [
            word
            for word in group
            if (len(word) > 1 and word in question if zh else re.search(rf"\b{word}\b", question))
        ]
        if words and chance.random() < 0.6:
            old, new = max(words, key=len), chance.choice(group)
            question = question.replace(old, new) if zh else re.sub(rf"\b{old}\b", new, question)
    return question
