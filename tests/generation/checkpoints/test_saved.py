"""The engine's own form of a model on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from generation.checkpoints import saved
from generation.checkpoints.load import load
from generation.deepseek import kernels
from generation.deepseek.assemble import Precision
from library.errors import InputError
from tests.generation.checkpoints.folders import change, logits
from tests.generation.deepseek import tiny


@pytest.mark.parametrize("precision", ["fp32", "16-bit", "int8", "int4"])
def test_the_saved_form_computes_the_same(tmp_path: Path, precision: Precision) -> None:
    folder = tiny.checkpoint(tmp_path / "published")
    first = load(folder, precision, save=tmp_path / "saved")
    again = saved.load(tmp_path / "saved", background=False)
    assert torch.equal(logits(first), logits(again))
    assert again.identity == first.identity
    assert again.mtp is not None
    assert {path.name for path in (tmp_path / "saved").iterdir()} >= {
        "tokenizer.json",
        "tokenizer_config.json",
        "config.json",
    }
    assert load(tmp_path / "saved", "fp32").identity == first.identity  # the folder says the precision


def test_8_bit_weights_are_usable_before_they_are_packed(tmp_path: Path) -> None:
    load(tiny.checkpoint(tmp_path / "published"), "int8", save=tmp_path / "saved")
    packed = saved.load(tmp_path / "saved", background=False)
    plain = kernels.restore({name: part for name, part in packed.head.plain().items()})
    x = torch.randn(5, plain.shape[1])
    before = plain.rows(x)
    plain.pack()
    assert float((plain.rows(x) - before).norm() / before.norm()) < 0.03
    assert torch.equal(plain.rows(x), packed.head.rows(x))


def test_a_saved_form_of_another_cpu_or_version_is_refused(tmp_path: Path) -> None:
    load(tiny.checkpoint(tmp_path / "published"), "int4", save=tmp_path / "saved")
    header = tmp_path / "saved" / saved.HEADER
    change(header, lambda about: about.update(packed_by="torch 0.1, Z80"))
    with pytest.raises(InputError, match="packed by torch 0.1, Z80"):
        load(tmp_path / "saved")
    change(header, lambda about: about.update(format=99))
    with pytest.raises(InputError, match="format 99"):
        load(tmp_path / "saved")
