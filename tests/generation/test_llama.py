"""llama.cpp on a tiny GGUF file: in the process, and as an HTTP server behind the server backend."""

from pathlib import Path

import pytest

from generation.chat import Delta, Message, Options
from generation.llama import LlamaBackend
from generation.server import ServerBackend
from library.errors import BackendError
from tests.generation import toy_gguf

ASKED = [Message("system", "Rules. 资料一。"), Message("user", "What does it store?")]


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> LlamaBackend:
    return LlamaBackend(toy_gguf.write(tmp_path_factory.mktemp("m") / "toy.gguf"), threads=1, window=1024)


def said(backend: LlamaBackend | ServerBackend, **options: object) -> list[Delta]:
    return list(backend.stream(ASKED, options=Options(**{"max_tokens": 24, **options})))  # type: ignore[arg-type]


def text(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


def test_a_reply_streams_with_usage_and_times(backend: LlamaBackend) -> None:
    deltas = said(backend)
    assert len(deltas) > 3 and text(deltas)
    last = deltas[-1]
    assert last.finish in ("stop", "length") and 0 < last.usage["completion_tokens"] <= 24
    assert last.usage["prompt_tokens"] > 10 and last.usage["first_token_ms"] >= 0 and last.usage["decode_ms"] >= 0


def test_closing_ends_it_and_the_next_question_is_answered(backend: LlamaBackend) -> None:
    stream = backend.stream(ASKED, options=Options(max_tokens=900))
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert text(said(backend))


def test_stop_strings_end_a_reply(backend: LlamaBackend) -> None:
    whole = text(said(backend))
    stop = whole[4:7]
    assert text(said(backend, stop=(stop,))) == whole[: whole.index(stop)]


def test_its_http_server_says_the_same_through_the_server_backend(backend: LlamaBackend) -> None:
    here = said(backend)
    there = said(ServerBackend(f"{backend._server.listening_address}/v1", "toy"))
    assert text(there) == text(here) and there[-1].finish == here[-1].finish
    assert there[-1].usage["completion_tokens"] == here[-1].usage["completion_tokens"]


def test_a_file_that_is_no_model_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF nothing")
    with pytest.raises(BackendError, match="cannot be loaded"):
        said(LlamaBackend(tmp_path / "m.gguf"))
