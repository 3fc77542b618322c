import pytest

from library.records import Answer
from ui import speed
from ui.strings import strings


def answer(**usage: int) -> Answer:
    return Answer("a", "c", "q", "t", (), (), False, "local:m", "2026", usage=usage)


def test_a_model_s_answer_says_how_fast_it_was() -> None:
    item = answer(completion_tokens=41, decode_ms=2000, first_token_ms=1540, cache_bytes=12_300_000)
    assert speed.line(item, strings("en")) == "41 tokens · 20.0 a second · first after 1.5 s · caches 12.3 MB"
    assert speed.line(item, strings("zh")) == "41 个词元 · 每秒 20.0 个 · 首词 1.5 秒 · 缓存 12.3 MB"


@pytest.mark.parametrize(
    ("usage", "shown"),
    [({}, ""), ({"invalid_markers": 2}, ""), ({"completion_tokens": 1, "decode_ms": 5}, "1 tokens"), ({"completion_tokens": 7}, "7 tokens")],
)  # fmt: skip
def test_what_a_backend_does_not_tell_is_left_out(usage: dict[str, int], shown: str) -> None:
    assert speed.line(answer(**usage), strings("en")) == shown
