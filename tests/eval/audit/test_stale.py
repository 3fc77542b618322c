from hypothesis import given
from hypothesis import strategies as st

from eval.audit import audit
from eval.audit.records import pieces
from eval.audit.stale import Standing, closest, difference, today
from library.answers import Answers
from library.store import Ledger
from library.text import sentences
from tests.eval.stored import MANUAL, publish

WORDS = st.text(alphabet=st.sampled_from("三五年abc 12.，"), max_size=30)


def standing(ledger: Ledger, answers: Answers) -> Standing:
    return audit(ledger, answers).sentences[0].citations[0].standing


def test_a_citation_resolves_moves_changes_and_outlives_its_document(ledger: Ledger, answers: Answers) -> None:
    assert standing(ledger, answers) is Standing.RESOLVES
    publish(ledger, "d", "=手册", "第二版。\n" + MANUAL, "v2")
    found = audit(ledger, answers)
    check = found.sentences[0].citations[0]
    assert check.standing is Standing.MOVED and check.today.place and check.today.place.start == 5
    assert (found.rates["stale"].hits, found.rates["still_stands"].hits) == (2, 2)
    publish(ledger, "d", "=手册", MANUAL.replace("三年", "五年"), "v3")
    check = audit(ledger, answers).sentences[0].citations[0]
    assert check.standing is Standing.CHANGED and check.today.kept
    assert pieces(check.today.difference) == "保修期为[-三-]{+五+}年，自购买之日起计算。"
    ledger.remove_document("d")
    assert standing(ledger, answers) is Standing.REMOVED


def test_words_that_nothing_replaces_have_no_difference(ledger: Ledger, answers: Answers) -> None:
    publish(ledger, "d", "=手册", "Totally different matters are treated here.", "v2")
    check = audit(ledger, answers).sentences[0].citations[0]
    assert check.standing is Standing.CHANGED and check.today.difference == () and check.today.place is None


def test_a_version_that_is_gone_is_lost(ledger: Ledger, answers: Answers) -> None:
    citation = audit(ledger, answers).sentences[0].citations[0].citation
    answers.remove(answers.conversations()[0].id)
    with ledger.write() as db:
        db.execute("DELETE FROM versions WHERE id = 'v'")
    assert today(ledger, citation).standing is Standing.LOST


@given(WORDS, WORDS)
def test_a_difference_holds_both_texts(old: str, new: str) -> None:
    found = difference(old, new)
    assert "".join(text for kind, text in found if kind != "new") == old
    assert "".join(text for kind, text in found if kind != "gone") == new
    assert all(text for _, text in found)


@given(
    st.lists(
        st.sampled_from(["保修期为三年。", "运费由卖方承担。", "The plant opened in 1975.", "Lions sleep."]), min_size=1
    )
)
def test_the_closest_stretch_is_the_sentence_itself_where_it_stands(parts: list[str]) -> None:
    text = "\n".join(parts)
    for start, end in sentences(text):
        found = closest(text[start:end], text)
        assert found and text[found[0] : found[1]] == text[start:end]
