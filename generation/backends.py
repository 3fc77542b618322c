"""The backend that the settings choose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from generation import models
from generation.chat import Chat
from library.errors import SettingError

if TYPE_CHECKING:
    from library.settings import Settings


def choose(settings: Settings) -> Chat | None:
    """`auto` is the server where one is named, else a local model where one is here; None stands for quoting.

    :raises SettingError: the backend that is asked for is not set up.
    """
    backend, server = settings.answer.backend, settings.server
    if backend == "server" or (backend == "auto" and server.url):
        if not server.url:
            raise SettingError("The server backend cannot be used", "no server is named", "Set SUYUAN_SERVER__URL.")
        from generation.server import ServerBackend

        return ServerBackend(
            server.url, server.model, api_key=server.api_key.get_secret_value(), timeout_s=server.timeout_s
        )
    if backend == "local" or (backend == "auto" and model(settings) is not None):
        return local(settings)
    return None


def model(settings: Settings) -> Path | None:
    """The model that is named, by path or by the name it was added under; else the largest of the home."""
    named, here = settings.local.model, models.installed(settings.home)
    if named:
        return next((path for path in here if path.stem == named), Path(named).expanduser())
    return here[0] if here else None


def local(settings: Settings) -> Chat:
    """The local model of the settings.

    :raises SettingError: none is named, or what is named is no model.
    """
    own, path = settings.local, model(settings)
    if path is None or not path.exists():
        raise SettingError(
            "The local backend cannot be used", f"{path} does not exist" if path else "no local model is here",
            "Run: suyuan models add small, or set SUYUAN_LOCAL__MODEL, or SUYUAN_ANSWER__BACKEND=quote.",
        )  # fmt: skip
    if path.suffix == ".gguf":
        from generation.llama import LlamaBackend

        return LlamaBackend(path, threads=own.threads)
    if own.threads:
        import torch

        torch.set_num_threads(own.threads)
    from generation.pretrained import PretrainedBackend, architecture

    kind = architecture(path)
    if kind and not kind.startswith("deepseek"):
        return PretrainedBackend(path, precision=own.precision)
    from generation.local import LocalBackend

    return LocalBackend(
        path, precision=own.precision, kept=settings.home / "kept", kept_mb=own.kept_mb, disk_mb=own.kept_disk_mb
    )
