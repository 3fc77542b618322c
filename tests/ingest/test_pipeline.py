"""Files that were parsed at the same time are embedded together, and each still stands or falls alone."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest

from ingest import pipeline
from ingest.parse import parse
from library import settings as knobs
from library.errors import InputError
from library.records import Chunk, Parsed, Status
from library.store import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "home")
    yield opened
    opened.close()


class AtOnce:
    """A sandbox without children: what is submitted is parsed before it is waited for."""

    def __init__(self, **_: object) -> None:
        """It has no limits."""

    def submit(self, path: Path) -> Future[Parsed]:
        future: Future[Parsed] = Future()
        if path.suffix == ".pdf":
            future.set_exception(InputError(f"{path.name} was not read", "it is damaged", "Save it anew."))
        else:
            future.set_result(parse(path, ocr=False))
        return future

    def __enter__(self) -> "AtOnce":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing was opened."""


class Counting:
    """Stands for the search, and keeps which texts came in which call."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def embed(self, chunks: Sequence[Chunk], texts: Sequence[str], leg: str) -> int:
        assert leg == "instant" and len(chunks) == len(texts)
        self.calls.append(list(texts))
        return len(chunks)

    def fill(self, leg: str = "deep", *, progress: Callable[[int, int], None] | None = None) -> int | None:
        return 0

    def sync(self) -> None:
        """There is no index."""


def read(ledger: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Counting, pipeline.Report]:
    monkeypatch.setattr(pipeline, "Sandbox", AtOnce)
    search = Counting()
    return search, pipeline.ingest(ledger, search, knobs.load(), [folder], deep=False)


def test_small_files_are_embedded_together_and_a_broken_one_falls_alone(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(100):
        (folder / f"{number:03}.md").write_text(f"# Page {number}\n\nThe rent of flat {number} is due.\n", "utf-8")
    (folder / "050.pdf").write_bytes(b"no archive")
    search, report = read(ledger, folder, monkeypatch)
    assert report.added == 100 and [Path(one["file"]).name for one in report.failed] == ["050.pdf"]
    assert [len(call) for call in search.calls] == [63, 37]
    for document in ledger.documents():
        if document.status is Status.LIVE:
            assert f"flat {int(Path(document.uri).stem)} is" in (ledger.text(document.version or "") or "")


def test_long_files_do_not_wait_for_others(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    monkeypatch.setattr(pipeline, "_TOGETHER_BYTES", 4000)
    for number in range(6):
        line = f"Line of book {number}, which is long.\n\n"
        (folder / f"{number}.txt").write_text(line * (4000 // len(line) + 1), "utf-8")
    search, report = read(ledger, folder, monkeypatch)
    assert report.added == 6 and len(search.calls) >= 2
    books = [{text.split(",")[0].rsplit(" ", 1)[-1] for text in call} for call in search.calls]
    assert max(map(len, books)) <= 2 * knobs.load().ingest.workers
