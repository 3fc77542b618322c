"""What checking costs: an answer of ten sentences against eight passages, as the product does it, without a model and with
our reader (`with_reader_`).

Sentences are copied, reworded and wrong ones of the passages themselves, in a fixed mixture. A whole answer of the quote
backend over the same passages is timed beside it.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from eval import damage, disagreement, falsify
from eval.bench.timing import machine, percentile
from eval.edits import EDITS
from eval.reword import REWORDS
from eval.road import answerer
from generation.disagreement import clashes
from generation.review import Reviewer
from generation.support import Encode, Reads
from generation.verify import Span
from library.errors import InputError
from library.records import Citation, Evidence
from library.settings import Settings
from retrieval.judging import Judging

SETS = {"zh": ("drcd_dev", "cmrc2018_trial"), "en": ("squad2_dev",)}
_SENTENCES, _COPIED, _REWORDED = 10, 4, 3  # the rest is wrong
_WRONG: tuple[damage.Make, ...] = (falsify.digit, falsify.negated, falsify.name, *EDITS.values())


def measure(settings: Settings, *, documents: Path | None, answers: int = 30) -> dict[str, object]:
    """Milliseconds of wall and of processor time a language, median and 95th percentile, and the share of a quote answer's.

    :param documents: the folder of the reading sets.
    :raises InputError: there is none.
    """
    if documents is None:
        raise InputError("Checking cannot be measured", "there are no passages", "Name reading sets with --documents.")
    result: dict[str, Any] = {"sentences": _SENTENCES, "passages": 8}
    for lang, names in SETS.items():
        given = [asked for name in names for asked in disagreement.questions(documents / name, limit=answers, seed=7)]
        with tempfile.TemporaryDirectory() as place:
            judging, ask = _product(settings.model_copy(update={"home": Path(place) / "home"}), given, Path(place))
            checked = [answer for asked in given if (answer := written(asked))][: answers + 1]
            spent = [_timed(partial(check, *own, encode=judging.encode)) for own in checked][
                1:
            ]  # the first one warms up
            read = [_timed(partial(check, *own, encode=judging.encode, reads=judging.reads)) for own in checked][1:]
            whole = [_timed(partial(ask, own.question)) for own in given[: len(checked)]][1:]
        result[lang] = {
            "n": len(spent),
            **_figures(spent),
            **_figures(read, "with_reader_"),
            **_figures(whole, "quote_answer_"),
        }
        result[lang]["share_of_quote_answer"] = round(
            statistics.median(cpu for _, cpu in spent) / statistics.median(cpu for _, cpu in whole), 3
        )
    return {**result, **machine()}


def written(asked: disagreement.Asked) -> tuple[disagreement.Asked, str] | None:
    """An answer to the question out of its passages' sentences; None where they have too few."""
    rng = random.Random(asked.question)
    held = damage.scenes([item.text for item in asked.evidence], asked.lang == "zh", 7)
    said: list[str] = []
    for scene in rng.sample(held, len(held)):
        if len(said) < _COPIED:
            said.append(scene.sentence)
        elif len(said) < _COPIED + _REWORDED:
            made = (way(scene.sentence, rng) for way in REWORDS.values())
            said += [next((other for other in made if other != scene.sentence), "")]
        elif len(said) < _SENTENCES:
            pairs = (make(scene, rng) for make in rng.sample(_WRONG, len(_WRONG)))
            said += [next((pair[0] for pair in pairs if pair and pair[0] != scene.sentence), "")]
        said = [sentence for sentence in said if sentence]
    rng.shuffle(said)
    return (asked, "\n".join(said)) if len(said) == _SENTENCES else None


def check(asked: disagreement.Asked, text: str, encode: Encode, reads: Reads | None = None) -> int:
    """Every sentence judged and every disagreement looked for; gives how many sentences there were."""
    claims = list(Reviewer(asked.evidence, _cite, encode=encode, reads=reads).claims(text, ()))
    cited = [Span(c.evidence, c.start, c.end) for claim in claims for c in claim.citations]
    clashes(asked.question, cited, asked.evidence)
    return len(claims)


def _cite(evidence: Evidence, start: int, end: int) -> Citation:
    text = evidence.text[start - evidence.start : end - evidence.start]
    return Citation(evidence.number, evidence.document, evidence.title, evidence.version, start, end, text)


def _product(
    settings: Settings, given: Sequence[disagreement.Asked], place: Path
) -> tuple[Judging, Callable[[str], object]]:
    """The encoder and the reader that checking uses, and asking the quote backend over a library of all the passages."""
    from ingest.pipeline import ingest
    from library.store import Ledger
    from retrieval.search import Search

    folder = place / "passages"
    folder.mkdir()
    for at, text in enumerate(dict.fromkeys(item.text for asked in given for item in asked.evidence)):
        (folder / f"{at:04}.txt").write_text(text, "utf-8")
    own = settings.model_copy(update={"answer": settings.answer.model_copy(update={"backend": "quote"})})
    ledger = Ledger(own.home)
    search = Search(ledger, own)
    ingest(ledger, search, own, [folder], deep=False)
    road = answerer(ledger, search, own)
    return search.judging, lambda question: list(road.ask(question))


def _timed(call: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of wall and of processor time."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


def _figures(spent: Sequence[tuple[float, float]], prefix: str = "") -> dict[str, float]:
    return {
        f"{prefix}{clock}_ms{name}": round(value, 1)
        for at, clock in enumerate(("wall", "cpu"))
        for name, value in (
            ("", statistics.median(one[at] for one in spent)), ("_p95", percentile([one[at] for one in spent], 0.95)),
        )
    }  # fmt: skip
