"""The order of an ingest: parse in the sandbox, cut, embed, publish, index; every file is one transaction.

It can be killed at any moment: what was published is whole, what was not is done by the next run.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ingest import plan as planning
from ingest.chunk import split
from ingest.parse import PARSER_VERSION, SUFFIXES
from ingest.sandbox import Sandbox
from library.errors import SuyuanError
from library.records import Chunk, Document, Parsed, Status, Version
from library.store import Ledger, now
from library.text import digest, language

if TYPE_CHECKING:
    from library.settings import Settings

_SYNC_EVERY_S = 5.0  # how long a published document may wait for the index in a long run
_TOGETHER = 64  # small files under way at once: what they hold is embedded together, in two thirds of the time
_TOGETHER_BYTES = 2**19  # of such files, so that no long text waits in memory for others

Job = tuple[planning.File, Document | None]  # what is to be read, and the document that it changes


class Searchable(Protocol):
    """What the pipeline needs of `retrieval.search.Search`."""

    def embed(self, chunks: Sequence[Chunk], texts: Sequence[str], leg: str) -> int:
        """Keep a leg's vectors of these chunks."""

    def fill(self, leg: str = "deep", *, progress: Callable[[int, int], None] | None = None) -> int | None:
        """Make what is missing of a leg; None where another process is at it."""

    def sync(self) -> None:
        """Bring the index in line."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an ingest stands; `seconds_left` is None until it can be told."""

    stage: str  # "reading" or "deep vectors"
    done: int
    total: int
    chunks: int
    seconds: float
    name: str = ""

    @property
    def chunks_per_s(self) -> float:
        """Chunks a second so far."""
        return self.chunks / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far."""
        return self.seconds / self.done * (self.total - self.done) if self.done else None


@dataclass(slots=True)
class Report:
    """What an ingest did."""

    plan: dict[str, int]
    added: int = 0
    updated: int = 0
    renamed: int = 0
    removed: int = 0
    unchanged: int = 0
    chunks: int = 0
    deep: int = 0
    deep_elsewhere: bool = False  # another process makes the deep vectors
    seconds: float = 0.0
    failed: list[dict[str, str]] = field(default_factory=list)


def settings_digest(settings: Settings) -> str:
    """Names the parser and chunker settings that a version depends on."""
    own = settings.chunk
    return digest(
        PARSER_VERSION, str(settings.ingest.ocr), str(own.tokens), str(own.max_tokens), settings.retrieval.deep
    )


def ingest(
    ledger: Ledger, search: Searchable, settings: Settings, paths: Sequence[Path], *, collection: str = "default",
    dry_run: bool = False, retry_failed: bool = False, deep: bool = True, titles: dict[str, str] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Report:  # fmt: skip
    """Bring the library in line with the files under `paths`.

    :param titles: uri → title to show, for uploads that are stored under their hash.
    """
    begin = time.monotonic()
    name = settings_digest(settings)
    plan = planning.make(
        ledger, paths, collection=collection, settings=name, retry_failed=retry_failed,
        max_bytes=settings.ingest.max_file_mb * 2**20,
    )  # fmt: skip
    report = Report(plan.counts(), unchanged=len(plan.unchanged))
    if dry_run:
        return report
    for file, document in plan.renamed:
        ledger.put_document(replace(document, uri=file.uri, updated=now()), settings=name)
        report.renamed += 1
    _Run(ledger, search, settings, collection, name, report, begin, titles or {}, progress).read(plan)
    for document in plan.removed:
        ledger.remove_document(document.id)
        report.removed += 1
    search.sync()
    if deep and settings.retrieval.deep:
        _deepen(search, progress, report)
    report.seconds = round(time.monotonic() - begin, 2)
    return report


def _deepen(search: Searchable, progress: Callable[[Progress], None] | None, report: Report) -> None:
    begin = time.monotonic()

    def tell(done: int, total: int) -> None:
        if progress:
            progress(Progress("deep vectors", done, total, done, time.monotonic() - begin))

    made = search.fill("deep", progress=tell)
    report.deep, report.deep_elsewhere = made or 0, made is None


@dataclass
class _Run:
    """One pass over new and changed files."""

    ledger: Ledger
    search: Searchable
    settings: Settings
    collection: str
    digest: str
    report: Report
    begin: float
    titles: dict[str, str]
    progress: Callable[[Progress], None] | None
    synced: float = 0.0

    def read(self, plan: planning.Plan) -> None:
        todo: list[Job] = [(file, None) for file in plan.new]
        todo += list(plan.changed)
        if not todo:
            return
        own = self.settings.ingest
        with Sandbox(
            workers=min(own.workers, len(todo)), timeout_s=own.timeout_s, memory_mb=own.memory_mb, ocr=own.ocr,
            ocr_pages=own.ocr_pages,
        ) as sandbox:  # fmt: skip
            waiting: dict[Future[Parsed], Job] = {}
            queue, done = todo[::-1], 0
            while queue or waiting:
                while queue and self._room([file for file, _ in waiting.values()]):
                    file, document = queue.pop()
                    if file.reason:
                        cure = "Check the file and its permissions."
                        self._fail(file, document, SuyuanError(f"{file.path.name} was not read", file.reason, cure))
                        done += 1
                    else:
                        waiting[sandbox.submit(file.path)] = (file, document)
                ready, _ = wait(waiting, return_when=FIRST_COMPLETED) if waiting else (set(), set())
                for name in self._take([(waiting.pop(future), future) for future in ready]):
                    done += 1
                    self._tell(done, len(todo), name)

    def _room(self, under_way: Sequence[planning.File]) -> bool:
        """Whether one more file may be parsed before those that are under way are embedded."""
        small = len(under_way) < _TOGETHER and sum(file.size for file in under_way) < _TOGETHER_BYTES
        return small or len(under_way) < 2 * self.settings.ingest.workers

    def _tell(self, done: int, total: int, name: str) -> None:
        if self.progress:
            self.progress(Progress("reading", done, total, self.report.chunks, time.monotonic() - self.begin, name))
        if time.monotonic() - self.synced > _SYNC_EVERY_S:
            self.search.sync()
            self.synced = time.monotonic()

    def _take(self, ready: Sequence[tuple[Job, Future[Parsed]]]) -> Iterator[str]:
        """Embed parsed files together and publish them one by one; gives each file's name when it is done."""
        made: list[tuple[Document, Version, list[Chunk]]] = []
        for (file, document), future in ready:
            try:
                made.append(self._cut(file, document, future.result()))
            except SuyuanError as error:
                self._fail(file, document, error)
                yield file.path.name
        chunks = [chunk for _, _, own in made for chunk in own]
        texts = [version.text[chunk.start : chunk.end] for _, version, own in made for chunk in own]
        self.search.embed(chunks, texts, "instant")
        changed = {document.id for (_, document), _ in ready if document}
        for live, version, own in made:
            self.ledger.publish(live, version, own, settings=self.digest)
            self.report.chunks += len(own)
            if live.id in changed:
                self.report.updated += 1
            else:
                self.report.added += 1
            yield Path(live.uri).name

    def _cut(
        self, file: planning.File, document: Document | None, parsed: Parsed
    ) -> tuple[Document, Version, list[Chunk]]:
        identity = document.id if document else digest(self.collection, file.uri, file.sha256)[:24]
        version = Version(
            digest(identity, file.sha256, self.digest), identity, file.sha256, parsed.text, parsed.elements, parsed.parser,
            now(), parsed.pages, parsed.warnings,
        )  # fmt: skip
        chunks = split(
            parsed.text, parsed.elements, version=version.id, count=self.count, target=self.settings.chunk.tokens,
            limit=self.settings.chunk.max_tokens,
        )  # fmt: skip
        live = Document(
            identity, self.collection, file.uri, self.titles.get(file.uri) or parsed.title or file.path.stem,
            parsed.media_type, language(parsed.text), file.sha256, file.size, Status.LIVE, version.id, updated=now(),
        )  # fmt: skip
        return live, version, chunks

    @cached_property
    def count(self) -> Callable[[str], int]:
        """Tokens as the hard window counts them: the deep encoder's, else the instant one's."""
        from retrieval.embed import counter

        own = self.settings.retrieval
        return counter(own.deep or own.instant or "use", cache=self.settings.cache)

    def _fail(self, file: planning.File, document: Document | None, error: SuyuanError) -> None:
        """Record a file that could not be read; a version that was live stays so."""
        identity = document.id if document else digest(self.collection, file.uri, file.sha256)[:24]
        self.ledger.put_document(
            Document(
                identity, self.collection, file.uri, self.titles.get(file.uri) or file.path.name,
                SUFFIXES.get(file.path.suffix.lower(), ""), "", file.sha256, file.size, Status.FAILED,
                document.version if document else None, error.why, error.cure, now(),
            ),
            settings=self.digest,
        )  # fmt: skip
        self.report.failed.append({"file": file.uri, "reason": error.why, "cure": error.cure})


def add_upload(home: Path, name: str, data: bytes) -> Path:
    """Store an upload under its hash, never under the name that came with it; the suffix is kept where it is known."""
    folder = home / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    suffix = Path(name).suffix.lower()
    path = folder / (hashlib.sha256(data).hexdigest() + (suffix if suffix in SUFFIXES else ""))
    if not path.exists():
        partial = path.with_suffix(path.suffix + ".partial")
        partial.write_bytes(data)
        partial.rename(path)
    return path
