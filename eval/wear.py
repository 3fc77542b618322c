"""Further damage to quotes that `eval.damage` lacks: columns read across, line numbers, other bullets, markers of models, input
methods, fonts and mark-up; and what such damage must not hide. Made with a seed from passages; pure."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from library.text import HAN, sentences

if TYPE_CHECKING:
    from eval.damage import Make, Pair, Scene

_KANGXI = {"一": "⼀", "人": "⼈", "大": "⼤", "小": "⼩", "日": "⽇", "月": "⽉", "山": "⼭", "水": "⽔", "文": "⽂", "方": "⽅", "见": "⻅", "长": "⻓", "车": "⻋", "门": "⻔",
           "生": "⽣", "用": "⽤", "立": "⽴", "行": "⾏", "入": "⼊", "工": "⼯", "西": "⻄", "力": "⼒", "心": "⼼"}  # fmt: skip
_COMPATIBLE = {"更": "\uf901", "車": "\uf902", "樂": "\uf914", "北": "\uf963", "參": "\uf96b", "六": "\uf9d1", "利": "\uf9dd", "理": "\uf9e4", "立": "\uf9f7", "列": "\uf99c", "年": "\uf98e", "不": "\uf967", "女": "\uf981", "數": "\uf969"}  # fmt: skip
_SEEN_AS = {"1": "7", "7": "1", "3": "8", "8": "3", "5": "6", "6": "5", "0": "8", "4": "9", "9": "4", "2": "7"}
_FIGURE = re.compile(r"(?<![\d.,])\d+(?:[.,]\d+)*(?![\d.,]*\d)")


def _lines(text: str, width: int) -> list[str]:
    """A text in lines of about `width`; Latin words stay whole."""
    lines, line = [], ""
    for piece in re.findall(rf"[{HAN}]|[^\s{HAN}]+\s*|\s+", text):
        if line and len(line) + len(piece) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()]


def _wrapped(scene: Scene) -> list[str]:
    return _lines(" ".join(scene.source.split()), 28 if scene.zh else 56)


def _columns(scene: Scene, rng: random.Random) -> Pair | None:
    """The page's two columns read line by line: behind each line stands one of the other column."""
    left = _wrapped(scene)
    right = _lines(" ".join(scene.other.split()) * 8, 26 if scene.zh else 50)
    if len(left) < 3 or scene.sentence not in " ".join(scene.source.split()):
        return None
    return scene.sentence, "\n".join(f"{a}{' ' * 4}{right[at % len(right)]}" for at, a in enumerate(left))


def _numbered_lines(scene: Scene, rng: random.Random) -> Pair | None:
    """Every line carries its number, as in contracts and court papers."""
    lines, first = _wrapped(scene), rng.randint(1, 40)
    if len(lines) < 3 or scene.sentence not in " ".join(scene.source.split()):
        return None
    return scene.sentence, "\n".join(f"{first + at}{rng.choice('  ')} {line}" for at, line in enumerate(lines))


def _source_with(scene: Scene, damaged: str) -> Pair | None:
    return (scene.sentence, scene.source.replace(scene.sentence, damaged, 1)) if damaged != scene.sentence else None


def _quote(scene: Scene, damaged: str) -> Pair | None:
    return (damaged, scene.source) if damaged != scene.sentence else None


def _raised_plain(scene: Scene, rng: random.Random) -> Pair | None:
    """A footnote's mark that is no figure, behind a word."""
    places = [m.end() for m in re.finditer(rf"(?<=[{HAN}]{{3}})(?=[，,])" if scene.zh else r"\b[a-z]{5,}(?=[ ,])", scene.sentence)]  # fmt: skip
    if not places:
        return None
    at, mark = rng.choice(places), rng.choice("*†‡§¶※①②③")
    return _source_with(scene, scene.sentence[:at] + mark + scene.sentence[at:])


def _header_in_word(scene: Scene, rng: random.Random) -> Pair | None:
    """A page ends within a word: hyphen, page number, running header, and the word goes on."""
    words = [] if scene.zh else list(re.finditer(r"(?<![\w-])[a-z]{8,}(?![\w-])", scene.sentence))
    if not words:
        return None
    at = rng.choice(words).start() + 4
    page = rng.choice(("-\n{n}\n", "-\n\n{n}\n\nAnnual Report 2021\n\n", "-\nPage {n} of 412\n")).format(
        n=rng.randint(2, 340)
    )
    return _source_with(scene, scene.sentence[:at] + page + scene.sentence[at:])


