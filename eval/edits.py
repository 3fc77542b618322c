"""Further single details to change in a true sentence, those that a reader overlooks: direction, scale, limit, duty, order,
negation of every form, a neighbour's name or figure; made with a seed; pure.

`eval.falsify` holds the plainer ones. Here nothing new is brought in where the passage itself can lend it, so that
overlap of words says nothing.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from eval.falsify import OPPOSITES
from library.text import HAN

if TYPE_CHECKING:
    from eval.damage import Make, Pair, Scene

_Table = dict[bool, tuple[tuple[str, str], ...]]
_SCALES: _Table = {
    True: (("万亿", "亿"), ("亿", "万"), ("万", "亿"), ("千", "万"), ("萬", "億"), ("億", "萬"), ("百", "千")),
    False: (("million", "billion"), ("billion", "million"), ("thousand", "million"), ("hundred", "thousand"), ("trillion", "billion")),
}  # fmt: skip
_LIMITS: _Table = {
    True: (("不超过", "超过"), ("超过", "不足"), ("不低于", "低于"), ("以上", "以下"), ("以下", "以上"), ("至少", "至多"), ("最多", "最少"), ("不少于", "少于"), ("高于", "低于"),
           ("大于", "小于"), ("多于", "少于"), ("早于", "晚于"), ("以内", "以外"), ("不到", "超过"), ("不足", "超过"), ("將近", "超過"), ("近", "超过"), ("超過", "不到"), ("余", "不到")),
    False: (("more than", "less than"), ("less than", "more than"), ("fewer than", "more than"), ("at least", "at most"), ("at most", "at least"), ("over", "under"), ("up to", "at least"),
            ("higher than", "lower than"), ("lower than", "higher than"), ("greater than", "smaller than"), ("above", "below"), ("below", "above"), ("nearly", "more than"), ("almost", "over")),
}  # fmt: skip
_MODALS: _Table = {
    True: (("可以", "必须"), ("应当", "可以"), ("必须", "可以"), ("不得", "可以"), ("可能", "一定"), ("应该", "不必"), ("可能会", "必然会"), ("须", "可"), ("能够", "必须"), ("必須", "可以"), ("應", "可")),
    False: (("may", "must"), ("can", "must"), ("must", "may"), ("should", "need not"), ("might", "will"), ("could", "will"), ("shall", "may"), ("may", "will"), ("required", "allowed"), ("allowed", "required")),
}  # fmt: skip
_ORDERS: _Table = {
    True: (("第一", "第二"), ("第二", "第三"), ("第三", "第一"), ("首个", "第二个"), ("首次", "第二次"), ("首位", "末位"), ("首任", "末任"), ("第四", "第五"), ("最大", "第二大"), ("最高", "第二高"), ("最长", "最短"), ("最多", "最少")),
    False: (("first", "second"), ("second", "third"), ("third", "second"), ("fourth", "fifth"), ("largest", "second largest"), ("highest", "lowest"), ("former", "latter"), ("oldest", "newest"), ("final", "first"), ("last", "first")),
}  # fmt: skip
_TIMES: _Table = {
    True: (("之前", "之后"), ("之后", "之前"), ("以前", "以后"), ("以后", "以前"), ("此前", "此后"), ("随后", "此前"), ("之後", "之前"), ("前", "后"), ("後", "前"), ("后", "前")),
    False: (("before", "after"), ("after", "before"), ("since", "until"), ("until", "since"), ("during", "after"), ("later", "earlier"), ("earlier", "later"), ("preceded", "followed"), ("following", "preceding")),
}  # fmt: skip
_DENIALS: _Table = {
    True: (("已经", "尚未"), ("有", "无"), ("能", "无法"), ("可以", "不得"), ("成功", "未能成功"), ("具有", "不具有"), ("包括", "不包括"), ("属于", "不属于"), ("获得", "未获得"),
           ("参加", "未参加"), ("需要", "无需"), ("同意", "不同意"), ("支持", "不支持"), ("存在", "不存在"), ("成立", "未成立"), ("发现", "没有发现"), ("使用", "没有使用"), ("进行", "没有进行"), ("開始", "沒有開始")),
    False: (("was", "was never"), ("were", "were no longer"), ("is", "is no longer"), ("has", "has never"), ("have", "have never"), ("able to", "unable to"), ("with", "without"),
            ("includes", "excludes"), ("included", "did not include"), ("became", "never became"), ("won", "failed to win"), ("received", "did not receive"), ("agreed to", "refused to"),
            ("used", "did not use"), ("made", "did not make"), ("possible", "impossible"), ("likely", "unlikely"), ("known", "unknown"), ("found", "did not find")),
}  # fmt: skip


def _swap(table: _Table) -> Make:
    """One of the pairs put for another: whole words, and in Chinese not within a word that only holds the characters."""

    def make(scene: Scene, rng: random.Random) -> Pair | None:
        pairs = table[scene.zh]
        for old, new in rng.sample(pairs, len(pairs)):
            pattern = rf"(?<![{_WITHIN}]){old}(?![{_BEHIND}])" if scene.zh else rf"\b{old}\b"
            found = re.search(pattern, scene.sentence)
            if found:
                return scene.sentence[: found.start()] + new + scene.sentence[found.end() :], scene.source
        return None

    return make


# characters beside which a short Chinese word is mostly part of another: 没有, 所有, 目前, 前往, 最近, 先后, 然后
_WITHIN = "没沒未不无無所只具拥擁享富目先然皇太王天最附接靠性效功才职職智技核机機原从從今事空生日死落婚战戰"
_BEHIND = "关關效限时時些的期往来來者身后後景提面线線视視代年世进進锋鋒途"


def scale(scene: Scene, rng: random.Random) -> Pair | None:
    """A figure's million is a billion, its 万 an 亿."""
    for old, new in rng.sample(_SCALES[scene.zh], len(_SCALES[scene.zh])):
        pattern = rf"(?<=[\d一二三四五六七八九十几数]){old}" if scene.zh else rf"(?<=\d )\b{old}\b|(?<=[a-z] ){old}\b"
        found = re.search(pattern, scene.sentence)
        if found:
            return scene.sentence[: found.start()] + new + scene.sentence[found.end() :], scene.source
    return None


