"""What fits a machine: laws of the ladder, and the arithmetic of V2-Lite."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import ladder
from ui.cli import cli

SPEED = {"memory": 20e9, "bf16": 18e9, "int8": 16e9, "int4": 9e9}
MEMORY = st.integers(0, 1 << 38)


@settings(deadline=None)
@given(MEMORY, MEMORY)
def test_more_memory_never_fits_less(one: int, other: int) -> None:
    few, many = (ladder.ladder(size, SPEED) for size in sorted((one, other)))
    assert all(less.fits <= more.fits for less, more in zip(few, many, strict=True))


@settings(deadline=None)
@given(MEMORY, st.floats(1.01, 50))
def test_a_faster_machine_takes_less_time_and_the_same_memory(memory: int, times: float) -> None:
    slow = ladder.ladder(memory, SPEED)
    fast = ladder.ladder(memory, {family: speed * times for family, speed in SPEED.items()})
    for one, other in zip(slow, fast, strict=True):
        assert (one.name, one.memory_gb, one.fits) == (other.name, other.memory_gb, other.fits)
        if one.ms_per_token and other.ms_per_token:
            assert abs(one.ms_per_token / times - other.ms_per_token) <= 0.1


@settings(deadline=None)
@given(MEMORY)
def test_quoting_and_a_server_always_go(memory: int) -> None:
    rows = ladder.ladder(memory, SPEED)
    assert rows[0].fits and rows[-1].fits and rows[0].ms_per_token is rows[-1].ms_per_token is None


def test_v2_lite_is_as_large_as_published_and_reads_what_is_active() -> None:
    rung = next(rung for rung in ladder.rungs() if rung.name == "V2-Lite bf16")
    assert abs(rung.weights / 2 - 15.7e9) < 0.1e9  # 15.7 billion weights, DeepSeek-V2 report, appendix B
    assert abs(sum(rung.read.values()) / 2 - 2.4e9) < 0.3e9  # 2.4 billion of them active
    assert rung.cache == 15_552 * 2 * ladder.CONTEXT


def test_fewer_bits_hold_and_read_less() -> None:
    four, eight, sixteen = (rung for rung in ladder.rungs() if rung.name.startswith("V2-Lite"))
    assert four.weights < eight.weights < sixteen.weights
    assert sum(four.read.values()) < sum(eight.read.values()) < sum(sixteen.read.values())
    assert four.cache == eight.cache == sixteen.cache


def test_a_measurement_names_the_families_it_reached_and_the_text_every_rung() -> None:
    speed, spent = ladder.measured(megabytes=8, rounds=2)
    assert spent.keys() <= {"bf16", "fp16", "int8", "int4"}
    assert speed.keys() == {"memory"} | {"bf16" if family == "fp16" else family for family in spent}
    assert all(0 < rate <= speed["memory"] for rate in speed.values())
    found = {"memory bandwidth": "1 GB/s", "kernels": {"16-bit": "bf16", "ms of an expert's weight": spent},
             "ladder": [ladder.asdict(row) for row in ladder.ladder(8 << 30, speed)]}  # fmt: skip
    text = "\n".join(ladder.lines(found))
    assert all(rung.name in text for rung in ladder.rungs()) and "bf16" in text


def test_doctor_shows_the_ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    spent = {"bf16": 0.5, "fp16": 0.25, "int8": 0.2, "int4": 0.3}
    monkeypatch.setattr(ladder, "measured", lambda: (SPEED, spent))
    monkeypatch.setattr(ladder, "available", lambda: 8 << 30)
    found = json.loads(CliRunner().invoke(cli, ["doctor", "--json"], catch_exceptions=False).stdout)
    assert found["kernels"]["16-bit"] == "fp16" and found["kernels"]["ms of an expert's weight"] == spent
    fits = {row["name"]: row["fits"] for row in found["ladder"]}
    assert fits["small: Qwen2.5 1.5B Q4_K_M"] and not fits["V2-Lite int4"]
    assert "56 ms" in CliRunner().invoke(cli, ["doctor"]).stdout  # 1.117 GB at 20 GB/s
