"""`python -m training.reader_export CHECKPOINTS...`: the trained part of the reader as the file that ships, in int8.

Of several checkpoints, one trained on from the other, the mean of their weights ships (Wortsman et al., Model soups,
arXiv 2203.05482): it keeps what the earlier one did better.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from retrieval.encoders.e5_file import E5File
from retrieval.reader import graph
from training.reader_net import ReaderNet, named

Tensors = dict[str, NDArray[np.float32]]


@click.command()
@click.argument("checkpoints", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--out", type=click.Path(path_type=Path), default=graph.WEIGHTS, show_default=True)
@click.option("--float32", "whole", type=click.Path(path_type=Path), help="Write them here unrounded too.")
def main(checkpoints: tuple[Path, ...], out: Path, whole: Path | None) -> None:
    """Write the mean of the CHECKPOINTS (or of files that ship, .npz) by the names of the package's file: `l6.q.w`."""
    tensors = mean([tensors_of(path) for path in checkpoints])
    arrays: dict[str, Any] = dict(graph.pack(tensors))
    np.savez_compressed(out, **arrays)
    if whole:
        exact: dict[str, Any] = dict(tensors)
        np.savez_compressed(whole, **exact)
    click.echo(f"{out.name}: {out.stat().st_size / 1e6:.1f} MB", err=True)


def tensors_of(path: Path) -> Tensors:
    """What was trained, by the names of the package's file."""
    import torch

    if path.suffix == ".npz":
        return graph.unpacked(path)
    kept = torch.load(path, weights_only=True)
    return {named(name, int(kept["frozen"])): value.numpy() for name, value in kept["net"].items()}


def mean(found: Sequence[Tensors]) -> Tensors:
    """Tensor by tensor; where one of them left a layer as the package has it, the package's own weights count."""
    every = dict.fromkeys(name for own in found for name in own)
    if any(own.keys() != every.keys() for own in found):
        whole = ReaderNet(E5File(), frozen=0)
        package: Tensors = {named(name, 0): value.numpy() for name, value in whole.state_dict().items()}
        found = [{name: own.get(name, package[name]) for name in every} for own in found]
    return {name: np.mean([own[name] for own in found], axis=0, dtype=np.float32) for name in every}


if __name__ == "__main__":
    main()
