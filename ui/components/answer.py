"""An answer with its clickable markers, as one component without a frame."""

from __future__ import annotations

import html
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
.answer button { font: inherit; font-size: .72rem; line-height: 1; vertical-align: super; margin: 0 .12rem; padding: .16rem .36rem;
  border: 1px solid var(--st-primary-color); border-radius: .6rem; background: transparent; color: var(--st-primary-color); cursor: pointer; }
.answer button:hover, .answer button.on { background: var(--st-primary-color); color: #fff; }
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
    button.onclick = () => setTriggerValue('cite', button.dataset.at);
  });
}
"""


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("suyuan_answer", css=_CSS, js=_JS)


def show(answer: Answer, *, chosen: tuple[int, int] | None, key: str) -> tuple[int, int] | None:
    """Draw the answer; gives (claim start, evidence number) of a marker that was clicked in this run."""
    result = _component()(data={"html": markup(answer, chosen)}, key=key, on_cite_change=lambda: None)
    clicked = getattr(result, "cite", None)
    if not clicked:
        return None
    claim, _, number = str(clicked).partition(":")
    return int(claim), int(number)


def markup(answer: Answer, chosen: tuple[int, int] | None = None) -> str:
    """The answer as HTML: everything from a document is escaped, markers are buttons."""
    if answer.refused or not answer.claims:
        return f"<p>{html.escape(answer.text)}</p>"
    parts, at = ["<p>"], 0
    for claim in answer.claims:
        parts.append(html.escape(answer.text[at : claim.start]).replace("\n", "</p><p>"))
        kind = "s" if claim.status is ClaimStatus.NO_CLAIM else f"s {claim.status.value}"
        parts.append(
            f'<span class="{kind}" title="{html.escape(claim.decided)}">{html.escape(answer.text[claim.start : claim.end])}</span>'
        )
        for number in dict.fromkeys(citation.evidence for citation in claim.citations):
            on = ' class="on"' if chosen == (claim.start, number) else ""
            parts.append(f'<button{on} data-at="{claim.start}:{number}">{number}</button>')
        at = claim.end
    parts.append(html.escape(answer.text[at:]).replace("\n", "</p><p>") + "</p>")
    return "".join(parts)


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
