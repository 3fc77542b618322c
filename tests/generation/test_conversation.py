"""A follow-up question in a stored conversation: written out, searched for, shown and stored."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from generation import conversation
from generation.answer import Finished, Retrieved
from ingest.pipeline import ingest
from library import settings as knobs
from library.records import Answer
from ui.cli import cli
from ui.services import Services

PAGES = {
    "a.md": "# 星河-2 型机床\n\n星河-2 型机床的主轴转速为每分钟 8,000 转。\n\n## 保修\n\n星河-2 型机床的保修期为两年。\n",
    "b.md": "# 银河-7 型机床\n\n银河-7 型机床的主轴转速为每分钟 6,000 转。\n\n## 保修\n\n银河-7 型机床的保修期为五年。\n",
}


def answered(services: Services, question: str, conversation: str | None = None) -> tuple[Retrieved, Answer]:
    events = list(services.answerer.ask(question, conversation=conversation))
    found = next(event for event in events if isinstance(event, Retrieved))
    return found, next(event.answer for event in events if isinstance(event, Finished))


def filled(folder: Path) -> Services:
    for name, text in PAGES.items():
        (folder / name).write_text(text, "utf-8")
    services = Services(knobs.load())
    ingest(services.ledger, services.search, services.settings, [folder / name for name in PAGES], deep=False)
    return services


def test_a_follow_up_is_searched_for_as_it_is_understood_and_stored_so(tmp_path: Path) -> None:
    with filled(tmp_path) as services:
        _, first = answered(services, "星河-2 型机床的主轴转速是多少？")
        found, second = answered(services, "那它的保修期呢？", first.conversation)
        assert first.understood == "" and second.question == "那它的保修期呢？"
        assert found.question == second.understood == "星河-2 型机床的保修期呢？"
        assert "两年" in second.text and found.hits[0].text.endswith("星河-2 型机床的保修期为两年。")
        assert services.answers.get(second.id) == second
        earlier = conversation.of(services.answers, services.ledger, first.conversation)
        assert [turn.question for turn in earlier.turns] == [first.question, second.understood]


def test_what_the_last_answer_cites_is_a_candidate_whatever_is_asked(tmp_path: Path) -> None:
    with filled(tmp_path) as services:
        _, first = answered(services, "星河-2 型机床的主轴转速是多少？")
        earlier = conversation.of(services.answers, services.ledger, first.conversation)
        assert earlier.cited
        cited = services.ledger.chunks(earlier.cited)
        assert all(c.version in {e.version for e in first.evidence} for c in cited.values())
        services.ledger.remove_document(first.claims[0].citations[0].document)
        assert conversation.of(services.answers, services.ledger, first.conversation).cited == ()


def test_the_command_line_goes_on_with_a_conversation(tmp_path: Path) -> None:
    filled(tmp_path).close()
    run = CliRunner()
    first = run.invoke(cli, ["ask", "银河-7 型机床的主轴转速是多少？"])
    assert first.exit_code == 0 and "6,000" in first.output
    second = run.invoke(cli, ["ask", "--continue", "保修期呢？"])
    assert "→ 银河-7 型机床的保修期是什么？" in second.output and "五年" in second.output
    name = first.output.rsplit("conversation ", 1)[1].strip()
    third = run.invoke(cli, ["ask", "--conversation", name, "那星河-2 呢？"])
    assert "→ 星河-2的保修期是什么？" in third.output and "两年" in third.output
    unknown = run.invoke(cli, ["ask", "--conversation", "zz", "为什么？"], standalone_mode=False)
    assert unknown.exit_code != 0 and "there is none" in str(unknown.exception)
