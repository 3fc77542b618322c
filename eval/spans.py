"""The reader's best span as text: what an extractive reader would answer, for its F1 alone; the product quotes sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from retrieval.reader.reader import Reader, Terms

_MOST = 30  # tokens of an answer, as is usual on SQuAD (Devlin et al., arXiv 1810.04805)

Floats = NDArray[np.float32]


def best(first: Floats, last: Floats, *, most: int = _MOST) -> tuple[int, int, float]:
    """The likeliest span [start, end) of at most `most` tokens, and its log probability.

    :param first: logits [n] that a token begins the answer, and `last` that it ends it; n is at least 1.
    """
    begins, ends = (logits - np.logaddexp.reduce(logits.astype(np.float64)) for logits in (first, last))
    scores = begins[:, None] + ends[None, :]
    apart = np.arange(len(first))[None, :] - np.arange(len(first))[:, None]
    scores[(apart < 0) | (apart >= most)] = -np.inf
    start, end = divmod(int(scores.argmax()), len(first))
    return start, end + 1, float(scores[start, end])


def said(reader: Reader, question: str, text: str, title: str, terms: Terms) -> str:
    """The likeliest span of a whole passage, spelt from its tokens; of several windows the one that most likely answers."""
    from retrieval.reader.pairs import tiled
    from retrieval.reader.reader import ROOM

    asked, passage = reader.writer.question(question), reader.writer.passage(text, title)
    pairs = [reader.writer.pair(asked, passage, window, terms.rare) for window in tiled(passage, room=ROOM)]
    found, top = "", -np.inf
    for pair, (judged, span) in zip(pairs, reader.heads(pairs), strict=True):
        inside = np.flatnonzero(np.array(pair.sentence) >= 0)
        if not len(inside):
            continue
        start, end, score = best(span[inside, 0], span[inside, 1])
        score -= float(np.logaddexp(0, -judged[1]))  # log probability that this window answers
        if score > top:
            found, top = reader.writer.spelt([pair.ids[at] for at in inside[start:end]]), score
    return found
