"""The chat page: history left, the conversation in the middle, the sources of the chosen answer beside it."""

from __future__ import annotations

import streamlit as st

from library.errors import SuyuanError
from library.records import Answer
from ui import speed as written
from ui import state as session
from ui.components import answer as answers
from ui.components import disagreement, sources
from ui.services import Services

_SAMPLES = {
    "zh": ("MLA 为什么能减少 KV 缓存？", "DeepSeek-V3 每个 token 激活多少参数？", "什么是检索增强生成？"),
    "en": (
        "What is multi-head latent attention?",
        "How many parameters does DeepSeek-V3 activate per token?",
        "What is retrieval-augmented generation?",
    ),
}


def show() -> None:
    """Draw the page."""
    services, words, state = session.services(), session.words(), session.state()
    collections = _sidebar(services, words)
    past = services.answers.of(state.conversation) if state.conversation else []
    asked = st.chat_input(words["ask"]) or state.pending
    state.pending = ""
    middle, side = st.columns([3, 2], gap="large")
    with middle:
        if not past and not asked:
            _empty(services, words)
        for item in past:
            _turn(services, item, words)
        if asked:
            _answer(services, words, asked, collections)
    shown = next((a for a in past if a.id == state.answer), past[-1] if past else None)
    if shown and not asked:
        with side:
            sources.show(services, shown, words, chosen=(state.claim, state.evidence) if state.evidence else None)


def _sidebar(services: Services, words: dict[str, str]) -> tuple[str, ...]:
    state = session.state()
    with st.sidebar:
        if st.button(words["new"], use_container_width=True, icon=":material/add:"):
            state.conversation, state.answer, state.evidence = "", "", 0
        names = list(services.ledger.collections())
        chosen = st.multiselect(words["collections"], names, placeholder=words["all"]) if len(names) > 1 else []
        st.caption(words["history"])
        for conversation in services.answers.conversations()[:30]:
            left, right = st.columns([5, 1])
            if left.button(
                conversation.title[:28], key=f"open-{conversation.id}", use_container_width=True, type="tertiary"
            ):
                state.conversation, state.answer, state.evidence = conversation.id, "", 0
            if right.button("✕", key=f"drop-{conversation.id}", type="tertiary", help=words["delete"]):
                services.answers.remove(conversation.id)
                state.conversation = "" if state.conversation == conversation.id else state.conversation
                st.rerun()
    return tuple(chosen)


def _empty(services: Services, words: dict[str, str]) -> None:
    st.markdown(f"## {words['empty_title']}")
    st.write(words["empty_text"])
    if not services.ledger.live_versions():
        st.info(words["no_documents"])
        return
    st.caption(words["samples"])
    language = "zh" if words["app"] == "溯源" else "en"
    for sample in _SAMPLES[language]:
        if st.button(sample, key=f"sample-{sample}"):
            session.state().pending = sample
            st.rerun()


def _turn(services: Services, item: Answer, words: dict[str, str]) -> None:
    state = session.state()
    with st.chat_message("user"):
        st.write(item.question)
    with st.chat_message("assistant"):
        if item.understood:
            st.caption(words["understood"].format(item.understood))
        if item.refused:
            st.warning(f"**{words['refused']}** · {item.text} {item.reason}")
        else:
            chosen = (state.claim, state.evidence) if state.answer == item.id and state.evidence else None
            thumbs = {claim: value for (_, claim), value in services.answers.thumbs(item.id).items()}
            clicked = answers.show(item, words, chosen=chosen, thumbs=thumbs, key=f"answer-{item.id}")
            _clicked(services, item, clicked, thumbs)
        disagreement.show(item, words)
        if item.usage.get("stopped"):
            st.caption(words["stopped"])
        if speed := written.line(item, words):
            st.caption(speed)
        if not item.refused:
            with st.popover(words["copy"]):
                st.code(answers.with_citations(item), language=None, wrap_lines=True)


def _clicked(
    services: Services, item: Answer, clicked: answers.Marker | answers.Thumb | None, thumbs: dict[int, int]
) -> None:
    """A marker opens its source; a thumb is kept, and taken back where it was given already."""
    state = session.state()
    if isinstance(clicked, answers.Thumb):
        value = 0 if thumbs.get(clicked.claim) == clicked.value else clicked.value
        services.answers.give_thumb(item.id, claim=clicked.claim, value=value)
        st.rerun()
    elif clicked and (state.answer, state.claim, state.evidence) != (item.id, clicked.claim, clicked.evidence):
        state.answer, state.claim, state.evidence = item.id, clicked.claim, clicked.evidence
        st.rerun()


def _answer(services: Services, words: dict[str, str], question: str, collections: tuple[str, ...]) -> None:
    """Stream an answer, then draw the page again with its markers and sources."""
    from generation.answer import Delta, Finished, Retrieved, Weighing

    state = session.state()
    with st.chat_message("user"):
        st.write(question)
    fresh = not state.conversation
    state.conversation = state.conversation or services.answers.begin(question)
    with st.chat_message("assistant"):
        place = st.empty()
        place.caption(words["thinking"])
        # A click runs the page anew, which ends this run at its next word; what was written by then is kept.
        st.button(words["stop"], key=f"stop-{state.conversation}", icon=":material/stop_circle:")
        text = ""
        events = services.answerer.ask(question, conversation=state.conversation, collections=collections)
        try:
            for event in events:
                if isinstance(event, Delta):
                    text += event.text
                    place.text(text)
                elif isinstance(event, Weighing):
                    place.caption(words["weighing"].format(event.passage, event.of))
                elif isinstance(event, Retrieved) and event.question != question:
                    place.caption(words["understood"].format(event.question))
                elif isinstance(event, Finished):
                    state.answer, state.evidence = event.answer.id, 0
        except SuyuanError as error:
            place.error(f"**{words['error']}** · {error}")
            if fresh:
                services.answers.remove(state.conversation)
                state.conversation = ""
            return
        finally:
            events.close()
    st.rerun()
