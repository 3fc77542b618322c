"""A model from disk: a published checkpoint (checked before a weight is read), a GGUF file, or the engine's own saved form."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from generation.deepseek import gguf_file, quantise, saved
from generation.deepseek.assemble import Precision, Source, assemble, plan, shapes
from generation.deepseek.config import load as load_config
from generation.deepseek.tensors import AGAIN, Entry, frugal, header, identity
from library.errors import InputError, ModelMissing

if TYPE_CHECKING:
    from torch import Tensor

    from generation.deepseek.model import Model


def load(path: Path, precision: Precision = "16-bit", *, save: Path | None = None) -> Model:
    """Load a model; weights are converted one at a time, so that the peak is about the loaded size.

    :param path: a folder, or a `.gguf` file.
    :param precision: what the weights become; a saved folder keeps the precision that it was saved with.
    :param save: a folder to write the converted weights to, from which they load without being converted.
    :raises ModelMissing: files or tensors are absent or cut off.
    :raises InputError: the architecture is unknown, or tensors do not fit the config.
    """
    with frugal():
        if saved.is_saved(path):
            return saved.load(path)
        if path.suffix == ".gguf":
            config, weights = gguf_file.read(path)
            of = identity([path])
        else:
            files = Files(path)
            config, weights, of = files.config, Source(files.tensor), identity(files.paths)
        how = plan(config, precision)
        if save is None:
            return assemble(config, weights, how, mtp=config.mtp > 0, identity=of)
        saver = saved.Saver(weights, save)
        model = assemble(config, saver, how, mtp=config.mtp > 0, identity=of)
        saver.close(path, config, how, of)
        return model


class Files:
    """The tensors of a published folder's safetensors files, compared with its config."""

    def __init__(self, folder: Path) -> None:
        """:raises ModelMissing: a tensor or file is absent or cut off; InputError: one does not fit."""
        config = load_config(folder)
        self.folder, self._block = folder, config.fp8_block or 128
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
        return quantise.blocks(found, self.entries[f"{name}_scale_inv"].read(), self._block)


def _complain(kind: type[InputError] | type[ModelMissing], what: str, names: Iterable[str]) -> None:
    found = sorted(names)
    if found:
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        raise kind(f"The model {what} {', '.join(found[:5])}{more}", "its config and its files disagree", AGAIN)
