"""The whole road in one process: files in, cited answers out, audited, and no socket to anywhere else."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ui.cli import cli

ZH = """# 设备手册

## 一、电源

主机的额定功率为 350 瓦。电源线必须接地，不得使用转接头。

## 二、保修

整机保修期为三年，电池保修期为一年。人为损坏不在保修范围之内。
"""
EN = """# Travel policy

## Hotels

Staff may book hotels up to 180 euros a night. Bookings above this limit need the written consent of the head of department.

## Trains

First class is allowed on journeys longer than four hours.
"""


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Refuse and record every connection that leaves this machine."""
    attempts: list[object] = []
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family == socket.AF_UNIX or (isinstance(address, tuple) and address[0] in ("127.0.0.1", "::1")):
            return connect(self, address)  # type: ignore[arg-type]
        attempts.append(address)
        raise ConnectionRefusedError(f"no network in this test: {address}")

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield attempts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "files"
    place.mkdir()
    (place / "手册.md").write_text(ZH, "utf-8")
    (place / "travel.md").write_text(EN, "utf-8")
    return place


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def ok(*arguments: str) -> Result:
    result = run(*arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result


def test_the_whole_road_offline(folder: Path, no_network: list[object]) -> None:
    ok("ingest", str(folder))
    hits = json.loads(ok("search", "主机的功率是多少？", "--json").stdout)
    assert "350 瓦" in hits[0]["text"]
    hits = json.loads(ok("search", "hotel price limit", "--json").stdout)
    assert "180 euros" in hits[0]["text"]

    for question, expected in [("整机保修多久？", "三年"), ("How much may a hotel cost per night?", "180 euros")]:
        answer = json.loads(ok("ask", question, "--json").stdout)
        assert not answer["refused"]
        cited = [citation for claim in answer["claims"] for citation in claim["citations"]]
        assert any(expected in citation["cited_text"] for citation in cited)
        assert all(claim["status"] in ("supported", "no claim") for claim in answer["claims"])

    refused = json.loads(ok("ask", "公司的年会在哪个城市举行？", "--json").stdout)
    assert refused["refused"] and not [c for claim in refused["claims"] for c in claim["citations"]]
    said = ok("ask", "公司的年会在哪个城市举行？").stdout
    assert "最接近的段落" in said and refused["evidence"][0]["title"] in said

    audit = json.loads(ok("audit", "--json").stdout)
    assert "answers" in audit
    assert no_network == []


def test_a_second_ingest_does_nothing_and_a_removed_file_goes(folder: Path) -> None:
    ok("ingest", str(folder))
    before = json.loads(ok("list", "--json").stdout)
    again = json.loads(ok("ingest", str(folder), "--json").stdout)
    assert json.loads(ok("list", "--json").stdout) == before, again
    (folder / "travel.md").unlink()
    (folder / "手册.md").rename(folder / "设备.md")
    ok("ingest", str(folder))
    after = json.loads(ok("list", "--json").stdout)
    assert [Path(document["uri"]).name for document in after] == ["设备.md"]
    assert after[0]["id"] in {document["id"] for document in before}
    hits = json.loads(ok("search", "hotel price limit", "--json").stdout)
    assert not any("180 euros" in hit["text"] for hit in hits)


def test_bad_files_are_listed_and_the_rest_goes_on(folder: Path) -> None:
    (folder / "empty.txt").write_bytes(b"")
    (folder / "zero.docx").write_bytes(b"")
    (folder / "cut.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<")
    (folder / 'odd\'name\n"x".txt').write_text("A name with quotes and a newline is read like any other.")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    result = run("ingest", str(folder), "--json")
    assert result.exit_code == 1, (result.output, result.exception)
    documents = json.loads(ok("list", "--json").stdout)
    by_name = {Path(document["uri"]).name: document for document in documents}
    assert len(documents) == 6
    for name in ("empty.txt", "zero.docx", "cut.pdf"):
        assert by_name[name]["status"] == "failed" and by_name[name]["reason"] and by_name[name]["cure"]
        assert "Traceback" not in by_name[name]["reason"]
    assert sum(document["status"] == "live" for document in documents) == 3


def test_a_deepseek_checkpoint_answers_with_grounded_quotes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.generation.deepseek import tiny

    model = tiny.checkpoint(tmp_path / "model", "v3", texts=[ZH, EN] * 8, favour={"“": 60.0})
    monkeypatch.setenv("SUYUAN_LOCAL__MODEL", str(model))
    monkeypatch.setenv("SUYUAN_LOCAL__PRECISION", "fp32")
    monkeypatch.setenv("SUYUAN_ANSWER__ANSWER_TOKENS", "64")
    runner = CliRunner()
    assert runner.invoke(cli, ["ingest", str(folder)], catch_exceptions=False).exit_code == 0
    result = runner.invoke(
        cli, ["ask", "主机的额定功率是多少？", "--backend", "local", "--json"], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["backend"] == "local:model"
    quotes = [claim for claim in answer["claims"] if claim["decided"] == "quote: exact"]
    assert quotes
    for claim in quotes:
        (citation,) = claim["citations"]
        assert (
            claim["status"] == "supported" and citation["cited_text"] == answer["text"][claim["start"] : claim["end"]]
        )
        assert citation["cited_text"] in ZH + EN


def test_a_cell_far_below_its_head_is_found_and_shown_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_CHUNK__TOKENS", "120")
    names = "queue_size flush_period body_limit idle_time seat_limit log_level retry_count cache_days".split()
    head = "| 名称 | 类型 | 必选项 | 默认值 | 描述 |"
    rows = [
        f"| {name} | integer | 否 | {number * 40 + 13} | 网关的第 {number} 项设置，修改以后须重新启动才会生效 |"
        for number, name in enumerate(names)
    ]
    file = tmp_path / "网关.md"
    file.write_text("\n".join(["# 网关配置", "", head, "| --- | --- | --- | --- | --- |", *rows]), "utf-8")
    ok("ingest", str(file))
    answer = json.loads(ok("ask", "cache_days 的默认值是多少？", "--json").stdout)
    assert not answer["refused"] and rows[-1] in answer["text"]
    cited = next(e for e in answer["evidence"] if rows[-1] in e["text"])
    assert cited["context"] == head and head not in cited["text"]
    assert head in ok("ask", "cache_days 的默认值是多少？").stdout
