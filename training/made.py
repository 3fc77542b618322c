"""Questions made by rule out of a passage, and questions altered until the passage no longer answers them; with a seed.

A sentence's figure, date, name or reason gives way to the word that asks for it: in Chinese such a sentence is a good
question as it stands. (After cloze pre-training for reading, Dhingra et al., NAACL 2018.)
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import NamedTuple

from eval import falsify
from eval.damage import Make, Scene
from eval.edits import EDITS
from library.text import HAN, sentences

_HAN = re.compile(f"[{HAN}]")
_SHORTEST, _LONGEST = 12, 220  # characters of a sentence that is asked about
_CLAUSE = re.compile(r"[，,；;]")


class Made(NamedTuple):
    """A question and the [start, end) of its answer in the passage."""

    question: str
    span: tuple[int, int]


_ZH: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"\d{3,4}年(?:\d{1,2}月(?:\d{1,2}日)?)?"), ("什么时候", "何时", "哪一年", "哪年")),
    (re.compile(r"\d{1,2}月\d{1,2}日"), ("几月几日", "哪一天", "什么时候")),
    (re.compile(r"\d[\d,.]*\s*(?:万|亿|萬|億)?(?=\s*[个個名人次座位家部种種条條项項所册])"), ("多少", "几")),
    (re.compile(r"\d[\d,.]*\s*(?:万|亿|萬|億)?\s*(?:%|％|元|公里|平方公里|公尺|米|吨|公斤|倍|岁|歲|天|小时|分钟|GB|MB|ms)"), ("多少",)),
    (re.compile(r"[二三四五六七八九十百千][一二三四五六七八九十百千]{0,4}(?=[个個名年日月人条條项項座次元])"), ("几", "多少")),
    (re.compile(r"百分之[一二三四五六七八九十百]+"), ("百分之几", "多少")),
    (re.compile(r"《[^《》]{2,20}》"), ("哪部作品", "什么", "哪一部")),
    (re.compile(rf"(?<=由)[{HAN}·]{{2,12}}(?=负责|負責|审批|决定|決定|批准|担任|擔任|执导|創立|创立|设计|設計|主演|制定|组成|組成)"), ("谁", "哪个部门", "什么")),
    (re.compile(rf"(?<=位于|位於)[{HAN}A-Za-z]{{2,16}}"), ("哪里", "什么地方", "哪裡")),
    (re.compile(rf"(?<=称为|稱為|叫做|名为|名為)[{HAN}A-Za-z“”「」]{{2,14}}"), ("什么",)),
    (re.compile(rf"(?<=因为|因為|由于|由於)[{HAN}A-Za-z]{{4,30}}"), ("什么原因", "什么")),
    (re.compile(r"[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+)*"), ("什么", "谁", "哪个")),
)  # fmt: skip
_NAME = r"[A-Z][\w’'-]+(?: (?:of |the |de )?[A-Z][\w’'-]+)*"
_EN: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"(?<=\b[Ii]n )(?:1[0-9]\d\d|20\d\d)\b"), ("what year", "which year")),
    (re.compile(rf"\b\d{{1,2}} (?:{'|'.join(falsify.MONTHS)})(?: \d{{4}})?|(?:{'|'.join(falsify.MONTHS)}) \d{{1,2}}(?:, \d{{4}})?"), ("what date", "which day")),
    (re.compile(r"(?<=[a-z] )\d[\d,.]*(?: (?:million|billion|thousand))?(?= [a-z]{3,})"), ("how many",)),
    (re.compile(r"\b\d[\d.]*\s?(?:%|percent|per cent|km|miles|metres|meters|GB|MB|ms)"), ("how much", "what amount")),
    (re.compile(rf"(?<=\bby ){_NAME}"), ("whom", "what", "which person")),
    (re.compile(rf"(?<=[a-z] in ){_NAME}"), ("what place", "which city", "which country")),
    (re.compile(rf"^{_NAME}(?= (?:was|is|had|has|were|are|won|wrote|became|led|made|discovered|founded|called|said)\b)"), ("Who", "What", "Which")),
    (re.compile(r"(?<=because )[a-z][^,.;]{10,70}"), ("of what", "of which reason")),
    (re.compile(rf"(?:(?<=called )|(?<=known as )|(?<=named )){_NAME}"), ("what",)),
    (re.compile(rf"(?<=[a-z] ){_NAME}"), ("what", "who", "which")),
)  # fmt: skip


def asked(text: str, chance: random.Random, most: int) -> Iterator[Made]:
    """At most `most` questions of one passage, each of another sentence."""
    spans = [(a, b) for a, b in sentences(text) if _SHORTEST <= b - a <= _LONGEST]
    for a, b in chance.sample(spans, len(spans)):
        if most == 0:
            return
        found = _one(text[a:b], chance)
        if found is not None:
            most -= 1
            yield Made(found.question, (a + found.span[0], a + found.span[1]))


def _one(sentence: str, chance: random.Random) -> Made | None:
    zh = bool(_HAN.search(sentence))
    hits = [(m, words) for pattern, words in (_ZH if zh else _EN) for m in pattern.finditer(sentence)]
    # a rule that matches everywhere does not crowd out the rest: rules first, then one of its places
    by_rule: dict[tuple[str, ...], list[re.Match[str]]] = {}
    for match, words in hits:
        if match[0].strip():
            by_rule.setdefault(words, []).append(match)
    if not by_rule:
        return None
    words = chance.choice(sorted(by_rule))
    match = chance.choice(by_rule[words])
    first, last = _around(sentence, match.span(), chance)
    before, after = sentence[first : match.start()], sentence[match.end() : last]
    if len((before + after).strip()) < (6 if zh else 15):
        return None
    question = f"{before}{chance.choice(words)}{after}".strip().rstrip("。.;；，,：:!！?？") + ("？" if zh else "?")
    return Made(question, match.span())


def _around(sentence: str, span: tuple[int, int], chance: random.Random) -> tuple[int, int]:
    """The clauses that are kept of the sentence: all, or those about the answer."""
    if chance.random() < 0.35:
        return 0, len(sentence)
    cuts = [0, *(m.end() for m in _CLAUSE.finditer(sentence)), len(sentence)]
    first = max(at for at in cuts if at <= span[0])
    last = min(at for at in cuts if at >= span[1])
    if last - first < 18 and first > 0:  # too little to be found by
        first = max(at for at in cuts if at < first)
    return first, last


_ALTER: tuple[Make, ...] = (
    falsify.digit, falsify.name, falsify.name, falsify.quantifier, falsify.month, falsify.roles, *EDITS.values(),
)  # fmt: skip


def altered(question: str, passage: str, other: str, chance: random.Random) -> str | None:
    """The question with one detail changed (figure, name, order, direction, negation, neighbour's name), or None.

    :param other: another passage, which may lend a name.
    """
    scene = Scene(question, passage, other, bool(_HAN.search(question)))
    for make in chance.sample(_ALTER, len(_ALTER)):
        made = make(scene, chance)
        if made is not None and made[0] != question:
            return made[0]
    return None
