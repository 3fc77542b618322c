"""The server backend: any OpenAI-compatible endpoint, through LangChain's chat model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from generation.chat import Delta, Message, Options
from library.errors import BackendError, ModelMissing


class ServerBackend:
    """Streams from `url`, which ends in `/v1`."""

    def __init__(self, url: str, model: str, *, api_key: str = "", timeout_s: float = 120) -> None:
        """Connect at the first question.

        :raises ModelMissing: langchain-openai is not installed.
        """
        try:
            from langchain_openai import ChatOpenAI
        except ImportError as error:
            raise ModelMissing(
                "The server backend is not installed",
                "langchain-openai is absent",
                "Run: pip install langchain-openai.",
            ) from error
        self.name, self._url = f"server:{model}", url
        self._make: Any = lambda options: ChatOpenAI(
            base_url=url, model=model, api_key=api_key or "none", timeout=timeout_s, max_retries=2, stream_usage=True,
            temperature=options.temperature, max_tokens=options.max_tokens, stop=list(options.stop) or None,
        )  # fmt: skip

    def stream(self, messages: Sequence[Message], *, options: Options) -> Iterator[Delta]:
        """See `Chat`.

        :raises BackendError: the server cannot be reached or answers with an error.
        """
        usage: dict[str, int] = {}
        finish = "stop"
        try:
            for piece in self._make(options).stream([(message.role, message.content) for message in messages]):
                thinking = str(piece.additional_kwargs.get("reasoning_content") or "")
                text = piece.content if isinstance(piece.content, str) else ""
                if piece.usage_metadata:
                    usage = _usage(piece.usage_metadata)
                finish = str(piece.response_metadata.get("finish_reason") or finish)
                if text or thinking:
                    yield Delta(text=text, thinking=thinking)
        except Exception as error:  # noqa: BLE001 - the client raises its transport's own errors
            reason = " ".join(str(error).split())[:200]
            raise BackendError(
                f"The server {self._url} did not answer", reason, "Check SUYUAN_SERVER__URL and that it runs."
            ) from error
        yield Delta(usage=usage, finish=finish)


def _usage(found: Any) -> dict[str, int]:
    return {"prompt_tokens": int(found.get("input_tokens", 0)), "completion_tokens": int(found.get("output_tokens", 0))}
