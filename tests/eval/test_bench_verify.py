"""The answer that `suyuan bench verify` checks."""

import numpy as np
import pytest

from eval.bench import verify
from eval.disagreement import Asked
from library.errors import InputError
from library.records import Evidence
from library.settings import Settings

PLACES = ("Oslo", "Bergen", "Tromso", "Narva", "Turku", "Visby", "Riga", "Malmo")


def _asked() -> Asked:
    texts = [
        f"The {place} Museum was opened in {1900 + at} by a merchant from {PLACES[at - 1]}. Its halls hold {120 + at} paintings of the sea and the north. "
        f"Most of the paintings were bought from private owners in {1950 + at}."
        for at, place in enumerate(PLACES)
    ]
    evidence = tuple(Evidence(n, str(n), "", str(n), 0, len(text), text) for n, text in enumerate(texts, 1))
    return Asked("en", "When was the Oslo Museum opened?", evidence)


def test_ten_sentences_are_written_and_judged() -> None:
    own = verify.written(_asked())
    assert own and own[1].count("\n") == 9 and own == verify.written(_asked())
    held = "\n".join(item.text for item in own[0].evidence)
    assert sum(sentence in held for sentence in own[1].split("\n")) == 4

    def encode(texts: object) -> np.ndarray:
        return np.ones((len(list(texts)), 4), np.float32) / 2  # type: ignore[call-overload]

    assert verify.check(*own, encode=encode) == 10


def test_too_few_sentences_make_no_answer_and_no_passages_are_an_error() -> None:
    own = _asked()
    assert verify.written(Asked(own.lang, own.question, own.evidence[:1])) is None
    with pytest.raises(InputError):
        verify.measure(Settings(), documents=None)
