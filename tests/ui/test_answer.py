from dataclasses import replace

from library.records import Answer, Citation, Claim, ClaimStatus, Disagreement, Stated
from ui import disagreement
from ui.components import disagreement as box
from ui.components.answer import markup, with_citations
from ui.strings import strings

TEXT = "保修期为<b>三年</b>。好的。"
CITATION = Citation(2, "d", "手册", "v", 0, 5, "保修期", pages=(4, 4))
ANSWER = Answer(
    "a", "c", "保修？", TEXT, (Claim(0, 14, ClaimStatus.SUPPORTED, (CITATION, CITATION), 'quote: "exact"'),
    Claim(14, 17, ClaimStatus.NO_CLAIM)), (), False, "local", "2026",
)  # fmt: skip


def test_text_is_escaped_and_every_sentence_has_its_marker_and_thumbs() -> None:
    shown = markup(ANSWER, strings("zh"), chosen=(0, 2), thumbs={14: -1})
    assert "<b>" not in shown and "&quot;exact&quot;" in shown
    assert (
        shown.count('data-kind="cite"') == 1
        and '<button class="cite on" data-kind="cite" data-at="0:2">2</button>' in shown
    )
    assert shown.count('data-kind="thumb"') == 4
    pressed = shown.split('aria-pressed="true"')
    assert len(pressed) == 2 and pressed[0].endswith('aria-label="这句话不好" ') and 'data-at="14:-1"' in pressed[0]


def test_a_copied_answer_names_its_sources_with_pages() -> None:
    assert with_citations(ANSWER).endswith("[2] 手册, p. 4")


def test_a_disagreement_shows_both_figures_with_document_and_date() -> None:
    def side(figure: str, number: int, dated: str) -> Stated:
        title = f"<i>{number}</i>"
        return Stated(figure, Citation(number, "d", title, "v", 0, 5, f"It is\n{figure}.", (4, 4)), dated, "2026-01-31")

    shown = replace(ANSWER, disagreements=(Disagreement((side("37", 1, "2024"), side("21", 2, ""))),))
    ((heading, *lines),) = disagreement.lines(shown, strings("en"))
    assert (heading, lines[0]) == ("Sources disagree", "37 [1] <i>1</i> · page 4 · dated 2024: It is 37.")
    assert "added 2026-01-31" in lines[1] and "入库 2026-01-31" in next(disagreement.lines(shown, strings("zh")))[2]
    assert "<i>" not in box.markup(heading, lines) and "37 [1]" in box.markup(heading, lines)
    assert list(disagreement.lines(ANSWER, strings("en"))) == []
