import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from library.errors import InputError
from ui import cli as module

HEAVY = ("torch", "transformers", "qdrant_client", "unstructured", "langchain", "langchain_core", "streamlit", "numpy")


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from ui.cli import cli;"
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0;"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(module.__file__).parent.parent,
    )
    assert out.stdout.strip() == "[]"


def test_every_command_says_what_it_does() -> None:
    result = CliRunner().invoke(module.cli, ["--help"])
    for name in module.cli.list_commands(None):  # type: ignore[arg-type]
        assert f"  {name}" in result.output


@pytest.mark.parametrize(
    "name",
    [
        "search",
        "ask",
        "list",
        "show",
        "remove",
        "collections",
        "reindex",
        "doctor",
        "config",
        "serve",
        "ingest",
        "audit",
    ],
)
def test_every_command_has_help(name: str) -> None:
    result = CliRunner().invoke(module.cli, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert "Usage:" in result.output


def test_an_error_is_one_sentence_with_its_exit_code(tmp_path: Path) -> None:
    result = CliRunner().invoke(module.cli, ["--home", str(tmp_path), "show", "nothing"])
    assert result.exit_code == InputError.exit_code
    assert "no document has this id" in result.output
    assert "Traceback" not in result.output


def test_a_page_for_others_needs_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUYUAN_PASSWORD", raising=False)
    result = CliRunner().invoke(module.cli, ["serve", "--address", "0.0.0.0"])
    assert result.exit_code == 2
    assert "SUYUAN_PASSWORD" in result.output


def test_config_names_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_RETRIEVAL__TOP_K", "3")
    result = CliRunner().invoke(module.cli, ["--home", str(tmp_path), "config"])
    line = next(line for line in result.output.splitlines() if "TOP_K" in line)
    assert line.split()[1:] == ["3", "environment"]


def test_what_the_model_is_asked_about_is_a_line_for_the_time_being(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from ui.commands import asking

    assert asking._told("passage 1", told=False) is False  # no terminal
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert asking._told("passage 1", told=False) is True
    assert asking._told("passage 2", told=True) is True
    assert asking._told("", told=True) is False
    out, err = capsys.readouterr()
    assert out == "" and err == "passage 1\r\x1b[Kpassage 2\r\x1b[K"
