"""The audit page: how far the stored answers can be trusted today, and the report to take along."""

from __future__ import annotations

import streamlit as st

from eval.audit import audit
from eval.report import as_html
from ui import state as session


def show() -> None:
    """Draw the page."""
    services, words = session.services(), session.words()
    st.markdown(f"## {words['audit']}")
    report = audit(services.ledger, services.answers)
    if not report.answers:
        st.info(words["no_answers"])
        return
    figures = st.columns(5)
    shown = ("answers", "sentences", "citations", "refusals", "invalid")
    for column, name in zip(figures, shown, strict=True):
        column.metric(words[name], report.counts[name])
    for name in ("supported", "resolved", "stale"):
        rate = report.rates[name]
        st.progress(rate.value, f"{words[name]}: {rate.hits}/{rate.n} ({100 * rate.low:.0f}–{100 * rate.high:.0f} %)")
    st.dataframe([row.flat() for row in report.sentences], use_container_width=True, hide_index=True)
    st.download_button(words["download"], as_html(report), "suyuan-audit.html", "text/html")
