"""`suyuan eval disagreement`: are two sources that differ in one figure noticed, and sources that do not left alone?

Alarms are counted over evidence lists of real questions, every sentence taken as cited. What must be noticed is made by rule
with a seed: a passage of the list copied as another document of another day, with one figure changed.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import click

from eval import damage, edits, falsify
from eval.datasets import rows
from eval.estimates import Rate
from eval.provenance import stamp
from eval.results import say
from generation.disagreement import Clash, clashes
from generation.support import units
from generation.verify import Span
from library.records import Evidence
from library.text import language

_PASSAGES = 8
_CHANGES: dict[str, damage.Make] = {
    "digit": falsify.digit, "year": edits.year, "month or day": falsify.month, "scale": edits.scale, "another figure": edits.figure,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its evidence, each passage a document of its own."""

    lang: str
    question: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Doubled:
    """A question whose first passage, or that sentence alone, is there again with one figure changed in the sentence at `span`."""

    mode: str
    alone: bool
    asked: Asked
    span: Span


class _Words:
    """Which passages hold a word; the nearest of a question by the weight of the words that they share."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._count, self._holders = len(texts), defaultdict[str, list[int]](list)
        for at, text in enumerate(texts):
            for unit in dict.fromkeys(units(text)):
                self._holders[unit].append(at)

    def nearest(self, question: str, count: int) -> list[int]:
        """Places of passages, the nearest first."""
        worth: dict[int, float] = defaultdict(float)
        for unit in dict.fromkeys(units(question)):
            held = self._holders.get(unit, ())
            for at in held:
                worth[at] += log(1 + self._count / len(held))
        return sorted(worth, key=lambda at: -worth[at])[:count]


def questions(prefix: Path, *, limit: int, seed: int) -> list[Asked]:
    """Questions of a reading set with the eight nearest of its passages, or those of a set that brings its own.

    :raises InputError: the files are absent.
    """
    own = prefix.with_name(f"{prefix.name}.jsonl.gz")
    if own.exists():
        held = _some(list(rows(own)), limit, seed)
        return [_asked(row["question"], [*_flat(row["positive"]), *_flat(row["negative"])]) for row in held]
    texts = [str(row["text"]) for row in rows(prefix.with_name(f"{prefix.name}.passages.jsonl.gz"))]
    words = _Words(texts)
    asked = [str(row["question"]) for row in rows(prefix.with_name(f"{prefix.name}.questions.jsonl.gz"))]
    return [_asked(one, [texts[at] for at in words.nearest(one, _PASSAGES)]) for one in _some(asked, limit, seed)]


def _some(given: Sequence[Any], limit: int, seed: int) -> list[Any]:
    return random.Random(seed).sample(given, min(limit, len(given)))


def _flat(texts: Sequence[Any]) -> Iterator[str]:
    """Passages; those that answer a question in two parts are lists of lists."""
    for text in texts:
        if isinstance(text, str):
            yield text
        else:
            yield from text


def _asked(question: str, texts: Sequence[str]) -> Asked:
    evidence = tuple(Evidence(n, str(n), "", str(n), 0, len(text), text) for n, text in enumerate(texts[:_PASSAGES], 1))
    return Asked("zh" if language(question) == "zh" else "en", question, evidence)


def doubled(asked: Sequence[Asked], *, seed: int) -> Iterator[Doubled]:
    """Each question whose first passage has a figure to change, by a way that is drawn anew for each sentence."""
    for zh in (True, False):
        own = [one for one in asked if (one.lang == "zh") is zh and one.evidence]
        by_text = {one.evidence[0].text: one for one in own}
        rng = random.Random(f"{seed} {zh}")
        for scene in damage.scenes(list(by_text), zh, seed):
            one = by_text.get(scene.source)
            for mode in rng.sample([*_CHANGES], len(_CHANGES)):
                pair = _CHANGES[mode](scene, rng) if one else None
                if one and pair and pair[0] != scene.sentence:
                    yield _doubled(one, mode, scene, pair[0], alone=False)
                    yield _doubled(one, mode, scene, pair[0], alone=True)
                    del by_text[scene.source]
                    break


def _doubled(asked: Asked, mode: str, scene: damage.Scene, changed: str, *, alone: bool) -> Doubled:
    first = asked.evidence[0]
    at = first.text.index(scene.sentence)
    text = changed if alone else first.text.replace(scene.sentence, changed, 1)
    again = Evidence(len(asked.evidence) + 1, "again", "", "again", 0, len(text), text)
    span = Span(first.number, at, at + len(scene.sentence))
    return Doubled(mode, alone, Asked(asked.lang, asked.question, (*asked.evidence, again)), span)


def alarms(asked: Asked) -> list[Clash]:
    """Every disagreement within the evidence, whichever sentence an answer may cite."""
    every = [Span(item.number, item.start, item.end) for item in asked.evidence]
    return clashes(asked.question, every, asked.evidence)


def noticed(case: Doubled) -> bool:
    """Whether the copy's figure is set beside that of the sentence that was changed."""
    found = clashes(case.asked.question, [case.span], case.asked.evidence)
    return any(side.span.evidence == len(case.asked.evidence) for clash in found for side in clash.sides)