def points(scene: Scene, rng: random.Random) -> Pair | None:
    """A percentage is one of points, or points a percentage."""
    pairs = (("个百分点", "%"), ("%", "个百分点"), ("％", "个百分点")) if scene.zh else (("percentage points", "percent"), ("%", " percentage points"), ("percent", "percentage points"))  # fmt: skip
    for old, new in pairs:
        found = re.search(rf"(?<=\d) ?{old}", scene.sentence)
        if found:
            return scene.sentence[: found.start()] + new + scene.sentence[found.end() :], scene.source
    return None


def year(scene: Scene, rng: random.Random) -> Pair | None:
    """A year is a few before or after."""
    found = re.search(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d|,)", scene.sentence)
    if not found:
        return None
    new = str(int(found[0]) + rng.choice((-10, -3, -2, -1, 1, 2, 3, 10)))
    return scene.sentence[: found.start()] + new + scene.sentence[found.end() :], scene.source


def figure(scene: Scene, rng: random.Random) -> Pair | None:
    """A figure is another one of the same passage, which is as long or as short."""
    pattern = r"(?<![\d.,-])\d+(?:[.,]\d+)*(?![\d,.]*\d)"
    own = [m for m in re.finditer(pattern, scene.sentence) if len(m[0]) > 1]
    rest = scene.source.replace(scene.sentence, " ")
    for found in rng.sample(own, len(own)):
        others = sorted({m[0] for m in re.finditer(pattern, rest) if abs(len(m[0]) - len(found[0])) <= 1} - {found[0]})
        others = [one for one in others if one not in scene.sentence and (len(one) == 4) is (len(found[0]) == 4)]
        if others:
            return scene.sentence[: found.start()] + rng.choice(others) + scene.sentence[found.end() :], scene.source
    return None


def neighbour(scene: Scene, rng: random.Random) -> Pair | None:
    """A name is another one of the same passage, of the same form."""
    if scene.zh:
        pattern = rf"[{HAN}]{{2}}(?=[省市县縣区區国國州])|(?<=《)[^《》]{{2,12}}(?=》)|(?:原告|被告)[{HAN}]某?|(?<=[，。])[{HAN}]{{2,3}}(?=于|任|在|曾)"
    else:
        pattern = r"(?<=[a-z,] )[A-Z][a-z]{3,}(?: [A-Z][a-z]+)*"
    own = list(re.finditer(pattern, scene.sentence))
    held = sorted({m[0] for m in re.finditer(pattern, scene.source)})
    for found in rng.sample(own, len(own)):
        others = [name for name in held if name not in scene.sentence and found[0] not in name and len(name.split()) == len(found[0].split())]  # fmt: skip
        if others:
            return scene.sentence[: found.start()] + rng.choice(others) + scene.sentence[found.end() :], scene.source
    return None


def passive(scene: Scene, rng: random.Random) -> Pair | None:
    """Who did it and to whom it was done change places around "by" or 被."""
    if scene.zh:
        found = re.search(rf"(?<![{HAN}])([{HAN}]{{2,6}})被([{HAN}]{{2,4}}?)(?=所|任命|授|评|选|击|打|杀|逮|抓|称|誉)", scene.sentence)  # fmt: skip
    else:
        found = re.search(r"\b([A-Z][a-z]+(?: [A-Z][a-z]+){0,2})(?= (?:was|were|is|are)\b).{3,40}? by ([A-Z][a-z]+(?: [A-Z][a-z]+){0,2})\b(?!-)", scene.sentence)  # fmt: skip
    if not found or found[1] in (found[2], "It", "He", "She", "They"):
        return None
    a, b = found.span(1), found.span(2)
    text = scene.sentence
    return text[: a[0]] + found[2] + text[a[1] : b[0]] + found[1] + text[b[1] :], scene.source


EDITS: dict[str, Make] = {
    "direction": _swap({zh: (*pairs, *((b, a) for a, b in pairs)) for zh, pairs in OPPOSITES.items()}),
    "scale": scale, "limit": _swap(_LIMITS), "duty": _swap(_MODALS), "order": _swap(_ORDERS), "before and after": _swap(_TIMES),
    "denial": _swap(_DENIALS), "points": points, "year": year, "figure of the passage": figure, "name of the passage": neighbour,
    "passive": passive,
}  # fmt: skip
