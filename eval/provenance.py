"""What a result must carry so that it can be taken again: commit, data, seed and settings."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent


def stamp(
    files: Iterable[Path], *, seed: int | None = None, settings: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """`commit` (empty outside a checkout), `data` with the first 12 digits of each file's SHA-256, `seed`, `settings`."""
    data = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in files if path.is_file()}
    return {"commit": _commit(), "data": data, "seed": seed, "settings": dict(settings or {})}


def _commit() -> str:
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=_ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
