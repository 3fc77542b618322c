"""The choice of kernels: within its time, whatever the machine does meanwhile, and sane where the time did not do."""

from __future__ import annotations

import itertools

import pytest
import torch

from generation.deepseek import kernels

FAMILIES: tuple[kernels.Family, ...] = ("bf16", "fp16", "int8", "int4", "fp32")
SHAPE = (64, 64)


class Clock:
    """Seconds that pass by `step` at every look, as on a machine that is busy with something else."""

    def __init__(self, step: float) -> None:
        self.now, self._step = 0.0, step

    def __call__(self) -> float:
        self.now += self._step
        return self.now


@pytest.mark.parametrize(("step", "reached"), [(0.0, 5), (0.001, 5), (0.1, 3), (0.4, 1), (2.0, 0)])
def test_measuring_ends_at_its_deadline_with_what_was_reached(step: float, reached: int) -> None:
    clock = Clock(step)
    spent = kernels.measure(SHAPE, FAMILIES, seconds=0.9, clock=clock)
    assert clock.now <= step + 0.9 + 3 * step  # the first look, the deadline, and the call that was under way
    assert list(spent) == list(FAMILIES[:reached])
    assert all(taken == pytest.approx(1000 * step) for taken in spent.values())


def test_real_times_are_of_every_family() -> None:
    spent = kernels.measure(SHAPE, FAMILIES, seconds=60)
    assert list(spent) == list(FAMILIES) and all(0 < taken < 60_000 for taken in spent.values())


@pytest.mark.parametrize(
    ("spent", "family"),
    [({}, "fp16"), ({"bf16": 1.0}, "fp16"), ({"fp16": 1.0}, "fp16"), ({"bf16": 1.0, "fp16": 1.1}, "fp16"),
     ({"bf16": 1.0, "fp16": 1.3}, "bf16"),
     ({"bf16": 1.1, "fp16": 1.0, "int8": 0.1}, "fp16")],
)  # fmt: skip
def test_the_faster_16_bit_family_is_taken_or_a_default(spent: dict[str, float], family: str) -> None:
    assert kernels.faster(spent) == family


@pytest.mark.parametrize("family", FAMILIES)
def test_few_rows_have_the_bits_that_each_has_alone(family: kernels.Family) -> None:
    linear, x = kernels.make(torch.randn(96, 128), family), torch.randn(8, 128)
    linear.pack()
    alone = torch.cat([linear.rows(row[None]) for row in x])
    assert all(torch.equal(linear.rows(x[:count]), alone[:count]) for count in range(1, 9))
    assert linear.family == family and linear.shape == (96, 128)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_plain_form_is_restored(family: kernels.Family) -> None:
    linear, x = kernels.make(torch.randn(96, 128), family), torch.randn(3, 128)
    linear.pack()
    again = kernels.restore(linear.plain())
    again.pack()
    assert torch.equal(linear.rows(x), again.rows(x))


def test_each_takes_rows_one_by_one_in_order() -> None:
    seen: list[int] = []
    counter = itertools.count()

    def product(row: torch.Tensor) -> torch.Tensor:
        seen.append(len(row))
        return row + next(counter)

    found = kernels.each(product, torch.zeros(3, 2))
    assert seen == [1, 1, 1] and found.tolist() == [[0, 0], [1, 1], [2, 2]]
