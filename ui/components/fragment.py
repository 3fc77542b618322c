"""A piece of a report with its charts, as a component without a frame: `st.html` would take the SVG out."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import streamlit as st

from eval.report import charts

_JS = """
export default function (component) {
  const { data, parentElement } = component;
  let root = parentElement.querySelector('.sa');
  if (!root) {
    root = document.createElement('div');
    root.className = 'sa';
    parentElement.appendChild(root);
  }
  root.innerHTML = data.html;
}
"""


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("suyuan_fragment", css=charts.CSS, js=_JS)


def show(html: str, *, key: str) -> None:
    """Draw HTML that `eval.report` made, in which everything from a document is escaped."""
    _component()(data={"html": html}, key=key)
