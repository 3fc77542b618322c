"""What a claim says otherwise than the sentences it leans on: figures, dates, units, names, roles, negation, limits; pure.

Each difference names its kind and shows both words. It gives no verdict; `generation.verify` does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from generation.facts import Date, Facts, Quantity, facts, names
from library.text import HAN, simplified

_TOKEN = re.compile(rf"\d+(?:[.,]\d+)*%?|[a-z]+(?:[’'][a-z]+)?|[{HAN}]|[%‰$€£¥°]")
_STOP = frozenset(
    "the a an of in on at to and or is are was were be been being by for with as that this it its from has have had which who also but their his her they he she "
    "these those there then than so such into about over after before up out do does did s i you we our your will would can could one were him them itself when where while "
    "的 了 在 是 和 与 及 也 就 都 而 其 这 那 为 于 以 之 等 对 由 从 到 个 地 得 着 把 被 将 并 但 或 所 有 上 中 下 他 她 它 们 此 该 则 及 一".split()
)
NEGATIONS = frozenset(
    "not no never none neither nor without cannot hardly rarely seldom unable fail failed fails lack lacks refuse refused refuses denied deny denies 不 没 未 非 无 否 勿 莫 别".split()
)
HEDGES = frozenset(
    "may might could possibly probably perhaps likely potentially allegedly reportedly about approximately roughly nearly almost around often sometimes usually generally typically partly mainly mostly largely only".split()
)
QUANTIFIERS = frozenset(
    "all every each some most many few several both any none always sometimes often majority minority half only 全 部 些 每 多 少 仅 只 皆 各 均 数 都".split()
)
_ZH_HEDGES = (
    "可能",
    "大约",
    "预计",
    "据称",
    "疑似",
    "有望",
    "或许",
    "也许",
    "几乎",
    "左右",
    "约",
    "初步",
    "估计",
    "部分",
    "主要",
    "仅",
)
_OPPOSED_EN = (
    "increase decrease|increases decreases|increased decreased|increasing decreasing|rise fall|rose fell|rises falls|rising falling|higher lower|high low|more less|more fewer|larger smaller|large small|"
    "before after|first last|earlier later|early late|best worst|better worse|win lose|won lost|above below|over under|north south|east west|northern southern|eastern western|"
    "begin end|began ended|start end|started ended|accept reject|accepted rejected|support oppose|supported opposed|allow prohibit|allowed banned|legal illegal|positive negative|gain loss|"
    "gained lost|grow shrink|grew shrank|buy sell|bought sold|import export|maximum minimum|most least|highest lowest|largest smallest|same different|public private|old new|old young|success failure|"
    "succeeded failed|true false|strong weak|inside outside|male female|major minor|expand contract|up down|long short|always never|all none|many few|faster slower|oldest youngest|majority minority|common rare"
)
_OPPOSED_ZH = (
    "增 减|升 降|涨 跌|高 低|大 小|多 少|前 后|先 后|首 末|早 晚|胜 负|赢 输|买 卖|进 出|东 西|南 北|左 右|上 下|始 终|开 关|成功 失败|支持 反对|同意 拒绝|允许 禁止|合法 非法|强 弱|快 慢|新 旧|"
    "长 短|内 外|男 女|父 母|原告 被告|正 负|扩 缩|有 无|是 非|全 部|首次 再次|公 私|开始 结束|提高 降低|增长 下降|增加 减少|全部 部分|多数 少数|上午 下午|以前 以后|真 假|优 劣|加强 削弱|已 未"
)


def _opposed(table: str) -> frozenset[tuple[str, str]]:
    pairs = {(a, b) for a, b in (pair.split(" ") for pair in table.split("|"))}
    return frozenset(pairs | {(b, a) for a, b in pairs})


_NO_DENIAL = re.compile(
    "特别|区别|分别|级别|性别|个别|类别|国别|别人|别的|别墅|不仅|不但|不断|不同|不少|不久|不过|不管|不论|无论|非常|非洲|未来|是否|除非|无锡|无线|否则|not only"
)
OPPOSED = _opposed(_OPPOSED_EN) | _opposed(_OPPOSED_ZH)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing said otherwise: the claim's word and the source's (empty where one of them says nothing)."""

    kind: str  # number, unit, date, name, roles, negation, direction, quantifier, modality, word, added
    claim: str
    source: str

    def __str__(self) -> str:
        return f"{self.kind}: “{self.claim or '—'}” / “{self.source or '—'}”"


