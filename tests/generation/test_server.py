"""The server backend against a server on this machine that fails in every way a server can."""

import time

import pytest

from generation.chat import Delta, Message, Options
from generation.server import ServerBackend
from library.errors import BackendError
from tests import scripted_server as scripted

ASKED = [Message("system", "Rules."), Message("user", "What?")]


def said(server: scripted.ScriptedServer, *, timeout_s: float = 5, **options: object) -> list[Delta]:
    backend = ServerBackend(server.url, "m", api_key="k", timeout_s=timeout_s)
    return list(backend.stream(ASKED, options=Options(**options)))  # type: ignore[arg-type]


def text(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


def test_a_reply_comes_piece_by_piece_with_usage_and_times() -> None:
    with scripted.serving(scripted.reply("答案", " is", " 42.")) as server:
        deltas = said(server, max_tokens=9, stop=("\n\n",), seed=4)
    assert [delta.text for delta in deltas] == ["答案", " is", " 42.", ""]
    last = deltas[-1]
    assert (last.finish, last.usage["prompt_tokens"], last.usage["completion_tokens"]) == ("stop", 5, 3)
    assert last.usage["first_token_ms"] >= 0 and last.usage["decode_ms"] >= 0
    (asked,) = server.asked
    assert asked["key"] == "Bearer k"
    body = asked["body"]
    assert [turn["content"] for turn in body["messages"]] == ["Rules.", "What?"]
    assert (body["max_tokens"], body["stop"], body["seed"], body["stream"]) == (9, ["\n\n"], 4, True)
    assert "max_completion_tokens" not in body


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_what_a_model_thinks_is_apart(field: str) -> None:
    def thinking(handler: scripted.Handler) -> None:
        handler.begin()
        handler.event({"role": "assistant", field: "Let me "})
        handler.event({field: "see."})
        handler.event({"content": "Yes."})
        handler.event({}, finish="length")

    with scripted.serving(thinking) as server:
        deltas = said(server)
    assert "".join(delta.thinking for delta in deltas) == "Let me see."
    assert text(deltas) == "Yes." and deltas[-1].finish == "length"


def test_an_error_of_the_server_is_tried_again() -> None:
    with scripted.serving(scripted.status(500), scripted.reply("good")) as server:
        assert text(said(server)) == "good"
    assert len(server.asked) == 2


def test_a_busy_server_is_given_the_time_it_asks_for() -> None:
    with scripted.serving(scripted.status(429, Retry_After="1"), scripted.reply("good")) as server:
        assert text(said(server)) == "good"
    first, second = (asked["at"] for asked in server.asked)
    assert 0.9 < second - first < 5


FAULTS = {
    "it refuses the key": scripted.status(401),
    "knows no model m": scripted.status(404),
    "status 500, .*out of memory": scripted.status(500, "out of memory"),
    "no more requests": scripted.status(429, Retry_After="0"),
    "the connection was lost": scripted.cut,
    "no stream of chat pieces": scripted.raw("data: {not json\n\n"),
    "what it sent is no stream": scripted.raw('data: {"choices": [{"delta": 7}]}\n\n'),
    "the reply is empty": scripted.raw('data: {"choices": []}\n\ndata: [DONE]\n\n'),
    "model is still loading": scripted.raw('data: {"error": {"message": "model is still loading"}}\n\n'),
    "broke off": scripted.raw('data: {"choices": [{"index": 0, "delta": {"content": "half"}}]}\n\n'),
}


@pytest.mark.parametrize("why", FAULTS)
def test_a_fault_is_one_sentence_with_its_cure(why: str) -> None:
    with scripted.serving(FAULTS[why]) as server, pytest.raises(BackendError, match=why) as caught:
        said(server)
    assert str(caught.value).startswith(f"The server {server.url} did not answer: ")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400 and caught.value.cure.endswith(".")


@pytest.mark.parametrize("step", [scripted.silent, scripted.stalls])
def test_a_hang_ends_at_the_time_out(step: scripted.Step) -> None:
    begin = time.monotonic()
    with scripted.serving(step) as server:
        backend = ServerBackend(server.url, "m", timeout_s=0.4, retries=0)
        with pytest.raises(BackendError, match=r"nothing came for 0\.4 s"):
            list(backend.stream(ASKED, options=Options()))
        assert server.left.wait(5)
    assert time.monotonic() - begin < 5


def test_nobody_there_is_one_sentence() -> None:
    backend = ServerBackend("http://127.0.0.1:9/v1", "m", retries=0)
    with pytest.raises(BackendError, match="no connection"):
        list(backend.stream(ASKED, options=Options()))


def test_closing_ends_the_reply_at_the_server_within_a_piece() -> None:
    with scripted.serving(scripted.endless) as server:
        stream = ServerBackend(server.url, "m").stream(ASKED, options=Options())
        assert next(stream).text == "on "
        stream.close()  # type: ignore[attr-defined]
        assert server.left.wait(2)


def odds(server: scripted.ScriptedServer, times: int = 1) -> list[float | None]:
    backend = ServerBackend(server.url, "m", api_key="k", timeout_s=5)
    return [backend.odds(ASKED, ("Yes", "No")) for _ in range(times)]


def test_a_server_that_tells_log_probabilities_tells_the_odds_of_its_first_word() -> None:
    top = [{"token": "Yes", "logprob": -0.2}, {"token": " no", "logprob": -2.2}, {"token": "!", "logprob": -5.0}]
    with scripted.serving(scripted.whole("Yes", top)) as server:
        (said,) = odds(server)
    assert said == pytest.approx(2.0, abs=0.01)
    body = server.asked[0]["body"]
    assert (body["max_tokens"], body["logprobs"], body["top_logprobs"]) == (1, True, 20)


@pytest.mark.parametrize("step", [scripted.whole("Yes", None), scripted.status(400), scripted.status(422)])
def test_a_server_that_does_not_is_not_asked_again(step: scripted.Step) -> None:
    with scripted.serving(step, step) as server:
        assert odds(server, times=2) == [None, None]
    assert len(server.asked) == 1


def test_a_refused_key_is_one_sentence_there_too() -> None:
    with scripted.serving(scripted.status(401)) as server, pytest.raises(BackendError, match="refuses the key"):
        odds(server)
