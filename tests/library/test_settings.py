from pathlib import Path

import pytest

from library import settings
from library.errors import SettingError


def test_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "suyuan.toml").write_text("[retrieval]\ntop_k = 7\ncandidates = 50\n")
    monkeypatch.setenv("SUYUAN_RETRIEVAL__TOP_K", "3")
    loaded = settings.load(tmp_path)
    assert (loaded.retrieval.top_k, loaded.retrieval.candidates) == (3, 50)
    assert loaded.home == tmp_path


def test_a_bad_value_names_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_RETRIEVAL__TOP_K", "none")
    with pytest.raises(SettingError, match="SUYUAN_RETRIEVAL__TOP_K"):
        settings.load(tmp_path)


def test_a_broken_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "suyuan.toml").write_text("[retrieval\n")
    with pytest.raises(SettingError, match=r"suyuan\.toml"):
        settings.load(tmp_path)


def test_secrets_are_masked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_INDEX__API_KEY", "s3cret")
    assert "s3cret" not in repr(settings.load(tmp_path))


@pytest.mark.parametrize("name", ["HOME", "CACHE"])
def test_an_empty_folder_is_the_default_and_never_where_one_stands(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(f"SUYUAN_{name}", raising=False)
    unset = getattr(settings.load(), name.lower())
    monkeypatch.setenv(f"SUYUAN_{name}", "")
    assert getattr(settings.load(), name.lower()) == unset != tmp_path
