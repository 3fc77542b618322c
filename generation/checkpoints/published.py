"""A published folder (config.json, safetensors files and their index), checked before a weight is read; FP8 is scaled back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from generation.checkpoints.names import shapes
from generation.checkpoints.tensors import AGAIN, Entry, header
from generation.deepseek.config import CURE, Config, parse, refusal
from library.errors import InputError, ModelMissing


class Files:
    """The tensors of a published folder's safetensors files, compared with its config."""

    def __init__(self, folder: Path) -> None:
        """:raises ModelMissing: a tensor or file is absent or cut off; InputError: one does not fit."""
        config, block = load_config(folder)
        self.folder, self._block = folder, block or 128
        self.entries: dict[str, Entry] = {}
        for name in self._shards():
            self.entries |= header(folder / name)[0]
        self.paths = {entry.file for entry in self.entries.values()}
        # Some tools drop the tensors of multi-token prediction and keep its key.
        has_mtp = config.mtp > 0 and f"model.layers.{config.layers}.eh_proj.weight" in self.entries
        self.config = replace(config, mtp=int(has_mtp))
        self._check()

    def _shards(self) -> list[str]:
        index = self.folder / "model.safetensors.index.json"
        if not index.exists():
            return ["model.safetensors"]
        try:
            return sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
        except (ValueError, KeyError, AttributeError) as error:
            raise InputError(f"{index.name} cannot be read", "it is no index of shards", AGAIN) from error

    def _check(self) -> None:
        wanted, last = shapes(self.config), f"model.layers.{self.config.layers}."
        scales = {f"{name}_scale_inv" for name, entry in self.entries.items() if entry.dtype.startswith("F8")}
        copies = {f"{last}{name}.weight" for name in ("embed_tokens", "shared_head.head")}
        _complain(ModelMissing, "has no tensor", (wanted.keys() - copies | scales) - self.entries.keys())
        known = {name for name in self.entries if name.endswith("rotary_emb.inv_freq")}
        _complain(InputError, "has a tensor too many:", self.entries.keys() - wanted.keys() - scales - known)
        for name in scales:
            of = self.entries[name.removesuffix("_scale_inv")].shape
            wanted[name] = tuple(-(-side // self._block) for side in of)
        for name, shape in wanted.items():
            entry = self.entries.get(name)
            if entry and entry.shape != shape:
                raise InputError(
                    f"The tensor {name} has the shape {list(entry.shape)}", f"the config asks for {list(shape)}", AGAIN
                )

    def tensor(self, name: str) -> Tensor:
        """As it is in the file; FP8 is multiplied by its block scales."""
        found = self.entries[name].read()
        if found.element_size() > 1:
            return found
        return from_fp8(found, self.entries[f"{name}_scale_inv"].read(), self._block)


def _complain(kind: type[InputError] | type[ModelMissing], what: str, names: Iterable[str]) -> None:
    found = sorted(names)
    if found:
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        raise kind(f"The model {what} {', '.join(found[:5])}{more}", "its config and its files disagree", AGAIN)


def load_config(folder: Path) -> tuple[Config, int | None]:
    """Read `config.json` of a checkpoint folder; beside it the edge of the blocks that share a scale, where weights are FP8.

    :raises ModelMissing: there is no such file.
    :raises InputError: it is no JSON, or describes a model that the engine cannot compute.
    """
    path = folder / "config.json"
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ModelMissing(f"The model {folder.name} is incomplete", "config.json is absent", CURE) from error
    except ValueError as error:
        raise InputError(f"{path.name} of {folder.name} cannot be read", str(error), CURE) from error
    return parse(found), _fp8(found)


def _fp8(found: Mapping[str, Any]) -> int | None:
    made = found.get("quantization_config")
    if not made:
        return None
    block = made.get("weight_block_size") or [128, 128]
    if made.get("quant_method") != "fp8" or len(set(block)) != 1:
        raise refusal("quantization_config", made.get("quant_method"), "only fp8 with square blocks is known")
    return int(block[0])


def from_fp8(weight: Tensor, scale: Tensor, edge: int) -> Tensor:
    """FP8 e4m3 [m, n] times the scale of its edge x edge block [ceil(m / edge), ceil(n / edge)], as bfloat16.

    DeepSeek-V3 report, 3.3.2; the file calls the factor `weight_scale_inv`, and it is multiplied.
    """
    full = scale.float().repeat_interleave(edge, 0).repeat_interleave(edge, 1)
    return (weight.float() * full[: weight.shape[0], : weight.shape[1]]).bfloat16()
