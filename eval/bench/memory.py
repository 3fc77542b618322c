"""Memory of loading: a synthetic checkpoint of 2 GB in 16 files, loaded in a child process whose highest use is read off.

Run it with `python -m eval.bench.memory`; it writes 2 GB to the temporary folder and removes them.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors.torch import save_file

from eval.bench.shapes import SIX, weights
from generation.checkpoints import saved
from generation.checkpoints.load import load
from generation.checkpoints.published import Files
from generation.deepseek.assemble import Precision, plan
from generation.deepseek.config import parse

if TYPE_CHECKING:
    from torch import Tensor

TWO_GB: dict[str, Any] = {**SIX, "n_routed_experts": 16}
PRECISIONS: tuple[Precision, ...] = ("fp32", "16-bit", "int8", "int4")


def write(folder: Path, found: Mapping[str, Any], named: Mapping[str, Tensor], shards: int) -> int:
    """A published checkpoint in files of about one size; gives the bytes of its weights."""
    total: int = sum(weight.numel() * weight.element_size() for weight in named.values())
    parts: list[dict[str, Tensor]] = [{} for _ in range(shards)]
    placed, done = {}, 0
    for name, weight in named.items():
        number = done * shards // total
        parts[number][name] = weight
        placed[name] = f"model-{number + 1:05}-of-{shards:05}.safetensors"
        done += weight.numel() * weight.element_size()
    for number, part in enumerate(parts, start=1):
        save_file(part, folder / f"model-{number:05}-of-{shards:05}.safetensors", metadata={"format": "pt"})
    index = {"metadata": {"total_size": total}, "weight_map": placed}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), "utf-8")
    (folder / "config.json").write_text(json.dumps(found), "utf-8")
    return total


def loading(folder: Path, precision: Precision, *, save: Path | None = None) -> dict[str, int]:
    """Bytes that loading takes at its highest and in the end, above what the process had before (Linux)."""
    if not saved.is_saved(folder):
        plan(Files(folder).config, precision)  # the measurement of kernels is not loading, and is taken once
    ctypes.CDLL(None).malloc_trim(0)  # what it gave up must not count as held before
    Path("/proc/self/clear_refs").write_text("5")  # forget the highest use so far
    before = _status("VmRSS")
    model = load(folder, precision, save=save)
    found = {"peak": _status("VmHWM") - before, "loaded": _status("VmRSS") - before}
    del model
    return found


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(key))


def measure(
    *, shape: Mapping[str, Any] = TWO_GB, shards: int = 16, precisions: Sequence[Precision] = PRECISIONS
) -> dict[str, object]:
    """Peak over loaded size, and over the checkpoint's, of each precision; int4 also from its saved form."""
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as place:
        folder, kept = Path(place) / "published", Path(place) / "saved"
        folder.mkdir()
        total = write(folder, shape, weights(parse(shape)), shards)
        found["checkpoint_bytes"] = total
        for name, of, precision, save in (
            *((precision, folder, precision, "") for precision in precisions),
            ("int4, saving", folder, "int4", str(kept)), ("int4, saved", kept, "int4", ""),
        ):  # fmt: skip
            command = [sys.executable, "-m", "eval.bench.memory", str(of), precision, *([save] if save else [])]
            taken = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            found[name] = {
                "loaded_bytes": taken["loaded"], "peak_over_loaded": round(taken["peak"] / taken["loaded"], 3),
                "peak_over_checkpoint": round(taken["peak"] / total, 3),
            }  # fmt: skip
    return found


if __name__ == "__main__":
    if len(sys.argv) > 2:
        chosen: Precision = next(known for known in PRECISIONS if known == sys.argv[2])
        result: object = loading(Path(sys.argv[1]), chosen, save=Path(sys.argv[3]) if len(sys.argv) > 3 else None)
    else:
        result = measure()
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
