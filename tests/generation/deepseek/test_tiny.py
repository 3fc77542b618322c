"""The tiny checkpoint that other tests build on is one that the engine, tokenizers and jinja read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import jinja2
import pytest
import torch
from tokenizers import Tokenizer

from generation.checkpoints.load import load
from generation.deepseek.generate import Request, generate
from tests.generation.deepseek import tiny


@pytest.mark.parametrize("family", get_args(tiny.Family))
def test_a_tiny_checkpoint_loads_and_generates(tmp_path: Path, family: tiny.Family) -> None:
    folder = tiny.checkpoint(tmp_path / family, family)
    known, about = (
        Tokenizer.from_file(str(folder / "tokenizer.json")),
        json.loads((folder / "tokenizer_config.json").read_text()),
    )
    prompt = jinja2.Template(about["chat_template"]).render(
        messages=[{"role": "system", "content": "规则"}, {"role": "user", "content": "What?"}],
        bos_token=about["bos_token"], eos_token=about["eos_token"], add_generation_prompt=True,
    )  # fmt: skip
    ends = {"v2": "What?\n\nAssistant:", "v3": "<｜User｜>What?<｜Assistant｜>", "r1": "<｜Assistant｜><think>\n"}
    assert prompt.startswith(tiny.BOS + "规则")
    assert prompt.endswith(ends[family])
    ids = known.encode(prompt, add_special_tokens=False).ids
    assert ids[0] == 0
    assert known.decode(ids, skip_special_tokens=False) == prompt
    model = load(folder, "fp32")
    assert (model.mtp is not None) == (family != "v2")
    assert len(list(generate(model, Request(ids, max_tokens=5)))) == 5


def test_a_favoured_piece_is_what_the_model_says(tmp_path: Path) -> None:
    folder = tiny.checkpoint(tmp_path, texts=["潜在缓存"], favour={"“": 60.0})
    known, model = Tokenizer.from_file(str(folder / "tokenizer.json")), load(folder, "fp32")
    quote = known.encode("“").ids
    assert len(quote) == 1
    assert len(known.encode("”").ids) == 1
    found = [token.id for token in generate(model, Request(list(range(20)), max_tokens=6))]
    assert found == quote * 6
    hidden = model.prefill(list(range(40)), model.cache("fp32"))
    assert bool((hidden[:, 0] > 0.2).all())
    assert torch.isfinite(model.logits(hidden)).all()
