"""What a browser session remembers, as one typed object, and what all sessions share."""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass

import streamlit as st

from ui.services import Services
from ui.strings import strings


@dataclass
class State:
    """One browser session."""

    conversation: str = ""
    answer: str = ""  # the answer whose sources are shown
    evidence: int = 0  # the marker that was clicked last
    claim: int = -1  # start of the claim it belongs to
    pending: str = ""  # a question that waits to be answered
    language: str = ""
    unlocked: bool = False


def state() -> State:
    """This session's state."""
    found = st.session_state.setdefault("suyuan", State())
    assert isinstance(found, State)
    return found


@st.cache_resource(show_spinner=False)  # type: ignore[untyped-decorator]
def services() -> Services:
    """The services that all sessions of this server share; deep vectors are made beside them until the server ends."""
    import atexit

    from library import settings

    found = Services(settings.load())
    if found.settings.retrieval.deep:
        found.deepener.start()
    atexit.register(found.close)
    return found


def words() -> dict[str, str]:
    """The interface's words: as chosen, else as the browser asks."""
    return strings(state().language or st.context.locale or "en")


def language_switch(words: dict[str, str]) -> None:
    """Chinese or English, at the foot of the sidebar."""
    with st.sidebar:
        now = "zh" if words is strings("zh") else "en"
        chosen = st.segmented_control(
            words["language"], ["zh", "en"], default=now, format_func={"zh": "中文", "en": "English"}.get
        )
        if chosen and chosen != now:
            state().language = chosen
            st.rerun()


def unlocked(words: dict[str, str]) -> bool:
    """Whether this session may go on: always on this machine alone, by SUYUAN_PASSWORD where one is set."""
    secret = os.environ.get("SUYUAN_PASSWORD", "")
    if not secret or state().unlocked:
        return True
    given = st.text_input(words["password"], type="password")
    if given and hmac.compare_digest(given.encode(), secret.encode()):
        state().unlocked = True
        st.rerun()
    if given:
        st.error(words["locked"])
    return False
