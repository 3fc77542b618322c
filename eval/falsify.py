"""What makes a true quote false: one figure, sign, unit, name, negation, limit, order or cut; made with a seed; pure."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from library.text import HAN, sentences

if TYPE_CHECKING:
    from eval.damage import Make, Pair, Scene

_DIGITS = re.compile(r"\d")
_ZH_NUMBER = re.compile(r"[一二三四五六七八九十](?=[个個名人年月日家次岁歲元倍吨米公百千万萬])")
_NOT = {
    False: ("is", "are", "was", "were", "can", "has", "will", "had", "would", "could"),
    True: ("是", "有", "能", "会", "會", "在", "可以", "为", "為"),
}
OPPOSITES = {
    True: (("增长", "下降"), ("增加", "减少"), ("提高", "降低"), ("高于", "低于"), ("以上", "以下"), ("以前", "以后"), ("之前", "之后"), ("首次", "再次"), ("成功", "失败"),
           ("最高", "最低"), ("最大", "最小"), ("最早", "最晚"), ("开始", "结束"), ("全部", "部分"), ("多数", "少数"), ("上午", "下午"), ("支持", "反对"), ("同意", "拒绝"),
           ("左", "右"), ("东", "西"), ("南", "北"), ("原告", "被告"), ("父", "母"), ("增長", "下降"), ("開始", "結束"), ("東", "西"), ("以後", "以前"), ("最後", "最初")),
    False: (("increased", "decreased"), ("higher", "lower"), ("before", "after"), ("first", "last"), ("large", "small"), ("more", "less"), ("north", "south"), ("east", "west"),
            ("won", "lost"), ("best", "worst"), ("early", "late"), ("old", "new"), ("above", "below"), ("began", "ended"), ("accepted", "rejected"), ("largest", "smallest"),
            ("major", "minor"), ("old", "young"), ("northern", "southern"), ("eastern", "western"), ("increase", "decrease"), ("public", "private"), ("same", "different")),
}  # fmt: skip
QUANTIFIERS = {
    True: (("所有", "部分"), ("全部", "部分"), ("大部分", "小部分"), ("多数", "少数"), ("大多", "少数"), ("每", "有的"), ("都", "有的"), ("许多", "少数"), ("部分", "全部"), ("一些", "所有"), ("各", "某"), ("許多", "少數"), ("大部份", "小部份"), ("主要", "全部")),
    False: (("all", "some"), ("most", "few"), ("many", "few"), ("some", "all"), ("every", "one"), ("several", "all"), ("each", "one"), ("both", "one"), ("few", "many"), ("only", "mainly"), ("always", "sometimes"), ("often", "always"), ("usually", "never"), ("majority", "minority")),
}  # fmt: skip
UNITS = {
    True: (("公里", "米"), ("平方公里", "公顷"), ("万元", "亿元"), ("元", "美元"), ("米", "厘米"), ("吨", "公斤"), ("年", "个月"), ("月", "年"), ("小时", "分钟"), ("天", "周"), ("岁", "个月"), ("萬", "億"), ("公尺", "公里"), ("人", "户"), ("個", "對"), ("%", "‰"), ("次", "年"), ("日", "年"), ("名", "组")),
    False: (("million", "billion"), ("kilometres", "miles"), ("miles", "kilometers"), ("km", "m"), ("percent", "per mille"), ("%", "‰"), ("years", "months"), ("days", "weeks"), ("hours", "minutes"), ("feet", "metres"), ("thousand", "million"), ("degrees", "radians"), ("century", "decade"), ("months", "years"), ("minutes", "seconds"), ("people", "families"), ("tons", "pounds"), ("mi", "km"), ("pounds", "tons"), ("times", "years")),
}  # fmt: skip
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")  # fmt: skip


def digit(scene: Scene, rng: random.Random) -> Pair | None:
    """One digit, or one Chinese numeral, is another."""
    places = [m.start() for m in _DIGITS.finditer(scene.sentence)]
    if places:
        at = rng.choice(places)
        new = rng.choice([d for d in "123456789" if d != scene.sentence[at]])
        return scene.sentence[:at] + new + scene.sentence[at + 1 :], scene.source
    found = _ZH_NUMBER.search(scene.sentence)
    if not found:
        return None
    new = rng.choice([d for d in "二三四五六七八九" if d != found[0]])
    return scene.sentence[: found.start()] + new + scene.sentence[found.end() :], scene.source


def _digits_off(scene: Scene, rng: random.Random) -> Pair | None:
    found = re.search(r"\d{2,}", scene.sentence)
    if not found:
        return None
    new = found[0][:-1] if rng.random() < 0.5 else found[0] + rng.choice("0123456789")
    return scene.sentence[: found.start()] + new + scene.sentence[found.end() :], scene.source


def _swapped_digits(scene: Scene, rng: random.Random) -> Pair | None:
    found = [m for m in re.finditer(r"\d\d", scene.sentence) if m[0][0] != m[0][1]]
    if not found:
        return None
    at = rng.choice(found).start()
    return scene.sentence[:at] + scene.sentence[at + 1] + scene.sentence[at] + scene.sentence[at + 2 :], scene.source


def _sign(scene: Scene, rng: random.Random) -> Pair | None:
    for pattern, new in (
        (r"(?<=\d)\.(?=\d)", ""),
        (r"(?<=\d)[%％]", ""),
        (r"[$€£¥](?=\d)", "€"),
        (r"(?<=\d)[%％]", "‰"),
        (r"(?<=\d):(?=\d)", "."),
        (r"(?<= )(?=\d)", "-"),
        (r"(?<=\d)/(?=\d)", ""),
    ):
        if re.search(pattern, scene.sentence) and rng.random() < 0.6:
            made = re.sub(pattern, new, scene.sentence, count=1)
            if made != scene.sentence:
                return made, scene.source
    return None


def _pair(pairs: tuple[tuple[str, str], ...], *, both: bool = False) -> Make:
    def make(scene: Scene, rng: random.Random) -> Pair | None:
        flat = [*pairs, *((b, a) for a, b in pairs)] if both else list(pairs)
        for old, new in rng.sample(flat, len(flat)):
            pattern = re.escape(old) if ord(old[0]) > 0x2E80 or not old[0].isalpha() else rf"\b{re.escape(old)}\b"
            if re.search(pattern, scene.sentence):
                return re.sub(pattern, new, scene.sentence, count=1), scene.source
        return None

    return make


def unit(scene: Scene, rng: random.Random) -> Pair | None:
    """The unit behind a figure is another."""
    for old, new in rng.sample(UNITS[scene.zh], len(UNITS[scene.zh])):
        found = re.search(
            rf"(?<=[\d一二三四五六七八九十百千万])\s?{re.escape(old)}" + ("" if scene.zh or old == "%" else r"\b"),
            scene.sentence,
        )
        if found:
            return scene.sentence[: found.start()] + found[0].replace(old, new) + scene.sentence[
                found.end() :
            ], scene.source
    return None


def negated(scene: Scene, rng: random.Random) -> Pair | None:
    """A negation is put in."""
    for word in rng.sample(_NOT[scene.zh], len(_NOT[scene.zh])):
        if scene.zh:
            found = re.search(
                rf"(?<![但可还還就都却卻总只正真要像或既便而即算老凡于於存现現所认認因成称稱行作分视視以不没沒非未无無内具占拥擁享富含持])(?:{word})(?![时時些关關效力限意义義的期计計員员别別])",
                scene.sentence,
            )
            if found:
                new = "没有" if word == "有" else "不" + word
                return scene.sentence[: found.start()] + new + scene.sentence[found.end() :], scene.source
        elif re.search(rf"\b{word}\b(?! not)", scene.sentence):
            return re.sub(rf"\b{word}\b", f"{word} not", scene.sentence, count=1), scene.source
    return None


def affirmed(scene: Scene, rng: random.Random) -> Pair | None:
    """A negation is taken out."""
    for pattern, new in ((r"\b(is|are|was|were|did|does|do|has|had|could|would|can) not ", r"\1 "), (r"\bcannot\b", "can"), (r"\bnever ", ""), (r"\bno (?=[a-z])", "a "),
                         (r"n't\b", ""), ("没有", "有"), ("不是", "是"), ("不能", "能"), ("未能", "能"), ("不得", "得"), ("無法", "能"), ("无法", "能"), ("并未", ""), ("尚未", "已经"), ("不会", "会"), ("沒有", "有"), ("不(?=[予愿应服])", "")):  # fmt: skip
        made = re.sub(pattern, new, scene.sentence, count=1)
        if made != scene.sentence:
            return made, scene.source
    return None


def name(scene: Scene, rng: random.Random) -> Pair | None:
    """A name is another passage's."""
    if scene.zh:
        pattern = (
            rf"(?:(?<=[在由向于於与與被和])|(?<=被告)|(?<=原告))[{HAN}]{{2}}(?=[省市县縣区區国國公人州军軍大学學])"
        )
        own, alien = re.search(pattern, scene.sentence), re.search(pattern, scene.other)
        own = own or re.search(rf"[{HAN}]{{2}}(?=[省市县縣国國州])", scene.sentence)
        alien = alien or re.search(rf"[{HAN}]{{2}}(?=[省市县縣国國州])", scene.other)
    else:
        own = re.search(r"(?<=[a-z,] )[A-Z][a-z]{3,}", scene.sentence)
        alien = re.search(r"(?<=[a-z,] )[A-Z][a-z]{3,}", scene.other)
    if not own or not alien or alien[0] == own[0] or alien[0] in scene.source:
        return None
    return scene.sentence[: own.start()] + alien[0] + scene.sentence[own.end() :], scene.source


