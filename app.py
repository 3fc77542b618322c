"""The Streamlit entry: picks the page, nothing else."""

from __future__ import annotations

import streamlit as st

from ui import state
from ui.pages import audit, chat, library

st.set_page_config(page_title="Suyuan 溯源", page_icon="📖", layout="wide")
st.html(
    "<style>.stMainBlockContainer{padding-top:4.2rem;max-width:90rem}"
    '[class*="st-key-open-"] button,[class*="st-key-open-"] button *{justify-content:flex-start;text-align:left}</style>'
)
words = state.words()
if state.unlocked(words):
    pages = [
        st.Page(chat.show, title=words["chat"], url_path="ask", default=True),
        st.Page(library.show, title=words["library"], url_path="library"),
        st.Page(audit.show, title=words["audit"], url_path="audit"),
    ]
    page = st.navigation(pages, position="top")
    state.language_switch(words)
    page.run()
