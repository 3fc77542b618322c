"""A model from disk: a published checkpoint, a GGUF file, or the engine's own saved form."""

from __future__ import annotations

from pathlib import Path

from generation.checkpoints import gguf_file, saved
from generation.checkpoints.published import Files
from generation.checkpoints.tensors import frugal, identity
from generation.deepseek.assemble import Precision, Source, assemble, plan
from generation.deepseek.model import Model


def load(path: Path, precision: Precision = "16-bit", *, save: Path | None = None) -> Model:
    """Load a model; weights are converted one at a time, so that the peak is about the loaded size.

    :param path: a folder, or a `.gguf` file.
    :param precision: what the weights become; a saved folder keeps the precision that it was saved with.
    :param save: a folder to write the converted weights to, from which they load without being converted.
    :raises ModelMissing: files or tensors are absent or cut off.
    :raises InputError: the architecture is unknown, or tensors do not fit the config.
    """
    with frugal():
        if saved.is_saved(path):
            return saved.load(path)
        if path.suffix == ".gguf":
            config, weights = gguf_file.read(path)
            of = identity([path])
        else:
            files = Files(path)
            config, weights, of = files.config, Source(files.tensor), identity(files.paths)
        how = plan(config, precision)
        if save is None:
            return assemble(config, weights, how, mtp=config.mtp > 0, identity=of)
        saver = saved.Saver(weights, save)
        model = assemble(config, saver, how, mtp=config.mtp > 0, identity=of)
        saver.close(path, config, how, of)
        return model
