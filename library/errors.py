"""The one tree of errors that a reader can act on: what failed, why, and the cure.

    SuyuanError
    ├── SettingError      a setting has a value that cannot be used          exit 2
    ├── InputError        a file, a question or an id cannot be used         exit 2
    ├── LibraryBusy       another process holds what is needed               exit 3
    ├── ModelMissing      a model or an optional package is absent           exit 3
    ├── IndexMismatch     the index was made by another model or layout      exit 3
    └── BackendError      a generator or a Qdrant server did not answer      exit 3

A caller's bug is a ValueError with the value, never one of these.
"""

from __future__ import annotations


class SuyuanError(Exception):
    """Base of every error a reader can act on."""

    exit_code = 1

    def __init__(self, what: str, why: str, cure: str) -> None:
        super().__init__(what, why, cure)  # all three, so that the error survives pickling
        self.what, self.why, self.cure = what, why, cure

    def __str__(self) -> str:
        return f"{self.what}: {self.why}. {self.cure}"


class SettingError(SuyuanError):
    """A setting has a value that cannot be used; names the variable."""

    exit_code = 2


class InputError(SuyuanError):
    """A file, a question or an id that was given cannot be used."""

    exit_code = 2


class LibraryBusy(SuyuanError):
    """Another process on the same home holds what is needed."""

    exit_code = 3


class ModelMissing(SuyuanError):
    """A model's files or an optional package are absent; the cure names the one to install."""

    exit_code = 3


class IndexMismatch(SuyuanError):
    """The index was made by another model or layout than the settings now ask for."""

    exit_code = 3


class BackendError(SuyuanError):
    """A generator or a Qdrant server could not be reached or answered with an error."""

    exit_code = 3
