"""What sources disagree on, each figure with its document, date and sentence, as plain lines for page and command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from library.records import Answer, Stated


def lines(answer: Answer, words: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """For each disagreement its heading and a line a source; nothing where sources agree."""
    for disagreement in answer.disagreements:
        yield words["disagree"], *(_line(side, words) for side in disagreement.sides)


def _line(side: Stated, words: Mapping[str, str]) -> str:
    own = side.citation
    place = [own.title]
    if own.pages:
        place.append(words["page"].format(own.pages[0]))
    if side.dated or side.added:
        place.append(words["dated"].format(side.dated) if side.dated else words["added"].format(side.added))
    sentence = " ".join(own.cited_text.split())
    return f"{side.figure} [{own.evidence}] {' · '.join(place)}: {sentence}"
