"""A chat server on this machine that does what a script says, faults included; for tests of clients."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Step = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Takes the next step of the server's script for each request; the last step is repeated."""

    server: ScriptedServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append({"body": body, "key": self.headers["Authorization"], "at": time.monotonic()})
        script = self.server.script
        step = script.pop(0) if len(script) > 1 else script[0]
        self.close_connection = True
        try:
            step(self)
        except (BrokenPipeError, ConnectionResetError):
            self.server.left.set()

    def begin(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def send(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()

    def event(self, delta: dict[str, Any] | None = None, *, finish: str | None = None, **more: object) -> None:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices, **more}
        self.send(f"data: {json.dumps(chunk)}\n\n")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class ScriptedServer(ThreadingHTTPServer):
    """`asked` holds every request; `left` is set once a client went before its reply was over."""

    daemon_threads = True

    def __init__(self, script: list[Step]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.asked, self.left = script, list[dict[str, Any]](), threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/v1"


@contextmanager
def serving(*script: Step) -> Iterator[ScriptedServer]:
    server = ScriptedServer(list(script))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reply(*pieces: str, finish: str = "stop") -> Step:
    """A good reply in these pieces, its usage last."""

    def step(handler: Handler) -> None:
        handler.begin()
        handler.event({"role": "assistant", "content": ""})
        for piece in pieces:
            handler.event({"content": piece})
        handler.event({}, finish=finish)
        handler.event(usage={"prompt_tokens": 5, "completion_tokens": len(pieces), "total_tokens": 5 + len(pieces)})
        handler.send("data: [DONE]\n\n")

    return step


def status(code: int, message: str = "no", **headers: str) -> Step:
    """An error of this status."""

    def step(handler: Handler) -> None:
        handler.begin(code, "application/json", **headers)
        handler.send(json.dumps({"error": {"message": message, "type": "error"}}))

    return step


def raw(text: str) -> Step:
    """An event stream of these very characters."""

    def step(handler: Handler) -> None:
        handler.begin()
        handler.send(text)

    return step


def silent(handler: Handler) -> None:
    """Takes the request and says nothing until the client goes."""
    handler.connection.settimeout(10)
    try:
        if not handler.connection.recv(1):
            handler.server.left.set()
    except (TimeoutError, OSError):
        handler.server.left.set()


def stalls(handler: Handler) -> None:
    """Two pieces, then nothing more."""
    handler.begin()
    handler.event({"content": "The first "})
    handler.event({"content": "words"})
    silent(handler)


def cut(handler: Handler) -> None:
    """Two pieces of a chunked reply, then the connection is reset."""
    handler.protocol_version = "HTTP/1.1"
    handler.begin(Transfer_Encoding="chunked")
    line = f"data: {json.dumps({'id': 'c', 'choices': [{'index': 0, 'delta': {'content': 'half '}}]})}\n\n"
    handler.send(2 * f"{len(line):x}\r\n{line}\r\n")
    handler.connection.shutdown(socket.SHUT_RDWR)


def endless(handler: Handler) -> None:
    """Pieces without end, ten a second."""
    handler.begin()
    while True:
        handler.event({"content": "on "})
        time.sleep(0.1)


def whole(text: str, top: list[dict[str, Any]] | None) -> Step:
    """A reply at once, with the likeliest first tokens where they are given."""

    def step(handler: Handler) -> None:
        handler.begin(200, "application/json")
        told = None if top is None else {"content": [{"token": text, "logprob": 0.0, "top_logprobs": top}]}
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": "length",
            "logprobs": told,
        }
        handler.send(
            json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})
        )

    return step