def _near_name(scene: Scene, rng: random.Random) -> Pair | None:
    found = re.search(r"(?<=[a-z,] )[A-Z][a-z]{4,}", scene.sentence)
    if not found:
        return None
    at = rng.randrange(1, len(found[0]))
    new = found[0][:at] + rng.choice([c for c in "aeioutnrs" if c != found[0][at]]) + found[0][at + 1 :]
    return scene.sentence[: found.start()] + new + scene.sentence[found.end() :], scene.source


def _cut(scene: Scene, rng: random.Random) -> Pair | None:
    """The quote begins after a denial that the source holds before it."""
    lead = (
        rng.choice(("并非", "他否认", "没有证据表明", "如果", "网传"))
        if scene.zh
        else rng.choice(
            (
                "It is not true that ",
                "He denied that ",
                "There is no evidence that ",
                "Nobody knows whether ",
                "She never said ",
            )
        )
    )
    body = scene.sentence if scene.zh else scene.sentence[0].lower() + scene.sentence[1:]
    return body.rstrip("。."), scene.source.replace(scene.sentence, lead + body, 1)


def _cut_not(scene: Scene, rng: random.Random) -> Pair | None:
    found = (
        re.search(r"(?:不|没有|未|無法|无法|尚未|不得)(?=[^，。、久同断過过少仅僅但])[^，。]{8,}", scene.sentence)
        if scene.zh
        else re.search(r"\b(?:not|never|cannot) (?!only)[a-z][^.]{25,}", scene.sentence)
    )
    if not found or scene.source.count(found[0][4:]) > 1:
        return None
    return re.sub(r"^(?:不得|不|没有|未|無法|无法|尚未|not|never|cannot)\s*", "", found[0]), scene.source


