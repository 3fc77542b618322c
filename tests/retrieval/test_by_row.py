"""Products with a scale of each token: one token's large numbers cost the others nothing."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from retrieval.encoders.by_row import ByRow
from retrieval.encoders.e5_file import E5File
from retrieval.encoders.e5_graph import Graph, quantised


def _error(kind: type[Graph], folder: Path, x: np.ndarray) -> float:
    """The largest distance from the exact product, of its spread, over the tokens but the first."""
    chance = np.random.default_rng(1)
    own = {"l0.fo.w": chance.normal(size=(8, 16)), "l0.fo.b": chance.normal(size=8)}
    made = kind(E5File(), {name: value.astype(np.float32) for name, value in own.items()})
    out = made.linear("x", "l0.fo", 8)
    model = made.model({"x": ["batch", "tokens", 16]}, {"y": (out, ["batch", "tokens", 8])})
    session = onnxruntime.InferenceSession(str(quantised(folder / f"{kind.__name__}.onnx", lambda: model)))
    (found,) = session.run(["y"], {"x": x})
    wanted = x @ own["l0.fo.w"].T.astype(np.float32) + own["l0.fo.b"].astype(np.float32)
    return float(np.abs(found - wanted)[0, 1:].max() / wanted[0, 1:].std())


@pytest.mark.parametrize("large", [1.0, 300.0])
def test_a_token_of_large_numbers_leaves_the_others_as_they_are(tmp_path: Path, large: float) -> None:
    x = np.random.default_rng(2).normal(size=(1, 6, 16)).astype(np.float32)
    x[0, 0] *= large
    x[0, 5] = 0
    assert _error(ByRow, tmp_path, x) < 0.03
    if large > 1:
        assert _error(Graph, tmp_path, x) > 0.3
