"""Stretches that page layout and citing put into running text: page numbers, running headers, captions, markers; pure.

A quote may lack them or carry them without saying anything else than its source. It looks at form only.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from library.text import HAN

_AUTHORED = (
    r"(?:[A-Z][\w’'-]+(?:,? (?:[A-Z][\w’'-]*\.?|and|&|et al\.?,?|van|de|von|der|la)){0,7}|[\u4e00-\u9fff]{2,4}等?)"
    r"[,，]?\s*(?:19|20)\d\d[a-z]?(?:[,，:：]\s*(?:pp?\.\s*)?\d{1,4}(?:[-–]\d{1,4})?)?"
)
_MARKER = re.compile(
    r"[\[［【〔](?:\d{1,3}|[a-z]|note \d+|注\s?\d*|註\s?\d*)(?:\s*[,，;–-]\s*\d{1,3})*[\]］】〕]"
    r"|\[(?:citation needed|来源请求|來源請求|需要引用|edit|编辑|編輯|sic|emphasis added|emphasis in original)\]"
    rf"|[\(（](?:see |cf\. |e\.g\.,? )?{_AUTHORED}(?:\s*[;；]\s*{_AUTHORED}){{0,5}}[\)）]"
    r"|(?<=[^\W\d_]{3})[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}(?:[⁻–,][⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})*|(?<=[.,。，；;”\"])[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}"
    r"|(?<=[^\W\d_]{3}[.,])\d{1,2}(?=\s+[A-Z])"
    r"|<sup>\[?\d{1,3}\]?</sup>|\[\^\w{1,12}\]|†|‡"
    r"|(?<=[^\W\d_])(?<!公式)(?<![图圖表第])[*§¶※①-⑳]{1,3}(?=[\s,，.。;；、)）]|$)"
)
_PAGE = (
    r"(?:page|p\.|pg\.?)\s*\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?"
    r"|第\s*[\d一二三四五六七八九十百]{1,4}\s*[页頁](?:\s*[,，/]?\s*[共/]\s*\d{1,4}\s*[页頁])?"
    r"|[-–—·•]\s*\d{1,4}\s*[-–—·•]|\[\s*page\s*\d{1,4}\s*\]|\d{1,4}\s*(?:/|of)\s*\d{1,4}"
)
_INLINE = re.compile(rf"(?:(?<=\s)|(?<=[{HAN}，。；]))(?:\[?\s*(?:page|pg\.?)\s*\d{{1,4}}(?:\s*(?:/|of)\s*\d{{1,4}})?\s*\]?|第\s*\d{{1,4}}\s*[页頁]\s*[,，/]?\s*共\s*\d{{1,4}}\s*[页頁]|[-–—]\s+\d{{1,4}}\s+[-–—]|[-–—]{{1,2}}\s*第?\s?\d{{1,4}}\s?[页頁]?\s*[-–—]{{1,2}}|[（(]?第\s?\d{{1,4}}\s?[页頁][）)]?)(?=\s|[{HAN}])", re.IGNORECASE)  # fmt: skip
_NUMBER_LINE = re.compile(rf"[\W_]*(?:{_PAGE}|\d{{1,4}}|[ivxl]{{1,6}})[\W_]*", re.IGNORECASE)
_COUNTS = re.compile(r"\d\s*[-–—]{1,2}\s*\d")  # 2 -- 2 -- 1 is a row of figures, not a page number
_CAPTION = re.compile(
    r"\W*(?:fig(?:ure)?\.?|table|chart|exhibit|box|plate|scheme|photo(?:graph)?|image|source|图|圖|表|附图|附圖|附表|图表|圖表|照片|资料来源|資料來源|来源|來源|图片来源)"
    r"\s*[:：]?\s*(?:\d+|[IVX]+\b|[一二三四五六七八九十]|:|：)[^\n]{0,160}",
    re.IGNORECASE,
)
_CLUE = re.compile(
    r"©|\(c\)|copyright|all rights reserved|版权|版權|www\.|https?:|\bdoi\b|issn|isbn|\bvol\.|\bno\. ?\d|confidential|机密|內部|内部资料|"
    r"annual report|journal|proceedings|conference|chapter|section|年度报告|年度報告|年报|年報|学报|學報|期刊|白皮书|白皮書|目录|目錄|draft|草稿|continued|续表|(?:\||·| - | – | — )"
    rf"|第\s*[\d一二三四五六七八九十]+\s*[章节節卷期]|{_PAGE}|^\s*\d{{1,4}}\s+\S|\S\s+\d{{1,4}}\s*$",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(r"\b(?:not|no|never|nor|without)\b|n[’']t\b|不|没|沒|未|非|无|無|否", re.IGNORECASE)
_STOP = re.compile(r"[。！？!?；;]\s*$|[a-z]\.\s*$")
_LONGEST = 100
_ROWS = 3  # lines in a row from which a layout is believed
_NUMBERED = re.compile(r"^[ \t]*(\d{1,4})[ \t]+(?=\S)", re.MULTILINE)
_TWO_COLUMNS = re.compile(
    r"^[ \t]*(?=[^\n]*[^\W\d_]{3})(\S[^\n]{14,}?\S)[ \t]{3,}(?=[^\n]*[^\W\d_]{2})(\S[^\n]{7,}?)[ \t]*$", re.MULTILINE
)  # both sides of them run: a cell of a table is shorter


@lru_cache(maxsize=256)
def skippable(text: str) -> tuple[tuple[int, int], ...]:
    """[start, end) of what a comparison may step over, in order of start; some may overlap."""
    spans = {found.span() for found in _MARKER.finditer(text)}
    spans |= {
        found.span()
        for found in _INLINE.finditer(text)
        if not _COUNTS.search(text, max(0, found.start() - 3), found.end() + 4)
    }
    spans |= {*_lines(text), *_line_numbers(text)}
    return tuple(sorted(span for span in spans if span[0] < span[1]))


@lru_cache(maxsize=256)
def markers(text: str) -> tuple[str, ...]:
    """The figures and names in its reference markers, in order."""
    return tuple(
        part
        for found in _MARKER.finditer(text)
        for part in re.findall(r"\d+|[A-Z]\w+", unicodedata.normalize("NFKC", found[0]))
    )


def _line_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Numbers at the heads of three or more lines in a row that count on by one."""
    found = list(_NUMBERED.finditer(text))
    run = [*found[:1]]
    for one in [*found[1:], None]:
        on = one and int(one[1]) == int(run[-1][1]) + 1 and text.count("\n", run[-1].start(), one.start()) == 1
        if one and on:
            run.append(one)
            continue
        if len(run) >= _ROWS:
            for number in run:
                before = re.search(r"[,，.:]?\n?\Z", text[: number.start()])
                yield (before.start() if before else number.start()), number.end()
                yield number.span()
        run = [one] if one else []


