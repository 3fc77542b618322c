"""docker-compose.yml and Dockerfile against what the compose specification and we ask of them."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
SERVICE = {
    "type": "object",
    "properties": {
        "build": {"type": ["string", "object"]}, "image": {"type": "string"}, "user": {"type": "string"},
        "ports": {"type": "array", "items": {"type": "string"}},
        "environment": {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}},
        "volumes": {"type": "array", "items": {"type": "string", "pattern": "^[a-z]+:/"}},
        "depends_on": {"type": "object", "additionalProperties": {
            "type": "object", "properties": {"condition": {"enum": ["service_started", "service_healthy", "service_completed_successfully"]}},
            "required": ["condition"], "additionalProperties": False}},
        "healthcheck": {"type": "object", "properties": {
            "test": {"type": "array"}, "interval": {"type": "string", "pattern": r"^\d+s$"}, "timeout": {"type": "string"},
            "retries": {"type": "integer"}, "start_period": {"type": "string"}}, "additionalProperties": False},
        "profiles": {"type": "array", "items": {"type": "string"}}, "command": {"type": "array"},
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]}, "deploy": {"type": "object"},
    },
    "additionalProperties": False,
    "anyOf": [{"required": ["image"]}, {"required": ["build"]}],
}  # fmt: skip
SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "services": {"type": "object", "additionalProperties": SERVICE, "minProperties": 1},
        "volumes": {"type": "object"},
    },
    "required": ["services"],
    "additionalProperties": False,
}


@pytest.fixture
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))


def test_it_follows_the_schema(compose: dict[str, Any]) -> None:
    jsonschema.validate(compose, SCHEMA)


def test_every_named_volume_and_dependency_is_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(compose["volumes"])
        assert set(service.get("depends_on", {})) <= set(compose["services"])


def test_images_are_pinned_and_the_gpu_server_is_asked_for(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert "image" not in service or not service["image"].endswith(("latest", "qdrant", "vllm-openai"))
    assert compose["services"]["vllm"]["profiles"] == ["gpu"]


def test_every_service_is_watched_and_the_app_is_not_root(compose: dict[str, Any]) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert "HEALTHCHECK" in dockerfile
    assert "\nUSER suyuan\n" in dockerfile
    assert all("healthcheck" in compose["services"][name] for name in ("qdrant", "vllm"))
    assert compose["services"]["app"]["ports"] == ["127.0.0.1:8501:8501"]
