"""The graph that runs says what the network that is trained says."""

from pathlib import Path

import numpy as np
import onnxruntime
import torch

from retrieval.encoders.e5_file import E5File
from retrieval.reader import graph
from retrieval.reader.pairs import Pair
from retrieval.reader.reader import Reader
from training.reader_net import ReaderNet, named, padded


def _pairs(count: int) -> list[Pair]:
    chance = np.random.default_rng(0)
    made = []
    for size in chance.integers(12, 40, count):
        kinds = [0] * 6 + [int(kind) for kind in chance.integers(3, 6, int(size) - 6)]
        sentence = [-1] * 8 + [0] * (int(size) - 9) + [-1]
        made.append(Pair(tuple(map(int, chance.integers(5, 200_000, size))), tuple(kinds), tuple(sentence)))
    return made


def test_the_graph_follows_the_trained_network_and_int8_follows_the_graph(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = ReaderNet(E5File(), frozen=5).eval()
    tensors = {named(name, 5): value.numpy() for name, value in net.trained().items()}
    packed = graph.pack(tensors)
    np.savez(tmp_path / "weights.npz", **dict(packed.items()))  # type: ignore[arg-type]
    back = graph.unpacked(tmp_path / "weights.npz")
    assert back.keys() == tensors.keys()
    assert np.array_equal(graph.kinds(tmp_path / "weights.npz"), back["kinds.w"])
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
    torch_says = torch.stack([wanted.relevant, wanted.answers, wanted.supports], 1).numpy()
    torch_spans = [row[: len(pair.ids)].numpy() for row, pair in zip(wanted.first, pairs, strict=True)]
    inside = [np.array(pair.sentence) >= 0 for pair in pairs]
    reader = Reader(threads=1, cache=tmp_path, weights=tmp_path / "weights.npz")
    int8 = reader.heads(pairs)
    reader = Reader(threads=1, cache=tmp_path, weights=tmp_path / "weights.npz")  # one keeps what it said
    (tmp_path / "float.onnx").write_bytes(graph.build(E5File(), tensors).SerializeToString())
    reader.__dict__["_session"] = onnxruntime.InferenceSession(str(tmp_path / "float.onnx"))
    plain = reader.heads(pairs)
    assert np.abs(np.array([judged for judged, _ in plain]) - torch_says).max() < 2e-2  # its kinds are rounded to int8
    for (_, span), row, own in zip(plain, torch_spans, inside, strict=True):
        assert np.abs(span[own, 0] - row[own]).max() < 2e-2
    assert np.abs(np.array([judged for judged, _ in int8]) - torch_says).max() < 0.1 * np.ptp(torch_says)
    spans = np.concatenate([span[own, 0] for (_, span), own in zip(int8, inside, strict=True)])
    assert np.corrcoef(spans, np.concatenate([r[o] for r, o in zip(torch_spans, inside, strict=True)]))[0, 1] > 0.95