@lru_cache(maxsize=256)
def readings(text: str) -> tuple[tuple[tuple[int, int], ...], ...]:
    """What `skippable` gives; where two columns were read line by line, that with the right one left out, and with the left one."""
    common, left, right = skippable(text), list[tuple[int, int]](), list[tuple[int, int]]()
    run: list[re.Match[str]] = []
    for one in [*_TWO_COLUMNS.finditer(text), None]:
        if one and (not run or run[-1].end() + 1 == one.start()):
            run.append(one)
            continue
        if len(run) >= _ROWS:
            left += [(above.end(1), below.start(1)) for above, below in pairwise(run)]
            left.append((run[-1].end(1), run[-1].end(2)))
            right += [(above.end(2), below.start(2)) for above, below in pairwise(run)]
        run = [one] if one else []
    return tuple(tuple(sorted((*common, *own))) for own in (left, right)) if left else (common,)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Lines that are page numbers, captions or running headers, and runs of two or three of them."""
    if "\n" not in text:
        return
    lines: list[tuple[int, int]] = []
    at = 0
    for line in text.split("\n"):
        lines.append((at, at + len(line)))
        at += len(line) + 1
    seen = Counter(text[a:b].strip() for a, b in lines)
    held = [_furniture(text, lines, index, seen) for index in range(len(lines))]
    for index, (start, end) in enumerate(lines):
        if not held[index]:
            continue
        yield start, end
        stop = index
        while (
            stop + 1 < len(lines) and (held[stop + 1] or not text[slice(*lines[stop + 1])].strip()) and stop - index < 6
        ):
            stop += 1
            if held[stop]:
                yield start, lines[stop][1]


def _furniture(text: str, lines: list[tuple[int, int]], index: int, seen: Counter[str]) -> bool:
    start, end = lines[index]
    line = text[start:end].strip()
    if not line or (_NEGATIVE.search(line) and not _CAPTION.fullmatch(line)):
        return False
    if _NUMBER_LINE.fullmatch(line) or (_CAPTION.fullmatch(line) and _breaks_off(text, lines, index)):
        return True
    if len(line) > _LONGEST or _STOP.search(line):
        return False
    blank = _empty(text, lines, index - 1) and _empty(text, lines, index + 1)
    return (
        seen[line] > 1
        or bool(_CLUE.search(line))
        and _breaks_off(text, lines, index)
        or (blank and _breaks_off(text, lines, index))
    )


def _breaks_off(text: str, lines: list[tuple[int, int]], index: int) -> bool:
    """Whether the text before the line stops in the middle of a sentence, so that the line cannot belong to it."""
    before = text[: lines[index][0]].rstrip()
    return bool(before) and not _STOP.search(before) and before[-1] not in ".:："


def _empty(text: str, lines: list[tuple[int, int]], index: int) -> bool:
    return not 0 <= index < len(lines) or not text[slice(*lines[index])].strip()
