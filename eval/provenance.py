"""What a result must carry so that it can be taken again: commit, data, seed and settings."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from library.settings import Settings

_ROOT = Path(__file__).resolve().parent.parent


def stamp(
    files: Iterable[Path], *, seed: int | None = None, settings: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """`commit` (empty outside a checkout), `data` with 12 digits of each file's or folder's SHA-256, `seed`, `settings`."""
    data = {path.name: _digest(path)[:12] for path in files if path.exists()}
    return {"commit": _commit(), "data": data, "seed": seed, "settings": dict(settings or {})}


def knobs(settings: Settings) -> dict[str, Any]:
    """The settings that bear on a measured answer, flat; a path gives only its last part."""
    chosen = settings.model_dump(mode="json", include={"chunk": True, "retrieval": True, "answer": True,
                                                       "local": {"model", "precision"}, "server": {"model"}})  # fmt: skip
    flat = {f"{section}.{name}": value for section, own in chosen.items() for name, value in own.items()}
    return {name: value.rsplit("/", 1)[-1] if _is_path(value) else value for name, value in flat.items()}


def _is_path(value: object) -> bool:
    return isinstance(value, str) and (value.startswith(("/", "~", ".")) or "://" in value)


def _digest(path: Path) -> str:
    """Of a folder: over the names and digests of its files in order."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    inside = sorted(file for file in path.rglob("*") if file.is_file())
    lines = (f"{file.relative_to(path).as_posix()} {_digest(file)}" for file in inside)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _commit() -> str:
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=_ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
