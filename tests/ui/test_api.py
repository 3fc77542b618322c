"""The API through the official client, against a server on this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
import uvicorn

from ingest.pipeline import ingest
from library import settings as knobs
from tests.generation.deepseek import tiny
from ui.api import Api
from ui.services import Services

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


def test_an_answer_comes_whole_with_its_citations_in_a_field_of_its_own(client: openai.OpenAI) -> None:
    found = client.chat.completions.create(
        model="suyuan", messages=[{"role": "user", "content": "主机的额定功率是多少？"}]
    )
    assert "350" in str(found.choices[0].message.content) and found.choices[0].finish_reason == "stop"
    extra = found.model_extra["suyuan"]  # type: ignore[index]
    claim = extra["claims"][0]
    assert claim["status"] == "supported" and claim["citations"][0]["cited_text"] in TEXT
    assert not extra["refused"] and extra["understood"] == "主机的额定功率是多少？"


def test_earlier_messages_are_the_conversation_that_a_question_leans_on(client: openai.OpenAI) -> None:
    found = client.chat.completions.create(
        model="suyuan",
        messages=[
            {"role": "user", "content": "电源线必须接地吗？"}, {"role": "assistant", "content": "电源线必须接地。"},
            {"role": "user", "content": "那主机的额定功率呢？"},
        ],
    )  # fmt: skip
    extra = found.model_extra["suyuan"]  # type: ignore[index]
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
