"""Quotes damaged on the way (must pass) and falsified quotes (must not), made with a seed from passages; pure.

It knows nothing of how quotes are located: every case is a quote, the source as a file would hold it, and whether the
source still says what the quote says. Modes that no sentence of a passage allows are left out for it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from library.text import HAN, sentences

Pair = tuple[str, str]  # quote, source


@dataclass(frozen=True, slots=True)
class Scene:
    """One true sentence in its passage, with another passage's sentence to borrow from."""

    sentence: str
    source: str
    other: str
    zh: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One quote, the source that it is held against, and whether it must be found there."""

    lang: str
    mode: str
    good: bool
    quote: str
    source: str


Make = Callable[[Scene, random.Random], Pair | None]


def _in_source(scene: Scene, damaged: str) -> Pair:
    return scene.sentence, scene.source.replace(scene.sentence, damaged, 1)


def _middle(text: str, rng: random.Random, at: str) -> int | None:
    """A place in the middle half where `at` (a pattern of nothing) matches."""
    places = [m.start() for m in re.finditer(at, text) if len(text) // 4 <= m.start() <= 3 * len(text) // 4]
    return rng.choice(places) if places else None


def _gap(scene: Scene, rng: random.Random) -> int | None:
    """A place between two words, or between two Han characters."""
    return _middle(scene.sentence, rng, rf"(?<=[{HAN}])(?=[{HAN}])" if scene.zh else r"(?<=[a-z]) (?=[a-z])")


def _insert(scene: Scene, rng: random.Random, what: str, *, into_source: bool) -> Pair | None:
    at = _gap(scene, rng)
    if at is None:
        return None
    text = scene.sentence
    damaged = text[:at] + what + text[at:].lstrip() if what.endswith(("\n", " ")) else text[:at] + what + text[at:]
    return _in_source(scene, damaged) if into_source else (damaged, scene.source)


def _word(scene: Scene, rng: random.Random, least: int = 8) -> re.Match[str] | None:
    words = [m for m in re.finditer(rf"(?<![\w-])[a-z]{{{least},}}(?![\w-])", scene.sentence)]
    return rng.choice(words) if words and not scene.zh else None


def _reworded(scene: Scene, found: re.Match[str] | None, new: str | None) -> Pair | None:
    if found is None or new is None or new == found[0]:
        return None
    return scene.sentence[: found.start()] + new + scene.sentence[found.end() :], scene.source


def _swap(old: str, new: str) -> Make:
    return lambda scene, rng: (scene.sentence.replace(old, new), scene.source) if old in scene.sentence else None


def _table(table: dict[str, str]) -> Make:
    return lambda scene, rng: (scene.sentence.translate({ord(k): v for k, v in table.items()}), scene.source)


def _layout(scene: Scene, rng: random.Random, *lines: str, into_source: bool = True) -> Pair | None:
    line = rng.choice(lines).format(n=rng.randint(2, 340))
    return _insert(scene, rng, f"\n{line}\n", into_source=into_source)


def _split_word(scene: Scene, rng: random.Random, with_: str, *, into_source: bool) -> Pair | None:
    word = _word(scene, rng)
    if word is None:
        return None
    pair = _reworded(scene, word, word[0][:4] + with_ + word[0][4:])
    return _in_source(scene, pair[0]) if pair and into_source else pair


def _lost_ligature(scene: Scene, rng: random.Random) -> Pair | None:
    found = re.search(r"(?<=[a-z])(?:ffi|ff|fi|fl)(?=[a-z])", scene.sentence)
    return _in_source(scene, scene.sentence.replace(found[0], " ", 1)) if found and not scene.zh else None


def _scanned(scene: Scene, rng: random.Random) -> Pair | None:
    if scene.zh:
        pairs = [
            (a, b)
            for a, b in (("己", "已"), ("日", "曰"), ("候", "侯"), ("微", "徽"), ("析", "折"), ("住", "往"))
            if a in scene.sentence
        ]
        return (
            _in_source(scene, scene.sentence.replace(*rng.choice(pairs), 1))
            if pairs and len(scene.sentence) > 20
            else None
        )
    word = next((m for m in re.finditer(r"\b[a-z]{7,}\b", scene.sentence) if "m" in m[0][1:] or "l" in m[0][1:]), None)
    if word is None:
        return None
    new = word[0][0] + (word[0][1:].replace("m", "rn", 1) if "m" in word[0][1:] else word[0][1:].replace("l", "1", 1))
    pair = _reworded(scene, word, new)
    return _in_source(scene, pair[0]) if pair else None


def _scanned_digit(scene: Scene, rng: random.Random) -> Pair | None:
    found = re.search(r"(?<![\d.,])[1-9]\d*0\d+(?![\d.,])", scene.sentence)
    return _in_source(scene, scene.sentence.replace(found[0], found[0].replace("0", "O", 1), 1)) if found else None


def _typo(scene: Scene, rng: random.Random) -> Pair | None:
    word = _word(scene, rng, 9)
    if word is None:
        return None
    at = rng.randrange(4, len(word[0]) - 2)
    new = (
        word[0][:at] + word[0][at + 1] + word[0][at] + word[0][at + 2 :]
        if rng.random() < 0.5
        else word[0][:at] + word[0][at] + word[0][at:]
    )
    return _reworded(scene, word, new)


def _ellipsis(scene: Scene, rng: random.Random) -> Pair | None:
    mark = rng.choice((" … ", " ... ", " [...] ", " [… ] ") if not scene.zh else ("……", "…", "[……]", "..."))
    if scene.zh:
        clauses = [c for c in re.split(r"(?<=，)", scene.sentence) if c]
        if (
            len(clauses) < 3
            or re.search("[不没沒未非无無否]|[能可]否", clauses[1])
            or min(len(clauses[0]), len(clauses[-1])) < 6
        ):
            return None
        return clauses[0].rstrip("，") + mark + "".join(clauses[2:]), scene.source
    words = scene.sentence.split(" ")
    if len(words) < 18 or re.search(
        r"\b(?:not|no|never|nor|cannot|without|only|few|some|most|may|might)\b|n't", " ".join(words[6:-5])
    ):
        return None
    return " ".join(words[:6]) + mark + " ".join(words[-5:]), scene.source


def _next_sentence(scene: Scene, rng: random.Random) -> Pair | None:
    at = scene.source.find(scene.sentence) + len(scene.sentence)
    later = [scene.source[at:][a:b] for a, b in sentences(scene.source[at:])]
    if len(later) < 2 or not 20 < len(later[1]) < 200 or len(later[0]) > 200:
        return None
    return scene.sentence + (" [...] " if not scene.zh else "……") + later[1], scene.source


def _editor(scene: Scene, rng: random.Random) -> Pair | None:
    if scene.zh:
        found = re.search(r"(?<=[，。])(?:他|她|它|其|该)(?=[^们們])", scene.sentence)
        name = re.search(rf"[{HAN}]{{2,4}}", scene.source)
        if not found or not name:
            return None
        return scene.sentence[: found.start()] + f"[{name[0]}]" + scene.sentence[found.end() :], scene.source
    found = re.search(r"\b(?:he|she|it|they)\b", scene.sentence)
    name = re.search(r"\b[A-Z][a-z]{3,}\b", scene.source)
    if not found or not name:
        return None
    return scene.sentence[: found.start()] + f"[{name[0]}]" + scene.sentence[found.end() :], scene.source


def _bracketed_capital(scene: Scene, rng: random.Random) -> Pair | None:
    return None if scene.zh else (f"[{scene.sentence[0].swapcase()}]{scene.sentence[1:]}", scene.source)


def _british(scene: Scene, rng: random.Random) -> Pair | None:
    found = re.search(
        r"\b[a-z]{4,}(?:ized|izes|izing|ization)\b|\b(?:center|theater|color|labor|favor|harbor|behavior|defense|traveled)\b",
        scene.sentence,
    )
    if not found:
        return None
    new = re.sub("iz(?=ed|es|ing|ation)", "is", found[0])
    new = {"center": "centre", "theater": "theatre", "defense": "defence", "traveled": "travelled"}.get(
        new, re.sub("or$", "our", new)
    )
    return _reworded(scene, found, new)


def _thousands(scene: Scene, rng: random.Random) -> Pair | None:
    found = re.search(r"(?<![\d,.])\d{1,3},\d{3}(?![\d,])", scene.sentence)
    return _reworded(scene, found, found[0].replace(",", rng.choice(("", " ", "，")))) if found else None


def _script(scene: Scene, rng: random.Random) -> Pair | None:
    if not scene.zh:
        return None
    from opencc import OpenCC

    plain = str(OpenCC("t2s").convert(scene.sentence))
    new = plain if plain != scene.sentence else str(OpenCC("s2t").convert(scene.sentence))
    return (new, scene.source) if new != scene.sentence else None


def _mojibake(scene: Scene, rng: random.Random) -> Pair | None:
    text = scene.sentence.replace("'", "’").replace("–", "–")
    if scene.zh or not re.search("[’–é]", text):
        return None
    broken = re.sub("[’–é“”]", lambda m: m[0].encode("utf-8").decode("cp1252", "ignore"), text)
    return scene.sentence, scene.source.replace(scene.sentence, broken, 1)


GOOD: dict[str, Make] = {
    "exact": lambda s, r: (s.sentence, s.source),
    "soft_hyphen": lambda s, r: _split_word(s, r, "\u00ad", into_source=True),
    "zero_width": lambda s, r: _insert(s, r, r.choice("\u200b\u2060\ufeff\u200d"), into_source=r.random() < 0.5),
    "no_break_space": lambda s, r: (s.sentence.replace(" ", r.choice("\u00a0\u2009\u202f")), s.source) if " " in s.sentence else None,
    "wrapped": lambda s, r: _insert(s, r, "\n", into_source=r.random() < 0.5) if s.zh else _in_source(s, s.sentence.replace(" ", "\n", 3)),
    "hyphen_break": lambda s, r: _split_word(s, r, r.choice(("-\n", "- ", "‐\n")), into_source=r.random() < 0.5),
    "blanks_between": lambda s, r: _in_source(s, " ".join(s.sentence) if s.zh else s.sentence.replace(" ", "  ")) if not re.search(r"\d\D{0,2}\d{2}", s.sentence) else None,
    "blanks_lost": lambda s, r: None if s.zh or re.search(r"\d \d", s.sentence) else _in_source(s, s.sentence.replace(" ", "", 6)),
    "ligature": lambda s, r: _in_source(s, s.sentence.replace("fi", "ﬁ").replace("fl", "ﬂ").replace("ff", "ﬀ")) if re.search("f[fil]", s.sentence) else None,
    "lost_ligature": _lost_ligature,
    "scanned_letter": _scanned,
    "scanned_digit": _scanned_digit,
    "typo": _typo,
    "quote_marks": _table({"“": "「", "”": "」", '"': "”", "'": "’", "「": "“", "」": "”", "《": "<", "》": ">"}),
    "full_width": _table({c: chr(ord(c) + 0xFEE0) for c in "0123456789,;:()?!%ABCDEFabcdef"}),
    "half_width": _table({"，": ",", "；": ";", "：": ":", "？": "?", "！": "!", "（": "(", "）": ")", "。": ".", "、": ","}),
    "dashes": lambda s, r: (re.sub("[-–—]", r.choice("‑–—−"), s.sentence), s.source) if re.search(r"[-–—](?!\d)", s.sentence) and not re.search(r"\b-\d", s.sentence) else None,
    "punctuation_lost": lambda s, r: (re.sub(r"[，。；：、“”「」！]|[,;:!\"](?!\d)", "", s.sentence), s.source) if not re.search(r"\d[,，、.;:]\s?\d", s.sentence) else None,
    "upper": lambda s, r: None if s.zh else (s.sentence.upper(), s.source),
    "script": _script,
    "accents_apart": lambda s, r: (__import__("unicodedata").normalize("NFD", s.sentence), s.source) if re.search("[À-ÿ]", s.sentence) else None,
    "accents_lost": lambda s, r: ("".join(c for c in __import__("unicodedata").normalize("NFD", s.sentence) if not "\u0300" <= c <= "\u036f"), s.source) if re.search("[À-ÿ]", s.sentence) else None,
    "entities": lambda s, r: (s.sentence.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#39;").replace(" ", "&nbsp;", 2).replace("“", "&ldquo;").replace("”", "&rdquo;"), s.source),
    "tags": lambda s, r: _insert(s, r, r.choice(("<b>", "<br/>", "</span>", "<sup>[3]</sup>")), into_source=True),
    "emphasis": lambda s, r: _insert(s, r, r.choice(("**", "__", "*", "`")), into_source=r.random() < 0.5),
    "list_mark": lambda s, r: (r.choice(("- ", "> ", "* ", "• ")) + s.sentence, s.source),
    "in_quotes": lambda s, r: (f"“{s.sentence}”", s.source),
    "escaped": lambda s, r: (s.sentence.replace('"', '\\"').replace(" ", "\\n ", 1) if '"' in s.sentence else s.sentence + "\\n", s.source),
    "mojibake": _mojibake,
    "marker_in_source": lambda s, r: _insert(s, r, r.choice(("[12]", "[3][4]", "[5, 6]", "［7］", "[a]", "[citation needed]")), into_source=True),
    "author_year_in_source": lambda s, r: _insert(s, r, r.choice((" (Smith et al., 2019)", " (Lee and Park, 2020)")), into_source=True) if not s.zh else _insert(s, r, "（Smith et al., 2019）", into_source=True),
    "raised_marker": lambda s, r: _in_source(s, s.sentence.rstrip(".。") + "¹²" + s.sentence[-1]) if s.sentence[-1] in ".。" and not s.sentence[-2].isdigit() else None,
    "marker_in_quote": lambda s, r: (s.sentence + r.choice((" [2]", "[1][3]", "【4】")), s.source),
    "page_number": lambda s, r: _layout(s, r, "{n}", "- {n} -", "Page {n}", "第 {n} 页", "{n} / 412", "— {n} —"),
    "page_number_in_quote": lambda s, r: _layout(s, r, "{n}", "- {n} -", "Page {n} of 412", "第{n}页", into_source=False),
    "running_header": lambda s, r: _layout(s, r, "Annual Report 2021 | {n}", "{n}  Journal of Applied Studies", "版权所有 © 2020", "第三章 概论  {n}", "www.example.org"),
    "page_and_header": lambda s, r: _layout(s, r, "{n}\n\nAnnual Report 2021", "- {n} -\n\n某某公司年度报告"),
    "caption": lambda s, r: _layout(s, r, "Figure {n}: Map of the region", "图 {n} 系统结构", "Table {n}. Results by year", "图{n}：调查结果", "表 {n} 各地人口"),
    "page_inline": lambda s, r: _insert(s, r, r.choice((" Page 3 of 12 ", " - 17 - ")) if not s.zh else r.choice(("第3页共12页", " - 17 - ", "（第3页）")), into_source=True),
    "ellipsis": _ellipsis,
    "ellipsis_sentences": _next_sentence,
    "ellipsis_ends": lambda s, r: ("… " + s.sentence + " …", s.source),
    "inserted": _editor,
    "bracketed_capital": _bracketed_capital,
    "british": _british,
    "contraction": lambda s, r: next(((s.sentence.replace(a, b, 1), s.source) for a, b in (("did not", "didn't"), ("does not", "doesn't"), ("was not", "wasn't"), ("is not", "isn't"), ("are not", "aren't"), ("cannot", "can't"), ("were not", "weren't"), ("had not", "hadn't")) if a in s.sentence), None),
    "and_sign": lambda s, r: (s.sentence.replace(" and ", " & ", 1), s.source) if " and " in s.sentence else None,
    "percent": lambda s, r: (re.sub(r"(\d)%", r"\1 percent", s.sentence), s.source) if not s.zh and re.search(r"\d%", s.sentence) else None,
    "thousands": _thousands,
    "lost_character": lambda s, r: _insert_lost(s, r),
    "end_cut": lambda s, r: (s.sentence.rstrip("。.！!？?"), s.source),
}  # fmt: skip


def _insert_lost(scene: Scene, rng: random.Random) -> Pair | None:
    at = _gap(scene, rng)
    if at is None or len(scene.sentence) < 30:
        return None
    at += 0 if scene.zh else -1
    return _in_source(scene, scene.sentence[:at] + "\ufffd" + scene.sentence[at + 1 :])


def cases(passages: Sequence[tuple[str, bool]], *, seed: int, per_mode: int) -> Iterator[Case]:
    """At most `per_mode` cases of each mode and language from passages (text, Chinese or not), in a fixed order.

    A falsified quote that happens to stand in its source, letter for letter, is left out.
    """
    from eval.falsify import BAD, CUTS
    from eval.wear import WORN, WORN_FALSE

    by_lang = {zh: scenes([text for text, own in passages if own is zh], zh, seed) for zh in (True, False)}
    for zh, held in by_lang.items():
        both: tuple[tuple[bool, Mapping[str, Make]], ...] = ((True, GOOD | WORN), (False, BAD | WORN_FALSE))
        for good, modes in both:
            for mode, make in modes.items():
                rng = random.Random(f"{seed} {mode} {zh}")
                made = 0
                for scene in rng.sample(held, len(held)):
                    pair = make(scene, rng) if made < per_mode else None
                    if pair is None or (
                        good and pair[0] == scene.sentence and pair[1] == scene.source and mode != "exact"
                    ):
                        continue
                    if not good and mode not in CUTS and pair[0] in pair[1]:
                        continue
                    made += 1
                    yield Case("zh" if zh else "en", mode, good, *pair)


def scenes(texts: Sequence[str], zh: bool, seed: int) -> list[Scene]:
    """Up to three whole sentences of each passage, each with a sentence of another passage."""
    rng = random.Random(seed)
    found: list[tuple[str, str]] = []
    for text in texts:
        whole = [text[a:b] for a, b in sentences(text)]
        fit = [
            s
            for s in whole
            if (16 <= len(s) <= 120 if zh else 50 <= len(s) <= 320)
            and text.count(s) == 1
            and s[-1] in ("。！" if zh else ".")
        ]
        found += [(sentence, text) for sentence in rng.sample(fit, min(3, len(fit)))]
    others = [sentence for sentence, _ in found]
    made: list[Scene] = []
    for sentence, text in found:
        alien = [other for other in rng.sample(others, min(8, len(others))) if other not in text]
        if alien:
            made.append(Scene(sentence, text, alien[0], zh))
    return made
