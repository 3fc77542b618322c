"""int8 beside float32, on a set that is small enough for both to be right."""

import json
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from eval.precision import FloatE5, FloatReader, precision_command
from retrieval.encoders.e5 import MultilingualE5
from retrieval.reader.reader import Reader, Terms, Text

FACTS = {
    "mine": "The mine of Falun closed in 1992 after a thousand years of copper.",
    "bridge": "The bridge over the Yangtze at Wuhan was opened in 1957.",
    "tea": "龙井茶产于杭州西湖一带，清明前采的最贵。",
    "salt": "自贡的井盐用天然气煮成，已有两千年历史。",
}
ASKED = {
    "mine": "When did the copper mine close?", "bridge": "When was the Wuhan bridge opened?",
    "tea": "龙井茶产于哪里？", "salt": "井盐用什么煮成？",
}  # fmt: skip


def test_float32_is_another_computation_and_nearly_the_same_vectors() -> None:
    texts = list(FACTS.values())
    int8, whole = MultilingualE5(threads=1).passages(texts), FloatE5(threads=1).passages(texts)
    cosines = (int8 * whole).sum(1)
    assert 0.98 < cosines.min() < cosines.max() < 0.99999
    terms = Terms(lambda _: 1.0, lambda _: frozenset())
    said = [
        [one.relevant for one in reader.judge(ASKED["tea"], [Text(text) for text in texts], terms)]
        for reader in (Reader(threads=1), FloatReader(threads=1))
    ]
    assert np.argmax(said[0]) == np.argmax(said[1]) == texts.index(FACTS["tea"])
    assert 0 < np.abs(np.subtract(*said)).max() < 1.5


def test_the_command_scores_both(tmp_path: Path) -> None:
    for part, found in (
        ("passages", [{"id": name, "title": "", "text": text} for name, text in FACTS.items()]),
        ("questions", [{"id": f"q {name}", "question": text, "passage_id": name} for name, text in ASKED.items()]),
    ):
        lines = [json.dumps(row, ensure_ascii=False) for row in found]
        (tmp_path / f"few.{part}.jsonl").write_text("\n".join(lines), "utf-8")
    done = CliRunner().invoke(precision_command, [str(tmp_path / "few"), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert 0 < found["n"] < 4  # the held ones
    assert found["passages"] == 4
    scores = {name: value for name, value in found.items() if name.startswith(("deep_", "instant_", "reader_"))}
    assert len(scores) == 6
    assert set(scores.values()) == {1.0}