def _and_so_on(scene: Scene, rng: random.Random) -> Pair | None:
    """A list is cut and closed by "etc.", where the source goes on with it."""
    if scene.zh:
        found = re.search(rf"^.{{10,}}?[{HAN}]{{2,}}(?=、[{HAN}]{{2,}}[、和及])", scene.sentence)
        return (found[0] + rng.choice(("等", "等等", "等。")), scene.source) if found else None
    found = re.search(r"^.{25,}?[a-z]{3,}(?=, [a-zA-Z]{3,}[^,.;]{0,20}(?:,| and | or ))", scene.sentence)
    return (found[0] + rng.choice((", etc.", " etc.", ", etc", ", and so on.")), scene.source) if found else None


def _capital(scene: Scene, rng: random.Random) -> Pair | None:
    """A quote begins within the sentence, and the model gives it a capital."""
    found = None if scene.zh else re.search(r"(?<=, )(?:the|a|an|its|his|her|their|in|by|at) [^,;]{40,}\.$", scene.sentence)  # fmt: skip
    if not found or re.search(r"\b(?:not|no|never|if|may|might|only)\b|n't", scene.sentence[: found.start()]):
        return None
    return found[0][0].upper() + found[0][1:], scene.source


def _de(scene: Scene, rng: random.Random) -> Pair | None:
    """An input method's 的, 地 and 得 for each other."""
    found = re.search(rf"(?<=[{HAN}]{{2}})的(?=[{HAN}]{{2}})", scene.sentence) if scene.zh else None
    return _quote(scene, scene.sentence[: found.start()] + "地" + scene.sentence[found.end() :]) if found else None


def _blanks_beside_latin(scene: Scene, rng: random.Random) -> Pair | None:
    """Blanks between Latin or figures and Han put in, or taken out."""
    text = re.sub(rf"(?<=[{HAN}]) (?=[A-Za-z0-9])|(?<=[A-Za-z0-9]) (?=[{HAN}])", "", scene.sentence)
    if text == scene.sentence:
        text = re.sub(rf"(?<=[{HAN}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%])(?=[{HAN}])", " ", scene.sentence)
    return _quote(scene, text) if scene.zh else None


def _nested(scene: Scene, rng: random.Random) -> Pair | None:
    """In quotation marks, with those inside made single."""
    marks = ("「", "」", "『", "』") if scene.zh else rng.choice((("“", "”", "‘", "’"), ("«", "»", "‹", "›"), ("\"", "\"", "'", "'")))  # fmt: skip
    inside = re.sub(r"[“「]", marks[2], re.sub(r"[”」]", marks[3], scene.sentence))
    return marks[0] + inside.replace('"', marks[2]) + marks[1], scene.source


def _link(scene: Scene, rng: random.Random) -> Pair | None:
    """A word of the quote is a Markdown link."""
    words = list(re.finditer(rf"[{HAN}]{{3}}" if scene.zh else r"\b[a-z]{5,}\b", scene.sentence))
    if not words:
        return None
    word = rng.choice(words)
    return _quote(scene, f"{scene.sentence[: word.start()]}[{word[0]}](https://example.org/a){scene.sentence[word.end() :]}")  # fmt: skip


def _bullet(scene: Scene, rng: random.Random) -> Pair | None:
    """A list's bullet in the source, another in the quote."""
    held, said = rng.sample(("• ", "- ", "* ", "◦ ", "▪ ", "● ", "– ", "\uf0b7 ", "➤ ", "□ "), 2)
    return said + scene.sentence, scene.source.replace(scene.sentence, f"\n{held}{scene.sentence}\n", 1)


def _tagged(scene: Scene, rng: random.Random) -> Pair:
    """What models put behind a quote to say where it is from."""
    marks = (" [ID:3]", "【3†source】", " (Source 2)", " [^1]", " [doc 2]", " [Doc 2, p. 4]", "[citation:3]", "（来源 2）", " <sup>2</sup>", "（资料1）", " (来源：[2])", " [source: 1]")  # fmt: skip
    return scene.sentence + rng.choice(marks), scene.source


