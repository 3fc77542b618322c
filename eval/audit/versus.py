"""`suyuan audit --compare`: two reports paired by question; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from eval.compare import Cases, Paired, paired
from library.text import normalise


def versus(first: dict[str, Any], second: dict[str, Any]) -> list[Paired]:
    """Each answer's values in two reports (`as_dict`), over the questions that both have, the second less the first."""
    return paired(cases(first["by_answer"]), cases(second["by_answer"]))


def cases(answers: Iterable[dict[str, Any]]) -> Cases:
    """Values by question; a question that was asked again counts as a further case, in the order of asking."""
    asked: Counter[str] = Counter()
    found: dict[str, dict[str, float]] = {}
    for answer in answers:
        question = normalise(answer["question"])
        asked[question] += 1
        found[f"{question}#{asked[question]}"] = answer["values"]
    return found