@lru_cache(maxsize=8192)
def tokens(text: str) -> tuple[str, ...]:
    """Words of Latin text, single Han characters, numbers and signs, folded."""
    plain = simplified(unicodedata.normalize("NFKC", text)).casefold().replace("’", "'")
    out: list[str] = []
    for found in _TOKEN.finditer(plain):
        word = found[0]
        if word.endswith("n't"):
            out += [{"ca": "can", "wo": "will"}.get(word[:-3], word[:-3]), "not"]
        elif word == "cannot":
            out += ["can", "not"]
        else:
            out.append(word.removesuffix("'s").replace(",", "") if word[0].isdigit() else word.removesuffix("'s"))
    return tuple(out)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """An English word without its ending, crudely; others as they are."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    for ending, put in (
        ("ies", "y"),
        ("ied", "y"),
        ("sses", "ss"),
        ("ing", ""),
        ("edly", ""),
        ("ed", ""),
        ("es", ""),
        ("ly", ""),
        ("s", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + put
            break
    return (
        word[:-1] if len(word) > 4 and (word[-1] == "e" or word[-1] == word[-2] and word[-1] not in "aeious") else word
    )


def content(words: Sequence[str]) -> list[str]:
    """Words that carry meaning."""
    return [word for word in words if word not in _STOP]


@dataclass(frozen=True, slots=True)
class Alignment:
    """A claim beside a source: `near` is the share of its words that stand there in the same order."""

    near: float
    differences: tuple[Difference, ...]


def align(claim: str, source: str) -> Alignment:
    """Both word by word; differences between the first and the last word that they share."""
    mine, theirs = tokens(claim), tokens(source)
    if not mine or not theirs:
        return Alignment(0.0, ())
    matcher = SequenceMatcher(None, [stem(w) for w in theirs], [stem(w) for w in mine], autojunk=False)
    ops = matcher.get_opcodes()
    near = sum(b1 - b0 for tag, _, _, b0, b1 in ops if tag == "equal") / len(mine)
    found: list[Difference] = []
    for at, (tag, a0, a1, b0, b1) in enumerate(ops):
        if tag == "equal":
            continue
        old, new = list(theirs[a0:a1]), list(mine[b0:b1])
        if at in (0, len(ops) - 1):
            found += _at_edge(old, new, first=at == 0)
        else:
            found += _change(old, new, mine[max(0, b0 - 1) : b0])
    return Alignment(near, tuple(dict.fromkeys(found)))


def _at_edge(old: list[str], new: list[str], *, first: bool) -> Iterator[Difference]:
    """Before the first or after the last shared word a claim may say less, or put its phrases in another order."""
    if not new:
        dropped = [word for word in old[-2:] if word in NEGATIONS or word in HEDGES] if first else []
        yield from _change(dropped, [], [])
        return
    beside = old[-len(new) :] if first else old[: len(new)]
    for difference in _change(beside if len(new) <= 4 else [], new, []):
        if difference.kind not in ("added", "modality") and (difference.kind != "negation" or denials(_joined(new))):
            yield difference


def _change(old: list[str], new: list[str], before: Sequence[str]) -> Iterator[Difference]:
    """What it means that `old` words stand where the claim has `new` ones."""
    said, stood = _joined(new), _joined(old)
    if (denials(_joined([*before, *new])) - denials(_joined([*before, *old]))) % 2:
        yield Difference("negation", said, stood)
        return
    for a in _grams(new):
        for b in _grams(old):
            if (a, b) in OPPOSED and a not in old and b not in new:
                yield Difference("direction", a, b)
                return
    short = len(new) <= 6 and len(old) <= 6
    if (
        short
        and {w for w in new if w in QUANTIFIERS} != {w for w in old if w in QUANTIFIERS}
        and (new or any(len(w) > 1 for w in old if w in QUANTIFIERS))
    ):
        yield Difference("quantifier", said, stood)
        return
    if {w for w in old if w in HEDGES} != {w for w in new if w in HEDGES} or any(
        (h in stood) != (h in said) for h in _ZH_HEDGES
    ):
        yield Difference("modality", said, stood)
        return
    changed, kept = content(new), content(old)
    if changed and kept:
        yield Difference("word", said, stood)
    elif changed:
        yield Difference("added", said, "")


def denials(text: str) -> int:
    """How many words of a text deny something; 特别, 不仅 and the like do not."""
    plain = _NO_DENIAL.sub("", text.casefold())
    return sum(word in NEGATIONS for word in tokens(plain))


def _grams(words: list[str]) -> set[str]:
    return {*words, *("".join(words[i : i + 2]) for i in range(len(words) - 1) if ord(words[i][0]) > 0x2E80)}


def _joined(words: Sequence[str]) -> str:
    out = ""
    for word in words:
        out += (" " if out and word.isascii() and out[-1].isascii() else "") + word
    return out


def figures(claim: str, window: str, whole: str) -> list[Difference]:
    """Quantities and dates of the claim that neither the window nor the whole evidence states, with the nearest figure."""
    mine, near, all_ = facts(claim), facts(window), facts(whole)
    found = []
    for quantity in mine.quantities:
        difference = _quantity(quantity, near, all_)
        if difference:
            found.append(difference)
    for date in mine.dates:
        difference = _date(date, near, all_)
        if difference:
            found.append(difference)
    return found


def _quantity(quantity: Quantity, near: Facts, whole: Facts) -> Difference | None:
    if any(quantity.same(other) for other in near.quantities) or any(
        quantity.same(other) for other in whole.quantities
    ):
        return None
    if not quantity.dimension or quantity.dimension == "duration":
        for date in whole.dates:
            if quantity.value in (date.year, date.month, date.day):
                return None
    unit = next((other for other in (*near.quantities, *whole.quantities) if quantity.close(other)), None)
    if unit:
        return Difference("unit", quantity.text, unit.text)
    alike = [other for other in near.quantities if other.dimension == quantity.dimension] or list(near.quantities)
    return Difference(
        "number", quantity.text, min(alike, key=lambda o: abs(o.value - quantity.value)).text if alike else ""
    )


def _date(date: Date, near: Facts, whole: Facts) -> Difference | None:
    if any(date.within(other) for other in (*near.dates, *whole.dates)):
        return None
    parts = [part for part in (date.year, date.month, date.day) if part is not None]
    if len(parts) == 1 and any(parts[0] == quantity.value for quantity in whole.quantities):
        return None
    years = {other.year for other in whole.dates}
    if date.year in years and any(
        Date(None, date.month, date.day, 0, 0, "").within(other) and other.month for other in whole.dates
    ):
        return None  # the year and the day stand apart
    clash = next((other for other in (*near.dates, *whole.dates) if date.clashes(other)), None)
    return Difference("date", date.text, clash.text if clash else "")


def missing_names(claim: str, whole: str) -> list[Difference]:
    """Names of the claim that the evidence does not hold; a Chinese claim over an English source is not judged by them."""
    folded = _bare(whole)
    held = set(re.findall(r"\w+", folded))
    found = []
    for name in names(claim):
        bare = _bare(name)
        if re.search(f"[{HAN}]", name):
            tail = bare[-4:] if not re.search("[·]", name) else bare
            if re.search(f"[{HAN}]", whole) and tail not in folded and bare not in folded:
                found.append(Difference("name", name, ""))
        elif (
            bare not in held
            and stem(bare) not in {stem(word) for word in held if word[:2] == bare[:2]}
            and bare not in folded
        ):
            found.append(Difference("name", name, ""))
    return found


def _bare(text: str) -> str:
    plain = unicodedata.normalize("NFD", simplified(unicodedata.normalize("NFKC", text)).casefold())
    return re.sub(r"[’']s\b", "", "".join(c for c in plain if not unicodedata.combining(c)))


_PASSIVE = re.compile(r"\b(?:was|were|is|are|been|being)\b[\w\s]{0,30}\bby\b|被|由|遭|受到", re.IGNORECASE)


def roles(claim: str, source: str) -> Difference | None:
    """Two names that do the same thing to each other the other way round: "A bought B" against "B bought A"."""
    held = [name for name in names(claim) if name in source]
    for at, first in enumerate(held):
        for second in held[at + 1 :]:
            mine, theirs = _between(claim, first, second), _between(source, first, second)
            if (
                not mine
                or not theirs
                or not set(content([stem(w) for w in tokens(mine[1])]))
                & set(content([stem(w) for w in tokens(theirs[1])]))
            ):
                continue
            forward = [pair[0] is not bool(_PASSIVE.search(pair[1])) for pair in (mine, theirs)]
            if forward[0] is not forward[1]:
                return Difference(
                    "roles",
                    f"{first} → {second}" if mine[0] else f"{second} → {first}",
                    f"{second} → {first}" if mine[0] else f"{first} → {second}",
                )
    return None


def _between(text: str, first: str, second: str) -> tuple[bool, str] | None:
    """Whether `first` comes first, and the words between the two in one clause."""
    a, b = text.find(first), text.find(second)
    if a < 0 or b < 0 or a == b:
        return None
    words = text[a + len(first) : b] if a < b else text[b + len(second) : a]
    return (
        (a < b, words)
        if 1 < len(words) <= 60 and not re.search("[。；;，,.!?！？]|\\b(?:and|or)\\b|[和与及、]", words)
        else None
    )
