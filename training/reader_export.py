"""`python -m training.reader_export CHECKPOINT`: the trained part of the reader as the file that ships, in int8."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from retrieval.reader import graph


@click.command()
@click.argument("checkpoint", type=click.Path(path_type=Path, exists=True))
@click.option("--out", type=click.Path(path_type=Path), default=graph.WEIGHTS, show_default=True)
@click.option("--float32", "whole", type=click.Path(path_type=Path), help="Write them here unrounded too.")
def main(checkpoint: Path, out: Path, whole: Path | None) -> None:
    """Write the weights by the names of the package's file: `l6.q.w`, `pool.b`."""
    import torch

    kept = torch.load(checkpoint, weights_only=True)
    tensors = {named(name, int(kept["frozen"])): value.numpy() for name, value in kept["net"].items()}
    arrays: dict[str, Any] = dict(graph.pack(tensors))
    np.savez_compressed(out, **arrays)
    if whole:
        np.savez_compressed(whole, **tensors)
    click.echo(f"{out.name}: {out.stat().st_size / 1e6:.1f} MB after {kept['step']} steps", err=True)


def named(name: str, frozen: int) -> str:
    """`upper.0.q.weight` with six frozen layers is `l6.q.w`."""
    *path, kind = name.split(".")
    if path[0] == "upper":
        path = [f"l{int(path[1]) + frozen}", *path[2:]]
    return ".".join([*path, {"weight": "w", "bias": "b"}[kind]])


if __name__ == "__main__":
    main()
