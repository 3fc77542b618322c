"""What kind of thing a question asks for, and whether a sentence holds such a thing; Chinese and English, by pattern."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖"
    "邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"


@dataclass(frozen=True, slots=True)
class Expected:
    """A kind of answer: how it is asked for, and what its sentences hold."""

    kind: str
    asks: re.Pattern[str]
    holds: re.Pattern[str]


def _kind(kind: str, asks: str, holds: str) -> Expected:
    return Expected(kind, re.compile(asks, re.IGNORECASE), re.compile(holds))


KINDS = (
    _kind("date", r"何时|什么时候|哪一?年|哪一?天|日期|时间|几月|几号|\bwhen\b|what (?:year|date|day)",
          rf"\d{{4}}\s*年|\d+\s*[月日]|\b(?:1\d|20)\d\d\b|{_MONTHS}|[一二三四五六七八九十]+月"),
    _kind("number", r"多少|几[个年月天次种层倍人名岁]|多[大长高快久远重]|人数|数量|金额|价格|票房|百分|"
          r"how (?:many|much|long|large|big|fast|often|high|old|far)|what (?:number|percent)", r"\d|[一二三四五六七八九十百千万亿两]"),
    _kind("person", r"谁|哪位|何人|姓名|导演|主演|作者|\bwho(?:se|m)?\b",
          rf"(?:[A-Z][a-z]+ ){{1,3}}[A-Z][a-z]+|[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}|·"),
    _kind("place", r"哪里|哪儿|何地|何处|地点|位于|在哪|哪个(?:国家|城市|省|地方)|\bwhere\b|(?:what|which) (?:city|country|place)",
          r"[省市县区州国镇村岛山河路街]|\b(?:in|at|near|of) [A-Z]"),
    _kind("reason", r"为什么|为何|原因|\bwhy\b|how come",
          r"因为|由于|因此|所以|从而|导致|[Bb]ecause|[Ss]ince|[Dd]ue to|so that|[Tt]hus|[Tt]herefore|in order"),
    _kind("purpose", r"(?:有|做|干|起)什么(?:用|作用)|(?:做|干)什么(?:用)?的|用来(?:做|干)(?:什么|啥)|(?:用途|作用|用处)是|干嘛(?:用)?的|"
          r"what (?:is|are) .{2,60} for\s*[?？]*$|what (?:does|do) .{2,60} do\s*[?？]*$|\bpurpose of\b",
          r"用于|用来|用作|实现|能够|可以|帮助|旨在|负责|\bused (?:for|to|as)\b|\b(?:lets?|allows?|enables?|provides?|helps?|serves?)\b|designed to|in order to"),
    _kind("definition", r"什么是|是什么意思|定义|what (?:is|are)\b|\bdefine\b",
          r"是指|是一种|是一个|称为|指的是|即|\bis an?\b|\bare\b|refers? to|known as|defined"),
)  # fmt: skip


def expected(question: str) -> Expected | None:
    """The kind that the question asks for; None where no pattern tells."""
    return next((kind for kind in KINDS if kind.asks.search(question)), None)


def holds(kind: Expected, sentence: str, question: str) -> bool:
    """Whether the sentence holds such a thing that the question does not bring along: its own figures do not count."""
    for own in re.findall(r"\d+", question):
        sentence = sentence.replace(own, "")
    return bool(kind.holds.search(sentence))
