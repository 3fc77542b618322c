"""Weights keep their places between a checkpoint, the network and the file that ships."""

from pathlib import Path

import numpy as np
import pytest
import torch

from retrieval.encoders.e5_file import E5File
from retrieval.reader import graph
from training.reader import begin_with
from training.reader_export import mean, tensors_of
from training.reader_net import ReaderNet, named, spelt


@pytest.mark.parametrize("frozen", [0, 4, 6])
def test_names_go_there_and_back(frozen: int) -> None:
    for name in ("upper.0.q.weight", "upper.3.fo.bias", "upper.2.aln.weight", "pool.bias", "kinds.weight"):
        assert spelt(named(name, frozen), frozen) == name
    assert spelt("l2.q.w", 4) == "lower.2.q.weight"


def test_a_network_begins_where_the_shipped_one_stands(tmp_path: Path) -> None:
    net = ReaderNet(E5File(), frozen=0)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    begin_with(net, graph.WEIGHTS)
    after = net.state_dict()
    shipped = graph.unpacked()
    assert all(np.array_equal(after[spelt(name, 0)].numpy(), value) for name, value in shipped.items())
    assert all(torch.equal(before[n], after[n]) for n in before if named(n, 0) not in shipped)
    torch.save({"net": net.trained(), "frozen": 0, "step": 1}, tmp_path / "own.pt")
    again = ReaderNet(E5File(), frozen=6)
    begin_with(again, tmp_path / "own.pt")
    assert torch.equal(again.state_dict()["lower.3.q.weight"], after["upper.3.q.weight"])
    with pytest.raises(ValueError, match="at most 6"):
        ReaderNet(E5File(), frozen=7)


def test_lower_layers_that_were_trained_before_stay_with_the_checkpoint(tmp_path: Path) -> None:
    net = ReaderNet(E5File(), frozen=6)
    assert not [name for name in net.trained() if name.startswith("lower.")]
    begin_with(net, graph.WEIGHTS)
    torch.save({"net": net.trained(), "frozen": 6, "step": 1}, tmp_path / "own.pt")
    found, shipped = tensors_of(tmp_path / "own.pt"), graph.unpacked()
    assert found.keys() == shipped.keys() and all(np.array_equal(found[name], shipped[name]) for name in shipped)
    again = ReaderNet(E5File(), frozen=6)
    begin_with(again, tmp_path / "own.pt")
    assert torch.equal(again.state_dict()["lower.3.q.weight"], net.state_dict()["lower.3.q.weight"])


def test_the_mean_takes_the_package_where_a_layer_was_not_trained(tmp_path: Path) -> None:
    file = E5File()
    net = ReaderNet(file, frozen=5)
    net.upper[0].q.weight.data += 2.0
    torch.save({"net": net.trained(), "frozen": 5, "step": 1}, tmp_path / "five.pt")
    net = ReaderNet(file, frozen=6)
    torch.save({"net": net.trained(), "frozen": 6, "step": 1}, tmp_path / "six.pt")
    found = mean([tensors_of(tmp_path / "five.pt"), tensors_of(tmp_path / "six.pt")])
    package = np.array(file.tensor("l5.q.w")).reshape(found["l5.q.w"].shape)
    assert np.allclose(found["l5.q.w"], package + 1.0, atol=1e-6)
    assert np.allclose(found["l8.q.w"], np.array(file.tensor("l8.q.w")).reshape(found["l8.q.w"].shape))
    assert "l4.q.w" not in found
