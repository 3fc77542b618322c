"""Fills the deep vectors in the background of a page: a thread that gives way to questions and stops when it is told.

One process at a time fills a library. What was done is kept, so an interrupted filling goes on where it was.
"""

from __future__ import annotations

import fcntl
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from library.errors import SuyuanError

if TYPE_CHECKING:
    from retrieval.search import Search

_log = logging.getLogger(__name__)
_BATCH = 8  # chunks between two looks at whether somebody asks: some tenths of a second
_BREATH_S = 0.02


@contextmanager
def sole_filler(home: Path) -> Iterator[bool]:
    """Whether the caller is now the one who fills this library; kept until the end of the block."""
    with (home / "deep.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


class Deepener:
    """Keeps one search's library deep as documents come; `start` it once, and `close` it before the search."""

    def __init__(self, search: Search, *, leg: str = "deep", pause_s: float = 3.0) -> None:
        """`pause_s`: how often it looks for documents that have come."""
        self._search, self._leg, self._pause_s = search, leg, pause_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="deepener", daemon=True)
        self.progress: tuple[int, int] | None = None  # chunks done and in all; None while nothing is being made

    def start(self) -> None:
        """Begin; a process that ends does not wait for it."""
        self._thread.start()

    def close(self, *, wait_s: float = 10.0) -> None:
        """Stop after the batch at hand."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(wait_s)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._search.fill(self._leg, batch=_BATCH, progress=self._tell, go_on=self._go_on)
            except SuyuanError as error:  # a busy ledger, a missing model: the questions must not suffer from it
                _log.warning("deep vectors are not being made: %s", error)
            self.progress = None
            self._stop.wait(self._pause_s)

    def _tell(self, done: int, total: int) -> None:
        self.progress = done, total

    def _go_on(self) -> bool:
        """Wait while questions are being answered; False when told to stop."""
        while self._search.asking and not self._stop.is_set():
            time.sleep(_BREATH_S)
        return not self._stop.is_set()
