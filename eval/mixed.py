"""`suyuan eval mixed`: does a library that holds everything in two languages favour one of them?

Every section stands in it in Chinese and in English, and is asked for in both. A search without a preference finds a
section in either language equally well; what it prefers is reported, not judged.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eval import metrics, retrieval
from eval.datasets import Passage, Query, load, rows
from eval.provenance import stamp

if TYPE_CHECKING:
    from retrieval.search import Search

_LANGUAGES = ("zh", "en")
_DEEP_ENOUGH = 60  # hits that are looked at, so that either language's first ten are among them


def parallel(
    prefix: Path, *, questions: int, pairs: int, seed: int
) -> tuple[list[Passage], list[Query], dict[str, str]]:
    """Passages in both languages, as many questions of each language that have both golds, and each passage's language.

    :param pairs: further pairs that no chosen question asks for.
    """
    passages, asked = load(prefix)
    corpus = list(rows(prefix.with_name(f"{prefix.name}.corpus.jsonl.gz")))
    spoken = {str(row["id"]): str(row["lang"]) for row in corpus}
    partner: dict[str, list[str]] = {}
    for row in corpus:
        if row.get("pair_id"):
            partner.setdefault(str(row["pair_id"]), []).append(str(row["id"]))
    both = [own for own in partner.values() if {spoken[name] for name in own} == set(_LANGUAGES)]
    language = {str(row["id"]): str(row["lang"]) for row in rows(prefix.with_name(f"{prefix.name}.queries.jsonl.gz"))}
    fit = [query for query in asked if {spoken[name] for name in query.relevant} == set(_LANGUAGES)]
    rng = random.Random(seed)
    chosen: list[Query] = []
    for lang in _LANGUAGES:
        own = [query for query in fit if language[query.id] == lang]
        chosen += rng.sample(own, min(questions, len(own)))
    kept = {name for query in chosen for name in query.relevant}
    kept |= {name for own in rng.sample(both, min(pairs, len(both))) for name in own}
    return (
        [passage for passage in passages if passage.id in kept],
        chosen,
        spoken | {q.id: language[q.id] for q in chosen},
    )


def measure(search: Search, queries: Sequence[Query], spoken: dict[str, str]) -> dict[str, Any]:
    """By the question's language: which language comes first, and nDCG@10 of either version, of its own and of the other.

    Own and other are ranked among the passages of that language alone, as a library of one language would.
    """
    result: dict[str, Any] = {}
    firsts: dict[str, float] = {}
    for lang in _LANGUAGES:
        asked = [query for query in queries if spoken[query.id] == lang]
        other = next(name for name in _LANGUAGES if name != lang)
        totals = dict.fromkeys(
            (f"first hit {lang}", f"gold first {lang}", "either", f"{lang}-{lang}", f"{lang}-{other}"), 0.0
        )
        decided = 0
        for query in asked:
            hits = search.search(query.text, k=_DEEP_ENOUGH)
            ranked = list(dict.fromkeys(hit.document.id for hit in hits))
            golds = [name for name in ranked if name in query.relevant]
            totals[f"first hit {lang}"] += bool(ranked) and spoken[ranked[0]] == lang
            decided += bool(golds)
            totals[f"gold first {lang}"] += bool(golds) and spoken[golds[0]] == lang
            totals["either"] += metrics.reciprocal_rank(ranked, query.relevant)
            for name in (lang, other):
                among = [found for found in ranked if spoken[found] == name]
                relevant = {gold for gold in query.relevant if spoken[gold] == name}
                totals[f"{lang}-{name}"] += metrics.ndcg(among, relevant)
        n = max(1, len(asked))
        firsts[lang] = totals[f"first hit {lang}"] / n
        gold_first = totals.pop(f"gold first {lang}") / max(1, decided)
        result[f"asked in {lang}"] = {
            "n": len(asked), f"first hit in {lang}": round(totals.pop(f"first hit {lang}") / n, 4),
            f"gold first in {lang}": round(gold_first, 4), "mrr_at_10 either": round(totals.pop("either") / n, 4),
            **{f"ndcg_at_10 {name}": round(value / n, 4) for name, value in totals.items()},
        }  # fmt: skip
    first_zh = (firsts["zh"] + 1 - firsts["en"]) / 2
    return result | {"first hits in zh": round(first_zh, 4), "bias": round(first_zh - 0.5, 4)}


@click.command("mixed")
@click.argument("prefix", type=click.Path(path_type=Path))
@click.option("--questions", default=150, show_default=True, help="Of each language.")
@click.option("--pairs", default=300, show_default=True, help="Further sections, each in both languages.")
@click.option("--seed", default=0, show_default=True)
@click.option("--work", type=click.Path(path_type=Path), help="Keep the built library here, to go on later.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def mixed_command(prefix: Path, questions: int, pairs: int, seed: int, work: Path | None, as_json: bool) -> None:
    """Ask a library that says everything twice, in Chinese and in English, and see which language it prefers.

    PREFIX is a retrieval set whose corpus rows have lang and pair_id, such as dev/docsfaq/docsfaq.
    """
    from library import settings as knobs
    from library.store import Ledger
    from retrieval.search import Search

    passages, asked, spoken = parallel(prefix, questions=questions, pairs=pairs, seed=seed)
    with tempfile.TemporaryDirectory() as place:
        settings = knobs.load().model_copy(update={"home": work or Path(place)})
        ledger = Ledger(settings.home)
        search = Search(ledger, settings)
        try:
            retrieval.store(ledger, search, settings, passages, legs=list(search.encoders))
            result = measure(search, asked, spoken)
        finally:
            search.close()
            ledger.close()
    result |= {"passages": len(passages), "set": prefix.name}
    result |= stamp([prefix.with_name(f"{prefix.name}.{part}.jsonl.gz") for part in ("corpus", "queries")], seed=seed)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for name, value in result.items():
        click.echo(f"{name:<18} {value}")
