"""The cases that the refusal is fitted on."""

from eval.refusal import Case
from training.answerable import written
from training.asked import Question
from training.manuals import Told

HELD = {
    True: {str(at): f"第{at}章讲备份放在哪里，以及怎样恢复。" for at in range(8)},
    False: {str(at): f"Chapter {at} tells where backups go and how to restore them." for at in range(8)},
}
OWN = Told(
    "Where do backups go?", ("Backups are made nightly.",), "They go to the second disk.", ("Old ones are removed.",)
)
OTHER = Told("Where do backups go?", ("备份每晚进行。",), "它们放在第二块盘上。", ("旧的备份会删除。",))


def _cases(*found: Question) -> list[list[Case]]:
    return list(written(found, HELD))


def test_a_written_question_stands_beside_its_passage_and_beside_the_same_without_its_sentence() -> None:
    own, across = _cases(Question("x", "en", OWN, OTHER, True))
    assert [case.subset for case in (*own, *across)] == ["written"] * 2 + ["written across"] * 2
    for cases, told in ((own, OWN), (across, OTHER)):
        right, without = cases
        assert right.answerable and not without.answerable
        assert told.sentence in right.passages[0] and told.sentence not in "".join(without.passages)
        assert right.passages[1:] == without.passages[1:] and len(right.passages) == 5
    assert all(text in HELD[False].values() for text in own[0].passages[1:])
    assert all(text in HELD[True].values() for text in across[0].passages[1:])


def test_a_passage_that_a_reader_learns_from_gives_no_case() -> None:
    assert not _cases(Question("x", "en", OWN, None, False))
    assert len(_cases(Question("x", "en", OWN, None, True))) == 1
