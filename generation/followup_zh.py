"""Chinese questions that lean on earlier turns: pronouns, 呢, 为什么, 前者, 第二个, and what is left unsaid; pure.

Patterns are matched against the simplified form, which has the same length, and cut from the question as written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from generation.topic import topic_of
from generation.topic_zh import ANCHOR, ASKS, EDGE, NAMED, STOP
from library.text import HAN, simplified

if TYPE_CHECKING:
    from generation.followup import Turn

_END = re.compile(r"[\s？?。！!，,]+$")
_LEAD = re.compile(
    r"^(?:那么|那(?![个些里儿种次年天款台艘座本家位条项样时边部场只件])|还有|另外|然后|此外|所以|嗯|好的)[，,、\s]*"
)
_BARE = re.compile(
    r"^(?:(?:这|那)?(?:又|究竟|到底)?是?(?:为什么|为何|为啥|什么原因|因为什么)(?:会?这样|这么说|如此)?|什么时候|何时|什么地方|在?哪里|在?哪儿|是?谁|"
    r"多少|多久|多少钱|多大|怎么做|怎么办|怎么说|如何做|具体呢|具体是什么|例如|比如|举个例子|然后呢|后来呢|结果呢|依据是什么|真的|是)"
    r"(?:的|呢|吗|了)*$"
)
_MORE = re.compile(
    r"^(?:还有(?:呢|吗|没有|什么|哪些|别的|其他的?|其它的?)?|除此之外|此外)(?:还有)?(?:什么|哪些)?(?:呢|吗|没有)?$"
)
_PAIR = re.compile(r"前者|后者")
_NUMBERS = {name: at for at, row in enumerate(("一1", "二2两", "三3", "四4", "五5", "六6")) for name in row}
_ORDINAL = re.compile(
    r"^(第([一二三四五六1-6])(?:种|个|步|条|点|项|款|类|方面|阶段)(?!人)|最后一?(?:种|个|步|条|点|项|款|类|阶段))"
)
_PRONOUN = re.compile(r"(?:它|他|她)们?(?!人|乡|国|日|山|处)|^其(?!他|它|余|中|实|次)")
_MEASURE = "个|些|种|款|台|艘|座|本|家|位|条|项|部|场|只|件|类|次|样|篇|份|支|项"
_THIS = re.compile(
    rf"^(?:在|从|对|把)?(?!这几|那几|当时的)(这里|那里|这儿|那儿|此处|当地|这时|那时|当时(?!的)|这样做?|那样做?|(?:这|那|该|本|此)(?:{_MEASURE})?)"
)
_PLACES = ("里", "儿", "处", "地", "时", "样", "样做")
_WHICH = re.compile(
    rf"^(?:在|从|对|把)?(?:这|那|该|此)(?:{_MEASURE})?([{HAN}]{{1,4}}?)(?=有|是|的|在|能|会|可|要|需|怎|如|为|多|什|哪|几|由|叫|属|于|$)"
)
_ABOUT = re.compile(r"^(?:换成|换做|如果是|要是|如果换成|对于|关于|至于|说到|轮到|改成|到了|如果)")
_LIKE = re.compile(r"(?:这类|之类|这样|那种|这种|这些|那些)?的?$")
_ATTRIBUTE = re.compile(
    r"(?:价格|价钱|费用|时间|时长|地点|地址|位置|大小|长度|高度|宽度|重量|面积|颜色|原因|目的|作者|名称|电话|条件|要求|期限|日期|范围|步骤|区别|优点|缺点|好处|"
    r"坏处|用途|作用|来源|结果|内存|显存|显卡|参数|功率|容量|速度|精度|误差|性能|寿命|材料|材质|成分|剂量|副作用|不良反应|禁忌|产地|型号|尺寸|年龄|身高|职业|"
    r"生日|国籍|妻子|父亲|母亲|丈夫|儿子|女儿|人数|人口|海拔|票价|保修期?|续航|利润|收入|成本|版本|层数|维度|格式|语法|默认值|安装|用法|影响|后果|背景|[性率量费价额期数度])$"
)  # fmt: skip
_DEFINES = re.compile(
    r"^(?:什么是|何谓|何为|谁是)|(?:是什么|是谁|指的是|是指|的定义|是什么意思|的区别)|的(?!$|[吗呢了])"
)
_FEW = 4  # characters that a question may say of its own and still lean on what was said before


def written_out(question: str, turns: Sequence[Turn]) -> str | None:
    """The question on its own, or None where it stands alone already."""
    folded = simplified(question)
    if len(folded) != len(question):  # a character became two: patterns and cuts would not agree
        question = folded
    bare = _END.sub("", question)
    lead = _LEAD.match(simplified(bare))
    rest = bare[lead.end() :] if lead else bare
    last = turns[-1]
    before = _END.sub("", last.question)
    for rule in (_more, _bare, _pair, _ordinal, _pronoun, _this, _fragment):
        if (made := rule(rest, before, turns)) is not None:
            return made
    if lead and lead.group().startswith("那") and len(rest) <= 16:
        return _headed(rest, turns)
    return _unsaid(rest, turns)


def _headed(rest: str, turns: Sequence[Turn]) -> str | None:
    topic = topic_of(turns)
    return f"{topic}：{rest}？" if topic and simplified(topic) not in simplified(rest) else None


# -- the rules, each giving the whole question or None --------------------------------------------------------------


def _more(rest: str, before: str, turns: Sequence[Turn]) -> str | None:
    return f"{before}，还有什么？" if _MORE.match(simplified(rest)) else None


def _bare(rest: str, before: str, turns: Sequence[Turn]) -> str | None:
    return f"{before}，{rest}？" if _BARE.match(simplified(rest)) else None


def _pair(rest: str, before: str, turns: Sequence[Turn]) -> str | None:
    found = _PAIR.search(simplified(rest))
    two = _operands(before, turns[-1].answer) if found else None
    if found is None or two is None:
        return None
    return rest[: found.start()] + two[found.group() == "后者"] + rest[found.end() :] + "？"


def _operands(before: str, answer: str) -> tuple[str, str] | None:
    """The two things that a question compares, each with what the other one shares."""
    match = re.search(
        rf"([{HAN}\w\-“”《》· ]{{1,20}}?)(?:和|与|跟|及|還是|还是|、)(\s*[{HAN}\w\-“”《》·][{HAN}\w\-“”《》· ]{{0,20}})",
        before,
    )
    if match is None:
        return None
    left = re.split(r"比较|相比|的是", match.group(1))[-1].strip()
    right = re.split(r"这两|這兩|两个|兩個|各|的|哪|有|都|谁|誰|相比|之间|之間|分别|分別|怎|是", match.group(2))[
        0
    ].strip()
    if not left or not right:
        return None
    for end in range(len(left), 0, -1):  # 滨城地铁 2 号线和 5 号线: what stands before the second is said once
        if left[:end] + right in answer:
            right = left[:end] + right
            break
    kind = re.match(
        rf"(?:这|這)?(?:两|兩)(?:个|個|种|種|款|者|家)?([{HAN}]{{2,5}}?)(?=的|有|各|哪|之)",
        before[match.start(2) + len(match.group(2).split("这两")[0].split("這兩")[0]) :],
    )
    tail = kind.group(1) if kind and kind.group(1) not in left else ""
    return left + tail, right + tail


def _ordinal(rest: str, before: str, turns: Sequence[Turn]) -> str | None:
    found = _ORDINAL.match(simplified(rest))
    if found is None:
        return None
    items = _items(turns[-1].answer)
    at = _NUMBERS[found.group(2)] if found.group(2) else len(items) - 1
    if not 0 <= at < len(items) or len(items) < 2:
        return None
    topic = topic_of(turns)
    said = items[at] if topic in items[at] else f"{topic} {items[at]}"
    return f"{said}：{rest[found.end() :]}？"


def _items(answer: str) -> list[str]:
    """What an answer lists: numbered clauses, else sentences, else what stands between 、 after a colon."""
    numbered = re.split(
        r"第[一二三四五六1-6](?:种|個|个|步|条|點|点|项|款|类|是)?[，,：:]?|[（(]?[一二三四五六1-6][）)、.]", answer
    )
    if len(numbered) > 2:
        return [_clause(part) for part in numbered[1:]]
    parts = [part for part in re.split(r"[。；;\n]", answer) if part.strip()]
    if len(parts) > 1:
        return [_clause(part) for part in parts]
    listed = re.split(r"[：:]|分为|分成|包括|有(?=[^。]*、)", answer, maxsplit=1)
    return [_clause(part) for part in re.split(r"、|和|以及", listed[1])] if len(listed) > 1 else []


def _clause(text: str) -> str:
    return re.split(r"[，,。；;]", text.strip())[0][:24].strip()


def _pronoun(rest: str, before: str, turns: Sequence[Turn]) -> str | None:
    folded = simplified(rest)
    found = _PRONOUN.search(folded)
    head = folded[: found.start()] if found else ""
    if found is None or len(STOP.sub("", head)) > 2 or ANCHOR.search(head) or re.search("[和与跟及]", head):
        return None
    topic = topic_of(turns)
    if not topic:
        return None
    link = "的" if found.group() == "其" else ""
    return f"{rest[: found.start()]}{topic}{link}{rest[found.end() :]}？"


def _this(rest: str, before: str, turns: Sequence[Turn]) -> str | None:
    folded = simplified(rest)
    found = _THIS.match(folded)
    if found is None:
        return None
    which = None if found.group(1)[1:] in _PLACES else _WHICH.match(folded)
    noun = which.group(1) if which else ""
    name = _called(noun, turns) or topic_of(turns)
    if not name:
        return None
    if which and noun:
        gap = "" if noun in simplified(name) else noun
        return f"{name}{gap}{rest[which.end() :]}？"
    return f"{name}：{rest[found.end() :].lstrip('的')}？"


def _called(noun: str, turns: Sequence[Turn]) -> str:
    """The name in quotes that stands beside this noun in the last answer."""
    if not noun:
        return ""
    for named in NAMED.finditer(turns[-1].answer):
        around = simplified(turns[-1].answer[max(0, named.start() - 12) : named.end() + 12])
        if noun in around or noun[-1] in around:
            return named.group(1)
    return ""


def _fragment(rest: str, before: str, turns: Sequence[Turn]) -> str | None:
    """X 呢: another year, another thing of the same kind, or another side of the same thing."""
    folded = simplified(rest)
    if not folded.endswith("呢") or ASKS.search(folded[:-1]) or len(folded) > 16:
        return None
    start = begins.end() if (begins := _ABOUT.match(folded)) else 0
    part = _LIKE.sub("", rest[start:-1]).strip(EDGE)
    if not part:
        return f"{before}，还有什么？"
    topic = topic_of(turns)
    if _ATTRIBUTE.search(simplified(part)) and topic and not ANCHOR.search(part):
        return f"{topic}的{part}是什么？"
    same = _same_shape(part, before)
    if same:
        return before[: same[0]] + part + before[same[1] :] + "？"
    if topic and topic in before:
        return before.replace(topic, part, 1) + "？"
    return f"{part}：{before}？"


def _same_shape(part: str, before: str) -> tuple[int, int] | None:
    """Where the question before has the like of `part`: the same characters but for figures and letters."""
    pattern = re.sub(r"\\ ", r"\\s*", re.escape(re.sub(r"\s*(\d+(?:\.\d+)?)\s*", " \u0001 ", part).strip()))
    pattern = pattern.replace("\u0001", r"\d+(?:\.\d+)?")
    if r"\d" not in pattern:
        return None
    found = re.search(pattern, before)
    return found.span() if found else None


def _unsaid(rest: str, turns: Sequence[Turn]) -> str | None:
    """A short question that names nothing, and whose words stand in what was found for the turn before."""
    folded = simplified(rest)
    if len(folded) > 12 or ANCHOR.search(folded) or _DEFINES.search(folded.rstrip("的")) or not ASKS.search(folded):
        return None
    pieces = [piece for piece in re.findall(f"[{HAN}]+", STOP.sub(" ", folded)) if len(piece) > 1]
    pairs = [piece[at : at + 2] for piece in pieces for at in range(len(piece) - 1)]
    found = simplified("\n".join((turns[-1].question, turns[-1].answer, *turns[-1].passages)))
    if sum(map(len, pieces)) > _FEW or 2 * sum(pair in found for pair in pairs) < len(pairs):
        return None
    return _headed(rest, turns)
