"""Fixtures that every package's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may touch the reader's own library or settings."""
    for name in [
        name
        for name in os.environ
        if name.startswith("SUYUAN_") and name not in ("SUYUAN_DATA", "SUYUAN_CACHE", "SUYUAN_SCREENSHOTS")
    ]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SUYUAN_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real documents and test sets; skips where it is absent."""
    folder = Path(os.environ.get("SUYUAN_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("the data folder is absent (set SUYUAN_DATA or put it at ../shared/data)")
    return folder
