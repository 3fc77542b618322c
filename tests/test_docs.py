import importlib.util
import re
from pathlib import Path

from ui.cli import cli

ROOT = Path(__file__).resolve().parent.parent


def headings(name: str) -> list[int]:
    return [len(mark) for mark in re.findall(r"^(#+) ", (ROOT / name).read_text("utf-8"), re.MULTILINE)]


def test_both_readmes_have_the_same_shape() -> None:
    assert headings("README.md") == headings("README.zh.md")
    for name in ("README.md", "README.zh.md"):
        text = (ROOT / name).read_text("utf-8")
        for command in cli.list_commands(None):  # type: ignore[arg-type]
            assert command in text, f"{name} does not speak of suyuan {command}"


def test_links_in_the_readmes_lead_somewhere() -> None:
    for name in ("README.md", "README.zh.md"):
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / name).read_text("utf-8")):
            assert (ROOT / target).exists(), target


def test_the_settings_page_is_what_the_settings_say() -> None:
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == module.page()


def test_the_engine_s_page_names_every_file_of_it() -> None:
    page = (ROOT / "docs" / "engine.md").read_text("utf-8")
    files = {path.name for path in (ROOT / "generation" / "deepseek").glob("*.py")} - {"__init__.py"}
    assert set(re.findall(r"^\| `(\w+\.py)` \|", page, re.MULTILINE)) == files
