"""`suyuan eval refusal`: questions with passages that answer them and passages that do not; does the number tell?

A row with both kinds gives two cases: one positive with four negatives, and five negatives. A row with one kind gives
one. Rare words are told by the passages of the whole file, which stand for the library. Where a case names its answers,
the best sentence that the quote backend would copy is held against them.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from numpy.typing import NDArray

from eval.answer_metrics import holds
from eval.datasets import rows
from eval.estimates import Rate
from eval.metrics import auc, bootstrap
from eval.provenance import knobs, stamp
from eval.results import say
from library.errors import InputError, SettingError
from library.records import Evidence
from retrieval.judging import Judging

if TYPE_CHECKING:
    from generation.odds import Weighs
    from library.settings import Settings
    from retrieval.answerable import Idf, Passage


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what was found for it, and whether that answers it."""

    question: str
    passages: tuple[str, ...]
    answerable: bool
    subset: str
    answers: tuple[str, ...] = ()


def read(path: Path, *, half: str = "", subset: str = "") -> list[Case]:
    """The cases of a file; only those of `half` (`half_g`) and of a subset whose name ends so.

    :raises InputError: a row with passages has no question, or there is no case.
    """
    found = []
    for row in rows(path):
        name = str(row.get("subset", ""))
        if (half and row.get("half_g", row.get("half")) != half) or not name.endswith(subset):
            continue
        good, bad = flat(row.get("positive") or ()), flat(row.get("negative") or ())
        said = flat(row.get("gold_sentences") or row.get("answers") or ())
        if (good or bad) and not str(row.get("question") or "").strip():
            raise InputError(
                f"{path} cannot be measured", "a row has no question", "Give question, positive, negative."
            )
        if good and bad:
            found.append(Case(row["question"], (good[0], *bad[:4]), True, name, tuple(said)))
            found.append(Case(row["question"], tuple(bad[:5]), False, name))
        elif good or bad:
            answerable = bool(row.get("answerable", bool(good)))
            found.append(Case(row["question"], tuple((good or bad)[:5]), answerable, name, tuple(said)))
    if not found:
        raise InputError(
            f"{path} cannot be measured", "no row has passages", "Give question, positive and negative lists of texts."
        )
    return found


def documentation(prefix: Path, *, half: str = "", subset: str = "", most: int = 60) -> list[Case]:
    """The cases of a documentation in two languages: its own questions and cells of its tables, `most` questions of each kind."""
    from eval import absent, cells

    found = [*cells.cases(prefix, half=half, most=most), *absent.sections(prefix, half=half, most=most)]
    return [case for case in found if case.subset.endswith(subset)]


def flat(given: Any) -> list[str]:
    """A text, texts, objects with `text`, or lists of these, as texts in order."""
    if isinstance(given, str):
        return [given]
    if isinstance(given, dict):
        return [str(given["text"])]
    return [text for item in given for text in flat(item)]


