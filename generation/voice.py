"""An English passive with its doer in the active, so that the two can be set beside each other; pure.

"Warsaw was occupied by Germany in 1915." is "Germany occupied Warsaw in 1915."; where the doer's words end is not sure, so there are several.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

_PASSIVE = re.compile(
    r"(?P<lead>(?:[^,;]{2,80}, )?)(?P<what>[^,;]{2,160}?) (?:was|were|is|are|(?:has|have|had) been) (?:also |later |then |first )?"
    r"(?P<how>(?:\w+ly )?\w+(?:ed|en|wn|ght|ade|ilt|old|ung|un|ound|eld|ept|ost|ut|one|id|et)) by (?P<rest>[^;]+)"
)
_ENDS = re.compile(r" (?=(?:in|on|at|from|for|with|as|after|before|during|since|to|and|of|between|under|until|by|who|which|that)\b)|(?=,)|(?= ?\()|(?=[.]?$)")  # fmt: skip
_MOST = 5  # places at which the doer may end


def actives(sentence: str) -> Iterator[tuple[str, str]]:
    """The sentence in the active, and the same with its two names about the verb as they stood, which says the reverse.

    One pair for each place at which its doer may end; none where it is no passive with a doer.

    >>> next(actives("Warsaw was occupied by Germany in 1915."))
    ('Germany occupied Warsaw in 1915.', 'Warsaw occupied Germany in 1915.')
    """
    found = _PASSIVE.match(sentence)
    if not found:
        return
    rest = found["rest"] + sentence[found.end() :]
    for end in islice(_ENDS.finditer(rest), _MOST):
        if end.start():
            doer, more = rest[: end.start()], rest[end.start() :]
            how = found["how"]
            yield (
                f"{found['lead']}{doer} {how} {found['what']}{more}",
                f"{found['lead']}{found['what']} {how} {doer}{more}",
            )
