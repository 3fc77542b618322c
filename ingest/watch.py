"""Wait until something under the watched paths changes, by looking at names, sizes and times every two seconds."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from ingest.plan import files


def snapshot(paths: Sequence[Path]) -> dict[str, tuple[int, int]]:
    """Every file's size and time of change."""
    seen = {}
    for path, _ in files(paths):
        try:
            status = os.stat(path)
        except OSError:
            continue
        seen[os.fspath(path)] = (status.st_size, status.st_mtime_ns)
    return seen


def wait_for_change(paths: Sequence[Path], *, every_s: float = 2.0) -> None:
    """Return when the files differ from now and have been still for one look."""
    before = last = snapshot(paths)
    while True:
        time.sleep(every_s)
        current = snapshot(paths)
        if current != before and current == last:
            return
        last = current
