"""Any GGUF model through llama.cpp inside the process (`xllamacpp`), behind the `Chat` protocol."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from generation import odds
from generation.chat import Clock, Delta, Message, Options
from library.errors import BackendError, ModelMissing


class LlamaBackend:
    """One GGUF file; loaded at the first question. llama.cpp keeps the longest prompt beginning by itself."""

    def __init__(self, path: Path, *, threads: int = 0, window: int = 16_384) -> None:
        """:param window: tokens of context that memory is set aside for.

        :raises ModelMissing: the package is not installed.
        """
        try:
            import xllamacpp  # noqa: F401
        except ImportError as error:
            raise ModelMissing(
                f"{path.name} cannot be run", "the package xllamacpp is absent", "Run: pip install xllamacpp."
            ) from error
        self.name = f"local:{path.stem}"
        self._path, self._threads, self._window = path, threads, window

    @cached_property
    def _server(self) -> Any:
        import os

        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(self._path)
        params.n_ctx = self._window
        params.cpuparams.n_threads = self._threads or len(os.sched_getaffinity(0))
        params.verbosity = -1
        try:
            return xllamacpp.Server(params)
        except RuntimeError as error:
            raise BackendError(
                f"{self._path.name} cannot be loaded", str(error)[:200], "Check that the file is a whole GGUF model."
            ) from error

    def stream(self, messages: Sequence[Message], *, options: Options) -> Iterator[Delta]:
        """See `Chat`; closing ends the reply at its next token.

        :raises BackendError: the model cannot be loaded, or llama.cpp gives an error.
        """
        server = self._server
        asked = {
            "messages": [{"role": message.role, "content": message.content} for message in messages], "stream": True,
            "max_tokens": options.max_tokens, "temperature": options.temperature, "seed": options.seed,
            "stop": list(options.stop), "cache_prompt": True,
        }  # fmt: skip
        pieces: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        cancelled = threading.Event()

        def receive(piece: dict[str, Any]) -> bool:
            pieces.put(piece)
            return cancelled.is_set()

        def run() -> None:
            try:
                server.handle_chat_completions(asked, receive)
            except Exception as error:  # noqa: BLE001 - handed to the reader of the stream
                pieces.put({"error": {"message": str(error)}})
            pieces.put(None)

        clock = Clock()
        worker = threading.Thread(target=run, daemon=True)
        worker.start()
        try:
            yield from self._read(pieces, clock)
        finally:
            cancelled.set()
            worker.join()

    def odds(self, messages: Sequence[Message], words: tuple[str, str]) -> float | None:
        """See `generation.odds.Weighs`.

        :raises BackendError: the model cannot be loaded, or llama.cpp gives an error.
        """
        asked = {
            "messages": [{"role": message.role, "content": message.content} for message in messages], "max_tokens": 1,
            "temperature": 0, "logprobs": True, "top_logprobs": odds.TOP, "cache_prompt": True,
        }  # fmt: skip
        got: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        try:
            self._server.handle_chat_completions(asked, got.put)
        except RuntimeError as error:
            raise self._failed(error) from error
        reply = got.get()
        if "error" in reply:
            raise self._failed(reply["error"])
        first = (reply["choices"][0].get("logprobs") or {}).get("content") or [{}]
        return odds.of_top(((one["token"], one["logprob"]) for one in first[0].get("top_logprobs", ())), words)

    def _failed(self, error: Any) -> BackendError:
        reason = str(error.get("message", error) if isinstance(error, dict) else error)[:200]
        return BackendError(f"{self.name} gave no answer", reason, "Ask again, or shorten the evidence.")

    def _read(self, pieces: queue.SimpleQueue[dict[str, Any] | None], clock: Clock) -> Iterator[Delta]:
        usage: dict[str, int] = {}
        finish = "stop"
        while (piece := pieces.get()) is not None:
            if "error" in piece:
                raise self._failed(piece["error"])
            timings = piece.get("timings") or {}
            if timings:
                usage = {
                    "prompt_tokens": int(timings.get("prompt_n", 0)) + int(timings.get("cache_n", 0)),
                    "completion_tokens": int(timings.get("predicted_n", 0)), "decode_ms": round(timings.get("predicted_ms", 0)),
                }  # fmt: skip
            for choice in piece.get("choices", ()):
                finish = str(choice.get("finish_reason") or finish)
                delta = choice.get("delta") or {}
                text, thinking = delta.get("content") or "", delta.get("reasoning_content") or ""
                if text or thinking:
                    clock.piece()
                    yield Delta(text=text, thinking=thinking)
        yield Delta(usage={**clock.usage(), **usage}, finish=finish)
