"""LangChain's chat model for OpenAI-compatible servers, with what they say beyond OpenAI's own fields.

DeepSeek's API, vLLM, SGLang and llama.cpp stream what a model thinks as `reasoning_content` (some as `reasoning`), which
LangChain drops; and not all of them know `max_completion_tokens`, which it sends in the place of `max_tokens`.
"""

from __future__ import annotations

from typing import Any

from langchain_openai import ChatOpenAI

THINKING = "reasoning_content"


class RemoteChat(ChatOpenAI):  # type: ignore[misc]
    """Thinking comes in `additional_kwargs[THINKING]` of each piece."""

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> Any:
        made = super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)
        delta = next((choice.get("delta") or {} for choice in chunk.get("choices") or ()), {})
        thinking = delta.get(THINKING) or delta.get("reasoning")
        if made is not None and isinstance(thinking, str):
            made.message.additional_kwargs[THINKING] = thinking
        return made

    def _get_request_payload(self, input_: Any, *, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        payload: dict[str, Any] = super()._get_request_payload(input_, stop=stop, **kwargs)
        if "max_completion_tokens" in payload:
            payload["max_tokens"] = payload.pop("max_completion_tokens")
        return payload
