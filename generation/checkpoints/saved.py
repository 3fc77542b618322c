"""The engine's own form of a model on disk: weights as they are computed with, so that loading converts nothing.

A folder with the config and tokenizer of the source, safetensors files, and a header. 4-bit weights lie in torch's packed
order and load at the disk's speed; 8-bit ones are usable from their plain form at once and are packed in the background.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from generation.checkpoints.tensors import Entry, header
from generation.deepseek import kernels
from generation.deepseek.assemble import Plan, Weights, assemble
from generation.deepseek.config import Config, Yarn
from generation.deepseek.kernels import Family, Linear
from generation.deepseek.model import Model
from library.errors import InputError

HEADER = "engine.json"
_FORMAT = 2
_SHARD = 1 << 26  # bytes that wait to be written


def is_saved(folder: Path) -> bool:
    """Whether a folder holds this form."""
    return (folder / HEADER).exists()


class Saver:
    """Weights that are written as they are asked for."""

    def __init__(self, source: Weights, folder: Path) -> None:
        self._source, self._folder = source, folder
        self._waiting: dict[str, Tensor] = {}
        self._bytes = self._files = 0
        folder.mkdir(parents=True, exist_ok=True)

    def tensor(self, name: str, dtype: object) -> Tensor:
        """See `Weights`."""
        found = self._source.tensor(name, dtype)
        self._put(name, found)
        return found

    def linear(self, names: tuple[str, ...], family: Family) -> Linear:
        """See `Weights`."""
        made = self._source.linear(names, family)
        for part, tensor in made.plain().items():
            self._put(f"{'+'.join(names)}:{part}", tensor)
        return made

    def _put(self, name: str, tensor: Tensor) -> None:
        self._waiting[name] = tensor.contiguous()
        self._bytes += tensor.numel() * tensor.element_size()
        if self._bytes >= _SHARD:
            self._flush()

    def _flush(self) -> None:
        self._files += 1
        save_file(self._waiting, self._folder / f"weights-{self._files:05}.safetensors")
        self._waiting, self._bytes = {}, 0

    def close(self, source: Path, config: Config, how: Plan, identity: str) -> None:
        """Write what waits, copy what describes the source's text, and last the header that makes the folder valid."""
        self._flush()
        if source.is_dir():
            for path in source.iterdir():
                if path.suffix in {".json", ".jinja", ".txt"} and not path.name.endswith("index.json"):
                    shutil.copy2(path, self._folder / path.name)
        about = {
            "format": _FORMAT, "files": self._files, "identity": identity, "packed_by": _packer(),
            "plan": dataclasses.asdict(how), "config": dataclasses.asdict(config),
        }  # fmt: skip
        (self._folder / HEADER).write_text(json.dumps(about, indent=1), "utf-8")


class _Saved:
    def __init__(self, entries: dict[str, Entry]) -> None:
        self._entries, self.made = entries, list[kernels.Linear]()

    def tensor(self, name: str, dtype: object) -> Tensor:
        return self._entries[name].read().to(dtype)

    def linear(self, names: tuple[str, ...], family: Family) -> Linear:
        stem = f"{'+'.join(names)}:"
        kinds = ("weight", "codes", "scale", "packed", "scales")
        made = kernels.restore(
            {kind: self._entries[stem + kind].read() for kind in kinds if stem + kind in self._entries}
        )
        self.made.append(made)
        return made


def load(folder: Path, *, background: bool = True) -> Model:
    """Load a saved model.

    :param background: give the model at once and pack 8-bit weights beside it; otherwise pack first.
    :raises ModelMissing: a file is absent or cut off.
    :raises InputError: it was saved by another version, or its 4-bit weights on another kind of CPU.
    """
    about: dict[str, Any] = json.loads((folder / HEADER).read_text("utf-8"))
    how = Plan(**about["plan"])
    if about["format"] != _FORMAT:
        raise InputError(f"The saved model {folder.name} is of another version", f"format {about['format']}", _ANEW)
    if how.wide == "int4" and about["packed_by"] != _packer():
        raise InputError(
            f"The saved model {folder.name} cannot be used here",
            f"its 4-bit weights were packed by {about['packed_by']}",
            _ANEW,
        )
    entries: dict[str, Entry] = {}
    for number in range(1, about["files"] + 1):
        entries |= header(folder / f"weights-{number:05}.safetensors")[0]
    config = _config(about["config"])
    weights = _Saved(entries)
    model = assemble(config, weights, how, mtp=config.mtp > 0, identity=about["identity"])
    if background:
        threading.Thread(target=_pack, args=(weights.made,), name="pack", daemon=True).start()
    else:
        _pack(weights.made)
    return model


_ANEW = "Convert the published checkpoint again."


def _pack(linears: Sequence[Linear]) -> None:
    for linear in linears:
        linear.pack()


def _config(fields: dict[str, Any]) -> Config:
    yarn = fields.pop("yarn")
    return Config(**fields, yarn=Yarn(**yarn) if yarn else None)


def _packer() -> str:
    """What the packed order of 4-bit weights depends on."""
    return f"torch {torch.__version__.split('+')[0]}, {torch.backends.cpu.get_cpu_capability()}"
