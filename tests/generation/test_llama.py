"""llama.cpp on a tiny GGUF file: in the process, and as an HTTP server behind the server backend."""

import queue
from pathlib import Path
from typing import Any

import pytest

from generation import odds
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


def first_tokens(backend: LlamaBackend, asked: list[Message]) -> list[dict[str, Any]]:
    """The likeliest first tokens; none where the reply begins with half a character, as random models' replies do."""
    got: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    turns = [{"role": turn.role, "content": turn.content} for turn in asked]
    wanted = {"messages": turns, "max_tokens": 1, "temperature": 0, "logprobs": True, "top_logprobs": 20}
    backend._server.handle_chat_completions(wanted, got.put)
    told = got.get()["choices"][0].get("logprobs") or {"content": [{"top_logprobs": []}]}
    return list(told["content"][0]["top_logprobs"])


def test_the_odds_of_two_first_words_are_those_of_their_probabilities(
    backend: LlamaBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert backend.odds(ASKED, ("Yes", "No")) is None  # a random model is sure of nothing
    monkeypatch.setattr(odds, "_ENOUGH", 0.0)
    tried = ([Message("user", f"What does it store? {number}")] for number in range(40))
    asked, top = next((asked, top) for asked in tried if (top := first_tokens(backend, asked)))
    words = [word for one in top if (word := one["token"].strip()).isalpha()]
    two = words[0], next(word for word in words if word.casefold()[0] != words[0].casefold()[0])
    right = odds.of_top(((one["token"], one["logprob"]) for one in top), two)
    assert right and backend.odds(asked, two) == pytest.approx(right, abs=0.01)
    server = ServerBackend(f"{backend._server.listening_address}/v1", "toy")
    assert server.odds(asked, two) == pytest.approx(right, abs=0.02)


def test_odds_of_too_long_a_prompt_are_one_sentence(backend: LlamaBackend) -> None:
    with pytest.raises(BackendError, match="gave no answer"):
        backend.odds([Message("user", "word " * 3000)], ("Yes", "No"))