def _retracted(scene: Scene, rng: random.Random) -> Pair | None:
    """The source takes the sentence back at once."""
    if scene.zh:
        body = scene.sentence.rstrip("。！")
        return body, scene.source.replace(
            scene.sentence,
            body + rng.choice(("的说法并不属实。", "的说法是错误的。", "纯属谣言。", "。这一说法不实。")),
            1,
        )
    body = scene.sentence.rstrip(".")
    return scene.sentence, scene.source.replace(
        scene.sentence,
        body
        + rng.choice(
            (". This is false.", ". This claim was debunked.", ". That is not true.", ". However, this is a myth.")
        ),
        1,
    )


def _cut_number(scene: Scene, rng: random.Random) -> Pair | None:
    found = re.search(r"\d\d[^。.]{12,}", scene.sentence)
    return (found[0][1:].rstrip("。."), scene.source) if found else None


def _end_number(scene: Scene, rng: random.Random) -> Pair | None:
    found = re.search(r"^.{12,}?\d(?=[\d.,]*\d|%|万|亿|萬|億| million| billion)", scene.sentence)
    return (found[0], scene.source) if found else None


def _reordered(scene: Scene, rng: random.Random) -> Pair | None:
    if scene.zh:
        clauses = scene.sentence.rstrip("。！").split("，")
        fit = len(clauses) > 1 and min(map(len, clauses[:2])) > 5 and scene.source.count(clauses[0]) == 1
        return ("……".join(reversed(clauses[:2])), scene.source) if fit else None
    words = scene.sentence.split(" ")
    return (" ".join(words[-6:]) + " … " + " ".join(words[:6]), scene.source) if len(words) > 13 else None


def _hidden_not(scene: Scene, rng: random.Random) -> Pair | None:
    if scene.zh:
        found = re.search(r"(?<=.{6})(?:不|没有|未|无法|不得|尚未|無法)(?=[^，。久同断仅但过少]{4,})", scene.sentence)
    else:
        found = re.search(
            r"(?<=.{20}) (?:is|are|was|were|did|does|do|could|would|can|had|has) not |(?<=.{20}) never |(?<=.{20}) cannot ",
            scene.sentence,
        )
    return (
        (
            scene.sentence[: found.start()] + (" … " if not scene.zh else "……") + scene.sentence[found.end() :],
            scene.source,
        )
        if found
        else None
    )


