"""A LangChain chat model around any generator of ours, so that chains and agents can use the local engine.

    from generation.backends import local
    model = SuyuanChat(chat=local(settings))
    for piece in model.stream("What is a latent cache?"): ...

`model.bind(evidence=[...], question="...")` hands a backend what it quotes from: grounded quotes work through LangChain too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel, generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from generation.chat import Delta, Message, Options, Role

_ROLES: tuple[tuple[type, Role], ...] = ((SystemMessage, "system"), (HumanMessage, "user"), (AIMessage, "assistant"))
_TIMES = ("first_token_ms", "decode_ms", "cache_bytes")


class SuyuanChat(BaseChatModel):  # type: ignore[misc]
    """`chat` is a `generation.chat.Chat`; the other fields are defaults that a call may override by name."""

    chat: Any
    max_tokens: int = 1024
    temperature: float = 0.0
    seed: int = 0

    @property
    def _llm_type(self) -> str:
        return "suyuan"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {
            "model": self.chat.name,
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "seed": self.seed,
        }

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> ChatResult:  # fmt: skip
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:  # fmt: skip
        """Pieces as they come, thinking in `reasoning_content`; the last one holds usage and why it ended.

        :raises ValueError: a message is of a kind that the generators do not take (tools, images).
        """
        stream: Any = self.chat.stream([_message(one) for one in messages], options=self._options(stop, kwargs))
        with closing(stream):
            for delta in stream:
                chunk = _chunk(delta)
                if run_manager:
                    run_manager.on_llm_new_token(delta.text, chunk=chunk)
                yield chunk

    def _options(self, stop: Sequence[str] | None, given: dict[str, Any]) -> Options:
        return Options(
            question=str(given.get("question", "")), evidence=tuple(given.get("evidence", ())),
            max_tokens=int(given.get("max_tokens", self.max_tokens)),
            temperature=float(given.get("temperature", self.temperature)), seed=int(given.get("seed", self.seed)),
            stop=tuple(stop or ()),
        )  # fmt: skip


def _message(message: BaseMessage) -> Message:
    role = next((role for kind, role in _ROLES if isinstance(message, kind)), None)
    if role is None:
        raise ValueError(f"a message of kind {message.type} cannot be taken")
    if isinstance(message.content, str):
        return Message(role, message.content)
    parts = [part if isinstance(part, dict) else {"type": "text", "text": part} for part in message.content]
    other = [str(part.get("type")) for part in parts if part.get("type") != "text"]
    if other:
        raise ValueError(f"a message part of kind {other[0]} cannot be taken")
    return Message(role, "".join(str(part["text"]) for part in parts))


def _chunk(delta: Delta) -> ChatGenerationChunk:
    more: dict[str, Any] = {"reasoning_content": delta.thinking} if delta.thinking else {}
    if delta.source:
        more["source"] = [{"evidence": delta.source[0], "start": delta.source[1], "end": delta.source[2]}]
    if not delta.finish:
        return ChatGenerationChunk(message=AIMessageChunk(content=delta.text, additional_kwargs=more))
    read, said = delta.usage.get("prompt_tokens", 0), delta.usage.get("completion_tokens", 0)
    about = {"finish_reason": delta.finish, **{name: delta.usage[name] for name in _TIMES if name in delta.usage}}
    message = AIMessageChunk(
        content=delta.text, additional_kwargs=more, response_metadata=about, chunk_position="last",
        usage_metadata={"input_tokens": read, "output_tokens": said, "total_tokens": read + said},
    )  # fmt: skip
    return ChatGenerationChunk(message=message, generation_info={"finish_reason": delta.finish})
