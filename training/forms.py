"""`python -m training.forms OUT`: forms, tables and lists made by rule, with questions about their fields, as token ids.

Running text teaches a reader that an answer stands in a sentence. In a form it stands behind a label, in a table where a
row and a column cross, in a list below a heading. Names and values are drawn by chance; every question also enters beside
the same document without what it asks for. Labels and questions are ours and in both languages.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click

from retrieval.encoders.use import UniversalSentenceEncoder
from training.corpus import Corpus
from training.reader_data import Asked, Builder, Right

_FORMS, _TABLES, _LISTS = 900, 500, 260  # documents of each kind, half of them Chinese
_ASKED = 2  # questions of one document
_CROSS = 0.2  # share of the questions in the other language
_OWNED = 0.7  # share of a form's questions that say whose form it is

Value = Callable[[random.Random, bool], str]
_FAMILY, _GIVEN = "王李张刘陈杨赵黄周吴徐孙马朱胡林", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华"
_FIRST = "Anna Brian Carla David Elena Frank Grace Henry Irene Jonas Karen Louis Maria Nathan Olivia Peter Ruth Samuel Tara Victor".split()
_LAST = "Adams Becker Cohen Dawson Evans Fischer Garcia Hughes Ivanov Jensen Keller Lopez Morgan Nolan Osborne Petrov Quinn Reyes".split()
_TOWN = (
    "北京 上海 成都 武汉 西安 南京 杭州 青岛 长沙 厦门".split(),
    "Austin Berlin Denver Geneva Leeds Lyon Oslo Porto Seattle Vienna".split(),
)
_FIRM = (
    "恒达 远航 蓝海 中科 瑞丰 博雅 华信 天成 明德 金石".split(),
    "Acme Borealis Corvus Delphi Everest Fairway Granite Helios Ironwood Juniper".split(),
)
_FIELD = ("科技 贸易 物流 建设 医药 电子".split(), "Systems Trading Logistics Partners Pharma Electronics".split())
_POST = (
    "项目经理 会计 工程师 采购主管 质检员 法务专员".split(),
    ("project manager", "accountant", "site engineer", "head of purchasing", "quality inspector", "legal counsel"),
)
_STATE = (
    "已完成 进行中 待审批 已取消 已逾期".split(),
    "completed;in progress;pending approval;cancelled;overdue".split(";"),
)
_THING = (
    "服务器 打印机 空气净化器 投影仪 交换机 叉车 发电机 水泵 压缩机 显微镜".split(),
    "server;label printer;air purifier;projector;network switch;forklift;generator;water pump;compressor;microscope".split(
        ";"
    ),
)
_DRUG = ("阿司匹林 二甲双胍 氨氯地平 阿托伐他汀 奥美拉唑 布洛芬 头孢克肟 氯雷他定".split(), "aspirin metformin amlodipine atorvastatin omeprazole ibuprofen cefixime loratadine".split())  # fmt: skip


def _one(held: Sequence[Sequence[str]]) -> Value:
    return lambda chance, zh: chance.choice(held[0 if zh else 1])


def _person(chance: random.Random, zh: bool) -> str:
    if zh:
        return chance.choice(_FAMILY) + "".join(chance.sample(_GIVEN, chance.choice((1, 2))))
    return f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"


def _firm(chance: random.Random, zh: bool) -> str:
    side = 0 if zh else 1
    parts = (chance.choice(_TOWN[0]) if zh else "", chance.choice(_FIRM[side]), chance.choice(_FIELD[side]))
    return "".join(parts) + "有限公司" if zh else " ".join(parts[1:]) + chance.choice((" Ltd.", " Inc.", " GmbH"))


def _date(chance: random.Random, zh: bool) -> str:
    year, month, day = chance.randint(1965, 2026), chance.randint(1, 12), chance.randint(1, 28)
    iso = f"{year}-{month:02}-{day:02}"
    names = "January February March April May June July August September October November December".split()
    return chance.choice((iso, f"{year}年{month}月{day}日" if zh else f"{names[month - 1]} {day}, {year}"))


def _money(chance: random.Random, zh: bool) -> str:
    amount = chance.choice((1, 10, 100, 1000)) * chance.randint(12, 9900)
    return chance.choice((f"{amount:,} 元", f"人民币{amount}元", f"¥{amount:,}.00") if zh else (f"${amount:,}", f"USD {amount:,}.00", f"€{amount}"))  # fmt: skip


def _count(chance: random.Random, zh: bool) -> str:
    return str(chance.randint(2, 1200))


def _percent(chance: random.Random, zh: bool) -> str:
    return f"{chance.randint(1, 99)}{chance.choice(('', '.5', '.2'))}%"


def _code(chance: random.Random, zh: bool) -> str:
    return f"{chance.choice(('HT', 'PO', 'QC', 'INV', 'RPT', 'XM'))}-{chance.randint(2015, 2026)}-{chance.randint(1, 9999):04}"


def _phone(chance: random.Random, zh: bool) -> str:
    return f"1{chance.randint(30, 89)}{chance.randint(10**7, 10**8 - 1)}" if zh else f"({chance.randint(201, 989)}) 555-{chance.randint(100, 9999):04}"  # fmt: skip


def _months(chance: random.Random, zh: bool) -> str:
    return f"{chance.randint(2, 60)}{'个月' if zh else ' months'}"


def _pressure(chance: random.Random, zh: bool) -> str:
    return f"{chance.randint(100, 180)}/{chance.randint(60, 110)} mmHg"


def _mail(chance: random.Random, zh: bool) -> str:
    return f"{chance.choice(_LAST).lower()}{chance.randint(1, 99)}@example.com"


@dataclass(frozen=True, slots=True)
class Field:
    """A label in both languages with what it holds, and how it is asked for; {} is whose it is, with 的 or "of …"."""

    labels: tuple[tuple[str, ...], tuple[str, ...]]
    value: Value
    asks: tuple[tuple[str, ...], tuple[str, ...]]


def _field(zh: str, en: str, value: Value, ask_zh: str, ask_en: str) -> Field:
    return Field(
        (tuple(zh.split("/")), tuple(en.split("/"))), value, (tuple(ask_zh.split("/")), tuple(ask_en.split("/")))
    )


_OF_FORM = {
    ("员工登记表/人事档案/Employee record/Personnel file", "person"): (
        _field("出生日期/生日", "Date of birth/Born", _date, "{}出生日期是哪天？/{}生日是什么时候？/{}是哪年出生的？", "When was the person born{}?/What is the date of birth{}?"),
        _field("职务/岗位", "Position/Job title", _one(_POST), "{}职务是什么？/{}担任什么岗位？", "What is the job title{}?/Which position is held{}?"),
        _field("联系电话/手机", "Phone/Telephone", _phone, "{}电话是多少？/怎么打电话联系{}？", "What is the phone number{}?"),
        _field("工作地点", "Place of work/Office", _one(_TOWN), "{}在哪里上班？/{}工作地点在哪？", "Where is the place of work{}?/Which office is it{}?"),
        _field("入职日期", "Hired on/Start date", _date, "{}是什么时候入职的？/{}入职日期？", "When did the job start{}?/What is the start date{}?"),
        _field("直属上级/主管", "Supervisor/Reports to", _person, "{}上级是谁？/{}向谁汇报？", "Who is the supervisor{}?"),
        _field("基本工资/月薪", "Salary/Monthly pay", _money, "{}工资是多少？/{}月薪多少钱？", "How much is the salary{}?"),
        _field("电子邮箱", "E-mail", _mail, "{}邮箱是什么？", "What is the e-mail address{}?"),
    ),
    ("采购合同/服务合同/Purchase contract/Service agreement", "firm"): (
        _field("合同编号", "Contract number/Contract No.", _code, "{}合同编号是多少？/{}合同号？", "What is the contract number{}?"),
        _field("合同金额/总价款", "Contract value/Total price", _money, "{}合同金额是多少？/{}合同一共多少钱？", "How much is the contract worth{}?/What is the total price{}?"),
        _field("签订日期/签约日期", "Signed on/Date of signature", _date, "{}合同是什么时候签的？/{}合同签订日期是哪天？", "When was the contract signed{}?"),
        _field("交货期限/履行期限", "Term of delivery/Duration", _months, "{}交货期限是多久？/{}合同期限多长？", "How long is the term{}?/What is the duration{}?"),
        _field("甲方代表/联系人", "Representative/Contact", _person, "{}合同联系人是谁？/{}谁是代表？", "Who is the contact{}?/Who represents the buyer{}?"),
        _field("预付款比例", "Advance payment", _percent, "{}预付款比例是多少？/{}要预付百分之几？", "What share is paid in advance{}?"),
        _field("交货地点", "Place of delivery", _one(_TOWN), "{}货物交到哪里？/{}交货地点在哪？", "Where are the goods delivered{}?"),
        _field("标的物", "Goods/Subject", _one(_THING), "{}合同买的是什么？/{}标的物是什么？", "What is bought{}?"),
    ),
    ("检查报告/病历/Medical report/Patient chart", "person"): (
        _field("血压", "Blood pressure", _pressure, "{}血压是多少？/{}血压高吗，数值多少？", "What is the blood pressure{}?/How high is the blood pressure{}?"),
        _field("就诊日期", "Date of service/Visit date", _date, "{}是哪天就诊的？/{}就诊日期？", "When was the visit{}?"),
        _field("主治医生/主管医师", "Primary physician/Attending doctor", _person, "{}主治医生是谁？", "Who is the doctor{}?/Who is the attending physician{}?"),
        _field("病历号/患者编号", "Patient ID/Chart number", _code, "{}病历号是多少？", "What is the patient number{}?"),
        _field("血氧饱和度", "Oxygen saturation", _percent, "{}血氧是多少？", "What is the oxygen saturation{}?"),
    ),
    ("项目月报/验收单/Project report/Acceptance sheet", "firm"): (
        _field("项目编号", "Project ID", _code, "{}项目编号是什么？", "What is the project number{}?"),
        _field("完成进度", "Progress", _percent, "{}项目完成了多少？/{}进度到哪了？", "How far is the project{}?/What is the progress{}?"),
        _field("负责人/项目经理", "Owner/Project lead", _person, "{}项目负责人是谁？/谁负责{}项目？", "Who leads the project{}?"),
        _field("预算", "Budget", _money, "{}项目预算是多少？", "What is the budget{}?"),
        _field("验收日期", "Accepted on", _date, "{}项目什么时候验收的？", "When was the work accepted{}?"),
        _field("状态", "Status", _one(_STATE), "{}项目现在是什么状态？", "What is the status{}?"),
    ),
}  # fmt: skip
_COLUMNS = (
    _field("数量/库存", "Quantity/In stock", _count, "{}有多少？/{}库存数量是多少？", "How many{} are there?/What is the quantity{}?"),
    _field("单价", "Unit price", _money, "{}单价是多少？/{}多少钱一个？", "What is the unit price{}?/How much is one{}?"),
    _field("存放地点/仓库", "Location/Warehouse", _one(_TOWN), "{}放在哪里？/{}存放地点在哪？", "Where is it kept{}?/What is the location{}?"),
    _field("负责人/保管人", "Keeper/Responsible", _person, "{}由谁负责？/{}保管人是谁？", "Who is responsible{}?"),
    _field("上次检修/盘点日期", "Last audit/Last service", _date, "{}上次检修是什么时候？/{}哪天盘点的？", "When was the last service{}?/When was the last audit{}?"),
    _field("合格率", "Pass rate", _percent, "{}合格率是多少？", "What is the pass rate{}?"),
    _field("状态", "Status", _one(_STATE), "{}状态如何？/{}现在是什么状态？", "What is the status{}?"),
)  # fmt: skip
_LISTED = (
    (("当前用药/服用药物", "CURRENT MEDICATIONS/Medication list"), _DRUG, ("病人在吃哪些药？/患者目前服用什么药物？", "Which drugs does the patient take?/What medications is the patient on?")),
    (("设备清单/随货清单", "Equipment list/Packing list"), _THING, ("清单里有哪些设备？/一共送来什么设备？", "Which equipment is on the list?/What was delivered?")),
    (("派驻城市/服务网点", "Branch offices/Service locations"), _TOWN, ("在哪些城市有网点？/公司在哪里有办事处？", "In which cities are there offices?/Where are the branches?")),
)  # fmt: skip


class Question(NamedTuple):
    """About one line of a document: its place, what answers, the question, and whether other documents may answer it too."""

    line: int
    answer: str
    text: str
    anywhere: bool


Made = tuple[list[str], list[Question], str]  # lines, questions, and the break between the lines


class Forms(Builder):
    """Makes documents, and groups of questions about them."""

    def form(self, zh: bool) -> Made:
        """Labels with values, of a person or a firm."""
        chance, side = self.random, 0 if zh else 1
        (titles, kind), fields = chance.choice(list(_OF_FORM.items()))
        title = chance.choice(titles.split("/")[2 * side : 2 * side + 2])
        owner = (_person if kind == "person" else _firm)(chance, zh)
        colon, gap = chance.choice(("：", ": ", "：\n\n", " | ") if zh else (": ", ":\n\n", " | ", "\n\n")), chance.choice(("\n", "\n\n", "  "))  # fmt: skip
        named = {"person": ("姓名", "Name"), "firm": ("单位名称", "Company")}[kind][side]
        lines = [chance.choice((f"{title}{gap}{named}{colon}{owner}", f"{title} {owner}"))]
        found = []
        for field in chance.sample(fields, chance.randint(4, len(fields))):
            value = field.value(chance, zh)
            question = self._question(field, owner, zh)
            found.append(Question(len(lines), value, question, owner not in question))
            lines.append(f"{chance.choice(field.labels[side])}{colon}{value}")
        return lines, found, gap

    def _question(self, field: Field, owner: str, zh: bool) -> str:
        asked_zh = zh != (self.random.random() < _CROSS)
        ask = self.random.choice(field.asks[0 if asked_zh else 1])
        owned = self.random.random() < _OWNED
        if not owned:
            return ask.format("").replace("联系？", "联系他？")
        return ask.format(f"{owner}的" if "{}的" not in ask and asked_zh and not _is_subject(ask) else owner if asked_zh else f" of {owner}")  # fmt: skip

    def table(self, zh: bool) -> Made:
        """A table with a row a thing."""
        chance, side = self.random, 0 if zh else 1
        columns = chance.sample(_COLUMNS, chance.randint(2, 5))
        things = chance.sample(_THING[side], chance.randint(3, 8))
        lines = [" | ".join(["名称" if zh else "Item", *(chance.choice(c.labels[side]) for c in columns)])]
        found = []
        for thing in things:
            values = [column.value(chance, zh) for column in columns]
            column, value = chance.choice(list(zip(columns, values, strict=True)))
            if values.count(value) == 1 and value not in thing:
                found.append(Question(len(lines), value, self._question_of(column, thing, zh), True))
            lines.append(" | ".join([thing, *values]))
        return lines, found, "\n"

    def _question_of(self, column: Field, thing: str, zh: bool) -> str:
        asked_zh = zh != (self.random.random() < _CROSS)
        ask = self.random.choice(column.asks[0 if asked_zh else 1])
        return ask.format(thing if asked_zh else f" of the {thing}")

    def listing(self, zh: bool) -> Made:
        """A heading with a list below it."""
        chance, side = self.random, 0 if zh else 1
        heads, held, asks = chance.choice(_LISTED)
        items = chance.sample(held[side], chance.randint(2, 5))
        mark = chance.choice(("1. ", "• ", "- ", "1、" if zh else "1) "))
        written = [mark.replace("1", str(number)) + item for number, item in enumerate(items, 1)]
        line = chance.choice(("\n", " ")).join(written)
        owner = _person(chance, zh)
        before = f"{'姓名：' if zh else 'Name: '}{owner}"
        asked = chance.choice(asks[0 if zh != (chance.random() < _CROSS) else 1].split("/"))
        lines = [before, chance.choice(heads[side].split("/")) + "\n" + line]
        return lines, [Question(1, line, asked, True)], "\n\n"

    def documents(self, name: str, make: Callable[[bool], Made], count: int) -> int:
        """So many documents with their questions; how many questions."""
        texts: dict[str, str] = {}
        asked: list[tuple[Asked, str]] = []
        every = frozenset(f"{name} {number}" for number in range(count))
        for number in range(count):
            lines, found, gap = make(number % 2 == 0)
            texts[one := f"{name} {number}"] = gap.join(lines)
            for own in self.random.sample(found, min(_ASKED, len(found))):
                begin = len(gap.join(lines[: own.line])) + len(gap) + lines[own.line].index(own.answer)
                right = Right(one, (begin, begin + len(own.answer)))
                others = every if own.anywhere else frozenset[str]()
                question = Asked(own.text, right, others=others, answers=(own.answer,))
                asked.append((question, gap.join(lines[: own.line] + lines[own.line + 1 :])))
        self.groups(name, Corpus(texts, self.encoder), {}, [question for question, _ in asked])
        without = Corpus({f"{name} without {at}": text for at, (_, text) in enumerate(asked)}, self.encoder)
        for (question, _), gone in zip(asked, without.names, strict=True):
            self.single(f"{name} without", without, {}, question.question, gone)
        return len(asked)


def _is_subject(ask: str) -> bool:
    """Whether the owner does something in the question, where no 的 belongs."""
    return any(word in ask for word in ("{}是哪", "{}担任", "联系{}", "{}在", "{}是什么时候入职", "{}向"))


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True)
def main(out: Path, seed: int) -> None:
    """Write the examples to OUT (.npz)."""
    builder = Forms(UniversalSentenceEncoder(threads=1), seed)
    for name, make, count in (("forms", builder.form, _FORMS), ("tables", builder.table, _TABLES), ("lists", builder.listing, _LISTS)):  # fmt: skip
        asked = builder.documents(name, make, count)
        click.echo(f"{name}: {asked} questions; {len(builder.made.group)} windows", err=True)
    builder.made.save(out)


if __name__ == "__main__":
    main()
