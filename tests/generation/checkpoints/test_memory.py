"""Loading takes little more memory than what is loaded."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from eval.bench import memory
from eval.bench.shapes import SIX


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the highest memory use from /proc")
def test_a_checkpoint_of_2_gb_in_16_files_peaks_near_its_loaded_size() -> None:
    found: dict[str, Any] = memory.measure()
    assert found["checkpoint_bytes"] > 2e9
    assert found["fp32"]["peak_over_loaded"] <= 1.15
    assert found["16-bit"]["peak_over_loaded"] <= 1.15
    assert found["int8"]["peak_over_loaded"] <= 1.15
    assert found["int4"]["peak_over_checkpoint"] <= 0.45
    assert found["int4, saving"]["peak_over_checkpoint"] <= 0.45
    assert found["int4, saved"]["peak_over_loaded"] <= 1.15


@pytest.mark.skipif(sys.platform != "linux", reason="reads the highest memory use from /proc")
def test_the_measurement_counts_what_a_small_model_holds() -> None:
    small = {**SIX, "num_hidden_layers": 2, "vocab_size": 2048, "n_routed_experts": 8}
    found: dict[str, Any] = memory.measure(shape=small, shards=4, precisions=("16-bit",))
    assert 0.6 < found["16-bit"]["loaded_bytes"] / found["checkpoint_bytes"] < 1.4
    assert found["int4, saved"]["loaded_bytes"] < 0.6 * found["16-bit"]["loaded_bytes"]
