"""The interface's words by language."""

from ui.strings import en, zh


def strings(language: str) -> dict[str, str]:
    """The words of a language; English where there is none."""
    return zh.STRINGS if language.lower().startswith("zh") else en.STRINGS
