"""What a loaded model says, and a change to a JSON file of its folder."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from generation.deepseek.model import Model

IDS = list(range(2, 90))


def logits(model: Model) -> torch.Tensor:
    return model.logits(model.prefill(IDS, model.cache("fp32")))


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    found = json.loads(path.read_text("utf-8"))
    edit(found)
    path.write_text(json.dumps(found), "utf-8")
