"""Encoders by name: text in, unit vectors out; they know no chunk, no index and no setting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


class Encoder(Protocol):
    """Turns texts into vectors of norm 1; `name` tells two models apart wherever vectors are kept."""

    name: str
    dim: int
    max_tokens: int

    def count(self, text: str) -> int:
        """Tokens that `text` takes of the window, special ones included."""

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed what is searched; float32 [len(texts), dim]."""

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed what is asked; float32 [len(texts), dim]."""


@runtime_checkable
class PartsEncoder(Encoder, Protocol):
    """An encoder that gives a text's vector and those of its parts in one go."""

    def passages_and_parts(
        self, texts: Sequence[Sequence[str]]
    ) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        """Each text as consecutive parts; a row a text, and for each text a row a part."""


def with_parts(
    encoder: Encoder, texts: Sequence[str], parts: Sequence[Sequence[str]]
) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
    """A row a text and a row a part, in one go where the encoder can."""
    if isinstance(encoder, PartsEncoder):
        return encoder.passages_and_parts(parts)
    rows = encoder.passages([part for own in parts for part in own])
    borders = np.cumsum([len(own) for own in parts])[:-1]
    return encoder.passages(texts), np.split(rows, borders)


def load(name: str, *, threads: int = 0, cache: Path | None = None) -> Encoder:
    """An encoder by name: `use`, `e5`, or a sentence-transformers model (a hub name or a folder).

    :raises ModelMissing: its package or files are absent.
    """
    if name == "use":
        from retrieval.encoders.use import UniversalSentenceEncoder

        return UniversalSentenceEncoder(threads=threads, cache=cache)
    if name == "e5":
        from retrieval.encoders.e5 import MultilingualE5

        return MultilingualE5(threads=threads, cache=cache)
    from retrieval.encoders.transformer import SentenceTransformerEncoder

    return SentenceTransformerEncoder(name)


def counter(name: str, *, cache: Path | None = None) -> Callable[[str], int]:
    """Counts tokens as this encoder does, without loading its weights."""
    return load(name, cache=cache).count
