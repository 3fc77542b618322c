"""`python -m training.manuals DATA OUT`: what people ask of manuals and across languages, as token ids.

Reading sets ask for details of encyclopedias in the passage's own language; who asks a manual wants to know how, why and
what if, in other words than it uses, and often in the other language. Three sources, all of the training folder: headings
that are, or become, questions, beside their sections; sentences asked about by `training.howto` and `training.made`; and the
same across languages, where the sentence's translation among its neighbours is the passage. Every such sentence also enters
without it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from eval.datasets import rows
from library.text import sentences
from retrieval.encoders.use import UniversalSentenceEncoder
from training import howto, made
from training.corpus import Corpus
from training.reader_data import Asked, Builder, Right, tell

_SECTIONS = {"zh zh": 1100, "en en": 1100, "zh en": 900, "en zh": 900}  # headings of each direction
_TOLD = {"zh": 1500, "en": 1500}  # sentences of running text
_ACROSS = 1600  # sentences of each direction across languages
_POOL = 9000  # passages that wrong ones are drawn from
_AROUND = 3  # sentences on each side of the one that is asked about, at most
_MADE = 0.35  # share of the questions that ask for a detail
_NO_TEXT = ("pypi:", "npm:")  # word lists, no running text
_LONGEST = 60  # characters of a heading
_QUESTION = re.compile(
    r"如何|怎么|怎样|为什么|为何|什么是|是什么|吗$|能否|是否|哪些|哪个|^(?:how|why|what|when|where|which|who|can|do|does|is|are|should)\b.*|.*[?？]$",
    re.IGNORECASE,
)
_DOING_ZH = re.compile(
    r"^(?:安装|卸载|配置|使用|创建|新建|添加|删除|移除|设置|启动|停止|构建|编译|部署|升级|更新|修改|更改|检查|查看|导入|导出|调试|启用|禁用|连接|处理|定义|调用|加载|"
    r"保存|打开|关闭|转换|自定义|获取|读取|写入|生成|发布|测试|运行|编写|注册|选择|切换|迁移|备份|恢复|优化|监控|扩展|集成|实现|避免|防止|限制|替换|访问|提交|上传|下载|排查|清理)(?=[^的]..?)"
)
_DOING_EN = re.compile(
    r"^(?P<v>install|uninstall|configur|us|creat|add|delet|remov|set|sett|start|stop|build|compil|deploy|upgrad|updat|modify|chang|check|view|import|export|"
    r"debug|enabl|disabl|connect|handl|defin|call|load|sav|open|clos|convert|customiz|get|gett|read|writ|generat|publish|test|run|runn|"
    r"select|choos|switch|migrat|back|restor|optimiz|monitor|extend|integrat|implement|avoid|prevent|limit|replac|access|upload|download|specify|manag|pass)"
    r"(?P<e>e|ing|er)?(?= )",
    re.IGNORECASE,
)
_E = frozenset("configur us creat delet remov compil upgrad updat chang enabl disabl handl defin sav clos customiz writ generat choos migrat restor optimiz integrat replac manag".split())  # fmt: skip
_DOUBLED = {"sett": "set", "gett": "get", "runn": "run"}


class Told(NamedTuple):
    """A sentence with the question that it answers and its neighbours, in one language or with their translations."""

    question: str
    before: tuple[str, ...]
    sentence: str
    after: tuple[str, ...]
    span: tuple[int, int] | None = None  # of the answer in the sentence

    @property
    def passage(self) -> tuple[str, int]:
        """The sentence among its neighbours, and where it begins."""
        before = "".join(part + self._gap for part in self.before)
        return before + self.sentence + self._gap + self._gap.join(self.after), len(before)

    @property
    def without(self) -> str:
        """Its neighbours alone."""
        return self._gap.join((*self.before, *self.after))

    @property
    def _gap(self) -> str:
        return "" if re.search("[\u4e00-\u9fa5。！？：]$", self.sentence) else " "


class Manuals(Builder):
    """Writes groups of these three kinds."""

    def sections(self, data: Path) -> Iterator[str]:
        """Headings that are or become questions, beside the sections that they head."""
        every: dict[str, list[dict[str, Any]]] = {kind: [] for kind in _SECTIONS}
        for row in rows(data / "train/pairs.jsonl.gz"):
            if not row["source"].startswith("LawRefBook") and len(row["p"]) >= 40:
                every[f"{row['lang_q']} {row['lang_p']}"].append(row)
        for kind, found in every.items():
            chosen: dict[str, tuple[str, str]] = {}  # passages with their question and source
            for row in self.random.sample(found, len(found)):
                if question := asking(row["q"], self.random):
                    chosen.setdefault(row["p"], (question, row["source"]))
            few = _spread(chosen, _SECTIONS[kind])
            texts = {f"{kind} {at}": passage for at, passage in enumerate(few)}
            others = {row["p"] for row in self.random.sample(found, min(_POOL, len(found)))} - set(few)
            texts |= {f"{kind} other {at}": passage for at, passage in enumerate(sorted(others))}
            first = len(self.made.answers)
            asked = [Asked(chosen[passage][0], Right(f"{kind} {at}")) for at, passage in enumerate(few)]
            self.groups(f"sections {kind}", Corpus(texts, self.encoder), {}, asked, skip=2)
            self.made.answers[first:] = self.made.relevant[first:]  # a section answers the question that its heading is
            yield f"sections {kind}: {len(asked)} questions"

    def told(self, data: Path) -> Iterator[str]:
        """Sentences of sections, asked about in their own language."""
        for lang, count in _TOLD.items():
            yield self.written(f"told {lang}", self.own(data, lang, count))

    def own(self, data: Path, lang: str, count: int) -> list[Told]:
        """So many sentences of sections of one language, with their questions."""
        passages = {row["p"]: row["source"] for row in rows(data / "train/pairs.jsonl.gz") if row["lang_p"] == lang}
        found: list[Told] = []
        order = dict.fromkeys(self.random.sample(sorted(passages), len(passages)))
        for passage in _spread(order, 6 * count, passages):
            parts = [passage[a:b].strip() for a, b in sentences(passage)]
            at = self.random.randrange(len(parts))
            if len(parts) > 1 and (one := self._one(parts, parts, at, len(parts))):
                found.append(one)
        return found[:count]

    def across(self, data: Path) -> Iterator[str]:
        """Sentences asked about in one language, beside their translation among its neighbours."""
        for (lang, other), found in self.translated(data, _ACROSS):
            yield self.written(f"across {lang} {other}", found)

    def translated(self, data: Path, count: int) -> Iterator[tuple[tuple[str, str], list[Told]]]:
        """So many sentences for each direction, with questions in the one language and what answers in the other."""
        held = [row for row in rows(data / "train/parallel.jsonl.gz") if is_text(row)]
        order = self.random.sample(range(len(held)), len(held))
        for lang, other in (("zh", "en"), ("en", "zh")):
            used: dict[str, int] = {}
            found: list[Told] = []
            for at in order:
                source = held[at]["source"].split(":")[0]
                if len(found) >= count or used.get(source, 0) >= count // 5:
                    continue
                near = held[max(0, at - _AROUND) : at + _AROUND + 1]
                around = [row for row in near if row["source"] == held[at]["source"]]
                own = around.index(held[at])
                one = self._one([row[lang] for row in around], [row[other] for row in around], own, _AROUND)
                if one:
                    used[source] = used.get(source, 0) + 1
                    found.append(one._replace(span=None))
            yield (lang, other), found

    def _one(self, asked: Sequence[str], told: Sequence[str], at: int, most: int) -> Told | None:
        """A question about the sentence `at`, and what stands around what it is told by."""
        detail = next(iter(made.asked(asked[at], self.random, 1)), None) if self.random.random() < _MADE else None
        found = detail or howto.told(asked[at], self.random)
        if found is None:
            return None
        first, last = max(0, at - self.random.randint(0, most)), at + 1 + self.random.randint(0, most)
        return Told(found.question, tuple(told[first:at]), told[at], tuple(told[at + 1 : last]), found.span)

    def written(self, name: str, found: Sequence[Told]) -> str:
        """Their groups, right, near and without the sentence."""
        texts: dict[str, str] = {}
        asked, gone = [], {}
        for at, one in enumerate(found):
            texts[f"{name} {at}"], begin = one.passage
            a, b = one.span or (0, len(one.sentence))
            right = Right(f"{name} {at}", (begin + a, begin + b))
            asked.append(Asked(one.question, right, answers=(one.sentence,)))
            if one.before or one.after:
                gone[f"{name} {at}"] = one.without
        first = len(self.made.source)
        self.groups(name, Corpus(texts, self.encoder), {}, asked)
        if any(one.span is None for one in found):  # a whole sentence is no span
            self.made.span[first:] = [(-1, -1)] * (len(self.made.span) - first)
        left = Corpus(gone, self.encoder)
        for ask in asked:
            if ask.right.id in gone:
                self.single(f"{name} without", left, {}, ask.question, ask.right.id)
        return f"{name}: {len(asked)} questions"


def asking(heading: str, chance: random.Random) -> str | None:
    """The question that a heading is, or that one who looks for its section would ask; None where it names no doing."""
    heading = heading.strip().strip("#*`").strip()
    if not 4 <= len(heading) <= _LONGEST:
        return None
    if _QUESTION.match(heading) or re.search("如何|怎么|怎样|为什么", heading):
        return heading
    if _DOING_ZH.match(heading) and " " not in heading:
        return chance.choice(("如何{}？", "怎么{}？", "怎样{}？", "我想{}，怎么办？", "{}要怎么做？")).format(heading)
    match = _DOING_EN.match(heading)
    if (
        match is None
        or (match["e"] or "").endswith("er")
        or len(heading.split()) > 6
        or re.search(r"\band \w+ing\b|[^\x00-\x7f]", heading)
    ):
        return None
    stem = match["v"].lower()
    verb = _DOUBLED.get(stem, stem + "e" if stem in _E else stem)
    rest = heading[match.end() :].strip()
    wording = chance.choice(
        (
            "How do I {} {}?",
            "How can I {} {}?",
            "How to {} {}?",
            "What is the way to {} {}?",
            "I want to {} {}. What do I do?",
        )
    )
    return wording.format(verb, rest)


def is_text(row: dict[str, Any]) -> bool:
    """Whether an aligned block is running text in both languages."""
    return (
        not row["source"].startswith(_NO_TEXT)
        and not row["source"].endswith(":heading")
        and len(row["zh"]) >= 10
        and len(row["en"]) >= 25
        and "|" not in row["zh"]
    )


def _spread(found: dict[str, Any], count: int, sources: dict[str, str] | None = None) -> list[str]:
    """The first `count` passages, at most a fifth of them of one source."""
    used: dict[str, int] = {}
    kept: list[str] = []
    for passage, held in found.items():
        source = (sources[passage] if sources else held[1]).split(":")[0]
        if len(kept) < count and used.get(source, 0) < max(1, count // 5):
            used[source] = used.get(source, 0) + 1
            kept.append(passage)
    return kept


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True)
def main(data: Path, out: Path, seed: int) -> None:
    """Write the examples to OUT (.npz)."""
    builder = Manuals(UniversalSentenceEncoder(threads=1), seed)
    tell((step(data) for step in (builder.sections, builder.told, builder.across)), builder.made)
    builder.made.save(out)


if __name__ == "__main__":
    main()
