"""Writes docs/settings.md from the settings; a test keeps the two equal. Run: python docs/build.py."""

from pathlib import Path

from pydantic import BaseModel

from library.settings import Settings


def page() -> str:
    """The page as it should be."""
    lines = [
        "# Settings", "",
        "Made by `python docs/build.py`. Each is read from the environment, from `.env`, or from `suyuan.toml` in the home.", "",
        "| variable | default | meaning |", "| --- | --- | --- |",
    ]  # fmt: skip
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, BaseModel):
            for part, inner in type(default).model_fields.items():
                lines.append(f"| `SUYUAN_{name.upper()}__{part.upper()}` | `{inner.default}` | {inner.description} |")
        else:
            lines.append(f"| `SUYUAN_{name.upper()}` | `{default}` | {field.description} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("settings.md").write_text(page(), "utf-8")
