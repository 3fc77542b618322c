from library.records import Answer, Citation, Claim, ClaimStatus
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
