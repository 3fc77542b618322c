"""An answer with its clickable markers and a pair of thumbs behind each sentence, as one component without a frame."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st

from library.records import Answer, ClaimStatus

_CSS = """
.answer { font-size: 1rem; line-height: 1.75; color: var(--st-text-color); }
.answer p { margin: 0 0 .45rem 0; }
.answer .s { border-bottom: 2px solid transparent; }
.answer .unsupported, .answer .contradicted { border-bottom-color: #b4543a66; }
.answer .partial { border-bottom-color: #c9962f66; }
.answer button { font: inherit; cursor: pointer; background: transparent; color: var(--st-primary-color); }
.answer .cite { font-size: .72rem; line-height: 1; vertical-align: super; margin: 0 .12rem; padding: .16rem .36rem;
  border: 1px solid var(--st-primary-color); border-radius: .6rem; }
.answer .cite:hover, .answer .cite.on { background: var(--st-primary-color); color: #fff; }
.answer .thumbs { white-space: nowrap; opacity: 0; transition: opacity .15s; }
.answer .said:hover .thumbs, .answer .thumbs:focus-within, .answer .thumbs.given { opacity: 1; }
.answer .thumb { border: 0; padding: 0 .14rem; line-height: 1; opacity: .45; }
.answer .thumb svg { width: .82rem; height: .82rem; vertical-align: -.06rem; fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
.answer .thumb:hover, .answer .thumb.on { opacity: 1; }
.answer .thumb.on svg { fill: currentColor; }
.answer .down svg { transform: rotate(180deg); }
@media (hover: none) { .answer .thumbs { opacity: .5; } }
"""
_JS = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let root = parentElement.querySelector('.answer');
  if (!root) {
    root = document.createElement('div');
    root.className = 'answer';
    parentElement.appendChild(root);
  }
  root.innerHTML = data.html;
  root.querySelectorAll('button').forEach((button) => {
    button.onclick = () => setTriggerValue(button.dataset.kind, button.dataset.at);
  });
}
"""


_THUMB = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 10h4v11H2zM9 21h8.5l3-9.5V9H14l1-5.5L13 2 9 10z"/></svg>'
)


@dataclass(frozen=True, slots=True)
class Marker:
    """A citation marker that was clicked: the claim's start in the answer and the evidence number."""

    claim: int
    evidence: int


@dataclass(frozen=True, slots=True)
class Thumb:
    """A thumb that was clicked, 1 up and -1 down."""

    claim: int
    value: int


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("suyuan_answer", css=_CSS, js=_JS)


def show(
    answer: Answer, words: Mapping[str, str], *, chosen: tuple[int, int] | None, thumbs: Mapping[int, int], key: str
) -> Marker | Thumb | None:
    """Draw the answer; gives what was clicked in this run.

    :param chosen: claim start and number of the marker whose source is shown.  :param thumbs: claim start → 1 or -1.
    """
    shown = markup(answer, words, chosen=chosen, thumbs=thumbs)
    result = _component()(data={"html": shown}, key=key, on_cite_change=lambda: None, on_thumb_change=lambda: None)
    for name, made in (("cite", Marker), ("thumb", Thumb)):
        clicked = getattr(result, name, None)
        if clicked:
            claim, _, number = str(clicked).partition(":")
            found: Marker | Thumb = made(int(claim), int(number))
            return found
    return None


def markup(
    answer: Answer, words: Mapping[str, str], *, chosen: tuple[int, int] | None = None,
    thumbs: Mapping[int, int] | None = None,
) -> str:  # fmt: skip
    """The answer as HTML: everything from a document is escaped, markers and thumbs are buttons."""
    if answer.refused or not answer.claims:
        return f"<p>{html.escape(answer.text)}</p>"
    parts, at = ["<p>"], 0
    for claim in answer.claims:
        parts.append(html.escape(answer.text[at : claim.start]).replace("\n", "</p><p>"))
        kind = "s" if claim.status is ClaimStatus.NO_CLAIM else f"s {claim.status.value}"
        parts.append(
            f'<span class="said"><span class="{kind}" title="{html.escape(claim.decided)}">{html.escape(answer.text[claim.start : claim.end])}</span>'
        )
        for number in dict.fromkeys(citation.evidence for citation in claim.citations):
            on = " on" if chosen == (claim.start, number) else ""
            parts.append(
                f'<button class="cite{on}" data-kind="cite" data-at="{claim.start}:{number}">{number}</button>'
            )
        parts.append(_thumbs(claim.start, (thumbs or {}).get(claim.start, 0), words) + "</span>")
        at = claim.end
    parts.append(html.escape(answer.text[at:]).replace("\n", "</p><p>") + "</p>")
    return "".join(parts)


def _thumbs(start: int, given: int, words: Mapping[str, str]) -> str:
    buttons = "".join(
        f'<button class="thumb {name}{" on" if given == value else ""}" data-kind="thumb" data-at="{start}:{value}"'
        f' title="{words[name]}" aria-label="{words[name]}" aria-pressed="{str(given == value).lower()}">{_THUMB}</button>'
        for name, value in (("up", 1), ("down", -1))
    )
    return f'<span class="thumbs{" given" if given else ""}">{buttons}</span>'


def with_citations(answer: Answer) -> str:
    """The answer as plain text with markers and a list of its sources, to be copied."""
    lines, at = [], 0
    for claim in answer.claims:
        marks = "".join(f" [{n}]" for n in dict.fromkeys(c.evidence for c in claim.citations))
        lines.append(answer.text[at : claim.end] + marks)
        at = claim.end
    text = "".join(lines) + answer.text[at:]
    cited = {citation.evidence: citation for claim in answer.claims for citation in claim.citations}
    sources = [f"[{n}] {c.title}" + (f", p. {c.pages[0]}" if c.pages else "") for n, c in sorted(cited.items())]
    return "\n".join([text, "", *sources]).strip()
