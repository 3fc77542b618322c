"""Parsing in child processes with limits: a file may crash, hang or swell, and only itself is lost.

Each child serves many files. The address space is limited by the kernel, the wall clock by the parent, which kills and
replaces a child that is over; sockets are refused inside.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import threading
from concurrent.futures import Future
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

from library.errors import InputError, SuyuanError
from library.records import Parsed

_FILES_PER_CHILD = 200  # libraries leak; a fresh child costs seconds, once in a while
_MAX_CHARACTERS = 50_000_000


class Sandbox:
    """Parses files in `workers` children; close it, or use it as a context manager."""

    def __init__(
        self, *, workers: int, timeout_s: float, memory_mb: int, ocr: bool = True, ocr_pages: int = 200
    ) -> None:
        """Children start with the first file."""
        self._limits = (timeout_s, memory_mb, ocr, ocr_pages)
        self._jobs: queue.Queue[tuple[Path, Future[Parsed]] | None] = queue.Queue()
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, path: Path) -> Future[Parsed]:
        """Parse a file; the future gives its text or raises a SuyuanError with reason and cure."""
        future: Future[Parsed] = Future()
        self._jobs.put((path, future))
        return future

    def close(self) -> None:
        """End the children; what was not begun is cancelled."""
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job:
                job[1].cancel()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(timeout=5)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _serve(self) -> None:
        child: _Child | None = None
        while (job := self._jobs.get()) is not None:
            path, future = job
            if not future.set_running_or_notify_cancel():
                continue
            if child is None or child.served >= _FILES_PER_CHILD:
                if child:
                    child.stop()
                child = _Child(*self._limits)
            try:
                future.set_result(child.parse(path))
            except SuyuanError as error:
                future.set_exception(error)
            if not child.alive():
                child.stop()
                child = None
        if child:
            child.stop()


class _Child:
    """One child process and the pipe to it."""

    def __init__(self, timeout_s: float, memory_mb: int, ocr: bool, ocr_pages: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._timeout_s, self.served = timeout_s, 0
        self._memory_mb = memory_mb
        self._process = context.Process(target=_work, args=(theirs, memory_mb, timeout_s, ocr, ocr_pages), daemon=True)
        self._process.start()
        theirs.close()

    def alive(self) -> bool:
        return self._process.is_alive() and not self._pipe.closed

    def parse(self, path: Path) -> Parsed:
        self.served += 1
        extra = 60 if self.served == 1 else 0  # the child's own start
        try:
            self._pipe.send(os.fspath(path))
            if not self._pipe.poll(self._timeout_s + extra):
                self.stop()
                raise InputError(
                    f"{path.name} was not read", f"it took longer than {self._timeout_s:.0f} s",
                    "Split the file, or raise SUYUAN_INGEST__TIMEOUT_S.",
                )  # fmt: skip
            answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            self.stop()
            raise InputError(
                f"{path.name} was not read", f"its parser stopped (limit {self._memory_mb} MiB of memory)",
                "Open and save the file anew, or raise SUYUAN_INGEST__MEMORY_MB.",
            ) from error  # fmt: skip
        if isinstance(answer, Parsed):
            return answer
        raise InputError(*answer)

    def stop(self) -> None:
        self._pipe.close()
        if self._process.is_alive():
            self._process.kill()
        self._process.join(timeout=5)


def _work(pipe: Connection, memory_mb: int, timeout_s: float, ocr: bool, ocr_pages: int) -> None:
    """The child's loop: paths in, Parsed or (what, why, cure) out."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    _restrict(memory_mb)
    from ingest.parse import parse

    while True:
        try:
            path = Path(pipe.recv())
        except (EOFError, OSError):
            return
        answer: Any
        try:
            answer = parse(path, ocr=ocr, ocr_pages=ocr_pages)
            if len(answer.text) > _MAX_CHARACTERS:
                answer = (
                    f"{path.name} was not read",
                    "its text is longer than 50 million characters",
                    "Split the file.",
                )
        except SuyuanError as error:
            answer = (error.what, error.why, error.cure)
        except MemoryError:
            answer = (
                f"{path.name} was not read", f"it needs more than {memory_mb} MiB of memory",
                "Split the file, or raise SUYUAN_INGEST__MEMORY_MB.",
            )  # fmt: skip
        except (NameError, ImportError) as error:  # ours, or an incomplete installation: never the file's fault
            answer = (
                f"{path.name} was not read",
                f"Suyuan itself failed on it ({error})",
                "Install again; if that does not help, report it.",
            )
        except Exception as error:  # noqa: BLE001 - the top of one file in a batch; the ledger keeps the reason
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            answer = (
                f"{path.name} was not read",
                f"it seems damaged ({reason})",
                "Open and save it anew, or leave it out.",
            )
        try:
            pipe.send(answer)
        except OSError:
            return


def _restrict(memory_mb: int) -> None:
    """Limit the address space to what is mapped now and `memory_mb` more, and refuse sockets."""
    import resource
    import socket

    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    limit = mapped + (memory_mb + 3000) * 2**20  # libraries reserve far more address space than they use
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    def refused(*_: object, **__: object) -> None:
        raise PermissionError("a parser may not use the network")

    socket.socket.connect = refused  # type: ignore[method-assign,assignment]
    os.environ.update(DO_NOT_TRACK="1", SCARF_NO_ANALYTICS="1", HF_HUB_OFFLINE="1", UNSTRUCTURED_DISABLE_NOTICE="1",
                      OMP_NUM_THREADS="1")  # fmt: skip
