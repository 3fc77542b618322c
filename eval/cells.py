"""Cells of a documentation's tables: asked for, beside the table with the row and without it, and told, rightly and wrongly.

A column tells how its cells are asked for ("default" → "What is the default value of …?") and told. Some questions say what
the table is of, and some are in the other language. Beside a table stand those that BM25 finds next and that lack the row's name.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from eval.absent import Bm25
from eval.adversarial import Trial
from eval.datasets import rows
from eval.refusal import Case
from eval.retrieval import half_of
from ingest.markdown import markdown
from library.records import Evidence
from library.tables import Row, kind, tables
from library.text import language

_ROWS = 8  # of a passage
_LEAST, _NAME, _VALUE = 3, 50, 160  # rows of a table; characters of a row's name and of a cell that is asked for
_OWNED, _ACROSS = 0.5, 0.3  # shares of questions that say what the table is of, and that are in the other language
_NOTHING = " `*-–—"
_NONE = {"none", "n/a", "无", "暂无", "undefined", "null"}
_ASKED = {
    "default": (("{}的默认值是什么？", "{}默认是多少？"), ("What is the default value of {}?", "What does {} default to?")),
    "type": (("{}是什么类型？", "{}的类型是什么？"), ("What type is {}?", "What is the type of {}?")),
    "version": (("{}从哪个版本开始支持？", "哪个版本加入了{}？"), ("Since which version is {} available?", "Which version added {}?")),
    "required": (("{}是必填的吗？", "{}必须填写吗？"), ("Is {} required?", "Do I have to set {}?")),
    "description": (("{}是什么意思？", "{}有什么作用？", "{}是用来做什么的？"), ("What does {} do?", "What is {} for?", "What does {} mean?")),
}  # fmt: skip
_OTHER = ("{}的{column}是什么？",), ("What is the {column} of {}?",)


_TOLD = {
    "default": (("{}的默认值是{value}。", "{}默认为 {value}。", "不设置时，{}取默认值 {value}。"), ("The default value of {} is {value}.", "{} defaults to {value}.", "By default, {} is {value}.")),
    "type": (("{}的类型为{value}。", "{}是 {value} 类型的参数。"), ("The type of {} is {value}.", "{} is of type {value}.")),
    "version": (("{}从版本 {value} 开始支持。", "版本 {value} 加入了{}。"), ("{} is available since version {value}.", "Version {value} added {}.")),
    "description": (("{}表示{value}", "{}的作用是{value}", "{}：{value}"), ("{} means: {value}", "{}: {value}")),
}  # fmt: skip
_TOLD_OTHER = ("{}的{column}是{value}。",), ("The {column} of {} is {value}.",)
_NEEDED = (("{}是必填的。", "{}必须填写。"), ("{} is required.", "{} is a required setting.")), (("{}不是必填的。", "{}是可选的。"), ("{} is not required.", "{} is optional."))  # fmt: skip
_YES, _NO = {"是", "yes", "true", "y"}, {"否", "no", "false", "n"}
_SHORT = 40  # characters of a cell that a claim tells


class Table(NamedTuple):
    """A section's text under its headings, canonical, with the first of its tables that is large enough."""

    text: str
    path: tuple[str, ...]
    zh: bool
    rows: tuple[Row, ...]

    def cell(self, at: int, number: int) -> str:
        """A cell's text without marks; of a row that is shorter, nothing."""
        cells = self.rows[at].cells
        return self.text[slice(*cells[number])].strip(_NOTHING) if number < len(cells) else ""

    def written(self, numbers: Iterator[int]) -> str:
        """The section's headings, the head, and these rows."""
        lines = (self.text[self.rows[n].start : self.rows[n].end] for n in (0, *numbers))
        return "\n".join([self.text.split("\n", 1)[0], "", *lines])


class Drawn(NamedTuple):
    """A cell by its row and column, with the rows of the passage that holds it."""

    at: int
    number: int
    kept: range


def cases(prefix: Path, *, half: str, most: int, seed: int = 0) -> list[Case]:
    """Two cases of each of `most` tables of a corpus; subsets "cells" and, in the other language, "cells across"."""
    chance = random.Random(seed)
    every = _corpus(prefix)
    search = {zh: Bm25({name: one.text for name, one in every.items() if one.zh == zh}) for zh in (True, False)}
    found: list[Case] = []
    for name, table in _shuffled(every, half, chance):
        if len(found) >= 2 * most:
            break
        drawn = _drawn(table, _VALUE, chance)
        question, across = _question(table, drawn, chance) if drawn else ("", False)
        if not drawn or not question:
            continue
        passage, own = table.written(iter(drawn.kept)), table.cell(drawn.at, 0).lower()
        without = table.written(n for n in (*drawn.kept, drawn.kept.stop) if n != drawn.at and n < len(table.rows))
        near = (every[one].text for one in search[table.zh].first(question + passage[:200], 40) if one != name)
        others = [other[: len(passage) + 200] for other in near if own not in other.lower()][:4]
        found.append(Case(question, (passage, *others), True, "cells across" if across else "cells"))
        found.append(Case(question, (without, *others), False, "cells across" if across else "cells"))
    return found


