import random

import pytest

from eval import adversarial, edits, reword
from eval.damage import Scene

EN = "In 1975, the museum opened near Oslo with more than 3 million coins (mostly silver), and it was visited by about 20% of all people, which pleased Norway. Before 1980 the first director was praised by John Smith. Anna Brown came from Sweden in 1991."
ZH = "2014年9月4日，该博物馆在挪威成立，约20%的游客必须参观第一展厅，藏品超过3万件，之后由约翰管理。1980年以前，瑞典省也曾增加预算。"


def scene(text: str, sentence: str, zh: bool) -> Scene:
    return Scene(sentence, text, "Nothing.", zh)


@pytest.mark.parametrize("zh", [True, False])
def test_every_edit_changes_one_place_and_leaves_the_source(zh: bool) -> None:
    source = ZH if zh else EN
    end = source.index("。" if zh else ". ") + 1
    made = {mode: make(scene(source, source[:end], zh), random.Random(1)) for mode, make in edits.EDITS.items()}
    pairs = {mode: pair for mode, pair in made.items() if pair}
    assert len(pairs) >= 6
    for mode, (claim, where) in pairs.items():
        assert where == source and claim != source[:end], mode


@pytest.mark.parametrize("text", [EN, ZH])
def test_rewording_keeps_figures(text: str) -> None:
    for name, way in reword.REWORDS.items():
        if name not in ("dates", "shortened"):
            other = way(text, random.Random(2))
            assert sorted(c for c in other if c.isdigit()) == sorted(c for c in text if c.isdigit()), name


def test_trials_are_the_same_for_a_seed_and_counted_apart() -> None:
    passages = [(EN, False), (EN.replace("museum", "harbour"), False), (EN.replace("museum", "school"), False)]
    passages += [(ZH, True), (ZH.replace("博物馆", "港口"), True), (ZH.replace("博物馆", "学校"), True)]
    given = list(adversarial.trials(passages, seed=3, per_mode=2))
    assert given == list(adversarial.trials(passages, seed=3, per_mode=2))
    result = adversarial.measure(given, vectors=False)
    assert result["n"] == len(given) == sum(mode["n"] for mode in result["by_mode"].values())
    assert result["zh_changed"]["flagged"] >= 0.9 and result["en_changed"]["flagged"] >= 0.9
    assert result["zh_untouched"]["flagged"] == result["en_untouched"]["flagged"] == 0
