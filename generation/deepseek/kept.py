"""Kept prefixes: the cache of a prompt's stable beginning, found again by the hash of its ids, in memory and on disk.

Reading evidence is the slow part on a CPU. A prefix holds for one model, one form of its weights and one kind of cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from generation.deepseek.cache import Cache, Store
from generation.deepseek.model import Model

LAYOUT = "3 latent after norm, key rotated in place"  # changes with what a row holds
STRIDE = 64  # ids that share one link of the hash chain; prefixes are reused in multiples of it
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Entry:
    ids: list[int]
    links: list[str]
    cache: Cache | None  # None: on disk only
    path: Path | None


class Kept:
    """Prefixes of one model under a limit in bytes each for memory and disk, oldest use dropped first."""

    def __init__(self, model: Model, folder: Path | None = None, *, memory: int = 1 << 30, disk: int = 8 << 30) -> None:
        self._model, self._folder, self._memory, self._disk = model, folder, memory, disk
        self._entries: OrderedDict[str, _Entry] = OrderedDict()  # by last link and store, oldest use first
        self._links: dict[str, tuple[str, int]] = {}  # link: an entry that goes through it, and the ids up to it
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(folder.glob("*.safetensors"), key=lambda found: found.stat().st_mtime):
                self._find(path)

    def chain(self, ids: Sequence[int], store: Store) -> list[str]:
        """One SHA-256 for every whole stride: of what the rows depend on, all ids before and the stride's own."""
        print_of = [LAYOUT, asdict(self._model.config), self._model.identity, store, str(self._model.dtype)]
        link, links = hashlib.sha256(json.dumps(print_of).encode()).digest(), []
        for start in range(0, len(ids) - STRIDE + 1, STRIDE):
            link = hashlib.sha256(link + array("i", ids[start : start + STRIDE]).tobytes()).digest()
            links.append(link.hex())
        return links

    def keep(self, ids: Sequence[int], cache: Cache) -> None:
        """Keep the cache of `ids`; the rows stay shared with the caller's cache, and nothing is copied in memory."""
        links = self.chain(ids, cache.store)
        if not links or links[-1] in self._entries:
            return
        twin = cache.fork()
        twin.truncate(len(links) * STRIDE)
        path = self._write(links[-1], list(ids[: twin.length]), twin) if self._folder else None
        self._enter(_Entry(list(ids[: twin.length]), links, twin, path))

    def longest(self, ids: Sequence[int], store: Store) -> Cache | None:
        """A cache of the longest kept prefix that leaves one id at least to read, or None."""
        links = self.chain(ids[: len(ids) - 1], store)
        for count in range(len(links), 0, -1):
            name, length = self._links.get(links[count - 1], ("", 0))
            entry = self._entries.get(name)
            if entry is None or entry.ids[:length] != list(ids[:length]):
                continue
            if entry.cache is None:
                entry.cache = self._read(entry, store)
            if entry.cache is None:
                self._drop(name)
                continue
            self._entries.move_to_end(name)
            if entry.path:
                with contextlib.suppress(OSError):
                    os.utime(entry.path)
            found = entry.cache.fork()
            found.truncate(length)
            self._trim()
            return found
        return None

    def bytes(self) -> int:
        """Bytes in memory, segments that several prefixes share counted once."""
        found = {segment for entry in self._entries.values() if entry.cache for segment in entry.cache.segments()}
        return sum(segment.bytes() for segment in found)

    def _enter(self, entry: _Entry) -> None:
        self._entries[entry.links[-1]] = entry
        self._index()
        self._trim()

    def _index(self) -> None:
        self._links = {
            link: (name, count * STRIDE)
            for name, entry in self._entries.items()
            for count, link in enumerate(entry.links, start=1)
        }

    def _trim(self) -> None:
        for name, entry in list(self._entries.items()):
            if self.bytes() <= self._memory:
                break
            entry.cache = None
            if entry.path is None:
                self._drop(name)
        files = [(name, entry.path) for name, entry in self._entries.items() if entry.path and entry.path.exists()]
        total = sum(path.stat().st_size for _, path in files)
        for name, path in files:
            if total <= self._disk:
                break
            total -= path.stat().st_size
            path.unlink(missing_ok=True)
            self._entries[name].path = None
            if self._entries[name].cache is None:
                self._drop(name)

    def _drop(self, name: str) -> None:
        entry = self._entries.pop(name)
        if entry.path:
            entry.path.unlink(missing_ok=True)
        self._index()

    def _write(self, name: str, ids: list[int], cache: Cache) -> Path | None:
        assert self._folder is not None
        path = self._folder / f"{name}.safetensors"
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            save_file(
                cache.state() | {"ids": torch.tensor(ids, dtype=torch.int32)}, part, metadata={"store": cache.store}
            )
            with part.open("rb+") as stream:
                os.fsync(stream.fileno())
            part.replace(path)
        except OSError as error:
            _log.warning("a prefix could not be kept on disk: %s", error)
            part.unlink(missing_ok=True)
            return None
        return path

    def _find(self, path: Path) -> None:
        """Enter a file that an earlier run left; one of another model is left alone, a broken one is removed."""
        try:
            with safe_open(path, framework="pt") as found:
                store: Store = found.metadata()["store"]
                ids = found.get_tensor("ids").tolist()
        except (OSError, SafetensorError, KeyError, TypeError) as error:
            _log.warning("the kept prefix %s cannot be read and is removed: %s", path.name, error)
            path.unlink(missing_ok=True)
            return
        links = self.chain(ids, store)
        if links and links[-1] == path.stem:
            self._enter(_Entry(ids, links, None, path))

    def _read(self, entry: _Entry, store: Store) -> Cache | None:
        assert entry.path is not None
        cache = self._model.cache(store, len(entry.ids))
        try:
            with safe_open(entry.path, framework="pt") as found:
                cache.restore({name: found.get_tensor(name) for name in found.keys()})  # noqa: SIM118 - a file, no mapping
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            _log.warning("the kept prefix %s cannot be read: %s", entry.path.name, error)
            return None
        return cache if cache.length == len(entry.ids) else None
