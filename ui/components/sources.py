"""The sources panel: what was cited and verified, what was cited and not confirmed, what was retrieved and not used."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from library.fields import owner_at
from library.records import Answer, Citation, ClaimStatus, Evidence
from library.tables import head_of
from ui.services import Services

_AROUND = 90  # characters of context on each side of a quote


def show(services: Services, answer: Answer, words: dict[str, str], *, chosen: tuple[int, int] | None) -> None:
    """Draw the panel for one answer."""
    by_number = {item.number: item for item in answer.evidence}
    verified: dict[int, Citation] = {}
    unconfirmed: dict[int, Citation] = {}
    for claim in answer.claims:
        good = claim.status is ClaimStatus.SUPPORTED
        for citation in claim.citations:
            here = chosen == (claim.start, citation.evidence)
            group = verified if good else unconfirmed
            if here or citation.evidence not in group or _heads(group[citation.evidence], citation, by_number):
                group[citation.evidence] = citation
    st.markdown(f"#### {words['sources']}")
    if answer.refused:
        near = [(by_number[one.evidence], one) for one in answer.nearest]
        # an answer that was stored before it kept its nearest sentences shows how its passages begin
        _group(
            words["nearest"], near or [(item, None) for item in answer.evidence[:5]], services, words, chosen, answer
        )
        return
    _group(words["verified"], [(by_number[n], c) for n, c in sorted(verified.items())], services, words, chosen, answer)
    rest = {n: c for n, c in unconfirmed.items() if n not in verified}
    if rest:
        _group(
            words["unconfirmed"], [(by_number[n], c) for n, c in sorted(rest.items())], services, words, chosen, answer
        )
    unused = [(item, None) for item in answer.evidence if item.number not in verified and item.number not in rest]
    with st.expander(f"{words['unused']} ({len(unused)})"):
        for item, _ in unused:
            _passage(item, None, services, words)


def _heads(first: Citation, second: Citation, by_number: dict[int, Evidence]) -> bool:
    """Whether the first is the head of the table that the second is a row of, or the owner of the second: that is what is to be seen."""
    item = by_number[second.evidence]
    at = second.start - item.start
    head = owner_at(item.text, at) or head_of(item.text, at, item.context)[1]
    return head is not None and head[0] + item.start == first.start


def _group(title: str, items: Sequence[tuple[Evidence, Citation | None]], services: Services,
           words: dict[str, str], chosen: tuple[int, int] | None, answer: Answer) -> None:  # fmt: skip
    st.caption(f"{title} ({len(items)})")
    if not items:
        st.write(words["none"])
    for item, citation in items:
        here = chosen is not None and chosen[1] == item.number
        with st.container(border=True):
            _passage(item, citation, services, words)
            if citation and chosen and here:
                _page_image(services, citation, words)
                _wrong(services, answer, words, claim=chosen[0], number=item.number)


def _wrong(services: Services, answer: Answer, words: dict[str, str], *, claim: int, number: int) -> None:
    """A button that keeps "this citation is wrong", or takes it back."""
    said = any((given.claim, given.evidence) == (claim, number) for given in services.answers.feedback(answer.id))
    if said:
        st.caption(words["thanks"])
    if st.button(words["undo" if said else "wrong"], key=f"wrong-{answer.id}-{claim}-{number}"):
        if said:
            services.answers.withdraw_feedback(answer.id, claim=claim, evidence=number)
        else:
            services.answers.give_feedback(answer.id, claim=claim, evidence=number, note="")
        st.rerun()


def place(item: Evidence, words: dict[str, str], pages: tuple[int, int] | None) -> str:
    """Document, heading path and pages in one line."""
    parts = [item.title, *item.heading_path]
    shown = " › ".join(dict.fromkeys(parts))
    if pages:
        numbers = str(pages[0]) if pages[0] == pages[1] else f"{pages[0]}–{pages[1]}"
        shown += " · " + words["page"].format(numbers)
    return shown


def _passage(item: Evidence, citation: Citation | None, services: Services, words: dict[str, str]) -> None:
    pages = citation.pages if citation and citation.pages else item.pages
    head = f'<div style="font-size:.85rem;opacity:.75"><b>[{item.number}]</b> {html.escape(place(item, words, pages))}</div>'
    if columns := head_of(item.text, citation.start - item.start, item.context)[0] if citation else "":
        head += f'<div class="columns" style="font-size:.85rem;opacity:.75">{html.escape(columns)}</div>'
    st.html(
        head
        + f'<div class="source" style="white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.65">{_highlighted(item, citation, services)}</div>'
    )


def _highlighted(item: Evidence, citation: Citation | None, services: Services) -> str:
    if citation is None:
        return html.escape(item.text[:400]) + ("…" if len(item.text) > 400 else "")
    text = services.ledger.text(citation.version) or item.text
    start, end = (citation.start, citation.end) if len(text) >= citation.end else (0, len(item.text))
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    quote = f'<mark style="background:#ffe9a8;padding:.05rem .1rem;border-radius:.2rem">{html.escape(text[start:end])}</mark>'
    around = [re.sub(r"\n{2,}", "\n", html.escape(part)) for part in (before, after)]
    return ("…" if start > _AROUND else "") + around[0] + quote + around[1] + ("…" if end + _AROUND < len(text) else "")


def _page_image(services: Services, citation: Citation, words: dict[str, str]) -> None:
    """The PDF's page with the quote's boxes drawn, where the file is still what was read."""
    document = services.ledger.document(citation.document)
    if document is None or not citation.boxes or document.media_type != "application/pdf":
        return
    image = page_image(Path(document.uri), citation)
    if image is not None:
        st.image(image, caption=words["page"].format(citation.boxes[0].page))


def page_image(path: Path, citation: Citation) -> object | None:
    """The page of the citation's first box as an image with its boxes drawn; None where the file cannot be opened."""
    import pypdfium2 as pdfium
    from PIL import ImageDraw

    number, scale = citation.boxes[0].page, 1.5
    try:
        document = pdfium.PdfDocument(path)
        image = document[number - 1].render(scale=scale).to_pil().convert("RGB")
    except (pdfium.PdfiumError, OSError, IndexError):
        return None
    draw = ImageDraw.Draw(image, "RGBA")
    for box in citation.boxes:
        if box.page == number:
            corners = [(box.x0 * scale - 3, box.y0 * scale - 3), (box.x1 * scale + 3, box.y1 * scale + 3)]
            draw.rectangle(corners, fill=(255, 214, 90, 80), outline=(200, 140, 0, 255), width=2)
    document.close()
    found: object = image
    return found
