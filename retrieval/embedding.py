"""Makes the vectors that a leg lacks and keeps them in the ledger; the index takes them from there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from library import filling
from library.records import Chunk
from library.store import Ledger
from library.text import digest, sentences
from retrieval import vectors
from retrieval.embed import Encoder, PartsEncoder

_LOOK_AGAIN_S = 5.0  # how often a long filling asks which document is wanted most now


class Embedding:
    """The vectors of one ledger's chunks and sentences; nothing is embedded twice."""

    def __init__(self, ledger: Ledger, encoders: Callable[[], Mapping[str, Encoder]]) -> None:
        """`encoders` gives the dense legs' encoders, opened when they are first asked for."""
        self._ledger, self._encoders = ledger, encoders

    def embed(self, chunks: Sequence[Chunk], texts: Sequence[str], leg: str) -> int:
        """Compute and keep what is missing of a leg's vectors; `texts` are the chunks' own. Gives how many it made."""
        encoder = self._encoders().get(leg)
        if encoder is None or not chunks:
            return 0
        if leg == "instant" and isinstance(encoder, PartsEncoder):
            return self._embed_parts(encoder, chunks, texts)
        embedded = [chunk.embedded(text) for chunk, text in zip(chunks, texts, strict=True)]
        hashes = [digest(text) for text in embedded]
        held = self._ledger.vectors(encoder.name, hashes)
        missing = {key: text for key, text in zip(hashes, embedded, strict=True) if key not in held}
        if missing:
            rows = encoder.passages(list(missing.values()))
            self._ledger.put_vectors(
                encoder.name, {key: vectors.pack(row) for key, row in zip(missing, rows, strict=True)}
            )
        if leg == "instant":
            self._embed_sentences(encoder, chunks, texts)
        return len(missing)

    def _embed_parts(self, encoder: PartsEncoder, chunks: Sequence[Chunk], texts: Sequence[str]) -> int:
        """Passages and their sentences together; what is held of a chunk is held of both."""
        model = f"{encoder.name}/sentences"
        held = self._ledger.vectors(model, [chunk.id for chunk in chunks])
        todo = [(chunk, text) for chunk, text in zip(chunks, texts, strict=True) if chunk.id not in held]
        if not todo:
            return 0
        parts = [[chunk.embedded(""), *(text[a:b] for a, b in sentences(text))] for chunk, text in todo]
        rows, within = encoder.passages_and_parts(parts)
        hashes = [digest(chunk.embedded(text)) for chunk, text in todo]
        self._ledger.put_vectors(encoder.name, {key: vectors.pack(row) for key, row in zip(hashes, rows, strict=True)})
        self._ledger.put_vectors(
            model, {chunk.id: vectors.pack_rows(part[1:]) for (chunk, _), part in zip(todo, within, strict=True)}
        )
        return len(todo)

    def _embed_sentences(self, encoder: Encoder, chunks: Sequence[Chunk], texts: Sequence[str]) -> None:
        model = f"{encoder.name}/sentences"
        held = self._ledger.vectors(model, [chunk.id for chunk in chunks])
        todo = [(chunk.id, text) for chunk, text in zip(chunks, texts, strict=True) if chunk.id not in held]
        parts = [[text[a:b] for a, b in sentences(text)] for _, text in todo]
        rows = encoder.passages([sentence for part in parts for sentence in part])
        at, packed = 0, {}
        for (name, _), part in zip(todo, parts, strict=True):
            packed[name] = vectors.pack_rows(rows[at : at + len(part)])
            at += len(part)
        if packed:
            self._ledger.put_vectors(model, packed)

    def missing(self, leg: str, *, progress: Callable[[int, int], None] | None = None, batch: int = 64,
                      go_on: Callable[[], bool] | None = None) -> int:  # fmt: skip
        """Make a leg's missing vectors of live versions in the ledger alone, the most asked and newest first."""
        encoder, made, looked = self._encoders().get(leg), 0, 0.0
        if encoder is None:
            return 0
        todo: list[tuple[str, int]] = []
        while True:
            if not todo or time.monotonic() - looked > _LOOK_AGAIN_S:
                todo, looked = filling.waiting(self._ledger, encoder.name)[::-1], time.monotonic()
                total = self._ledger.count_chunks()
            if not todo:
                return made
            left = sum(count for _, count in todo)
            version, _ = todo.pop()
            chunks, text = self._ledger.chunks_of(version), self._ledger.text(version) or ""
            for at in range(0, len(chunks), batch):
                if go_on and not go_on():
                    return made
                part = chunks[at : at + batch]
                made += self.embed(part, [text[chunk.start : chunk.end] for chunk in part], leg)
                if progress:
                    progress(total - left + at + len(part), total)
            filling.mark(self._ledger, encoder.name, [version])
