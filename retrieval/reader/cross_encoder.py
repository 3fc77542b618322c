"""The reader as a sentence-transformers `CrossEncoder`: a folder that names this module's class and holds the weights.

    suyuan models export-reader DIR
    CrossEncoder("DIR", trust_remote_code=True).predict([("question", "passage")])

Suyuan must be installed where the folder is opened: the words and lower layers stay in their package, and pairs are written
by the same code. A `CrossEncoder` knows no library, so no term counts as rare and every term weighs the same: over BM25's
first ten R@1 was .883 on SQuAD2 and .950 on DRCD (60 questions each, the reader's first stage), with the library's counts
.917 and .967.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from sentence_transformers.base.modules import InputModule

from library.errors import InputError
from retrieval.reader import graph
from retrieval.reader.reader import Reader, Terms, Text

NO_LIBRARY = Terms(lambda _: 1.0, lambda _: frozenset())
_WEIGHTS = "weights.npz"


def export(folder: Path, weights: Path = graph.WEIGHTS) -> Path:
    """Write the folder that `CrossEncoder` opens.

    :raises InputError: something else is there already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"The reader was not written to {folder}", "it is there already", "Name a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(weights, folder / _WEIGHTS)
    module = {"idx": 0, "name": "0", "path": "", "type": f"{ReaderModule.__module__}.{ReaderModule.__qualname__}"}
    for name, content in (
        ("modules.json", [module]),
        ("config_sentence_transformers.json", {"model_type": "CrossEncoder", "prompts": {}}),
        (ReaderModule.config_file_name, {}),
    ):
        (folder / name).write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    return folder


class ReaderModule(InputModule):  # type: ignore[misc]
    """The one module of that `CrossEncoder`: pairs of texts in, the logit of relevance out. Runs on the CPU, in int8."""

    config_keys: list[str] = []
    max_seq_length = None  # of a long passage the window that holds most of the question is read

    def __init__(self, weights: Path) -> None:
        """`weights` as `graph.pack` made them."""
        super().__init__()
        self._weights, self._reader = weights, Reader(threads=torch.get_num_threads(), weights=weights)

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", **options: Any) -> ReaderModule:
        """From a folder that `export` wrote, or from the hub; other options of the library say nothing to a reader."""
        known = ("token", "cache_folder", "revision", "local_files_only")
        path = cls.load_file_path(
            model_name_or_path, _WEIGHTS, subfolder=subfolder, **{key: options[key] for key in known if key in options}
        )
        if path is None:
            raise InputError(f"{model_name_or_path} holds no reader", f"{_WEIGHTS} is absent", "Export it again.")
        return cls(Path(path))

    def save(self, output_path: str, *args: Any, **options: Any) -> None:
        """The weights beside an empty configuration."""
        shutil.copyfile(self._weights, Path(output_path) / _WEIGHTS)
        self.save_config(output_path)

    def preprocess(self, inputs: Sequence[Sequence[str]], prompt: str | None = None, **_: Any) -> dict[str, Any]:
        """The pairs as they are: tokens are made with the question beside the passage. A prompt is not known to the reader."""
        return {"pairs": [(str(question), str(passage)) for question, passage in inputs]}

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Adds `scores` [pairs], float32."""
        pairs: list[tuple[str, str]] = features["pairs"]
        places: dict[str, list[int]] = {}
        for at, (question, _passage) in enumerate(pairs):
            places.setdefault(question, []).append(at)
        scores = torch.empty(len(pairs))
        for question, own in places.items():
            judged = self._reader.judge(question, [Text(pairs[at][1]) for at in own], NO_LIBRARY)
            scores[own] = torch.tensor([one.relevant for one in judged])
        return {**features, "scores": scores}
