import pytest

from ingest.rtf import in_code_points


def words(data: bytes) -> str:
    """The document's text by a reader of code points alone."""
    import re

    out = re.sub(rb"\{\\fonttbl.*?\}\}", b"", in_code_points(data), flags=re.DOTALL)
    out = re.sub(rb"\\u(-?\d+) ", lambda m: chr(int(m[1]) % 65536).encode(), out)
    return re.sub(rb"\\[a-z]+-?\d* ?|[{}\r\n]", b"", out).decode()


FONTS = rb"{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fcharset204 Arial;}{\f2\fcharset128 Gothic;}{\f3\fcharset238 C;}}"


@pytest.mark.parametrize(
    "body, text",
    [
        (rb"\f1 \'cf\'f0\'e8 \'e2\'e0\'f1", "При вас"),
        (rb"\f2 \'93\'fa\'83]\'83\'8b", "日ゾル"),  # the second half of a character may stand as a plain letter
        (rb"\f3 \'c8l\'e1nek", "Článek"),
        (rb"{\f1 \'cf}\'e9t\'e9", "Пété"),  # the font ends with its group
        (rb"\f1 \'cf\plain \'e9", "Пé"),
        (rb"\'93quoted\'94", "“quoted”"),
    ],
)
def test_bytes_are_read_in_the_code_page_of_their_font(body: bytes, text: str) -> None:
    assert words(rb"{\rtf1\ansi\ansicpg1252\deff0" + FONTS + body + b"}") == text


def test_the_declared_page_serves_where_no_font_says_more() -> None:
    assert words(rb"{\rtf1\ansi\ansicpg936 \'c4\'e3\'ba\'c3}") == "你好"


def test_what_is_plain_or_in_code_points_already_stays() -> None:
    data = rb"{\rtf1\ansi\uc1 plain \u8212?\'97 text}"
    assert b"\\u8212?" in in_code_points(rb"{\rtf1\ansi\uc1 plain \u8212? text}")
    assert in_code_points(data).startswith(rb"{\rtf1\ansi\uc1 plain \u8212?")
