"""`suyuan api`: an OpenAI-compatible server over the product; citations and claim statuses come in the field `suyuan`.

The model `suyuan` searches, answers and checks; a local model is also offered by its own name, without any of that.
"""

from __future__ import annotations

import dataclasses
import hmac
import json
import threading
import time
import uuid
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import anyio
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from generation.chat import Delta, Message, Options
from generation.conversation import spoken
from library.errors import SuyuanError

if TYPE_CHECKING:
    from library.records import Answer
    from ui.services import Services

PRODUCT = "suyuan"


class Api:
    """The routes over one home; answers are written one at a time."""

    def __init__(self, services: Services, *, key: str = "") -> None:
        """`key`: what clients must send as their bearer key; empty lets everybody in who reaches the port."""
        self._services, self._key, self._turn = services, key, threading.Lock()

    def app(self) -> Starlette:
        """The application."""
        return Starlette(routes=[
            Route("/healthz", self.health), Route("/v1/models", self.models),
            Route("/v1/chat/completions", self.chat, methods=["POST"]),
            Route("/v1/embeddings", self.embeddings, methods=["POST"]),
        ])  # fmt: skip

    async def health(self, request: Request) -> Response:
        """Whether the ledger can be read."""
        documents = await run_in_threadpool(lambda: len(self._services.ledger.live_versions()))
        return JSONResponse({"status": "ok", "documents": documents})

    async def models(self, request: Request) -> Response:
        """The product, the local model where there is one, and the encoders."""
        if (refused := self._refused(request)) is not None:
            return refused
        names = [PRODUCT, *self._raw(), *(encoder.name for encoder in self._services.search.encoders.values())]
        return JSONResponse(
            {"object": "list", "data": [{"id": name, "object": "model", "owned_by": PRODUCT} for name in names]}
        )

    async def chat(self, request: Request) -> Response:
        """One answer, whole or streamed."""
        if (refused := self._refused(request)) is not None:
            return refused
        try:
            asked = await request.json()
            messages = [Message(turn["role"], _words(turn["content"])) for turn in asked["messages"]]
            model, options = str(asked.get("model") or PRODUCT), _options(asked)
            counted = bool((asked.get("stream_options") or {}).get("include_usage"))
        except (ValueError, KeyError, TypeError, AttributeError):
            return _error(400, "messages with role and content are needed, and numbers where numbers belong")
        if not messages or messages[-1].role != "user":
            return _error(400, "the last message must be the user's")
        if model != PRODUCT and model not in self._raw():
            return _error(404, f"there is no model {model}")
        pieces = self._pieces(model, messages, options)
        if asked.get("stream"):
            return _Stream(_events(model, pieces, counted=counted))
        try:
            return JSONResponse(await run_in_threadpool(_whole, model, pieces))
        except SuyuanError as error:
            return _error(503, str(error))

    async def embeddings(self, request: Request) -> Response:
        """Passages as vectors, by the encoder of that name."""
        if (refused := self._refused(request)) is not None:
            return refused
        try:
            asked = await request.json()
            given = [asked["input"]] if isinstance(asked["input"], str) else [str(text) for text in asked["input"]]
        except (ValueError, KeyError, TypeError):
            return _error(400, "an input is needed")
        known = {encoder.name: encoder for encoder in self._services.search.encoders.values()}
        encoder = known.get(str(asked.get("model"))) or next(iter(known.values()), None)
        if encoder is None:
            return _error(404, "no encoder is set")
        rows = await run_in_threadpool(encoder.passages, given)
        data = [{"object": "embedding", "index": at, "embedding": row.tolist()} for at, row in enumerate(rows)]
        count = sum(encoder.count(text) for text in given)
        return JSONResponse({"object": "list", "model": encoder.name, "data": data,
                             "usage": {"prompt_tokens": count, "total_tokens": count}})  # fmt: skip

    def _raw(self) -> list[str]:
        chat = self._services.answerer.chat()
        return [chat.name] if chat.name.startswith("local:") else []

    def _refused(self, request: Request) -> Response | None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if self._key and not hmac.compare_digest(given.encode(), self._key.encode()):
            return _error(401, "the bearer key is wrong or missing")
        return None

    def _pieces(self, model: str, messages: list[Message], options: Options) -> Generator[Delta | Answer, None, None]:
        from generation.answer import Finished

        with self._turn:
            if model != PRODUCT:
                yield from self._services.answerer.chat().stream(messages, options=options)
                return
            for event in self._services.answerer.ask(messages[-1].content, earlier=spoken(messages[:-1])):
                if isinstance(event, Delta):
                    yield event
                elif isinstance(event, Finished):
                    yield event.answer


