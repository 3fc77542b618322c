"""What an ingest would do: files against the ledger; reads bytes to name them, changes nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.parse import SUFFIXES
from library.errors import InputError
from library.records import Document, Status
from library.store import Ledger


@dataclass(frozen=True, slots=True)
class File:
    """A file on the disk, named by its bytes; `reason` where it could not be read at all."""

    path: Path
    sha256: str
    size: int
    reason: str = ""

    @property
    def uri(self) -> str:
        """What the ledger knows it by."""
        return os.fspath(self.path)


@dataclass(slots=True)
class Plan:
    """Files and documents by what is to be done with them."""

    new: list[File] = field(default_factory=list)
    changed: list[tuple[File, Document]] = field(default_factory=list)
    renamed: list[tuple[File, Document]] = field(default_factory=list)
    unchanged: list[Document] = field(default_factory=list)
    removed: list[Document] = field(default_factory=list)
    skipped: list[File] = field(default_factory=list)  # formats that Suyuan does not read, hidden files

    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {name: len(getattr(self, name)) for name in self.__slots__}


def files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Every file under the paths, with whether it was named itself; a folder that links to itself is entered once.

    :raises InputError: a path does not exist.
    """
    seen: set[tuple[int, int]] = set()
    for path in paths:
        if not os.path.lexists(path):
            raise InputError(f"{path} does not exist", "there is no such file or folder", "Check the path.")
        if not path.is_dir():
            yield Path(os.path.abspath(path)), True
            continue
        for folder, folders, names in os.walk(os.path.abspath(path), followlinks=True):
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in seen:
                folders.clear()
                continue
            seen.add((status.st_dev, status.st_ino))
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                yield Path(folder, name), False


def make(ledger: Ledger, paths: Sequence[Path], *, collection: str, settings: str, retry_failed: bool = False,
         max_bytes: int = 200 * 2**20) -> Plan:  # fmt: skip
    """Compare the files under `paths` with the ledger.

    :param settings: digest of the parser and chunker settings; a document read with others is read again.
    """
    plan = Plan()
    known = {document.uri: document for document in ledger.documents(collection)}
    found: dict[str, File] = {}
    for path, named in files(paths):
        suffix = path.suffix.lower()
        if not named and (
            path.name.startswith((".", "~$")) or (suffix and suffix not in SUFFIXES and suffix != ".zip")
        ):
            plan.skipped.append(File(path, "", 0))
            continue
        file = _named(path, max_bytes)
        found[file.uri] = file
    gone = [document for uri, document in known.items() if uri not in found and _under(uri, paths)]
    by_bytes = {document.sha256: document for document in gone if document.status is Status.LIVE}
    for uri, file in found.items():
        document = known.get(uri)
        if document is None:
            moved = by_bytes.pop(file.sha256, None)
            if moved is None:
                plan.new.append(file)
            else:
                plan.renamed.append((file, moved))
        elif document.sha256 == file.sha256 and ledger.document_settings(document.id) == settings and not (
            retry_failed and document.status is Status.FAILED
        ):  # fmt: skip
            plan.unchanged.append(document)
        else:
            plan.changed.append((file, document))
    moved_ids = {document.id for _, document in plan.renamed}
    plan.removed = [document for document in gone if document.id not in moved_ids]
    return plan


def _named(path: Path, max_bytes: int) -> File:
    try:
        size = path.stat().st_size
        if size > max_bytes:
            return File(
                path, f"too large:{size}", size, f"it has {size / 2**20:.0f} MiB; the limit is {max_bytes >> 20} MiB"
            )
        with path.open("rb") as stream:
            return File(path, hashlib.file_digest(stream, "sha256").hexdigest(), size)
    except OSError as error:
        return File(path, "", 0, error.strerror or str(error))


def _under(uri: str, paths: Sequence[Path]) -> bool:
    """Whether a known file lay in one of the folders that are ingested now, or is one of the files named."""
    return any(
        uri == os.path.abspath(path) or uri.startswith(os.path.join(os.path.abspath(path), "")) for path in paths
    )
