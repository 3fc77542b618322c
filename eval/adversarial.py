"""True sentences with one detail changed, made with a seed from passages, through the verifier: which changes are flagged?

A change of words is flagged where the claim is no longer `supported`; a marker that was moved is flagged where the verdict
does not let it stand. Untouched sentences, verbatim, with their clauses rearranged and said in other words, must stay
`supported`; changed ones are tried in other words too.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from eval import falsify, fit
from eval.damage import Make, Pair, Scene, scenes
from eval.edits import EDITS
from eval.reword import REWORDS
from generation import verify
from generation.support import Encode, Reads
from library.records import ClaimStatus, Evidence


@dataclass(frozen=True, slots=True)
class Trial:
    """A claim with the numbers it cites, its evidence, and whether something was changed."""

    lang: str
    mode: str
    changed: bool
    claim: str
    cited: tuple[int, ...]
    evidence: tuple[Evidence, ...]
    reworded: bool = False


def _kept(scene: Scene, rng: random.Random) -> Pair | None:
    return scene.sentence, scene.source


def _rearranged(scene: Scene, rng: random.Random) -> Pair | None:
    """A leading phrase of time or place moved behind; the rest word for word."""
    if scene.zh:
        found = re.fullmatch(
            r"(\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?)(?![\d月日])，?([^，。]{8,40})(，.*)?。", scene.sentence
        )
        return (f"{found[2]}，时间是{found[1]}。", scene.source) if found else None
    found = re.fullmatch(r"(In \d{4}|In [A-Z][a-z]+|During [^,]{4,40}|On [^,]{4,30}), ([^;]{30,})\.", scene.sentence)
    return (
        (f"{found[2][0].upper()}{found[2][1:]} {found[1][0].lower()}{found[1][1:]}.", scene.source) if found else None
    )


_WORDS: dict[str, Make] = {
    "digit": falsify.digit, "unit": falsify.unit, "date": falsify.month, "negation": falsify.negated, "negation lost": falsify.affirmed,
    "name": falsify.name, "roles": falsify.roles, "quantifier": falsify.quantifier, **EDITS,
}  # fmt: skip
_TRUE: dict[str, Make] = {"verbatim": _kept, "rearranged": _rearranged}


def trials(passages: Sequence[tuple[str, bool]], *, seed: int, per_mode: int) -> Iterator[Trial]:
    """At most `per_mode` of each mode and language, in a fixed order; the passage is one of three pieces of evidence."""
    for zh in (True, False):
        held = scenes([text for text, own in passages if own is zh], zh, seed)
        sources = list(dict.fromkeys(scene.source for scene in held))
        for changed, modes in ((True, _WORDS), (False, _TRUE)):
            for mode, make in modes.items():
                rng = random.Random(f"{seed} {mode} {zh}")
                made = 0
                for scene in rng.sample(held, len(held)):
                    pair = make(scene, rng) if made < per_mode else None
                    if pair is None or (changed and pair[0] in scene.source):
                        continue
                    made += 1
                    number, evidence = _among(scene.source, sources, rng)
                    yield Trial(_lang(zh), mode, changed, pair[0], (number,), evidence)
                    other = _reworded(pair[0], rng) if changed else pair[0]
                    if other != pair[0]:
                        yield Trial(_lang(zh), mode, True, other, (number,), evidence, True)
        yield from _said_otherwise(held, sources, zh, seed, per_mode)
        yield from _markers(held, sources, zh, seed, per_mode)


def _reworded(sentence: str, rng: random.Random) -> str:
    """In other words, by the first way that changes anything; nothing is left out, so that the change stays in it."""
    ways = [way for name, way in REWORDS.items() if name != "shortened"]
    made = (way(sentence, rng) for way in rng.sample(ways, len(ways)))
    return next((other for other in made if other != sentence), sentence)


def _said_otherwise(
    held: Sequence[Scene], sources: Sequence[str], zh: bool, seed: int, per_mode: int
) -> Iterator[Trial]:
    """True sentences in other words."""
    for mode, reword in REWORDS.items():
        rng = random.Random(f"{seed} {mode} {zh}")
        made = 0
        for scene in rng.sample(held, len(held)):
            other = reword(scene.sentence, rng) if made < per_mode else scene.sentence
            if other != scene.sentence:
                made += 1
                number, evidence = _among(scene.source, sources, rng)
                yield Trial(_lang(zh), mode, False, other, (number,), evidence, True)


def _markers(held: Sequence[Scene], sources: Sequence[str], zh: bool, seed: int, per_mode: int) -> Iterator[Trial]:
    """True sentences that cite the next source, a number that was not given, or another passage of the same topic."""
    for mode in ("marker shifted", "marker out of range", "marker to same topic"):
        rng = random.Random(f"{seed} {mode} {zh}")
        for scene in rng.sample(held, min(per_mode, len(held))):
            number, evidence = _among(scene.source, sources, rng, near=mode == "marker to same topic")
            wrong = {"marker shifted": number % 3 + 1, "marker out of range": 4 + rng.randrange(5)}.get(
                mode, number % 3 + 1
            )
            yield Trial(_lang(zh), mode, True, scene.sentence, (wrong,), evidence)


def _lang(zh: bool) -> str:
    return "zh" if zh else "en"


def _among(
    source: str, sources: Sequence[str], rng: random.Random, *, near: bool = False
) -> tuple[int, tuple[Evidence, ...]]:
    """The source among two others, and its number; neighbours in the set are mostly of the same article."""
    at = sources.index(source)
    others = (
        [sources[i] for i in (at - 1, (at + 1) % len(sources))]
        if near
        else rng.sample([s for s in sources if s != source], 2)
    )
    texts = [*others]
    number = rng.randrange(3)
    texts.insert(number, source)
    return number + 1, tuple(Evidence(n, str(n), "", str(n), 0, len(text), text) for n, text in enumerate(texts, 1))


def flagged(trial: Trial, *, encode: Encode | None, reads: Reads | None) -> bool:
    """Whether the verdict lets the sentence or its marker not stand as they are."""
    verdict = verify.judge(trial.claim, trial.evidence, cited=trial.cited, encode=encode, reads=reads)
    if trial.mode.startswith("marker"):
        return not verdict.placed
    return verdict.status is not ClaimStatus.SUPPORTED


def measure(given: Sequence[Trial], *, vectors: bool = True) -> dict[str, Any]:
    """Shares flagged of changed and of untouched, as they stood and in other words, by language and by mode; `n` of each."""
    encode = fit.encoder() if vectors else None
    reads = fit.reader(item.text for trial in given for item in trial.evidence) if vectors else None
    by_mode: dict[tuple[str, bool, bool, str], list[bool]] = defaultdict(list)
    for trial in given:
        by_mode[trial.lang, trial.changed, trial.reworded, trial.mode].append(
            flagged(trial, encode=encode, reads=reads)
        )
    result: dict[str, Any] = {"n": len(given)}
    groups: dict[str, list[bool]] = defaultdict(list)
    for (lang, changed, reworded, _), found in by_mode.items():
        groups[f"{lang}_{'changed' if changed else 'untouched'}{'_reworded' if reworded else ''}"] += found
    result |= {name: _share(groups[name]) for name in sorted(groups, reverse=True)}
    result["by_mode"] = {
        f"{lang}/{mode}{' reworded' if reworded else ''}": _share(found)
        for (lang, _, reworded, mode), found in sorted(by_mode.items())
    }
    return result


def _share(found: Sequence[bool]) -> dict[str, Any]:
    return {"n": len(found), "flagged": round(sum(found) / len(found), 4)}
