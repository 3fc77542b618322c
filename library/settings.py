"""Every knob, in one frozen object: from the environment, `.env` and `suyuan.toml` in the home.

Load it inside a command, never at the top of a module: pydantic-settings takes 0.4 s to import. Library code never
reads the environment; it is handed plain arguments.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from library.errors import SettingError


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Ingest(_Section):
    """How files are read."""

    workers: int = Field(2, ge=1, le=64, description="files parsed at the same time")
    timeout_s: float = Field(120, gt=0, description="wall-clock seconds that one file may take")
    memory_mb: int = Field(
        2500, ge=256, description="address space that one file's parser may use beyond its start, in MiB"
    )
    max_file_mb: int = Field(200, ge=1, description="larger files are refused, in MiB")
    ocr: bool = Field(True, description="read scanned pages and images by OCR")
    ocr_pages: int = Field(200, ge=0, description="pages of one file that may be read by OCR")


class Chunking(_Section):
    """How text is cut."""

    tokens: int = Field(360, ge=32, le=480, description="size that a chunk aims at, in the deep embedder's tokens")
    max_tokens: int = Field(
        400, ge=64, le=500, description="hard cap with heading path and context, in the same tokens"
    )


class Index(_Section):
    """Where vectors live."""

    url: str = Field("", description="a Qdrant server's URL; empty: Qdrant Edge inside the process")
    api_key: SecretStr = Field(SecretStr(""), description="the server's API key")
    name: str = Field("suyuan", description="name of the collection on the server")


class Retrieval(_Section):
    """How passages are found."""

    top_k: int = Field(10, ge=1, le=200, description="hits that a search returns")
    candidates: int = Field(100, ge=10, le=1000, description="hits that each leg brings to the fusion")
    instant: str = Field("use", description="first dense leg: use, or a sentence-transformers model; empty: none")
    deep: str = Field("e5", description="second dense leg: e5, or a sentence-transformers model; empty: none")
    reranker: str = Field(
        "reader", description="reader: our own; or a sentence-transformers CrossEncoder, name or folder; empty: none"
    )
    rerank_hits: int = Field(20, ge=1, le=200, description="hits that the reranker reads at most")
    rerank_ms: int = Field(
        400,
        ge=1,
        description="milliseconds that it may take to order hits (the first eight are always read), and again to read the best whole; a refusal waits four times as long for its five",
    )
    threads: int = Field(0, ge=0, description="threads of the encoders; 0: all cores")


class AnswerSettings(_Section):
    """How a question is answered."""

    backend: Literal["auto", "quote", "local", "server"] = Field("auto", description="who writes the answer")
    window_tokens: int = Field(65536, ge=1024, description="the generator's context window")
    answer_tokens: int = Field(8192, ge=64, description="room kept for the answer")
    evidence_tokens: int = Field(6000, ge=200, description="most that evidence may take of the window")
    min_score: float = Field(
        0.55,
        ge=0,
        le=1,
        description="below this probability that the hits answer the question, the answer is a refusal",
    )
    ask_model: bool = Field(
        True,
        description="where a model writes the answer, ask it first of each of the five best passages whether that states one; its word counts beside the score",
    )
    unsupported: Literal["mark", "remove", "ask-again"] = Field(
        "mark", description="what becomes of sentences that no source supports"
    )
    entailment: str = Field("", description="a CrossEncoder of the NLI kind, name or folder; empty: none")
    max_sentences: int = Field(5, ge=1, le=20, description="sentences that the quote backend copies at most")


class Local(_Section):
    """A model on this machine that writes answers."""

    model: str = Field(
        "",
        description="folder of a DeepSeek checkpoint, a .gguf file, or a name of `suyuan models list`; empty: what is here",
    )
    precision: Literal["fp32", "16-bit", "int8", "int4"] = Field("16-bit", description="form of the weights in memory")
    threads: int = Field(0, ge=0, description="threads of the model; 0: all cores")
    kept_mb: int = Field(1024, ge=0, description="memory for the caches of prompts already read, in MiB")
    kept_disk_mb: int = Field(8192, ge=0, description="the same on disk, in MiB")


class Server(_Section):
    """An OpenAI-compatible server that writes answers."""

    url: str = Field("", description="base URL, ending in /v1; empty: none")
    model: str = Field("default", description="name of the model")
    api_key: SecretStr = Field(SecretStr(""), description="its API key")
    timeout_s: float = Field(120, gt=0, description="seconds to wait for a reply to begin")


class Settings(BaseSettings):
    """Suyuan's settings; `load()` makes one."""

    model_config = SettingsConfigDict(
        env_prefix="SUYUAN_", env_nested_delimiter="__", env_file=".env", extra="ignore", frozen=True,
        hide_input_in_errors=True,
    )  # fmt: skip

    home: Path = Field(Path("~/.local/share/suyuan"), description="folder of the ledger, the index and the uploads")
    cache: Path = Field(
        Path("~/.cache/suyuan"), description="folder of files made from the packaged models, shared by homes"
    )
    language: Literal["auto", "zh", "en"] = Field("auto", description="language of messages and pages")
    ingest: Ingest = Ingest()
    chunk: Chunking = Chunking()
    index: Index = Index()
    retrieval: Retrieval = Retrieval()
    answer: AnswerSettings = AnswerSettings()
    local: Local = Local()
    server: Server = Server()

    @field_validator("home", "cache", mode="before")
    @classmethod
    def _named(cls, value: object, info: ValidationInfo) -> object:
        """An empty name is none: it would mean the folder that one happens to stand in."""
        return value if value != "" else cls.model_fields[str(info.field_name)].default

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        """Environment over `.env` over what `load` read from `suyuan.toml`."""
        return env_settings, dotenv_settings, init_settings


def load(home: Path | None = None) -> Settings:
    """Read the settings.

    :param home: overrides SUYUAN_HOME.
    :raises SettingError: a value cannot be used; the message names the variable.
    """
    if home is not None:
        os.environ["SUYUAN_HOME"] = str(home)
    folder = Path(os.environ.get("SUYUAN_HOME") or "~/.local/share/suyuan").expanduser()
    file = folder / "suyuan.toml"
    values: dict[str, Any] = {}
    try:
        if file.is_file():
            values = tomllib.loads(file.read_text("utf-8"))
        settings = Settings(**values)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"{file} cannot be read", str(error), "Mend the file or remove it.") from error
    except ValidationError as error:
        first = error.errors()[0]
        name = "SUYUAN_" + "__".join(str(part) for part in first["loc"]).upper()
        raise SettingError(f"{name} cannot be used", first["msg"], "See `suyuan config` for every setting.") from error
    return settings.model_copy(
        update={"home": settings.home.expanduser().absolute(), "cache": settings.cache.expanduser().absolute()}
    )


def effective(settings: Settings) -> list[tuple[str, str, str]]:
    """Every setting as (variable, value, source); secrets are masked."""
    file = settings.home / "suyuan.toml"
    in_file = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    rows = []

    def add(path: tuple[str, ...], value: object) -> None:
        variable = "SUYUAN_" + "__".join(path).upper()
        held: Any = in_file
        for part in path:
            held = held.get(part) if isinstance(held, dict) else None
        source = "environment" if variable in os.environ else "suyuan.toml" if held is not None else "default"
        rows.append((variable, str(value), source))

    for name in Settings.model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            for part in type(value).model_fields:
                add((name, part), getattr(value, part))
        else:
            add((name,), value)
    return rows
