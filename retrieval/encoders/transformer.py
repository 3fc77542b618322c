"""Any sentence-transformers model by hub name or folder; prompts, dimension and window come from the model itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from library.errors import ModelMissing


class SentenceTransformerEncoder:
    """Loads the model when it is made; importing the library alone takes ten seconds."""

    def __init__(self, name: str) -> None:
        """Load the model.

        :raises ModelMissing: it is neither a folder nor to be had from the hub.
        """
        try:
            from sentence_transformers import SentenceTransformer

            self._model: Any = SentenceTransformer(name, device="cpu")
        except ImportError as error:
            raise ModelMissing(
                f"The model {name} cannot be loaded",
                "sentence-transformers is absent",
                "Run: pip install sentence-transformers.",
            ) from error
        except (OSError, ValueError) as error:
            raise ModelMissing(
                f"The model {name} cannot be loaded",
                str(error).splitlines()[0][:200],
                "Check its name, or give a folder.",
            ) from error
        self.name = name
        self.dim = int(self._model.get_sentence_embedding_dimension())
        self.max_tokens = int(self._model.max_seq_length or 512)

    @cached_property
    def _prompts(self) -> dict[str, str]:
        return dict(self._model.prompts or {})

    def count(self, text: str) -> int:
        """Tokens with the special ones."""
        return len(self._model.tokenizer(text)["input_ids"])

    def _embed(self, texts: Sequence[str], prompts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        prompt = next((self._prompts[name] for name in prompts if self._prompts.get(name)), None)
        rows = self._model.encode(list(texts), prompt=prompt, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, np.float32)

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed passages; [len(texts), dim]."""
        return self._embed(texts, ("passage", "document"))

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions; [len(texts), dim]."""
        return self._embed(texts, ("query",))
