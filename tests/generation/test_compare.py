import pytest

from generation.compare import figures, missing_names, roles
from generation.facts import facts


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("More than 50,000 people came.", "52,148 people came."),
        ("About 50 km of road were built.", "49 km of road were built."),
        ("不到60公里", "全长58公里"),
        ("The fleet has 120,000 ships.", "船队有12万艘船。"),
        ("The 13日 meeting", "会议于2012年10月13日召开"),
        ("It grew 0.5%.", "It grew .5% in May."),
        ("It costs $0.50.", "It costs $.50 now."),
        ("增长0.2%", "全年增长.2%"),
        ("In all, 20 people came.", "It opened.20 people came."),
    ],
)
def test_figures_within_what_is_said_are_no_difference(claim: str, source: str) -> None:
    assert figures(claim, source, source) == []


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Fewer than 20 people died.", "25 people died."),
        ("More than 50,000 people came.", "90,000,000 people came."),
        ("不超过30天", "超过30天"),
        ("at least 5 km", "at most 5 km"),
        ("The rate rose 5 percentage points.", "The rate rose 5%."),
        ("有效期至2021个月", "有效期至2021年"),
        ("365.2427 days", "365.2425 days"),
        ("50%", "the 1st of 100"),
        ("It grew 5%.", "It grew .5% in May."),
        ("p < 05", "with p<.05"),
        ("at .5 degrees", "at -.5 degrees"),
    ],
)
def test_figures_beyond_what_is_said_are_shown(claim: str, source: str) -> None:
    assert figures(claim, source, source)


@pytest.mark.parametrize(
    ("claim", "source", "missing"),
    [
        ("The youngest age in the USA is 16.", "In the United States it is 16.", []),
        ("The film is kept in the United States.", "The U.S. registry keeps the film.", []),
        ("Tractors by Hart-Parr stand there.", "Hart - Parr tractors stand there.", []),
        ("Tractors by Hart-Lee stand there.", "Hart - Parr tractors stand there.", ["Hart-Lee"]),
        ("Rules of the UN hold.", "Join us and Un, who holds to rules.", ["UN"]),
        ("Rules of the EU hold.", "Join us: rules of the UK hold.", ["EU"]),
    ],
)
def test_a_name_is_held_in_another_spelling_and_no_other(claim: str, source: str, missing: list[str]) -> None:
    assert [one.claim for one in missing_names(claim, source)] == missing


def test_a_figure_in_a_name_is_no_quantity() -> None:
    assert facts("at the C3 position").quantities == ()


@pytest.mark.parametrize(
    ("claim", "source", "turned"),
    [
        ("Beatles sang Morning Song.", "Morning Song was sung by the famous English rock band Beatles.", False),
        ("Morning Song sang Beatles.", "Morning Song was sung by the famous English rock band Beatles.", True),
        ("In Oslo, Anna praised Maria.", "In Oslo, Maria praised Anna.", True),
        ("Rapping in “Morning” by Justin Bieber.", "“Morning” is a song by the singer Justin Bieber.", False),
        ("Germany held Warsaw from May 1915.", "Warsaw was held by Germany from May 1915.", False),
    ],
)
def test_roles_are_read_through_a_passive(claim: str, source: str, turned: bool) -> None:
    assert (roles(claim, source) is not None) is turned
