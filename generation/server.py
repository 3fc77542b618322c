"""The server backend: any OpenAI-compatible endpoint, through LangChain's chat model.

Before the first piece a failed request is tried again by the client (500 and above, 408, 409, 429 with its Retry-After, a
lost connection); after it nothing is, because the reader has seen the beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from generation.chat import Clock, Delta, Message, Options
from library.errors import BackendError, ModelMissing

# What is no reply of the kind that was asked for fails in the client's own parsing with one of these.
_WRONG = (ValueError, TypeError, KeyError, AttributeError, IndexError)


class ServerBackend:
    """Streams from `url`, which ends in `/v1`."""

    def __init__(self, url: str, model: str, *, api_key: str = "", timeout_s: float = 120, retries: int = 2) -> None:
        """Connect at the first question.

        :param timeout_s: how long the next piece may take, the first one included.
        :param retries: how often a request is sent again.
        :raises ModelMissing: langchain-openai is not installed.
        """
        try:
            from generation.remote import RemoteChat
        except ImportError as error:
            raise ModelMissing(
                "The server backend is not installed",
                "langchain-openai is absent",
                "Run: pip install langchain-openai.",
            ) from error
        self.name, self._url, self._model, self._timeout_s = f"server:{model}", url, model, timeout_s
        self._silent = False  # whether it has shown that it tells no log-probabilities
        self._make: Any = lambda options: RemoteChat(
            base_url=url, model=model, api_key=api_key or "none", timeout=timeout_s, max_retries=retries,
            stream_usage=True, temperature=options.temperature, max_tokens=options.max_tokens, seed=options.seed,
            stop=list(options.stop) or None,
        )  # fmt: skip

    def stream(self, messages: Sequence[Message], *, options: Options) -> Iterator[Delta]:
        """See `Chat`; closing it closes the connection, which ends the reply at the server.

        :raises BackendError: the server cannot be reached, answers with an error, breaks off or says nothing.
        """
        import httpx
        import openai

        from generation.remote import THINKING

        clock, usage, finish = Clock(), dict[str, int](), ""
        wrong = (openai.OpenAIError, httpx.HTTPError, *_WRONG)
        pieces: Any = self._make(options).stream([(message.role, message.content) for message in messages])
        try:
            with closing(pieces):
                for piece in pieces:
                    thinking = str(piece.additional_kwargs.get(THINKING) or "")
                    text = piece.content if isinstance(piece.content, str) else ""
                    if piece.usage_metadata:
                        usage = _usage(piece.usage_metadata)
                    finish = str(piece.response_metadata.get("finish_reason") or finish)
                    if text or thinking:
                        clock.piece()
                        yield Delta(text=text, thinking=thinking)
        except wrong as error:
            raise self._failed(error, begun=clock.begun) from error
        if not finish:
            why = "the reply broke off before its end" if clock.begun else "the reply is empty"
            raise self._error(why, "Ask again.")
        yield Delta(usage={**usage, **clock.usage()}, finish=finish)

    def odds(self, messages: Sequence[Message], words: tuple[str, str]) -> float | None:
        """See `generation.odds.Weighs`; None where the server does not know how to tell log-probabilities.

        :raises BackendError: the server cannot be reached, or refuses.
        """
        import openai

        from generation.odds import TOP, of_top

        if self._silent:
            return None
        try:
            asked = self._make(Options(max_tokens=1)).bind(logprobs=True, top_logprobs=TOP)
            reply = asked.invoke([(message.role, message.content) for message in messages])
            first = reply.response_metadata["logprobs"]["content"][0]["top_logprobs"]
            found = [(str(one["token"]), float(one["logprob"])) for one in first]
        except (openai.BadRequestError, openai.UnprocessableEntityError, *_WRONG):
            self._silent = True
            return None
        except openai.OpenAIError as error:
            raise self._failed(error, begun=False) from error
        return of_top(found, words)

    def _failed(self, error: Exception, *, begun: bool) -> BackendError:
        """What went wrong in one sentence, with the setting that mends it."""
        import httpx
        import openai

        if isinstance(error, (openai.AuthenticationError, openai.PermissionDeniedError)):
            return self._error("it refuses the key", "Set SUYUAN_SERVER__API_KEY.")
        if isinstance(error, openai.NotFoundError):
            return self._error(
                f"it knows no model {self._model}, or the address is another one",
                "Check SUYUAN_SERVER__MODEL and SUYUAN_SERVER__URL.",
            )
        if isinstance(error, openai.RateLimitError):
            return self._error("it takes no more requests for now", "Wait a little and ask again.")
        if isinstance(error, (openai.APITimeoutError, httpx.TimeoutException)):
            return self._error(
                f"nothing came for {self._timeout_s:g} s",
                "Raise SUYUAN_SERVER__TIMEOUT_S, or see what the server does.",
            )
        if isinstance(error, openai.APIStatusError):
            return self._error(f"status {error.status_code}, {_short(error)}", "See the server's own log.")
        if isinstance(error, (openai.APIConnectionError, httpx.TransportError)):
            if begun:
                return self._error("the connection was lost in the middle of the reply", "Ask again.")
            return self._error("no connection", "Check SUYUAN_SERVER__URL and that the server runs.")
        if isinstance(error, openai.OpenAIError):
            return self._error(_short(error), "See the server's own log.")
        return self._error("what it sent is no stream of chat pieces", "Check that SUYUAN_SERVER__URL ends in /v1.")

    def _error(self, why: str, cure: str) -> BackendError:
        return BackendError(f"The server {self._url} did not answer", why, cure)


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")


def _usage(found: Any) -> dict[str, int]:
    return {"prompt_tokens": int(found.get("input_tokens", 0)), "completion_tokens": int(found.get("output_tokens", 0))}