class Judge:
    """Gives each case its probability with the encoders of the settings."""

    def __init__(self, cases: Sequence[Case], settings: Settings) -> None:
        """Embed every passage and every question once."""
        from library.tables import told
        from library.text import language
        from retrieval import embed, lexical, vectors

        own = settings.retrieval
        instant = embed.load(own.instant or "use", threads=own.threads, cache=settings.cache)
        deep = embed.load(own.deep or "e5", threads=own.threads, cache=settings.cache)
        texts = list(dict.fromkeys(text for case in cases for text in case.passages))
        questions = list(dict.fromkeys(case.question for case in cases))
        parts = [[reads for _, reads in told(text)] or [text] for text in texts]
        whole, within = embed.with_parts(instant, texts, parts)
        self._passages = {text: rows for text, *rows in zip(texts, whole, within, deep.passages(texts), strict=True)}
        self._questions = {
            text: rows
            for text, *rows in zip(questions, instant.queries(questions), deep.queries(questions), strict=True)
        }
        self._counts = {
            lang: vectors.TermCounts.of([lexical.frequencies(text) for text in texts if language(text) == lang])
            for lang in {language(text) for text in texts}
        }
        self._judging = {
            lang: Judging(settings, lambda: {"instant": instant, "deep": deep}, partial(self._counts.__getitem__, lang))
            for lang in self._counts
        }

    def right(self, case: Case) -> bool:
        """Whether the sentence that the quote backend sets first by its worth holds one of the case's answers."""
        from generation.quote import QuoteBackend
        from library.text import language

        evidence = [
            Evidence(number, str(number), "", str(number), 0, len(text), text, score=1.0)
            for number, text in enumerate(case.passages, 1)
        ]
        judging = self._judging[language(case.passages[0])]
        chosen = QuoteBackend(judging.sentences).choose(case.question, evidence)
        best = max(chosen, key=lambda quoted: quoted.score, default=None)
        return best is not None and holds([best.text], list(case.answers))

    def passages(self, case: Case) -> list[Passage]:
        """The first of the case's passages with their cosines to its question, and with what the reader says of them."""
        from retrieval.answerable import MOST, Passage

        instant, deep = self._questions[case.question]
        texts = case.passages[:MOST]
        read = self._read(case.question, texts)
        return [
            Passage(
                text,
                float(whole @ instant),
                [float(x) for x in within @ instant],
                float(far @ deep),
                said,
                about=text.split("\n", 1)[0],
            )
            for text, said in zip(texts, read, strict=True)
            for whole, within, far in (self._passages[text],)
        ]

    def _read(self, question: str, texts: Sequence[str]) -> list[tuple[float, float] | None]:
        from library.text import language
        from retrieval.reader.reader import Text

        reading = self._judging[language(texts[0])].reading
        if reading is None:
            return [None] * len(texts)
        said = reading.texts_whole(question, [Text(text) for text in texts], limit_s=math.inf)
        return [(own.relevant, own.answers) for own in said]

    def idf(self, case: Case) -> Idf:
        """How rare terms are among the file's passages of the case's language."""
        from library.text import language

        counts = self._counts[language(case.passages[0])]
        return lambda terms: [float(x) for x in counts.idf(terms)]

    def probability(self, case: Case) -> float:
        """That the case's passages answer its question."""
        from retrieval.answerable import probability

        return probability(case.question, self.passages(case), self.idf(case))


def measure(cases: Sequence[Case], settings: Settings, model: Weighs | None = None) -> dict[str, Any]:
    """AUC, what the default bar refuses and keeps, and the curve over bars; with the word of `model` where one is given."""
    judge = Judge(cases, settings)
    asked = np.array([bool(case.answerable and case.answers) for case in cases])
    alone, chosen = list[float](), list[bool]()
    for case, named in zip(cases, asked, strict=True):
        alone.append(judge.probability(case))
        # at once, as in an answer: what was just read is not read again
        chosen.append(bool(named) and judge.right(case))
    scores = np.array(alone if model is None else _weighed(model, cases, alone))
    truth = np.array([case.answerable for case in cases])
    bar = settings.answer.min_score
    right = np.array(chosen)

    def at(level: float) -> dict[str, Any]:
        refused, kept = Rate.of(scores[~truth] < level), Rate.of(scores[truth] >= level)
        return {
            "bar": round(level, 2),
            "refused_unanswerable": round(refused.value, 4) if refused.n else None,
            "kept_answerable": round(kept.value, 4) if kept.n else None,
        }

    def area(rows: Sequence[int]) -> float:
        return auc([bool(truth[i]) for i in rows], [float(scores[i]) for i in rows])

    every = range(len(cases))
    ends = {
        "auc": bootstrap(area, [case.question for case in cases]),
        "refused_unanswerable": _ends(Rate.of(scores[~truth] < bar)),
        "kept_answerable": _ends(Rate.of(scores[truth] >= bar)),
    }
    return {
        "n": len(cases), "n_answerable": int(truth.sum()), "n_unanswerable": int((~truth).sum()),
        "auc": round(area(every), 4), **at(bar), **({"by_subset": _by_subset(cases, scores, bar)} if len({c.subset for c in cases}) > 1 else {}),
        **{f"{name}_interval": [round(end, 4) for end in found] for name, found in ends.items()},
        **({"best_sentence_right": round(float(right[asked].mean()), 4)} if asked.any() else {}),
        **({"kept_right": round(float((scores[right] >= bar).mean()), 4)} if right.any() else {}),
        "curve": [at(level) for level in np.arange(0.05, 1.0, 0.05)],
        "cases": {str(i): {"right": float((scores[i] >= bar) == truth[i])} for i in every},
    }  # fmt: skip