class _Stream(StreamingResponse):
    """An event stream whose reply ends, and frees the turn, when its client goes."""

    def __init__(self, events: Generator[str, None, None]) -> None:
        super().__init__(events, media_type="text/event-stream")
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._events.close)


def _words(content: object) -> str:
    """A message's text, given as a string or as a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise TypeError("content")
    return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))


def _options(asked: dict[str, Any]) -> Options:
    """What a request to the raw model asks for, in OpenAI's names, old and new."""
    stop = asked.get("stop") or ()
    return Options(
        max_tokens=int(asked.get("max_tokens") or asked.get("max_completion_tokens") or 1024),
        temperature=float(asked.get("temperature") or 0.0), seed=int(asked.get("seed") or 0),
        stop=(stop,) if isinstance(stop, str) else tuple(map(str, stop)),
    )  # fmt: skip


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"message": message, "type": "invalid_request_error"}}, status_code=status)


def _extra(answer: Answer) -> dict[str, Any]:
    """What plain clients may ignore: the claims with their statuses and citations, offsets into the checked text."""
    return {
        "answer": answer.id, "conversation": answer.conversation, "refused": answer.refused, "reason": answer.reason,
        "understood": answer.understood or answer.question, "text": answer.text, "claims": [dataclasses.asdict(claim) for claim in answer.claims],
        "disagreements": [dataclasses.asdict(one) for one in answer.disagreements],
        "nearest": [dataclasses.asdict(one) for one in answer.nearest],
    }  # fmt: skip


def _usage(found: dict[str, int]) -> dict[str, int]:
    prompt, said = found.get("prompt_tokens", 0), found.get("completion_tokens", 0)
    return {"prompt_tokens": prompt, "completion_tokens": said, "total_tokens": prompt + said}


def _whole(model: str, pieces: Iterator[Delta | Answer]) -> dict[str, Any]:
    text, usage, extra, finish = "", dict[str, int](), None, "stop"
    for piece in pieces:
        if isinstance(piece, Delta):
            text += piece.text
            usage |= piece.usage
            finish = piece.finish or finish
        else:
            usage |= dict(piece.usage)
            extra = _extra(piece)
    found = {
        "id": f"chatcmpl-{uuid.uuid4().hex}", "object": "chat.completion", "created": int(time.time()), "model": model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": _usage(usage),
    }  # fmt: skip
    return found if extra is None else {**found, PRODUCT: extra}


def _events(model: str, pieces: Generator[Delta | Answer, None, None], *, counted: bool) -> Generator[str, None, None]:
    usage = dict[str, int]()
    name, finish = f"chatcmpl-{uuid.uuid4().hex}", "stop"

    def event(delta: dict[str, str] | None, *, finish: str | None = None, **extra: object) -> str:
        chunk = {
            "id": name, "object": "chat.completion.chunk", "created": int(time.time()), "model": model,
            "choices": [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}], **extra,
        }  # fmt: skip
        return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"

    yield event({"role": "assistant", "content": ""})
    extra: dict[str, object] = {}
    try:
        for piece in pieces:
            if not isinstance(piece, Delta):
                extra[PRODUCT] = _extra(piece)
                usage |= dict(piece.usage)
                continue
            finish = piece.finish or finish
            usage |= piece.usage
            if piece.thinking:
                yield event({"reasoning_content": piece.thinking})
            if piece.text:
                yield event({"content": piece.text})
    except SuyuanError as error:
        yield f"data: {json.dumps({'error': {'message': str(error)}}, ensure_ascii=False)}\n\n"
        return
    finally:
        pieces.close()
    yield event({}, finish=finish, **extra)
    if counted:
        yield event(None, usage=_usage(usage))
    yield "data: [DONE]\n\n"