def measure(given: Sequence[Asked], *, seed: int) -> dict[str, Any]:
    """By language and by mode: of the questions `n` and the share `alarmed`, of those with a changed copy the share `noticed`.

    `alarms` lists each with its question, sentences and figures, for somebody to look at.
    """
    shown = [(asked, clash) for asked in given for clash in alarms(asked)]
    cases = [(case, noticed(case)) for case in doubled(given, seed=seed)]
    result: dict[str, Any] = {"n": len(given)}
    for lang in ("zh", "en"):
        own = [asked for asked in given if asked.lang == lang]
        alarmed = Rate.of(any(one is asked for one, _ in shown) for asked in own)
        copied, single = (
            Rate.of(found for case, found in cases if case.asked.lang == lang and case.alone is alone)
            for alone in (False, True)
        )
        result[lang] = {"alarmed": _share(alarmed), "noticed": _share(copied), "noticed_alone": _share(single)}
    by_mode: dict[str, list[bool]] = defaultdict(list)
    for case, found in cases:
        by_mode[f"{case.asked.lang}/{case.mode}{' alone' if case.alone else ''}"].append(found)
    result["by_mode"] = {mode: _share(Rate.of(found)) for mode, found in sorted(by_mode.items())}
    return result | {"alarms": [_told(asked, clash) for asked, clash in shown]}


def _share(rate: Rate) -> dict[str, Any]:
    return {"n": rate.n, "share": round(rate.value, 4) if rate.n else None}


def _told(asked: Asked, clash: Clash) -> dict[str, Any]:
    text = {item.number: item.text for item in asked.evidence}
    sides = [
        {"figure": side.slot.text, "sentence": text[side.span.evidence][side.span.start : side.span.end]}
        for side in clash.sides
    ]
    return {"question": asked.question, "sides": sides}


@click.command("disagreement")
@click.argument("sets", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--limit", default=300, show_default=True, type=click.IntRange(1), help="Questions a set.")
@click.option("--seed", default=0, show_default=True)
@click.option("--show", is_flag=True, help="With every alarm, to be looked at.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def disagreement_command(sets: tuple[Path, ...], limit: int, seed: int, show: bool, as_json: bool) -> None:
    """Are sources that differ in a figure noticed? SETS are reading sets, up to the first dot, or rows with their own passages."""
    given = [asked for prefix in sets for asked in questions(prefix, limit=limit, seed=seed)]
    measured = measure(given, seed=seed)
    if not show:
        measured["alarms"] = len(measured["alarms"])
    files = [
        prefix.with_name(f"{prefix.name}.{part}jsonl.gz") for prefix in sets for part in ("", "passages.", "questions.")
    ]
    say(measured | stamp(files, seed=seed), as_json=as_json)
