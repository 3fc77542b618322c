"""The library page: add documents, watch them being read, look at what was read, and remove."""

from __future__ import annotations

import streamlit as st

from ingest import pipeline
from library import filling
from library.errors import SuyuanError
from library.records import Document, Status
from ui import state as session
from ui.services import Services


def show() -> None:
    """Draw the page."""
    services, words = session.services(), session.words()
    st.markdown(f"## {words['library']}")
    _upload(services, words)
    documents = services.ledger.documents()
    failed = [document for document in documents if document.status is Status.FAILED]
    figures = st.columns(4)
    figures[0].metric(words["documents"], len(documents) - len(failed))
    figures[1].metric(words["chunks"], services.ledger.count_chunks())
    figures[2].metric(words["failed"], len(failed))
    with figures[3]:
        _deep(services, words)
    if failed:
        with st.expander(f"{words['failed']} ({len(failed)})", expanded=True):
            for document in failed:
                st.write(f"**{document.title}** — {document.reason}. {document.cure}")
    if documents:
        st.dataframe(
            [{"": d.title, words["collections"]: d.collection, "type": d.media_type, "status": d.status.value, "time": d.updated} for d in documents],
            use_container_width=True, hide_index=True,
        )  # fmt: skip
        _one(services, words, documents)


@st.fragment(run_every="3s")  # type: ignore[untyped-decorator]
def _deep(services: Services, words: dict[str, str]) -> None:
    """How much of the library has its deep vectors, drawn anew while they are being made."""
    encoder = services.search.encoders.get("deep")
    if encoder is None:
        st.metric(words["deep"], "–")
        return
    made, chunks = filling.share(services.ledger, encoder.name)
    done, total = services.deepener.progress or (made, chunks)
    st.metric(words["deep"], f"{done / total:.0%}" if total else "–", help=f"{done} / {total}")
    if services.deepener.progress:
        st.progress(min(1.0, done / max(1, total)), words["deepening"])


def _upload(services: Services, words: dict[str, str]) -> None:
    with st.form("upload", clear_on_submit=True):
        files = st.file_uploader(words["upload"], accept_multiple_files=True)
        collection = st.text_input(words["collections"], "default")
        sent = st.form_submit_button(words["ingest"], type="primary")
    if not (sent and files):
        return
    bar = st.progress(0.0, words["reading"])

    def tell(progress: pipeline.Progress) -> None:
        bar.progress(
            min(1.0, progress.done / max(1, progress.total)),
            f"{words['reading']} {progress.done}/{progress.total} {progress.name}",
        )

    try:
        paths = [(pipeline.add_upload(services.settings.home, file.name, file.getvalue()), file.name) for file in files]
        report = pipeline.ingest(
            services.ledger, services.search, services.settings, [path for path, _ in paths],
            collection=collection.strip() or "default", titles={str(path): name for path, name in paths}, progress=tell,
            deep=False,  # they follow in the background
        )  # fmt: skip
    except SuyuanError as error:
        st.error(str(error))
        return
    bar.empty()
    st.toast(f"+{report.added} · {report.chunks} {words['chunks']}")


def _one(services: Services, words: dict[str, str], documents: list[Document]) -> None:
    by_id = {document.id: document for document in documents}
    chosen = st.selectbox(words["choose"], list(by_id), format_func=lambda identity: by_id[identity].title)
    document = by_id[chosen]
    if st.button(words["delete"], key=f"delete-{chosen}"):
        services.ledger.remove_document(chosen)
        services.search.sync()
        st.rerun()
    if document.version is None:
        return
    version = services.ledger.version(document.version)
    chunks = services.ledger.chunks_of(document.version)
    if version is None:
        return
    for warning in version.warnings:
        st.caption(warning)
    with st.expander(f"{words['preview']} ({len(chunks)})"):
        for chunk in chunks[:50]:
            st.caption(" › ".join(chunk.heading_path) or "–")
            st.text(version.text[chunk.start : chunk.end])
