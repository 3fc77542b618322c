"""Bad input and a full disk: one clear sentence, nothing half visible, and the next run goes on."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.parse import parse
from ingest.pipeline import ingest
from library import settings as knobs
from library.errors import SuyuanError
from library.store import Ledger
from retrieval.search import Search
from ui.cli import cli

TEXT = "# 手册\n\n主机的额定功率为 350 瓦。\n"


def encrypted_pdf(path: Path) -> None:
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret")
    writer.write(path)


def test_an_encrypted_pdf_says_that_it_is_locked_and_what_to_do(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    path = tmp_path / "locked.pdf"
    encrypted_pdf(path)
    with pytest.raises(SuyuanError, match="(?i)password|encrypt") as told:
        parse(path)
    assert "\n" not in str(told.value) and "Traceback" not in str(told.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(TEXT, "utf-8")
    (tmp_path / "b.md").write_text(TEXT, "utf-8")
    (tmp_path / "b.md").chmod(0)
    result = CliRunner().invoke(cli, ["ingest", str(tmp_path)])
    assert result.exit_code == 1 and "1 added" in result.output


def test_a_full_disk_leaves_the_library_as_it_was_and_the_next_run_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.md").write_text(TEXT + "".join(f"第{n}条 {n * 7919} 号设备的说明。\n\n" for n in range(3000)), "utf-8")
    settings = knobs.load()
    ledger = Ledger(settings.home)
    search = Search(ledger, settings, encoders={})
    pages = ledger.read("PRAGMA page_count")[0][0]
    ledger.read(f"PRAGMA max_page_count = {pages + 4}")  # SQLite says of this what it says of a full disk
    with pytest.raises(SuyuanError, match="the disk is full"):
        ingest(ledger, search, settings, [folder])
    assert ledger.live_versions() == {} and ledger.count_chunks() == 0
    ledger.read("PRAGMA max_page_count = 1000000")
    report = ingest(ledger, search, settings, [folder])
    assert report.added == 1 and "350" in search.search("主机的额定功率")[0].text
    search.close()
    ledger.close()


def test_on_the_command_line_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.md").write_text(TEXT, "utf-8")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Search, "sync", full)
    result = CliRunner().invoke(cli, ["ingest", str(tmp_path)])
    assert result.exit_code == 1 and "the disk is full" in result.output and "Traceback" not in result.output


def test_a_parser_cannot_open_a_socket() -> None:
    program = (
        "from ingest.sandbox import _restrict; _restrict(500)\n"
        "import socket; socket.create_connection(('127.0.0.1', 9), timeout=1)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode and "a parser may not use the network" in done.stderr