WORN: dict[str, Make] = {
    "columns_interleaved": _columns, "line_numbers": _numbered_lines, "header_in_word": _header_in_word, "footnote_sign": _raised_plain,
    "etc": _and_so_on, "model_capital": _capital, "de_mixed": _de, "blanks_beside_latin": _blanks_beside_latin, "nested_quotes": _nested,
    "link": _link, "other_bullet": _bullet, "model_marker": _tagged,
    "radicals": lambda s, r: _source_with(s, s.sentence.translate({ord(a): b for a, b in _KANGXI.items()})) if s.zh else None,
    "compatibility": lambda s, r: _source_with(s, s.sentence.translate({ord(a): b for a, b in _COMPATIBLE.items()})) if s.zh else None,
    "ligature_in_quote": lambda s, r: _quote(s, s.sentence.replace("ffi", "ﬃ").replace("fi", "ﬁ").replace("fl", "ﬂ").replace("ff", "ﬀ").replace("st", "ﬆ", 1)) if not s.zh else None,
    "soft_hyphens": lambda s, r: _quote(s, re.sub(r"([a-z]{3})(?=[a-z]{3})", "\\1\u00ad", s.sentence)) if not s.zh else None,
    "wide_latin": lambda s, r: _quote(s, s.sentence.translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)})) if re.search("[A-Za-z0-9]", s.sentence) else None,
    "odd_blanks": lambda s, r: _source_with(s, re.sub(" ", r.choice("\t\x0b\u2028\u3000\u2002"), s.sentence) if not s.zh else re.sub("，", "，\u3000", s.sentence)),
    "escapes": lambda s, r: _quote(s, re.sub(r"([%$&#_*])", r"\\\1", s.sentence)),
    "letter_spaced": lambda s, r: _source_with(s, re.sub(r"\b[a-z]{6,}\b", lambda m: " ".join(m[0]), s.sentence, count=1)) if not s.zh else None,
    "hyphens_many": lambda s, r: _source_with(s, re.sub(r"(?<![\w-])([a-z]{4})(?=[a-z]{4,}(?![\w-]))", "\\1-\n", s.sentence, count=3)) if not s.zh else None,
}  # fmt: skip


def _seen_wrong(scene: Scene, rng: random.Random) -> Pair | None:
    """A digit is the one that scanning takes for it."""
    places = [m.start() for m in re.finditer(r"\d", scene.sentence)]
    if not places:
        return None
    at = rng.choice(places)
    return scene.sentence[:at] + _SEEN_AS[scene.sentence[at]] + scene.sentence[at + 1 :], scene.source


def _figure_at_line(scene: Scene, rng: random.Random) -> Pair | None:
    """A figure begins a line of the source, and the quote lacks it, as if it were the line's number."""
    found = re.search(r"(?<=[^\d\W] )\d{1,3} (?=[a-z])", scene.sentence) if not scene.zh else re.search(rf"(?<=[{HAN}])\d{{1,3}}(?=[{HAN}])", scene.sentence)  # fmt: skip
    if not found:
        return None
    held = f"{scene.sentence[: found.start()].rstrip()}\n{scene.sentence[found.start() :]}"
    return scene.sentence[: found.start()] + scene.sentence[found.end() :], scene.source.replace(scene.sentence, held, 1)  # fmt: skip


def _not_behind_page(scene: Scene, rng: random.Random) -> Pair | None:
    """A page break stands before a negation, and the quote lacks both."""
    found = re.search(r"(?<=[^是])(?:不|没有|未)(?=[^同仅但断少久过，。])" if scene.zh else r"\b(?:not|never) (?=[a-z])", scene.sentence)  # fmt: skip
    if not found:
        return None
    held = f"{scene.sentence[: found.start()].rstrip()}\n{rng.randint(2, 99)}\n{scene.sentence[found.start() :]}"
    return scene.sentence[: found.start()] + scene.sentence[found.end() :], scene.source.replace(scene.sentence, held, 1)  # fmt: skip


def _point_moved(scene: Scene, rng: random.Random) -> Pair | None:
    """A decimal point is a place further."""
    found = re.search(r"(?<![\d.,])(\d+)\.(\d)(\d+)(?![\d.])", scene.sentence)
    if not found:
        return None
    return scene.sentence[: found.start()] + f"{found[1]}{found[2]}.{found[3]}" + scene.sentence[found.end() :], scene.source  # fmt: skip


def _list_closed(scene: Scene, rng: random.Random) -> Pair | None:
    """ "etc." behind a list's middle, with one item that the source does not name."""
    pair = _and_so_on(scene, rng)
    alien = re.search(rf"[{HAN}]{{3}}" if scene.zh else r"\b[a-z]{6,}\b", scene.other)
    if pair is None or alien is None or alien[0] in scene.source:
        return None
    cut = re.search(r"[，,]? ?(?:等等?|etc|and so on)[。.]?$", pair[0])
    return (pair[0][: cut.start()] + ("、" if scene.zh else ", ") + alien[0] + ("等" if scene.zh else ", etc."), scene.source) if cut else None  # fmt: skip


def _other_column(scene: Scene, rng: random.Random) -> Pair | None:
    """Of two columns, the head of one sentence goes on with the other column's text."""
    pair = _columns(scene, rng)
    alien = [scene.other[a:b] for a, b in sentences(scene.other)]
    if pair is None or not alien:
        return None
    half = len(scene.sentence) // 2
    return scene.sentence[:half].rsplit(" ", 1)[0] + " " + alien[0][len(alien[0]) // 2 :].lstrip(), pair[1]


WORN_FALSE: dict[str, Make] = {
    "digit_seen_wrong": _seen_wrong, "figure_at_line_lost": _figure_at_line, "not_behind_page_lost": _not_behind_page,
    "point_moved": _point_moved, "etc_with_another": _list_closed, "columns_blended": _other_column,
}  # fmt: skip
