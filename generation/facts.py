"""Figures, dates, units and names that a sentence states, in Chinese and English and in one form; pure.

12万, 120,000 and "one hundred and twenty thousand" are one value; 2023年7月17日, 17 July 2023 and 2023-07-17 one date. It
compares nothing: see `generation.compare`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from library.text import HAN, unified

_ZH_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3}
_ZH_STEPS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_EN_SMALL = {word: n for n, word in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split())}  # fmt: skip
_EN_TENS = {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_EN_STEPS = {
    "hundred": 100,
    "thousand": 1000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
    "bn": 10**9,
    "mn": 10**6,
}
_SHORT = {"B": 10**9, "M": 10**6}  # 37B, right behind the figure; a table's 37 may be meant by it
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
}
_MONTHS = {
    name[:3]: n
    for n, name in enumerate(
        "january february march april may june july august september october november december".split(), 1
    )
}
_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
_ZN = "零〇一二三四五六七八九十百千万亿两"

UNITS: dict[str, tuple[str, float]] = {}  # written form, case folded, to (dimension, factor)
for _dimension, _forms in {
    "length": {"km 公里 千米 kilometer kilometers kilometre kilometres": 1000.0, "m 米 公尺 meter meters metre metres": 1.0, "cm 厘米 公分 centimeters centimetres": 0.01,
               "mm 毫米 millimeters millimetres": 0.001, "mile miles mi 英里": 1609.344, "ft foot feet 英尺": 0.3048, "inch inches 英寸": 0.0254, "nm 纳米": 1e-9, "海里": 1852.0, "光年": 9.46e15},
    "area": {"平方公里 km2 平方千米": 1e6, "平方米 m2 平米": 1.0, "公顷 hectares hectare ha": 1e4, "亩": 666.67, "acres acre": 4046.86, "平方英里": 2.59e6},
    "mass": {"kg 公斤 千克 kilograms kilogram": 1.0, "g 克 grams gram": 0.001, "吨 公吨 t ton tons tonne tonnes": 1000.0, "mg 毫克": 1e-6, "斤": 0.5, "lb lbs pounds": 0.4536},
    "duration": {"year years 年 岁 周年 载": 31557600.0, "month months 个月 月": 2629800.0, "week weeks 周 星期": 604800.0, "day days 天 日": 86400.0, "hour hours 小时 时": 3600.0,
                 "minute minutes min 分钟 分": 60.0, "second seconds s 秒 秒钟": 1.0, "decade decades 年代": 315576000.0, "century centuries 世纪": 3155760000.0, "ms 毫秒": 0.001},
    "ratio": {"% percent 百分": 0.01, "‰ 千分": 0.001}, "points": {"个百分点 百分点": 0.01},
    "people": {"人 名 位 people persons": 1.0}, "households": {"户 families households": 1.0}, "power": {"w 瓦": 1.0, "kw 千瓦": 1e3, "mw 兆瓦": 1e6, "gw 吉瓦": 1e9},
    "usd": {"美元 $ dollars dollar usd us$ 美金": 1.0}, "eur": {"欧元 € euros euro eur": 1.0}, "gbp": {"英镑 £ gbp": 1.0}, "cny": {"元 人民币 yuan rmb cny ¥ 块": 1.0},
    "jpy": {"日元 yen jpy": 1.0}, "hkd": {"港元 港币 hk$": 1.0}, "temperature": {"°c 摄氏度 ℃": 1.0}, "fahrenheit": {"°f 华氏度": 1.0}, "times": {"倍 times fold": 1.0},
    "bytes": {"gb": 1e9, "mb": 1e6, "tb": 1e12, "kb": 1e3}, "frequency": {"hz 赫兹": 1.0, "khz": 1e3, "mhz": 1e6, "ghz": 1e9}, "occasions": {"次 occasions": 1.0},
}.items():  # fmt: skip
    for _names, _factor in _forms.items():
        UNITS |= {_name: (_dimension, _factor) for _name in _names.split()}
UNITS |= {
    "percentage points": ("points", 0.01),
    "percentage point": ("points", 0.01),
    "percent points": ("points", 0.01),
}
_UNIT = "|".join(sorted((re.escape(name) for name in UNITS if name not in ("百分", "千分")), key=len, reverse=True))
_DATE = re.compile(
    r"(?:(?P<era>公元前)?(?P<zy>\d{2,4}|[〇零一二三四五六七八九]{4})年(?!代|级)(?:(?P<zm>\d{1,2}|[一二三四五六七八九十]{1,2})月(?:份)?(?:(?P<zd>\d{1,2}|[一二三四五六七八九十]{1,3})[日号])?)?)(?!间)"
    r"|(?P<om>\d{1,2}|[一二三四五六七八九十]{1,2})月(?P<od>\d{1,2}|[一二三四五六七八九十]{1,3})[日号]"
    r"|(?<!\d)(?P<iy>\d{4})[-/.](?P<im>\d{1,2})[-/.](?P<id>\d{1,2})(?!\d)"
    rf"|\b(?P<ed>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<em>{_MONTH})(?:,? (?P<ey>\d{{4}}))?\b"
    rf"|\b(?P<am>{_MONTH}) (?P<ad>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? (?P<ay>\d{{4}}))?\b"
    rf"|\b(?P<mm>{_MONTH}),? (?P<my>\d{{4}})\b"
    r"|(?<![\d.,$€£¥-])(?P<y>1[0-9]\d\d|20\d\d)(?P<bc> BC)?(?![\d,.]\d|\d|%|s\b)(?!\s?(?:万|亿|人|名|个|元|km|米|公里|miles|people|dollars|years|times))",
    re.IGNORECASE,
)
_SCALE = r"(?:\s?(?:万亿|万|亿|千万|百万|千|百|thousand|million|billion|trillion|bn|mn|dozen|k(?=\b))|(?-i:[BM](?![A-Za-z])))"
_WORDS = "|".join([*_EN_SMALL, *_EN_TENS, *_EN_STEPS])
# .05 where no word ends with the point; in Chinese, where it may be typed as a stop, before a percent sign
_POINT = rf"(?:(?<![\d.\w)])[-−])?(?:\A|(?<=[\s(<>=$€£¥±−-]))\.\d+|(?<=[{HAN}])\.\d+(?=[%‰])"
_NUMBER = re.compile(
    rf"百分之(?P<pct>[{_ZN}点]+|\d+(?:\.\d+)?)"
    rf"|(?<![a-zA-Z])(?P<num>(?:(?<![\d.\w])[-−])?\d+(?:,\d{{3}})+(?:\.\d+)?|(?:(?<![\d.\w)])[-−])?\d+(?:\.\d+)?|{_POINT})(?P<scale>{_SCALE})?"
    rf"|(?P<zh>[{_ZN}]+)(?:点(?P<zp>[零〇一二三四五六七八九]+))?"
    rf"|\b(?P<en>(?:{_WORDS})(?:[ -](?:and )?(?:{_WORDS}))*)\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"(US\$|HK\$|[$€£¥])\s?$", re.IGNORECASE)
_AFTER = re.compile(rf"\s?(?:余|多|几)?({_UNIT})(?![a-z])", re.IGNORECASE)


_LIMITS = {
    ">": (r"(?:more than|over|at least|exceed(?:s|ed|ing)?|above|(?:no|not) (?:fewer|less) than|greater than|(?<!不)超过|逾|至少|不少于|不低于|多于|(?<!不)高于|(?<!不)大于|最少|突破)\s?(?:了)?$",
          r"^\s?(?:[个名人次元年家位]{0,2}(?:以上|之多)|or more|多[个名人次元年家位]|余|\+)"),
    "<": (r"(?:(?<!no )less than|under|at most|(?<!no )fewer than|below|(?:no|not) more than|up to|不超过|不到|不足|(?<!不)少于|(?<!不)低于|(?<!不)小于|至多|最多|不高于|不大于)\s?$",
          r"^\s?(?:[个名人次元年家位]{0,2}(?:以下|以内|之内)|or (?:less|fewer))"),
    "~": (r"(?:about|around|approximately|roughly|nearly|almost|some|circa|c\.|约|大约|近|将近|几乎|大概)\s?$", r"^\s?[个名人次元年家位]{0,2}(?:左右|上下|or so)"),
}  # what stands before a figure, and behind it  # fmt: skip
_LIMIT = {sign: (re.compile(before, re.IGNORECASE), re.compile(after, re.IGNORECASE)) for sign, (before, after) in _LIMITS.items()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit; `[start, end)` in the text as given."""

    value: float
    dimension: str  # "" where no known unit follows
    start: int
    end: int
    text: str
    number: float  # as written, before the unit counts
    limit: str = ""  # ">" for more than it, "<" for less, "~" for about

    def same(self, other: Quantity) -> bool:
        """Equal in value and dimension; as written where only one of them states a dimension."""
        if self.dimension and other.dimension:
            return self.dimension == other.dimension and self.close(other)
        return self.alike(other) or (not self.dimension and not other.dimension and self.close(other))

    def allows(self, other: Quantity) -> bool:
        """Whether an exact figure lies within this one's limit: "over 50" allows 52, "about 50" 49; never one far away."""
        if (
            self.dimension != other.dimension
            or not self.value
            or not other.value
            or other.limit not in ("", self.limit)
        ):
            return False
        ratio = other.value / self.value
        return {">": 1 < ratio <= 1.6, "<": 0.6 <= ratio < 1, "~": 0.95 <= ratio <= 1.05}.get(self.limit, False)

    def opposes(self, other: Quantity) -> bool:
        """Whether both set a limit, from opposite sides."""
        return {self.limit, other.limit} == {"<", ">"}

    def alike(self, other: Quantity) -> bool:
        """Equal as written, whatever the unit."""
        return abs(self.number - other.number) <= 1e-9 * max(1.0, abs(self.number))

    def close(self, other: Quantity) -> bool:
        """Equal in value."""
        return abs(self.value - other.value) <= 1e-9 * max(1.0, abs(self.value))


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar date; what is not said is None. A year before Christ is negative."""

    year: int | None
    month: int | None
    day: int | None
    start: int
    end: int
    text: str

    def within(self, other: Date) -> bool:
        """Whether `other` says all that this date says, and the same."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(mine is None or mine == theirs for mine, theirs in pairs)

    def clashes(self, other: Date) -> bool:
        """Whether one part differs while all others that both state are equal."""
        pairs = [
            (a, b)
            for a, b in ((self.year, other.year), (self.month, other.month), (self.day, other.day))
            if a is not None and b is not None
        ]
        return any(a != b for a, b in pairs)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text states."""

    quantities: tuple[Quantity, ...]
    dates: tuple[Date, ...]


def chinese_number(text: str) -> int | None:
    """一百二十三 or 二〇二三 as a number; None where it is none."""
    if not text or any(c not in _ZH_DIGITS and c not in _ZH_STEPS for c in text):
        return None
    if all(c in _ZH_DIGITS for c in text):
        return int("".join(str(_ZH_DIGITS[c]) for c in text)) if len(text) > 1 or text else None
    total = section = digit = 0
    for c in text:
        if c in _ZH_DIGITS:
            digit = _ZH_DIGITS[c]
        elif c in "万亿":
            total, section, digit = (total + section + digit or 1) * _ZH_STEPS[c], 0, 0
        else:
            section += (digit or 1) * _ZH_STEPS[c]
            digit = 0
    return total + section + digit


def english_number(words: str) -> float | None:
    """ "one hundred and twenty thousand" as a number; None for a lone "one" or a step without a number."""
    total = current = 0.0
    parts = [word for word in re.split(r"[ -]", words.lower()) if word and word != "and"]
    if parts == ["one"] or parts[0] in _EN_STEPS:
        return None
    for word in parts:
        if word in _EN_SMALL or word in _EN_TENS:
            current += _EN_SMALL.get(word, _EN_TENS.get(word, 0))
        elif word == "hundred":
            current = (current or 1) * 100
        else:
            total += (current or 1) * _EN_STEPS[word]
            current = 0.0
    return total + current


@lru_cache(maxsize=2048)
def facts(text: str) -> Facts:
    """Everything that can be compared in a text. Offsets hold where no character changes its length under NFKC."""
    plain = unified(text)
    dates = tuple(_dates(plain))
    taken = [(date.start, date.end) for date in dates]
    quantities = tuple(q for q in _quantities(plain) if not any(a < q.end and q.start < b for a, b in taken))
    return Facts(quantities, dates)


def _dates(text: str) -> list[Date]:
    found = []
    for m in _DATE.finditer(text):
        g = m.groupdict()
        year, month, day = (
            _part(g, keys)
            for keys in (
                ("zy", "iy", "ey", "ay", "my", "y"),
                ("zm", "om", "im", "em", "am", "mm"),
                ("zd", "od", "id", "ed", "ad"),
            )
        )
        if (month or 1) > 12 or (day or 1) > 31 or (year is not None and g["zy"] and len(g["zy"]) < 4 and not month):
            continue
        if year is not None and (g["era"] or g["bc"]):
            year = -year
        found.append(Date(year, month, day, m.start(), m.end(), m[0].strip()))
    return found


def _part(groups: dict[str, str | None], keys: tuple[str, ...]) -> int | None:
    for key in keys:
        value = groups[key]
        if value:
            if value.isdigit():
                return int(value)
            return chinese_number(value) if value[0] in _ZN else _MONTHS[value[:3].lower()]
    return None


def _quantities(text: str) -> list[Quantity]:
    found = []
    for m in _NUMBER.finditer(text):
        number = value = _value(m)
        dimension, start, end = "", m.start(), m.end()
        if value is None or number is None:
            continue
        number /= _SHORT.get(m["scale"] or "", 1)
        after = _AFTER.match(text, end)
        before = _BEFORE.search(text, max(0, start - 4), start)
        if m["pct"]:
            dimension, value = "ratio", value * 0.01
        elif before:
            dimension, start = UNITS[before[1].lower()][0], before.start()
        elif after:
            dimension, factor = UNITS[after[1].lower()]
            value, end = value * factor, after.end()
        if m["zh"] and len(m["zh"]) == 1 and not _counts(text, m, bool(after)):
            continue
        found.append(Quantity(value, dimension, start, end, text[start:end].strip(), number, _limit(text, start, end)))
    return found


def _limit(text: str, start: int, end: int) -> str:
    """The sign of the limit that the words around a figure set."""
    before, after = text[max(0, start - 16) : start], text[end : end + 8]
    return next((sign for sign, (left, right) in _LIMIT.items() if left.search(before) or right.search(after)), "")


def _counts(text: str, m: re.Match[str], unit: bool) -> bool:
    """Whether a lone Chinese numeral is a number and no part of a word such as 一些, 万一, 十分."""
    if m["zh"] in "一十百千万亿" and not text[max(0, m.start() - 1) : m.start()].endswith("第"):
        return False
    return (
        unit
        or bool(re.match("[个個位名家次部座条件项种所届本篇张台艘枚级支队场声倍成]", text[m.end() : m.end() + 1]))
        or text[m.start() - 1 : m.start()] == "第"
    )


def _value(m: re.Match[str]) -> float | None:
    if m["pct"]:
        return float(m["pct"]) if m["pct"][0].isdigit() else _zh_float(*m["pct"].partition("点")[::2])
    if m["num"]:
        value = float(m["num"].replace(",", "").replace("−", "-"))
        scale = (m["scale"] or "").strip().lower()
        for step in ("万亿", "千万", "百万"):
            if scale == step:
                return value * _ZH_STEPS[step[0]] * _ZH_STEPS[step[1]]
        if m["scale"] in _SHORT:
            return value * _SHORT[m["scale"]]
        return value * _ZH_STEPS.get(scale, _EN_STEPS.get(scale, 1000 if scale == "k" else 1))
    if m["zh"]:
        return _zh_float(m["zh"], m["zp"] or "")
    return english_number(m["en"]) if m["en"] else None


def _zh_float(whole: str, part: str) -> float | None:
    number = chinese_number(whole)
    if number is None:
        return None
    return number + (int("".join(str(_ZH_DIGITS[c]) for c in part)) / 10 ** len(part) if part else 0)


_W = rf"(?:(?![{HAN}])\w)"
_LATIN_NAME = re.compile(
    rf"(?<![\w&])(?:[A-Z](?:{_W}|[’'&-])*[a-zA-Z0-9]|[A-Z]{{2,}}(?:{_W}|-)*|[a-z]{{1,3}}[A-Z]{_W}+)(?!{_W})"
)
_NO_NAME = frozenset(
    "The A An In On At Of For By To From With And Or But It Its He She They We You I This That These Those There Here As If When While After Before During Since "
    "Although However Also Both Each Some Many Most All Any Not No Yes One Two Three Four Five Six His Her Their Our My Your What Which Who Whom Whose Where Why How "
    "According Because Under Over Between Among Through Until Such Other Another More Several Then Thus Therefore Today Additionally Furthermore Moreover "
    "First Second Third Finally Overall Despite Unlike Like Only Even Once Later Early Is Are Was Were Be Been Has Have Had Do Does Did Can Could Will Would May Might Must Should".split()
)
_ZH_NAME = re.compile(
    rf"《([^《》]{{1,30}})》|“([^“”]{{2,20}})”|「([^「」]{{2,20}})」|([{HAN}]{{1,8}}(?:·(?:(?![的是了和与为由将被把从向对其该與為將從對該])[{HAN}]){{1,10}})+)"
    rf"|((?:(?![在哪个的是了和与为由将被把从向对于其该这那個與為將從對於該這])[{HAN}]){{2,7}}?(?:省|市|县|區|区|镇|鎮|州|大学|大學|公司|集团|銀行|银行|法院|医院|醫院|委员会|委員會|研究所|研究院|检察院|公安局|党|黨))"
    rf"|((?:[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜谢邹苏潘范彭鲁韦马苗方任袁柳唐薛雷贺倪汤罗毕郝安常乐于傅齐康伍余顾孟黄穆萧尹姚邵毛米贝戴宋庞熊纪舒项祝董梁杜阮蓝季贾江郭梅林钟徐邱骆高夏蔡田胡凌霍万柯卢莫房丁邓洪包石崔吉龚程陆翁段侯全秋仲宫宁甘武刘景龙叶黎薄白赖卓池乔闻党翟谭申冉桂牛寿边温晏柴瞿阎连习艾容向古易廖游简曾关])[{HAN}]{{1,2}})(?=表示|指出|认为|认为|出生|担任|擔任|介绍|宣布|称|说|於|于|是|在|的)"
)


@lru_cache(maxsize=2048)
def names(text: str) -> tuple[str, ...]:
    """Names by form: Latin words with a capital that do not merely open a sentence, Chinese names by mark, ending or surname."""
    found: list[str] = []
    for m in _LATIN_NAME.finditer(text):
        word = m[0].removesuffix("'s").removesuffix("’s")
        opens = not re.search(r"[\w,;)’”(]\s*$|[\w,;)] [’'\"“”-]$", text[max(0, m.start() - 3) : m.start()])
        follows = re.match(r"\s[A-Z][a-z]", text[m.end() : m.end() + 3])
        if word in _NO_NAME or (opens and not follows and not word[1:].lower() != word[1:]):
            continue
        found.append(word)
    found += [next(group for group in m.groups() if group) for m in _ZH_NAME.finditer(text)]
    return tuple(dict.fromkeys(found))
