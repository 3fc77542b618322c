"""The API through the official client, against a server on this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openai
import pytest
import uvicorn

from generation.chat import Delta, Message, Options
from generation.server import ServerBackend
from ingest.pipeline import ingest
from library import settings as knobs
from tests.generation.deepseek import tiny
from ui.api import Api
from ui.services import Services

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

TEXT = "# 手册\n\n主机的额定功率为 350 瓦。电源线必须接地。\n\n# Manual\n\nThe battery is guaranteed for one year.\n"


def served(services: Services, key: str = "") -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(Api(services, key=key).app(), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}/v1"
    server.should_exit = True
    thread.join()


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    (tmp_path / "a.md").write_text(TEXT, "utf-8")
    with Services(knobs.load()) as made:
        ingest(made.ledger, made.search, made.settings, [tmp_path / "a.md"])
        yield made


@pytest.fixture
def client(services: Services) -> Iterator[openai.OpenAI]:
    for url in served(services):
        yield openai.OpenAI(base_url=url, api_key="none", max_retries=0)


def own(found: ChatCompletion) -> dict[str, Any]:
    """The field that plain clients do not know."""
    assert found.model_extra
    held: dict[str, Any] = found.model_extra["suyuan"]
    return held


def test_an_answer_comes_whole_with_its_citations_in_a_field_of_its_own(client: openai.OpenAI) -> None:
    found = client.chat.completions.create(
        model="suyuan", messages=[{"role": "user", "content": "主机的额定功率是多少？"}]
    )
    assert "350" in str(found.choices[0].message.content) and found.choices[0].finish_reason == "stop"
    extra = own(found)
    claim = extra["claims"][0]
    assert claim["status"] == "supported" and claim["citations"][0]["cited_text"] in TEXT
    assert not extra["refused"] and extra["understood"] == "主机的额定功率是多少？" and not extra["nearest"]


def test_a_refusal_comes_with_the_nearest_sentences(client: openai.OpenAI) -> None:
    found = client.chat.completions.create(
        model="suyuan", messages=[{"role": "user", "content": "公司的年会在哪个城市举行？"}]
    )
    extra = own(found)
    assert extra["refused"] and extra["nearest"] and all(near["cited_text"] in TEXT for near in extra["nearest"])


def test_earlier_messages_are_the_conversation_that_a_question_leans_on(client: openai.OpenAI) -> None:
    found = client.chat.completions.create(
        model="suyuan",
        messages=[
            {"role": "user", "content": "电源线必须接地吗？"}, {"role": "assistant", "content": "电源线必须接地。"},
            {"role": "user", "content": "那主机的额定功率呢？"},
        ],
    )  # fmt: skip
    extra = own(found)
    assert "额定功率" in extra["understood"] and extra["understood"] != "那主机的额定功率呢？"


def test_a_streamed_answer_is_the_same_text(client: openai.OpenAI) -> None:
    asked = [{"role": "user", "content": "How long is the battery guaranteed?"}]
    whole = client.chat.completions.create(model="suyuan", messages=asked)  # type: ignore[call-overload]
    chunks = list(client.chat.completions.create(model="suyuan", messages=asked, stream=True))  # type: ignore[call-overload]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole.choices[0].message.content
    assert chunks[-1].choices[0].finish_reason == "stop" and chunks[-1].model_extra["suyuan"]["claims"]


def test_models_embeddings_and_health(client: openai.OpenAI) -> None:
    import httpx

    names = [model.id for model in client.models.list()]
    assert names[0] == "suyuan" and len(names) == 3
    rows = client.embeddings.create(model=names[1], input=["额定功率", "rated power"], encoding_format="float")
    assert len(rows.data) == 2 and len(rows.data[0].embedding) == 512
    assert httpx.get(str(client.base_url).replace("/v1/", "/healthz")).json() == {"status": "ok", "documents": 1}


def test_wrong_requests_are_told_why(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="no model gpt"):
        client.chat.completions.create(model="gpt", messages=[{"role": "user", "content": "?"}])
    with pytest.raises(openai.BadRequestError, match="last message"):
        client.chat.completions.create(model="suyuan", messages=[{"role": "system", "content": "x"}])


def test_a_key_is_asked_for_where_one_is_set(services: Services) -> None:
    for url in served(services, key="secret"):
        with pytest.raises(openai.AuthenticationError):
            openai.OpenAI(base_url=url, api_key="other", max_retries=0).models.list()
        assert list(openai.OpenAI(base_url=url, api_key="secret").models.list())


def test_the_raw_engine_is_one_of_the_models(services: Services, tmp_path: Path) -> None:
    folder = tiny.checkpoint(tmp_path / "engine", "v3")
    local = services.settings.local.model_copy(update={"model": str(folder), "precision": "fp32"})
    services.settings = services.settings.model_copy(update={"local": local})
    for url in served(services):
        client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
        assert "local:engine" in [model.id for model in client.models.list()]
        found = client.chat.completions.create(
            model="local:engine", messages=[{"role": "user", "content": "hello"}], max_tokens=8
        )
        assert found.usage and 0 < found.usage.completion_tokens <= 8 and found.model_extra.get("suyuan") is None  # type: ignore[union-attr]


def local(services: Services, model: Path) -> None:
    """Answer with this model from now on."""
    own = services.settings
    services.settings = own.model_copy(update={
        "local": own.local.model_copy(update={"model": str(model), "precision": "fp32"}),
        "answer": own.answer.model_copy(update={"backend": "local", "answer_tokens": 64}),
    })  # fmt: skip


def test_the_product_answers_with_our_engine_and_every_quote_is_cited_and_verified(
    services: Services, tmp_path: Path
) -> None:
    local(services, tiny.checkpoint(tmp_path / "engine", "v3", texts=[TEXT] * 8, favour={"“": 60.0}))
    asked = [{"role": "user", "content": "主机的额定功率是多少？"}]
    for url in served(services):
        client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
        whole = client.chat.completions.create(model="suyuan", messages=asked)  # type: ignore[call-overload]
        pieces = list(client.chat.completions.create(model="suyuan", messages=asked, stream=True))  # type: ignore[call-overload]
    streamed = "".join(piece.choices[0].delta.content or "" for piece in pieces)
    for text, extra in ((whole.choices[0].message.content, whole.model_extra), (streamed, pieces[-1].model_extra)):
        found = extra["suyuan"]
        quotes = [claim for claim in found["claims"] if claim["decided"] == "quote: exact"]
        assert quotes and text.startswith("“") and not found["refused"]
        for claim in quotes:
            (citation,) = claim["citations"]
            assert claim["status"] == "supported" and citation["cited_text"] in TEXT
            assert found["text"][claim["start"] : claim["end"]] == citation["cited_text"]


def test_our_server_backend_reads_our_api(services: Services, tmp_path: Path) -> None:
    local(services, tiny.checkpoint(tmp_path / "engine", "r1"))
    asked = [Message("user", "What does it store?")]
    for url in served(services):
        right = list(services.answerer.chat().stream(asked, options=Options(max_tokens=12)))
        found = list(ServerBackend(url, "local:engine").stream(asked, options=Options(max_tokens=12)))
        wanted = "".join(delta.thinking for delta in right)
        assert wanted and "".join(delta.thinking for delta in found) == wanted
        assert found[-1].usage["completion_tokens"] == right[-1].usage["completion_tokens"] == 12
        assert found[-1].finish == right[-1].finish == "length"


def test_stop_strings_and_either_name_of_the_limit_are_understood(services: Services, tmp_path: Path) -> None:
    local(services, tiny.checkpoint(tmp_path / "engine", "v2"))
    asked = {"model": "local:engine", "messages": [{"role": "user", "content": "hello"}]}
    for url in served(services):
        create = openai.OpenAI(base_url=url, api_key="none", max_retries=0).chat.completions.create
        whole = create(**asked, max_completion_tokens=20).choices[0].message.content  # type: ignore[call-overload]
        assert len(whole) > 8 and create(**asked, max_tokens=20).choices[0].message.content == whole  # type: ignore[call-overload]
        cut = create(**asked, max_tokens=20, stop=[whole[4:7]]).choices[0].message.content  # type: ignore[call-overload]
        assert cut == whole[: whole.index(whole[4:7])]
        with pytest.raises(openai.BadRequestError, match="numbers"):
            create(**asked, max_tokens="many")  # type: ignore[call-overload]


class Endless:
    """Says one word again and again until it is closed."""

    name = "local:endless"

    def __init__(self) -> None:
        self.closed = threading.Event()

    def stream(self, messages: Sequence[Message], *, options: Options) -> Iterator[Delta]:
        try:
            while options.max_tokens > 1:
                time.sleep(0.01)
                yield Delta(text="on ")
            yield Delta(finish="length")
        finally:
            self.closed.set()


def test_a_client_that_leaves_ends_its_reply_and_frees_the_turn(services: Services) -> None:
    chat = services.answerer._chat = Endless()
    for url in served(services):
        client = openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=20)
        asked = {"model": "local:endless", "messages": [{"role": "user", "content": "go"}]}
        with client.chat.completions.create(**asked, stream=True) as stream:  # type: ignore[call-overload]
            next(iter(stream))
        assert chat.closed.wait(10)
        assert client.chat.completions.create(**asked, max_tokens=1).choices[0].finish_reason == "length"  # type: ignore[call-overload]


def test_embeddings_are_the_encoders_own_rows(services: Services) -> None:
    import numpy as np

    encoder = services.search.encoders["instant"]
    for url in served(services, key="secret"):
        client = openai.OpenAI(base_url=url, api_key="secret", max_retries=0)
        rows = client.embeddings.create(model=encoder.name, input="额定功率")
        assert np.allclose(rows.data[0].embedding, encoder.passages(["额定功率"])[0], atol=1e-6)
        assert rows.usage.prompt_tokens == encoder.count("额定功率")
        with pytest.raises(openai.AuthenticationError):
            openai.OpenAI(base_url=url, api_key="other", max_retries=0).embeddings.create(model="x", input="y")
        with pytest.raises(openai.BadRequestError, match="input"):
            client.post("/embeddings", cast_to=object, body={"model": encoder.name})
