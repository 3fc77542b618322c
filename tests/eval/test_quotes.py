import gzip
import json
import random
from pathlib import Path

import pytest

from eval import damage, falsify, quotes, wear
from generation import align
from generation.fold import fold
from generation.quotes import look
from library.errors import InputError

EN = "The museum opened in 1975 and showed 3,400 paintings to about 20% of the visitors in Norway. It was not the first one in Sweden, but the firm never closed it."
ZH = "该博物馆于1975年开放，约20%的游客参观了3,400幅画作，其中多数来自挪威。它不是瑞典的第一家，但公司从未关闭它，所有员工都在那里工作了十年。"
OTHER_EN = "Farmers near Lisbon grew 45 tons of olives in March and sold most of them to Spain every year."
OTHER_ZH = "里斯本附近的农民在三月种植了45吨橄榄，并且每年把大部分卖给西班牙的商人和工厂。"


def made(seed: int) -> list[damage.Case]:
    passages = [(EN, False), (OTHER_EN, False), (ZH, True), (OTHER_ZH, True)]
    return list(damage.cases(passages, seed=seed, per_mode=3))


def test_the_same_seed_makes_the_same_cases() -> None:
    assert made(3) == made(3)
    assert {case.lang for case in made(3)} == {"zh", "en"}


def test_falsified_quotes_differ_from_their_source() -> None:
    for case in made(1):
        if not case.good and case.mode not in falsify.CUTS:
            assert case.quote not in case.source, case.mode


def test_true_quotes_are_found_and_false_ones_are_not_on_other_passages() -> None:
    result = quotes.measure(made(2))
    assert result["bad_accepted"] == 0
    assert result["good_rejected"] <= 0.03
    assert result["n"] == sum(mode["n"] for mode in result["by_mode"].values())


def test_passing_over_sources_that_lack_the_words_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    given = [case for seed in range(4) for case in made(seed)]
    found = [look(case.quote, case.source) for case in given]
    passed = sum(align._elsewhere(fold(c.source).text, align.Side.of(c.quote, fold(c.quote), ()), 4.0) for c in given)
    assert passed > 10  # the look ahead does pass over some
    monkeypatch.setattr(align, "_elsewhere", lambda *_: False)
    assert [look(case.quote, case.source) for case in given] == found


@pytest.mark.parametrize("zh", [True, False])
def test_every_way_of_wearing_keeps_the_sentence_and_every_false_one_changes_it(zh: bool) -> None:
    text, other = (ZH, OTHER_ZH) if zh else (EN, OTHER_EN)
    scene = damage.scenes([text, other], zh, 5)[0]
    for name, make in wear.WORN.items():
        pair = make(scene, random.Random(1))
        assert pair is None or (scene.sentence in pair[0] or scene.source == pair[1]), name  # one side is damaged
        assert pair != (scene.sentence, scene.source), name
    for name, make in wear.WORN_FALSE.items():
        pair = make(scene, random.Random(1))
        assert pair is None or pair[0] not in scene.source, name


def test_a_file_is_read_by_half(tmp_path: Path) -> None:
    rows = [{"claim": "It opened in 1975.", "evidence": [{"text": "It opened in 1975."}], "label": "supported", "half_g": half, "lang": "en", "mode": "m"} for half in "AAB"]  # fmt: skip
    path = tmp_path / "cases.jsonl.gz"
    with gzip.open(path, "wt") as stream:
        stream.write("\n".join(map(json.dumps, rows)))
    assert len(quotes.read(path, half="B")) == 1
    assert quotes.measure(quotes.read(path))["by_mode"]["en/m"] == {"n": 3, "good": True, "found": 1.0}
    path.write_bytes(gzip.compress(b'{"claim": "x", "label": "supported"}'))
    with pytest.raises(InputError):
        quotes.read(path)


def test_roles_and_digits_are_changed_in_place() -> None:
    scene = damage.Scene("In winter Norway sold Sweden 45 ships.", "In winter Norway sold Sweden 45 ships.", "x", False)
    pair = falsify.roles(scene, random.Random(0))
    assert pair and pair[0] == "In winter Sweden sold Norway 45 ships."
    changed = falsify.digit(scene, random.Random(0))
    assert changed and sum(a != b for a, b in zip(changed[0], scene.sentence, strict=True)) == 1
