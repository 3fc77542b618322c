"""What must not count against a sentence that says what its sources say, and what must, by words alone."""

import pytest

from generation import verify
from library.records import ClaimStatus, Evidence

FARMS = (
    "Since the soil of New England was not suitable for farming, many people did not farm. "
    "Instead they imported crops from other regions or even other countries."
)
BRIDGE = "Beam bridges are often only used for relatively short distances because they have no built in supports."
PEAK = "Mauna Kea, standing 4,207 m above sea level on the island, is the highest point in the state of Hawaii, and dormant."
PRIZE = (
    "Outstanding Visiting Player in a Cup Match: Ann Lee. "
    "The season earned her a Northern League Prize for Outstanding Home Player in a Regional Match or Final."
)
CAPE = "Cape Town supports over 2200 species of plants, more than the whole of Britain."


def status(claim: str, source: str) -> ClaimStatus:
    return verify.judge(claim, [Evidence(1, "1", "", "1", 0, len(source), source)], cited=[1]).status


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Many people did not farm, instead they imported crops from other regions or even other countries.", FARMS),
        (
            "Beam bridges are typically only used for relatively short distances as they have no built in supports.",
            BRIDGE,
        ),
        ("Mauna Kea, standing 4,207 meters above sea level, is the highest point in the state of Hawaii.", PEAK),
        ("She received a Northern League Prize for Outstanding Visiting Player in a Cup Match.", PRIZE),
        ("3. Cape Town supports over 2200 species of plants.", CAPE),
        ("（3）Cape Town supports over 2200 species of plants.", CAPE),
    ],
)
def test_the_same_in_other_words_is_supported(claim: str, source: str) -> None:
    assert status(claim, source) is ClaimStatus.SUPPORTED


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        (
            "Many people did not farm, instead they did not import crops from other regions or even other countries.",
            FARMS,
        ),
        ("Beam bridges are rarely only used for relatively short distances as they have no built in supports.", BRIDGE),
        ("Mauna Kea, standing 4,207 feet above sea level, is the highest point in the state of Hawaii.", PEAK),
        ("She received a Northern League Prize for Outstanding Foreign Player in a Cup Match.", PRIZE),
        ("The season earned her a Northern League Prize for Outstanding Visiting Player in a Regional Match.", PRIZE),
        ("3. Cape Town supports over 2300 species of plants.", CAPE),
        ("2300 species of plants are supported by Cape Town.", CAPE),
    ],
)
def test_one_changed_detail_is_not(claim: str, source: str) -> None:
    assert status(claim, source) is not ClaimStatus.SUPPORTED
