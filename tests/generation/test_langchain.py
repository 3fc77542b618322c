"""LangChain's own calls on our generators: one that is written out here, and the engine on a tiny checkpoint."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

from generation.chat import Delta, Message, Options
from generation.langchain import SuyuanChat
from generation.local import LocalBackend
from library.records import Evidence
from tests.generation.deepseek import tiny

SOURCE = "主机的额定功率为 350 瓦。电源线必须接地。"


class Scripted:
    """Thinks, says two pieces, and notes what it was asked and whether it was closed."""

    name = "scripted"

    def __init__(self) -> None:
        self.messages: Sequence[Message] = ()
        self.options, self.closed = Options(), False

    def stream(self, messages: Sequence[Message], *, options: Options) -> Iterator[Delta]:
        self.messages, self.options = messages, options
        try:
            yield Delta(thinking="Hm.")
            yield Delta(text="It is ")
            yield Delta(text="350 W.")
            yield Delta(usage={"prompt_tokens": 7, "completion_tokens": 3, "decode_ms": 40}, finish="stop")
        finally:
            self.closed = True


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


def test_a_reply_comes_whole_with_usage_thinking_and_reason(scripted: Scripted) -> None:
    asked = [
        SystemMessage("Rules."),
        HumanMessage("A?"),
        AIMessage("B."),
        HumanMessage([{"type": "text", "text": "C?"}]),
    ]
    reply = SuyuanChat(chat=scripted, seed=4).invoke(asked, stop=["\n"], max_tokens=9)
    assert reply.content == "It is 350 W." and reply.additional_kwargs["reasoning_content"] == "Hm."
    assert reply.usage_metadata == {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10}
    assert (reply.response_metadata["finish_reason"], reply.response_metadata["decode_ms"]) == ("stop", 40)
    assert scripted.messages == [
        Message("system", "Rules."), Message("user", "A?"), Message("assistant", "B."), Message("user", "C?"),
    ]  # fmt: skip
    own = scripted.options
    assert (own.stop, own.max_tokens, own.seed, own.temperature) == (("\n",), 9, 4, 0.0)


def test_a_reply_streams_and_its_pieces_add_up(scripted: Scripted) -> None:
    pieces = list(SuyuanChat(chat=scripted).stream("What?"))
    assert [piece.content for piece in pieces if piece.content] == ["It is ", "350 W."]
    whole = pieces[0]
    for piece in pieces[1:]:
        whole += piece
    assert whole.usage_metadata and whole.usage_metadata["total_tokens"] == 10


def test_leaving_the_stream_closes_the_generator(scripted: Scripted) -> None:
    stream = SuyuanChat(chat=scripted).stream("What?")
    next(stream)
    stream.close()
    assert scripted.closed


def test_it_is_a_part_of_chains(scripted: Scripted) -> None:
    chain = ChatPromptTemplate.from_messages([("human", "Say {word}")]) | SuyuanChat(chat=scripted) | StrOutputParser()
    assert chain.invoke({"word": "it"}) == "It is 350 W." and scripted.messages == [Message("user", "Say it")]


@pytest.mark.parametrize(
    "message", [ToolMessage("x", tool_call_id="1"), HumanMessage([{"type": "image_url", "image_url": "x"}])]
)
def test_what_a_generator_cannot_take_is_refused(scripted: Scripted, message: ToolMessage | HumanMessage) -> None:
    with pytest.raises(ValueError, match="cannot be taken"):
        SuyuanChat(chat=scripted).invoke([message])


def test_the_engine_answers_with_grounded_quotes(tmp_path: Path) -> None:
    folder = tiny.checkpoint(tmp_path / "m", "v3", texts=[SOURCE] * 20, favour={"“": 60.0})
    model = SuyuanChat(chat=LocalBackend(folder, precision="fp32"), max_tokens=24)
    evidence = [Evidence(1, "d", "手册", "v", 100, 100 + len(SOURCE), SOURCE)]
    pieces = list(model.bind(evidence=evidence).stream("功率？"))
    quotes = [(piece.content, source) for piece in pieces for source in piece.additional_kwargs.get("source", ())]
    assert quotes
    for words, source in quotes:
        assert SOURCE[source["start"] - 100 : source["end"] - 100] == words
    assert pieces[-1].usage_metadata["output_tokens"] <= 24 and pieces[-1].response_metadata["decode_ms"] >= 0


def test_no_other_module_of_generation_loads_langchain() -> None:
    script = "import sys, generation.answer, generation.backends, generation.local, generation.server;"
    done = subprocess.run(
        [sys.executable, "-c", script + "print([name for name in sys.modules if name.startswith('langchain')])"],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
