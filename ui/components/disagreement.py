"""A box under an answer that shows what its sources disagree on."""

from __future__ import annotations

import html
from collections.abc import Mapping

import streamlit as st

from library.records import Answer
from ui import disagreement


def show(answer: Answer, words: Mapping[str, str]) -> None:
    """Draw a box for each disagreement."""
    for heading, *lines in disagreement.lines(answer, words):
        with st.container(border=True):
            st.html(markup(heading, lines))


def markup(heading: str, lines: list[str]) -> str:
    """A heading and a list as HTML; everything from a document is escaped."""
    listed = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return f'<div class="disagreement"><b>{html.escape(heading)}</b><ul style="margin:.3rem 0 0 1.1rem">{listed}</ul></div>'
