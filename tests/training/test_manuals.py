"""Questions as people ask manuals are answered by the part that they ask for, and wrong passages lack it."""

import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest

from retrieval.encoders.use import UniversalSentenceEncoder
from training import howto
from training.manuals import Manuals, asking

SENTENCES = {
    "要更改默认编辑器，请运行 update-alternatives 命令。": "请运行 update-alternatives 命令。",
    "因为索引还没有建好，所以查询会变慢很多。": "索引还没有建好",
    "如果磁盘已经写满，服务会停止并写下一行日志。": "服务会停止并写下一行日志",
    "连接池主要用于减少建立连接的次数。": "减少建立连接的次数",
    "To change the default editor, run update-alternatives as root.": "run update-alternatives as root.",
    "If the disk is full, the service stops and writes a line to the log.": "the service stops and writes a line to the log",
    "The pool is used to save the time that a new connection takes.": "save the time that a new connection takes",
    "The index cannot be read because a newer version wrote it.": "a newer version wrote it",
}


@pytest.mark.parametrize("sentence", list(SENTENCES))
def test_a_part_of_a_sentence_answers_a_question_for_it(sentence: str) -> None:
    answers = set()
    for seed in range(40):
        made = howto.told(sentence, random.Random(seed))
        if made is not None:
            assert not set("{}") & set(made.question) and sentence[slice(*made.span)].strip()
            answers.add(sentence[slice(*made.span)])
            if made.span != (0, len(sentence)):
                assert sentence[slice(*made.span)] not in made.question
    assert SENTENCES[sentence] in answers


def test_what_points_elsewhere_or_has_no_form_is_not_asked_about() -> None:
    for sentence in ("这是一个用于测试的工具。", "It is used to save time for everyone.", "Hello there.", "完成。"):
        assert all(howto.told(sentence, random.Random(seed)) is None for seed in range(20))


def test_some_questions_use_other_words_than_the_sentence() -> None:
    made = [howto.told("要删除旧的配置文件，请运行清理脚本。", random.Random(seed)) for seed in range(60)]
    questions = {one.question for one in made if one}
    assert any("删除" not in q and ("移除" in q or "去掉" in q or "删掉" in q or "清除" in q) for q in questions)


@pytest.mark.parametrize(
    ("heading", "part"),
    [
        ("安装驱动程序", "安装驱动程序"), ("Installing the driver", "install the driver"), ("Configure a proxy", "configure a proxy"),
        ("如何安装驱动？", "如何安装驱动？"), ("Why is it slow?", "Why is it slow?"),
    ],
)  # fmt: skip
def test_a_heading_that_names_a_doing_becomes_a_question(heading: str, part: str) -> None:
    question = asking(heading, random.Random(1))
    assert question is not None and part in question


@pytest.mark.parametrize(
    "heading", ["概述", "Overview", "API Reference", "扩展的路由配置", "使用", "Reading and Writing Data"]
)
def test_other_headings_do_not(heading: str) -> None:
    assert asking(heading, random.Random(1)) is None


def test_only_what_holds_the_sentence_answers(tmp_path: Path) -> None:
    data = tmp_path / "train"
    data.mkdir()
    nouns = [
        ("索引", "index"),
        ("日志", "log"),
        ("缓存", "cache"),
        ("队列", "queue"),
        ("代理", "proxy"),
        ("证书", "key"),
    ]
    parallel = [
        {"zh": f"要重建{zh}第{n}部分，请先停止编号为{n}的服务。", "en": f"To rebuild part {n} of the {en}, stop service {n} first.", "source": "made"}
        for n in range(8) for zh, en in nouns
    ]  # fmt: skip
    pairs = [
        {"q": heading, "p": f"{text} 这里是第{n}段说明，内容各不相同。", "lang_q": lang, "lang_p": "zh", "source": "made"}
        for n in range(4)
        for lang, heading, text in (("zh", "删除旧的快照", "要删除快照，请使用清理命令。"), ("en", "Remove old snapshots", "请使用清理命令。" * 6))
    ]  # fmt: skip
    for name, rows in (("parallel", parallel), ("pairs", pairs)):
        with gzip.open(data / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    builder = Manuals(UniversalSentenceEncoder(threads=1), seed=3)
    lines = list(builder.across(tmp_path))
    made = builder.made
    assert lines and len(made.answers) > 20
    answers, groups, relevant = np.array(made.answers), np.array(made.group), np.array(made.relevant)
    sources = np.array(made.source)
    right = [np.flatnonzero((groups == number) & (relevant == 1)) for number in np.unique(groups)]
    assert all(len(found) <= 1 for found in right) and any(len(found) for found in right)
    assert (answers[relevant == 1] == 1).all() and (answers[relevant == 0] == 0).all()
    without = np.char.endswith(sources, "without")
    assert without.any() and (answers[without] == 0).all()
    assert set(made.span) == {(-1, -1)}  # a whole sentence is no span
    before = len(made.source)
    assert list(builder.sections(tmp_path))
    later = np.arange(len(made.source)) >= before
    assert later.any() and all(made.answers[at] == made.relevant[at] for at in np.flatnonzero(later))