def _joined(scene: Scene, rng: random.Random) -> Pair | None:
    """The head of one sentence and the tail of a later one, with an ellipsis between."""
    at = scene.source.find(scene.sentence) + len(scene.sentence)
    later = [scene.source[at:][a:b] for a, b in sentences(scene.source[at:])]
    if not later or len(later[0]) < (16 if scene.zh else 60):
        return None
    if scene.zh:
        return scene.sentence[: len(scene.sentence) // 2] + "……" + later[0][len(later[0]) // 2 :], scene.source
    head, tail = scene.sentence.split(" "), later[0].split(" ")
    return " ".join(head[: len(head) // 2]) + " … " + " ".join(tail[len(tail) // 2 :]), scene.source


def _blended(scene: Scene, rng: random.Random) -> Pair | None:
    pair = _joined(scene, rng)
    return (pair[0].replace(" … ", " ").replace("……", ""), pair[1]) if pair else None


def _put_in(scene: Scene, rng: random.Random) -> Pair | None:
    """An insertion in brackets that changes what is said."""
    what = (
        rng.choice(("[不]", "[没有]", "[全部]", "[3倍]"))
        if scene.zh
        else rng.choice(("[not]", "[never]", "[all]", "[50%]", "[Microsoft]"))
    )
    places = [
        m.start()
        for m in re.finditer(rf"(?<=[{HAN}])(?=[{HAN}])" if scene.zh else r"(?<=[a-z]) (?=[a-z])", scene.sentence)
    ]
    if not places or "Microsoft" in scene.source:
        return None
    at = rng.choice(places)
    return scene.sentence[:at] + ("" if scene.zh else " ") + what + scene.sentence[at:], scene.source


def _word_lost(scene: Scene, rng: random.Random) -> Pair | None:
    if scene.zh:
        found = re.search(
            r"可能|大约|大約|(?<![条條合契节節公违違签簽])[约約](?=\d)|预计|左右|几乎|主要|仅|僅|据称|至少|部分(?=[^份。，])|曾",
            scene.sentence,
        )
    else:
        found = re.search(
            r"\b(?:may|might|often|potentially|largely|partially|typically|approximately|about|almost|nearly|only|mainly|perhaps|probably|allegedly|some|mostly) ",
            scene.sentence,
        )
    return (scene.sentence[: found.start()] + scene.sentence[found.end() :], scene.source) if found else None


def _word_added(scene: Scene, rng: random.Random) -> Pair | None:
    if scene.zh:
        clause = scene.other.rstrip("。！").split("，")[-1]
        return scene.sentence.rstrip("。！") + "，" + clause + "。", scene.source
    return scene.sentence.rstrip(".") + ", and " + scene.other[0].lower() + scene.other[1:], scene.source


def month(scene: Scene, rng: random.Random) -> Pair | None:
    """A date's month or day is another."""
    found = re.search(
        r"(\d{1,2})(?=[月日])"
        if scene.zh
        else r"\b(?:" + "|".join(MONTHS) + r")\b(?= \d)|(?<=\d )(?:" + "|".join(MONTHS) + ")",
        scene.sentence,
    )
    if not found:
        return None
    new = str(int(found[0]) % 12 + 1) if scene.zh else rng.choice([m for m in MONTHS if m != found[0]])
    return scene.sentence[: found.start()] + new + scene.sentence[found.end() :], scene.source


def roles(scene: Scene, rng: random.Random) -> Pair | None:
    """Two names of the sentence change places."""
    pattern = (
        rf"[{HAN}]{{2,4}}(?=[省市县縣国國州])|(?:原告|被告)"
        if scene.zh
        else r"(?<=[a-z,] )[A-Z][a-z]{3,}(?: [A-Z][a-z]+)*"
    )
    names = list(dict.fromkeys(m[0] for m in re.finditer(pattern, scene.sentence)))
    if len(names) < 2 or names[0] in names[1] or names[1] in names[0]:
        return None
    first, second = names[:2]
    return scene.sentence.replace(first, "\0").replace(second, first).replace("\0", second), scene.source


BAD: dict[str, Make] = {
    "digit": digit, "digits_off": _digits_off, "digits_swapped": _swapped_digits, "sign": _sign, "unit": unit, "date": month,
    "negated": negated, "affirmed": affirmed, "opposite": lambda s, r: _pair(OPPOSITES[s.zh], both=True)(s, r),
    "quantifier": lambda s, r: _pair(QUANTIFIERS[s.zh])(s, r), "name": name, "near_name": _near_name, "roles": roles,
    "cut_denial": _cut, "cut_not": _cut_not, "retracted": _retracted, "cut_number": _cut_number, "end_number": _end_number,
    "ellipsis_reordered": _reordered, "ellipsis_hides_not": _hidden_not, "ellipsis_joins": _joined, "blended": _blended,
    "inserted_falsely": _put_in, "limit_lost": _word_lost, "clause_added": _word_added,
    "other_passage": lambda s, r: (s.other, s.source),
}  # fmt: skip
CUTS = frozenset(
    {"cut_denial", "cut_not", "retracted", "cut_number", "end_number"}
)  # their words do stand in the source


def quantifier(scene: Scene, rng: random.Random) -> Pair | None:
    """A quantifier is another."""
    return _pair(QUANTIFIERS[scene.zh])(scene, rng)
