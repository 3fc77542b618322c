"""The graph that runs says what the network that is trained says."""

from pathlib import Path

import numpy as np
import torch

from retrieval.encoders.e5_file import E5File
from retrieval.reader import graph
from retrieval.reader.pairs import Pair
from retrieval.reader.reader import Reader
from training.reader_export import named
from training.reader_net import ReaderNet, padded


def _pairs(count: int) -> list[Pair]:
    chance = np.random.default_rng(0)
    made = []
    for size in chance.integers(12, 40, count):
        kinds = [0] * 6 + [int(kind) for kind in chance.integers(3, 6, int(size) - 6)]
        sentence = [-1] * 8 + [0] * (int(size) - 9) + [-1]
        made.append(Pair(tuple(map(int, chance.integers(5, 200_000, size))), tuple(kinds), tuple(sentence)))
    return made


def test_the_int8_graph_follows_the_trained_network(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = ReaderNet(E5File(), frozen=10).eval()
    tensors = {named(name, 10): value.numpy() for name, value in net.trained().items()}
    arrays = graph.pack(tensors)
    np.savez(tmp_path / "weights.npz", **dict(arrays.items()))  # type: ignore[arg-type]
    back = graph.unpacked(tmp_path / "weights.npz")
    assert back.keys() == tensors.keys()
    for name, value in tensors.items():
        assert np.abs(back[name] - value).max() <= np.abs(value).max() / 127 * 0.51
    pairs = _pairs(12)
    examples = {
        "ids": np.concatenate([pair.ids for pair in pairs]), "kinds": np.concatenate([pair.kinds for pair in pairs]),
        "inside": np.concatenate([np.array(pair.sentence) >= 0 for pair in pairs]),
        "ends": np.cumsum([0, *(len(pair.ids) for pair in pairs)]),
    }  # fmt: skip
    with torch.no_grad():
        wanted = net(*padded(examples, list(range(12))))
    heads = Reader(threads=1, cache=tmp_path, weights=tmp_path / "weights.npz").heads(pairs)
    said = np.array([judged for judged, _ in heads])
    torch_says = torch.stack([wanted.relevant, wanted.answers], 1).numpy()
    assert np.abs(said - torch_says).max() < 0.25 * np.ptp(torch_says)
    spans = [(span[:, 0], row[: len(span)].numpy()) for (_, span), row in zip(heads, wanted.first, strict=True)]
    inside = [np.array(pair.sentence) >= 0 for pair in pairs]
    same = [np.corrcoef(a[own], b[own])[0, 1] for (a, b), own in zip(spans, inside, strict=True)]
    assert min(same) > 0.9
