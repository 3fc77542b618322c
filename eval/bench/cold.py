"""`suyuan search` from a cold start: the whole process, on a small library and on one of many chunks.

The large one is made here: real text of a few templates, random vectors, indexed as any library is.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from eval.bench.timing import machine
from library.records import Chunk, Document, Element, Kind, Status, Version
from library.settings import Settings
from library.store import Ledger, now
from library.text import digest
from retrieval import vectors
from retrieval.search import Search

_PER_DOCUMENT = 50
_SENTENCES = 3
_LINE = "第{0}号记录：{1}年设备编号 {2} 的额定功率为 {3} 瓦，由第{4}车间维护。The unit {2} is checked every {4} days."


def measure(settings: Settings, *, points: int = 100_000, rounds: int = 3) -> dict[str, object]:
    """Median seconds of `suyuan search` on the examples and on `points` chunks, and of `suyuan --help`."""
    with tempfile.TemporaryDirectory() as place:
        small, large = Path(place) / "small", Path(place) / "large"
        _command(small, settings, "ingest", str(Path(__file__).resolve().parents[2] / "examples"))
        build(settings, large, points=points)
        seconds: dict[str, list[float]] = {"help_s": [], "examples_s": [], "large_s": []}
        for _ in range(rounds):
            seconds["help_s"].append(_command(small, settings, "--help"))
            seconds["examples_s"].append(_command(small, settings, "search", "MLA 为什么能减少 KV 缓存"))
            seconds["large_s"].append(_command(large, settings, "search", "设备编号 4711 的额定功率是多少"))
    return {
        **{name: round(statistics.median(taken), 2) for name, taken in seconds.items()},
        "points": points, "rounds": rounds, **machine(),
    }  # fmt: skip


def _command(home: Path, settings: Settings, *arguments: str) -> float:
    root = Path(__file__).resolve().parents[2]
    paths = os.pathsep.join(part for part in (str(root), os.environ.get("PYTHONPATH", "")) if part)
    surroundings = {**os.environ, "SUYUAN_HOME": str(home), "SUYUAN_CACHE": str(settings.cache), "PYTHONPATH": paths}
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "ui.cli", *arguments], check=True, env=surroundings, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - begin


def build(settings: Settings, home: Path, *, points: int) -> None:
    """A library of `points` chunks in `home`, indexed."""
    ledger = Ledger(home)
    search = Search(ledger, settings.model_copy(update={"home": home}))
    rng = np.random.default_rng(0)
    for number in range(-(-points // _PER_DOCUMENT)):
        document, version, chunks = _document(number, min(_PER_DOCUMENT, points - number * _PER_DOCUMENT))
        for leg, encoder in search.encoders.items():
            hashes = [digest(chunk.embedded(version.text[chunk.start : chunk.end])) for chunk in chunks]
            rows = dict(zip(hashes, _unit(rng, len(hashes), encoder.dim), strict=True))
            ledger.put_vectors(encoder.name, {key: vectors.pack(row) for key, row in rows.items()})
            if leg == "instant":
                packed = {chunk.id: vectors.pack_rows(_unit(rng, _SENTENCES, encoder.dim)) for chunk in chunks}
                ledger.put_vectors(f"{encoder.name}/sentences", packed)
        ledger.publish(document, version, chunks)
    search.sync()
    search.close()
    ledger.close()


def _unit(rng: np.random.Generator, count: int, dim: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    rows = rng.normal(size=(count, dim)).astype(np.float32)
    normal: np.ndarray[tuple[int, int], np.dtype[np.float32]] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return normal


def _document(number: int, count: int) -> tuple[Document, Version, list[Chunk]]:
    lines = list(_lines(number, count))
    text, chunks, at = "\n".join(lines), [], 0
    name = digest("bench", str(number))
    for ordinal, line in enumerate(lines):
        key = digest(name, str(ordinal))
        chunks.append(Chunk(f"{key[:8]}-{key[8:12]}-4{key[13:16]}-8{key[17:20]}-{key[20:32]}", name, ordinal, at, at + len(line), language="zh"))  # fmt: skip
        at += len(line) + 1
    document = Document(
        name, "bench", f"/{name}", f"record {number}", "text/plain", "zh", name, len(text), Status.LIVE, name
    )
    return document, Version(name, name, name, text, (Element(Kind.PARAGRAPH, 0, len(text)),), "bench", now()), chunks


def _lines(number: int, count: int) -> Iterator[str]:
    for ordinal in range(count):
        serial = number * _PER_DOCUMENT + ordinal
        yield _LINE.format(serial, 1990 + serial % 35, 10_000 + serial * 7 % 90_000, 50 + serial % 900, 1 + serial % 31)
