"""A library of two documents and three stored answers, small enough that every rate can be counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from library.answers import Answers
from library.records import Answer, Claim, ClaimStatus, Evidence
from library.store import Ledger, now
from tests.eval.stored import MANUAL, REPORT, cite, publish


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "home")
    publish(made, "d", "=手册", MANUAL, "v")
    publish(made, "e", "Report", REPORT, "w")
    publish(made, "f", "Never read", "Nothing of interest.", "x")
    yield made
    made.close()


@pytest.fixture
def answers(ledger: Ledger) -> Answers:
    made = Answers(ledger)
    manual, report = (
        Evidence(1, "d", "=手册", "v", 0, len(MANUAL), MANUAL),
        Evidence(2, "e", "Report", "w", 0, len(REPORT), REPORT),
    )
    conversation = made.begin("保修?")
    text = "保修期为三年，自购买之日起计算。"
    first = Answer(
        "a", conversation, "=保修<script>?", text,
        (Claim(0, len(text), ClaimStatus.SUPPORTED, (cite(manual, text),), "quote: exact"),),
        (manual,), False, "quote", now(), usage={"invalid_markers": 0, "markers": 0},
    )  # fmt: skip
    sentences = (
        "Hello!",
        "The plant opened in 1976 and employs 340 people.",
        "Its turbines were built in Norway.",
        "Lions sleep.",
    )
    text, claims = " ".join(sentences), []
    for sentence, status, cited in zip(
        sentences, (ClaimStatus.NO_CLAIM, ClaimStatus.CONTRADICTED, ClaimStatus.SUPPORTED, ClaimStatus.UNSUPPORTED),
        ((), (cite(report, REPORT.split("\n")[0]),), (cite(report, "Its turbines were built in Norway."), cite(manual, "运费由卖方承担。")), ()),
        strict=True,
    ):  # fmt: skip
        start = text.index(sentence)
        claims.append(Claim(start, start + len(sentence), status, cited, "made for the test"))
    second = Answer(
        "b", conversation, "When did the plant open?", text, tuple(claims), (manual, report), False, "local", now(),
        usage={"invalid_markers": 2, "markers": 6},
    )  # fmt: skip
    third = replace(
        first,
        id="r",
        question="谁赢了？",
        text="没有找到。",
        claims=(),
        evidence=(report,),
        refused=True,
        usage={},
        nearest=(cite(report, "Its turbines were built in Norway."),),
    )
    for answer in (first, second, third):
        made.save(answer)
    return made
