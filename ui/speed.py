"""How fast an answer was written and what its caches hold, in one line for page and command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from library.records import Answer


def line(answer: Answer, words: Mapping[str, str]) -> str:
    """Tokens, tokens a second, time to the first and size of the caches, as far as the backend told; empty for quotes."""
    used = answer.usage
    said = used.get("completion_tokens", 0)
    if not said:
        return ""
    parts = [words["tokens"].format(said)]
    if used.get("decode_ms") and said > 1:  # the first token's time is the prompt's
        parts.append(words["tokens_per_s"].format(f"{1000 * (said - 1) / used['decode_ms']:.1f}"))
    if "first_token_ms" in used:
        parts.append(words["first_token"].format(f"{used['first_token_ms'] / 1000:.1f}"))
    if used.get("cache_bytes"):
        parts.append(words["cache"].format(f"{used['cache_bytes'] / 1e6:.1f}"))
    return " · ".join(parts)
