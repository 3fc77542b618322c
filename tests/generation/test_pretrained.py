"""A tiny Qwen2 through transformers, behind the same protocol as our own engine."""

from pathlib import Path

import pytest
import torch

from generation import backends, odds
from generation.chat import Delta, Message, Options
from generation.local import LocalBackend
from generation.pretrained import PretrainedBackend
from generation.template import Dialogue
from library import settings as knobs
from library.errors import InputError, ModelMissing, SettingError
from library.settings import Settings
from tests import models
from tests.generation.deepseek import tiny

ASKED = [Message("system", "Rules. 资料一。资料二。"), Message("user", "功率是多少？")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.qwen2(tmp_path_factory.mktemp("m") / "qwen2")


@pytest.fixture
def backend(folder: Path) -> PretrainedBackend:
    return PretrainedBackend(folder, precision="fp32")


def said(backend: PretrainedBackend, messages: list[Message] = ASKED, **options: object) -> list[Delta]:
    return list(backend.stream(messages, options=Options(**{"max_tokens": 24, **options})))  # type: ignore[arg-type]


def text(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


def test_greedy_tokens_are_those_of_transformers_own_loop(folder: Path, backend: PretrainedBackend) -> None:
    dialogue = Dialogue(folder)
    prompt = torch.tensor([dialogue.ids(dialogue.text(ASKED))])
    whole = backend._model.generate(
        prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=24, do_sample=False, pad_token_id=2
    )
    right = [token for token in whole[0, prompt.shape[1] :].tolist() if token not in dialogue.stops]
    assert text(said(backend)) == dialogue.tokenizer.decode(right, skip_special_tokens=False)


def test_usage_says_what_was_read_and_written(folder: Path, backend: PretrainedBackend) -> None:
    last = said(backend)[-1]
    dialogue = Dialogue(folder)
    assert last.usage["prompt_tokens"] == len(dialogue.ids(dialogue.text(ASKED)))
    assert 0 < last.usage["completion_tokens"] <= 24 and last.usage["first_token_ms"] > 0
    held = last.usage["prompt_tokens"] + last.usage["completion_tokens"] - 1
    assert last.usage["cache_bytes"] == held * 2 * 2 * 2 * 16 * 4  # layers, keys and values, heads, width, bytes
    assert last.finish in ("stop", "length")


def test_a_second_question_reads_only_what_is_new_and_says_what_a_fresh_model_says(folder: Path) -> None:
    other = [ASKED[0], Message("user", "What is it?")]
    warm, read = PretrainedBackend(folder, precision="fp32"), list[int]()
    said(warm)
    warm._model.register_forward_pre_hook(
        lambda module, given, named: read.append(named["input_ids"].shape[1]), with_kwargs=True
    )
    second = said(warm, other)
    assert text(second) == text(said(PretrainedBackend(folder, precision="fp32"), other))
    assert 0 < read[0] < second[-1].usage["prompt_tokens"] - 10


def test_long_prompts_are_read_in_parts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = text(said(PretrainedBackend(folder, precision="fp32")))
    monkeypatch.setattr("generation.pretrained._PART", 7)
    assert text(said(PretrainedBackend(folder, precision="fp32"))) == whole


def test_the_seed_decides_what_is_drawn(backend: PretrainedBackend) -> None:
    drawn = [text(said(backend, temperature=1.5, seed=seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_stop_strings_end_a_reply(backend: PretrainedBackend) -> None:
    whole = text(said(backend))
    stop = whole[4:7]
    cut = said(backend, stop=(stop,))
    assert text(cut) == whole[: whole.index(stop)] and cut[-1].finish == "stop"


def test_closing_ends_it_within_a_token(backend: PretrainedBackend) -> None:
    calls: list[int] = []
    backend._model.register_forward_pre_hook(lambda *_: calls.append(1))
    stream = backend.stream(ASKED, options=Options(max_tokens=4000))
    next(stream)
    before = len(calls)
    stream.close()  # type: ignore[attr-defined]
    with pytest.raises(StopIteration):
        next(stream)
    assert len(calls) == before
    backend._model._forward_pre_hooks.clear()


def settings(model: Path, precision: str = "fp32") -> Settings:
    own = knobs.load()
    return own.model_copy(update={"local": own.local.model_copy(update={"model": str(model), "precision": precision})})


def test_the_architecture_decides_who_runs_it(folder: Path, tmp_path: Path) -> None:
    assert isinstance(backends.local(settings(folder)), PretrainedBackend)
    assert isinstance(backends.local(settings(tiny.checkpoint(tmp_path / "deepseek"))), LocalBackend)


def test_faults_are_one_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="only DeepSeek checkpoints"):
        backends.local(settings(folder, "int4"))
    broken = models.qwen2(tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"none")
    with pytest.raises(ModelMissing, match="cannot be loaded"):
        said(PretrainedBackend(broken))
    (broken / "chat_template.jinja").write_text("{{ raise_exception('no system turn') }}", "utf-8")
    with pytest.raises(InputError, match="no system turn"):
        said(PretrainedBackend(broken))
    (broken / "chat_template.jinja").unlink()
    with pytest.raises(ModelMissing, match="no chat_template"):
        PretrainedBackend(broken)


def test_the_odds_of_two_first_words_are_those_of_its_logits_and_leave_the_cache(
    folder: Path, backend: PretrainedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(odds, "_ENOUGH", 0.0)
    said(backend)
    kept = list(backend._ids)
    dialogue = Dialogue(folder)
    logits = backend._logits(dialogue.ids(dialogue.text(ASKED)))
    backend._ids = kept
    right = logits[dialogue.opens("Yes")] - logits[dialogue.opens("No")]
    assert backend.odds(ASKED, ("Yes", "No")) == pytest.approx(float(right), abs=0.05)
    assert backend._ids == kept