def trials(prefix: Path, *, seed: int, most: int) -> Iterator[Trial]:
    """Of each of `most` cells a true claim, and one with another row's cell, a changed digit, or the contrary."""
    chance = random.Random(seed)
    made = 0
    for _, table in _shuffled(_corpus(prefix), "", chance):
        drawn = _drawn(table, _VALUE, chance)
        said = _claims(table, drawn, chance) if drawn else None
        if not drawn or not said:
            continue
        if made == most:
            return
        made += 1
        text = table.written(iter(drawn.kept))
        evidence = (Evidence(1, "1", "", "1", 0, len(text), text),)
        for mode, claim in (("untouched", said[0]), said[1]):
            yield Trial("zh" if table.zh else "en", mode, mode != "untouched", claim, (1,), evidence)


def _corpus(prefix: Path) -> Mapping[str, Table]:
    """Sections with a table, by the name that a section and its translation share with their language."""
    found = {}
    for row in rows(prefix.with_name(f"{prefix.name}.corpus.jsonl.gz")):
        if row["text"].count("|") > 10:
            text = f"{' › '.join(row['heading_path'])}\n\n{markdown(row['text'])[0]}"
            large = next((table for table in tables(text) if table[0].bordered and len(table) > _LEAST), None)
            if large:
                name = f"{row['pair_id'] or row['id']} {row['id']}"
                found[name] = Table(text, tuple(row["heading_path"]), language(row["text"]) == "zh", tuple(large))
    return found


def _shuffled(every: Mapping[str, Table], half: str, chance: random.Random) -> Iterator[tuple[str, Table]]:
    names = [name for name in every if half in ("", half_of(name.split()[0]))]
    return ((name, every[name]) for name in chance.sample(names, len(names)))


def _drawn(table: Table, longest: int, chance: random.Random) -> Drawn | None:
    """A cell that says something, of a row that no other goes by the name of."""
    at = chance.randrange(1, len(table.rows))
    asked = [
        number
        for number in range(1, len(table.rows[0].cells))
        if (value := table.cell(at, number)) and len(value) <= longest and value.lower() not in _NONE
    ]
    name = table.cell(at, 0)
    names = [table.cell(other, 0) for other in range(len(table.rows))]
    if not asked or not 1 < len(name) <= _NAME or names.count(name) > 1:
        return None
    first = max(1, at - chance.randrange(_ROWS))
    return Drawn(at, chance.choice(asked), range(first, min(len(table.rows), first + _ROWS)))


def _question(table: Table, drawn: Drawn, chance: random.Random) -> tuple[str, bool]:
    """A question for a cell, and whether it is in the other language than the table; nothing where it cannot be asked."""
    name, column = table.cell(drawn.at, 0), table.cell(0, drawn.number)
    across, known = chance.random() < _ACROSS, _ASKED.get(kind(column))
    if across and (known is None or language(name) != "en"):
        return "", across
    asked_zh = table.zh != across
    whose = table.path[-1] if table.path and chance.random() < _OWNED and not across else ""
    if whose:
        name = f"{whose}的 {name} " if asked_zh else f"{name} of {whose}"
    elif asked_zh:
        name = f"{name} "
    return chance.choice((known or _OTHER)[0 if asked_zh else 1]).format(name, column=column), across


def _claims(table: Table, drawn: Drawn, chance: random.Random) -> tuple[str, tuple[str, str]] | None:
    """A true claim of a cell, and a wrong one behind what was done to it."""
    side, name, column = 0 if table.zh else 1, table.cell(drawn.at, 0), table.cell(0, drawn.number)
    value, name = table.cell(drawn.at, drawn.number), f"{name} " if table.zh else name
    longest = _VALUE if kind(column) == "description" else _SHORT
    if len(value) > longest:
        return None
    if kind(column) == "required":
        if value.lower() not in _YES | _NO:
            return None
        needed, not_needed = (chance.choice(one[side]).format(name) for one in _NEEDED)
        right, contrary = (needed, not_needed) if value.lower() in _YES else (not_needed, needed)
        return right, ("contrary", contrary)
    told = chance.choice(_TOLD.get(kind(column), _TOLD_OTHER)[side])
    others = {table.cell(at, drawn.number) for at in drawn.kept} - {value, ""}
    others = {other for other in others if len(other) <= longest and other.lower() not in _NONE}
    wrong = [("other row", other) for other in sorted(others) if other not in value and value not in other]
    digits = [match.start() for match in re.finditer(r"\d", value)]
    if digits:
        place = chance.choice(digits)
        figure = chance.choice([digit for digit in "123456789" if digit != value[place]])
        wrong.append(("digit", value[:place] + figure + value[place + 1 :]))
    if not wrong:
        return None
    mode, other = chance.choice(wrong)
    return told.format(name, column=column, value=value), (mode, told.format(name, column=column, value=other))
