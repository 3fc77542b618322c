"""Safetensors files, read one tensor at a time into memory of its own: a mapped file would count until it is closed."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from library.errors import ModelMissing

_MMAP_THRESHOLD = -3  # of malloc.h
AGAIN = "Copy the model's files again."
_TYPES = {
    "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "F8_E4M3": torch.float8_e4m3fn,
    "I8": torch.int8, "U8": torch.uint8, "I32": torch.int32, "I64": torch.int64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a tensor is: bytes [start, stop) of a file."""

    file: Path
    dtype: str  # as safetensors names it
    shape: tuple[int, ...]
    start: int
    stop: int

    def read(self) -> Tensor:
        """The tensor.

        :raises ModelMissing: its type is unknown or the file ends too early.
        """
        if self.dtype not in _TYPES:
            raise ModelMissing(f"The file {self.file.name} cannot be read", f"{self.dtype} is no known type", AGAIN)
        raw = torch.empty(self.stop - self.start, dtype=torch.uint8)
        with self.file.open("rb", buffering=0) as stream:
            stream.seek(self.start)
            view, got = memoryview(raw.numpy()), 0
            while got < len(view):  # one read gives 2 GB at most
                count = stream.readinto(view[got:])
                if not count:
                    raise ModelMissing(f"The file {self.file.name} is cut off", "it ended while it was read", AGAIN)
                got += count
        return raw.view(_TYPES[self.dtype]).view(self.shape)


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
        raise ModelMissing("The model is incomplete", f"{path.name} is absent", AGAIN) from error
    except (OSError, struct.error, ValueError) as error:
        raise ModelMissing(
            f"The file {path.name} is cut off or no safetensors file", "its header cannot be read", AGAIN
        ) from error
    entries = {}
    for name, about in found.items():
        if name != "__metadata__":
            start, stop = (8 + length + offset for offset in about["data_offsets"])
            entries[name] = Entry(path, about["dtype"], tuple(about["shape"]), start, stop)
    end = max((entry.stop for entry in entries.values()), default=0)
    if size < end:
        raise ModelMissing(f"The file {path.name} is cut off", f"it has {size} of {end} bytes", AGAIN)
    return entries, hashlib.sha256(raw).hexdigest()


@contextlib.contextmanager
def frugal() -> Iterator[None]:
    """While weights are converted, large blocks go back to the system when they are freed; glibc would keep them as holes."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is None:
        yield
        return
    mallopt(_MMAP_THRESHOLD, 1 << 20)
    try:
        yield
    finally:
        mallopt(_MMAP_THRESHOLD, 1 << 25)  # what glibc would have come to by itself


def identity(files: Iterable[Path]) -> str:
    """SHA-256 of names, beginnings and 64 samples of each file: changed weights of equal shape differ."""
    digest = hashlib.sha256()
    for path in sorted(files):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}".encode())
        with path.open("rb") as stream:
            digest.update(stream.read(1 << 16))
            for sample in range(64):
                stream.seek(size * sample // 64)
                digest.update(stream.read(256))
    return digest.hexdigest()