def _weighed(model: Weighs, cases: Sequence[Case], scores: Sequence[float]) -> list[float]:
    from generation import gate
    from library.text import language

    pairs = list(zip(cases, scores, strict=True))
    with click.progressbar(pairs, label="asking the model", show_pos=True, file=sys.stderr) as bar:
        return [
            gate.weighed(model, case.question, case.passages, score, "zh" if language(case.question) == "zh" else "en")
            for case, score in bar
        ]


def _by_subset(cases: Sequence[Case], scores: NDArray[np.float64], bar: float) -> dict[str, Any]:
    found = {}
    for name in sorted({case.subset for case in cases}):
        of = [i for i, case in enumerate(cases) if case.subset == name]
        answered, not_ = ([float(scores[i]) for i in of if cases[i].answerable is kind] for kind in (True, False))
        found[name] = {
            "n": len(of), "auc": round(auc([cases[i].answerable for i in of], [float(scores[i]) for i in of]), 4),
            "refused_unanswerable": round(sum(score < bar for score in not_) / len(not_), 4) if not_ else None,
            "kept_answerable": round(sum(score >= bar for score in answered) / len(answered), 4) if answered else None,
        }  # fmt: skip
    return found


def _ends(rate: Rate) -> tuple[float, float]:
    return rate.low, rate.high


def _model(settings: Settings) -> Weighs:
    """The model of the settings.

    :raises SettingError: none is set up, or it does not tell how sure it is.
    """
    from generation import backends
    from generation.odds import Weighs

    chat = backends.choose(settings)
    if not isinstance(chat, Weighs):
        raise SettingError(
            "No model can be asked", "answers are quoted here, or the model does not tell how sure it is",
            "Run: suyuan models add small, or set SUYUAN_SERVER__URL.",
        )  # fmt: skip
    return chat


@click.command("refusal")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--half", default="", help="Only rows of this half (`half_g`; of a documentation `train` or `held`).")
@click.option("--limit", default=60, show_default=True, help="Questions of each kind that a documentation gives.")
@click.option("--subset", default="", help="Only subsets whose name ends so.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the result with every case, for `eval compare`.",
)
@click.option("--ask-model", is_flag=True, help="With the word of the model that the settings name.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def refusal_command(
    file: Path, half: str, limit: int, subset: str, out: Path | None, ask_model: bool, as_json: bool
) -> None:
    """Is nothing answered where nothing answers? FILE holds rows, or is a documentation set up to the first dot."""
    from library import settings as knob

    settings = knob.load()
    model = _model(settings) if ask_model else None
    of = [file.with_name(f"{file.name}.{part}.jsonl.gz") for part in ("corpus", "queries")]
    if all(path.exists() for path in of):
        given = documentation(file, half=half, subset=subset, most=limit)
    else:
        given, of = read(file, half=half, subset=subset), [file]
    result = measure(given, settings, model) | {"half": half, "subset": subset}
    if model is not None:
        result["model"] = str(getattr(model, "name", ""))
    say(result | stamp(of, seed=0, settings=knobs(settings)), as_json=as_json, out=out)
