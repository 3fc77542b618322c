"""The audit page: how far the stored answers can be trusted today, and the report to take along in each form."""

from __future__ import annotations

import streamlit as st

from eval.audit import AuditReport, Judge, audit, judge_of
from eval.report import FORMATS, charts, encoded, page, render
from eval.report.words import WORDS
from ui import state as session
from ui.components import fragment
from ui.services import Services

_NAMES = {"html": "HTML", "md": "Markdown", "csv": "CSV", "json": "JSON", "ragchecker": "RAGChecker"}


def show() -> None:
    """Draw the page."""
    services, words = session.services(), session.words()
    lang = "zh" if words["app"] == "溯源" else "en"
    st.markdown(f"## {words['audit']}")
    state = services.ledger.generation(), services.answers.mark()
    report = _report(services, *state)
    if not report.answers:
        st.info(words["no_answers"])
        return
    st.caption(words["audit_text"])
    _downloads(_forms(report, *state, lang), words)
    own = WORDS[lang]
    overview, documents, sentences, verifier = st.tabs(
        [words[name] for name in ("tab_overview", "tab_documents", "tab_sentences", "tab_verifier")]
    )
    with overview:
        _overview(report, lang)
    with documents:
        fragment.show(page.documents(report, own), key="audit-documents")
    with sentences:
        st.dataframe([row.flat() for row in report.sentences], width="stretch", hide_index=True)
    with verifier:
        fragment.show(page.trust(report, own), key="audit-trust")


@st.cache_resource(show_spinner=False)  # type: ignore[untyped-decorator]
def _judge(_services: Services) -> Judge:
    judging = _services.search.judging
    return judge_of(_services.settings, encode=judging.encode, reads=judging.reads)


@st.cache_resource(max_entries=1)  # type: ignore[untyped-decorator]
def _report(_services: Services, generation: int, mark: str) -> AuditReport:
    """Judged anew only where documents (`generation`), answers or what readers said (`mark`) changed."""
    return audit(_services.ledger, _services.answers, judge=_judge(_services))


@st.cache_resource(max_entries=2, show_spinner=False)  # type: ignore[untyped-decorator]
def _forms(_report: AuditReport, generation: int, mark: str, lang: str) -> dict[str, bytes]:
    return {form: encoded(render(_report, form, lang), form) for form in FORMATS}


def _downloads(forms: dict[str, bytes], words: dict[str, str]) -> None:
    with st.container(horizontal=True):
        for form, (name, media_type) in FORMATS.items():
            st.download_button(
                words["download"].format(_NAMES[form]), forms[form], name, media_type, on_click="ignore",
                key=f"download-{form}",
            )  # fmt: skip


def _overview(report: AuditReport, lang: str) -> None:
    own = WORDS[lang]
    fragment.show(page.tiles(report, own), key="audit-tiles")
    left, right = st.columns(2, gap="large")
    with left:
        fragment.show(f"<h4>{own['statuses']}</h4>{charts.stack(charts.statuses(report), own)}", key="audit-statuses")
    with right:
        fragment.show(
            f"<h4>{own['standings']}</h4>{charts.stack(charts.standings(report), own)}", key="audit-standings"
        )
    with st.expander(own["attention"], expanded=True):
        fragment.show(page.attention(report, own, linked=False), key="audit-attention")
    fragment.show(page.rates(report, own, lang), key="audit-rates")
