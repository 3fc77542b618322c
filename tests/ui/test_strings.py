from string import Formatter

from ui.strings import en, strings, zh


def test_both_languages_say_the_same_things() -> None:
    assert zh.STRINGS.keys() == en.STRINGS.keys()
    for key, text in zh.STRINGS.items():
        assert text.strip() and [f for _, f, _, _ in Formatter().parse(text)].count("0") == [
            f for _, f, _, _ in Formatter().parse(en.STRINGS[key])
        ].count("0"), key


def test_the_browser_s_language_chooses() -> None:
    assert strings("zh-TW") is zh.STRINGS and strings("fr") is en.STRINGS
