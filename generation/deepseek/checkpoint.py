"""Published checkpoints from a folder: sharded safetensors, checked before a weight is read, mapped one or two shards at a time."""

from __future__ import annotations

import hashlib
import json
import struct
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from generation.deepseek import quantise
from generation.deepseek.assemble import Precision, Source, assemble, plan, shapes
from generation.deepseek.config import Config
from generation.deepseek.config import load as load_config
from library.errors import InputError, ModelMissing

if TYPE_CHECKING:
    from torch import Tensor

    from generation.deepseek.model import Model

_AGAIN = "Copy the model's files again."
_OPEN = 2  # shards mapped at a time; a mapped shard counts as memory once it was read


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a tensor is."""

    file: str
    dtype: str  # as safetensors names it
    shape: tuple[int, ...]


def load(folder: Path, precision: Precision = "16-bit") -> Model:
    """Load a checkpoint; weights are converted one at a time, so that the peak is about the loaded size.

    :raises ModelMissing: files or tensors are absent or cut off.
    :raises InputError: the architecture is unknown, or tensors do not fit the config.
    """
    config = load_config(folder)
    files = Files(folder)
    has_mtp = config.mtp > 0 and f"model.layers.{config.layers}.eh_proj.weight" in files.entries
    config = replace(config, mtp=int(has_mtp))  # some tools drop these tensors and keep the key
    files.check(config)
    source = Source(files.tensor)
    return assemble(config, source, plan(config, precision), mtp=has_mtp, identity=files.identity())


class Files:
    """The tensors of a folder's safetensors files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._block = folder, 128
        self._open: OrderedDict[str, Any] = OrderedDict()
        self.entries: dict[str, Entry] = {}
        for name in self._shards():
            self.entries |= header(folder / name)[0]

    def _shards(self) -> list[str]:
        index = self.folder / "model.safetensors.index.json"
        if not index.exists():
            return ["model.safetensors"]
        try:
            return sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
        except (ValueError, KeyError, AttributeError) as error:
            raise InputError(f"{index.name} cannot be read", "it is no index of shards", _AGAIN) from error

    def check(self, config: Config) -> None:
        """Compare names, shapes and scales with what the config asks for."""
        self._block = config.fp8_block or 128
        wanted = shapes(config)
        scales = {f"{name}_scale_inv" for name, entry in self.entries.items() if entry.dtype.startswith("F8")}
        copies = {f"model.layers.{config.layers}.{name}.weight" for name in ("embed_tokens", "shared_head.head")}
        _complain(ModelMissing, "has no tensor", (wanted.keys() - copies | scales) - self.entries.keys())
        known = {name for name in self.entries if name.endswith("rotary_emb.inv_freq")}
        _complain(InputError, "has a tensor too many:", self.entries.keys() - wanted.keys() - scales - known)
        for name, shape in wanted.items():
            entry = self.entries.get(name)
            if entry and entry.shape != shape:
                raise InputError(
                    f"The tensor {name} has the shape {list(entry.shape)}", f"the config asks for {list(shape)}", _AGAIN
                )
        for name in scales:
            of, edge = self.entries[name.removesuffix("_scale_inv")].shape, self._block
            if self.entries[name].shape != tuple(-(-side // edge) for side in of):
                raise InputError(
                    f"The tensor {name} has the shape {list(self.entries[name].shape)}", f"it scales {list(of)}", _AGAIN
                )

    def tensor(self, name: str) -> Tensor:
        """As it is in the file, a view of the mapped shard; FP8 is multiplied by its block scales."""
        found = self._handle(self.entries[name].file).get_tensor(name)
        if found.element_size() > 1:
            return found
        scale = f"{name}_scale_inv"
        return quantise.blocks(found, self._handle(self.entries[scale].file).get_tensor(scale), self._block)

    def _handle(self, file: str) -> Any:
        if file not in self._open:
            while len(self._open) >= _OPEN:
                self._open.popitem(last=False)
            try:
                self._open[file] = safe_open(self.folder / file, framework="pt")
            except (OSError, SafetensorError) as error:
                raise ModelMissing(f"The file {file} cannot be opened", str(error), _AGAIN) from error
        self._open.move_to_end(file)
        return self._open[file]

    def identity(self) -> str:
        """SHA-256 of names, headers and 64 samples of each shard: changed weights of equal shape differ."""
        digest = hashlib.sha256()
        for file in sorted({entry.file for entry in self.entries.values()}):
            path = self.folder / file
            size = path.stat().st_size
            digest.update(f"{file} {size} {header(path)[1]}".encode())
            with path.open("rb") as stream:
                for sample in range(64):
                    stream.seek(size * sample // 64)
                    digest.update(stream.read(256))
        return digest.hexdigest()


def header(path: Path) -> tuple[dict[str, Entry], str]:
    """The entries of one file and the SHA-256 of its header, without reading a weight.

    :raises ModelMissing: the file is absent or shorter than its header says.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            raw = stream.read(length) if length < size else b""
        found: Mapping[str, Any] = json.loads(raw)
    except FileNotFoundError as error:
        raise ModelMissing("The model is incomplete", f"{path.name} is absent", _AGAIN) from error
    except (OSError, struct.error, ValueError) as error:
        raise ModelMissing(
            f"The file {path.name} is cut off or no safetensors file", "its header cannot be read", _AGAIN
        ) from error
    tensors = {name: entry for name, entry in found.items() if name != "__metadata__"}
    end = 8 + length + max((entry["data_offsets"][1] for entry in tensors.values()), default=0)
    if size < end:
        raise ModelMissing(f"The file {path.name} is cut off", f"it has {size} of {end} bytes", _AGAIN)
    entries = {name: Entry(path.name, entry["dtype"], tuple(entry["shape"])) for name, entry in tensors.items()}
    return entries, hashlib.sha256(raw).hexdigest()


def _complain(kind: type[InputError] | type[ModelMissing], what: str, names: Iterable[str]) -> None:
    found = sorted(names)
    if found:
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        raise kind(f"The model {what} {', '.join(found[:5])}{more}", "its config and its files disagree", _AGAIN)
