"""Published folders whole and broken, and FP8."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.checkpoints.load import load
from generation.deepseek.assemble import Source, assemble, plan
from generation.deepseek.config import parse
from library.errors import InputError, ModelMissing, SuyuanError
from tests.generation.checkpoints.folders import change, logits
from tests.generation.deepseek import tiny


def reshard(folder: Path, edit: Callable[[dict[str, torch.Tensor]], object]) -> None:
    path = folder / "model-00001-of-00003.safetensors"
    named = load_file(path)
    edit(named)
    save_file(named, path)


def cut(folder: Path) -> None:
    path = folder / "model-00002-of-00003.safetensors"
    path.write_bytes(path.read_bytes()[:-1])


BROKEN: dict[str, tuple[Callable[[Path], object], type[SuyuanError], str]] = {
    "cut shard": (cut, ModelMissing, "model-00002-of-00003.safetensors is cut off"),
    "no shard": (lambda at: (at / "model-00003-of-00003.safetensors").unlink(), ModelMissing, "model-00003-of-00003"),
    "cut header": (lambda at: (at / "model-00001-of-00003.safetensors").write_bytes(b"\x09"), ModelMissing, "no safetensors"),
    "index": (lambda at: (at / "model.safetensors.index.json").write_text("{}"), InputError, "index.json cannot be read"),
    "missing tensor": (lambda at: reshard(at, lambda named: named.pop("model.embed_tokens.weight")), ModelMissing,
                       "has no tensor model.embed_tokens.weight"),
    "extra tensor": (lambda at: reshard(at, lambda named: named.update(bias=torch.ones(2))), InputError, "too many: bias"),
    "shape": (lambda at: reshard(at, lambda named: named.update({"model.norm.weight": torch.ones(3)})), InputError,
              "model.norm.weight has the shape [3]"),
    "architecture": (lambda at: change(at / "config.json", lambda c: c.update(model_type="qwen2")), InputError,
                     "model_type = 'qwen2'"),
    "no config": (lambda at: (at / "config.json").unlink(), ModelMissing, "config.json is absent"),
    "other rope": (lambda at: change(at / "config.json", lambda c: c["rope_scaling"].update(type="linear")), InputError,
                   "rope_type = 'linear'"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_checkpoint_is_one_sentence(tmp_path: Path, case: str) -> None:
    spoil, kind, says = BROKEN[case]
    folder = tiny.checkpoint(tmp_path)
    spoil(folder)
    with pytest.raises(kind) as caught:
        load(folder, "fp32")
    text = str(caught.value)
    assert says in text
    assert "\n" not in text


def to_fp8(named: dict[str, torch.Tensor], edge: int) -> dict[str, torch.Tensor]:
    """The tensors with every projection in e4m3 and a scale a block, spread over two decades."""
    made: dict[str, torch.Tensor] = {}
    for name, weight in named.items():
        made[name] = weight
        if not name.endswith("proj.weight") and "kv_a_proj" not in name:
            continue
        rows, columns = -(-weight.shape[0] // edge), -(-weight.shape[1] // edge)
        scale = 10 ** (torch.rand(rows, columns) * 2 - 1)
        full = scale.repeat_interleave(edge, 0).repeat_interleave(edge, 1)[: weight.shape[0], : weight.shape[1]]
        made[name] = (weight.float() / full).clamp(-448, 448).to(torch.float8_e4m3fn)
        made[f"{name}_scale_inv"] = scale
    return made


def test_fp8_is_multiplied_by_the_scale_of_its_block(tmp_path: Path) -> None:
    torch.manual_seed(0)
    edge = 24  # no side of the toy is a multiple of it
    folder = tiny.checkpoint(tmp_path)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    named = tiny.weights(config)
    eight = to_fp8(named, edge)
    tiny.write(eight, folder, 3)
    change(
        folder / "config.json",
        lambda c: c.update(quantization_config={"quant_method": "fp8", "weight_block_size": [edge, edge]}),
    )
    plain = dict(named)
    for name in [name for name in eight if name.endswith("_scale_inv")]:
        weight, scale = eight[name.removesuffix("_scale_inv")].float(), eight[name]
        for row in range(weight.shape[0]):
            for column in range(weight.shape[1]):
                weight[row, column] *= scale[row // edge, column // edge]
        plain[name.removesuffix("_scale_inv")] = weight.bfloat16()
    ours = load(folder, "fp32")
    right = assemble(parse(config), Source(plain.__getitem__), plan(parse(config), "fp32"), mtp=True)
    assert torch.equal(logits(ours), logits(right))
    tiny.write(
        {name: weight for name, weight in eight.items() if "layers.1.self_attn.o_proj.weight_s" not in name}, folder, 3
    )
    with pytest.raises(ModelMissing, match="has no tensor .*o_proj.weight_scale_inv"):
        load(folder, "fp32")
