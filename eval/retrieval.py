"""`suyuan eval retrieval`: a set's passages through the product's own ledger, index and search.

Every passage is one document, cut as the product cuts plain text; a document's rank is that of its best chunk.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eval import metrics
from eval.datasets import Passage, Query, load
from library.errors import IndexMismatch
from library.text import digest

if TYPE_CHECKING:
    from library.settings import Settings
    from library.store import Ledger
    from retrieval.search import Search, Stage

_BATCH = 256


def store(ledger: Ledger, search: Search, settings: Settings, passages: Sequence[Passage], *, legs: Sequence[str],
          tell: Callable[[int, int], None] | None = None) -> None:  # fmt: skip
    """Put passages into the ledger with their vectors; those that are there are left alone."""
    from ingest.chunk import split
    from library.records import Document, Element, Kind, Status, Version
    from library.store import now
    from library.text import language
    from retrieval.embed import counter

    count = counter(settings.retrieval.deep or settings.retrieval.instant or "use", cache=settings.cache)
    held = set(ledger.live_versions().values())
    todo = [passage for passage in passages if passage.id not in held]
    for at in range(0, len(todo), _BATCH):
        chunks, texts, ready = [], [], []
        for passage in todo[at : at + _BATCH]:
            title = f"{passage.title}\n" if passage.title else ""
            text = title + passage.text
            elements = [Element(Kind.HEADING, 0, len(title) - 1, 2)] if title else []
            elements.append(Element(Kind.PARAGRAPH, len(title), len(text)))
            version = digest(passage.id, passage.text)
            own = split(
                text,
                elements,
                version=version,
                count=count,
                target=settings.chunk.max_tokens - 20,
                limit=settings.chunk.max_tokens,
            )
            document = Document(passage.id, "eval", passage.id, passage.title or passage.id, "text/plain", language(text), version, len(text), Status.LIVE, version)  # fmt: skip
            ready.append((document, Version(version, passage.id, version, text, tuple(elements), "eval", now()), own))
            chunks += own
            texts += [text[chunk.start : chunk.end] for chunk in own]
        for leg in legs:
            search.embed(chunks, texts, leg)
        for document, made, own in ready:
            ledger.publish(document, made, own)
        if tell:
            tell(min(at + _BATCH, len(todo)), len(todo))
    for leg in legs:
        search.embedding.missing(leg)
    try:
        search.sync()
    except IndexMismatch:  # a kept library that was measured with other models; its vectors are in the ledger
        search.rebuild()


def half_of(group: str) -> str:
    """`train` or `held`, by the digest of a question's group: what is learned from one is reported on the other."""
    return "train" if int(digest(group)[:8], 16) % 2 else "held"


def measure(ledger: Ledger, search: Search, settings: Settings, passages: Sequence[Passage], queries: Sequence[Query], *,
            leg: Stage = "final", k: int = 10, tell: Callable[[int, int], None] | None = None) -> dict[str, Any]:  # fmt: skip
    """R@1, R@10, nDCG@10 and MRR@10 over the queries, and the seconds a question took."""
    legs = [name for name in ("instant", "deep") if name in search.encoders and leg != "lexical"]
    store(ledger, search, settings, passages, legs=legs, tell=tell)
    totals = dict.fromkeys(("r_at_1", "r_at_10", "ndcg_at_10", "mrr_at_10"), 0.0)
    begin = time.perf_counter()
    for query in queries:
        hits = search.search(query.text, k=4 * k, leg=leg)
        ranked = list(dict.fromkeys(hit.document.id for hit in hits))
        totals["r_at_1"] += metrics.success(ranked, query.relevant, k=1)
        totals["r_at_10"] += metrics.recall(ranked, query.relevant, k=k)
        totals["ndcg_at_10"] += metrics.ndcg(ranked, query.relevant, k=k)
        totals["mrr_at_10"] += metrics.reciprocal_rank(ranked, query.relevant, k=k)
    seconds = time.perf_counter() - begin
    return {
        "n": len(queries), **{name: round(total / max(1, len(queries)), 4) for name, total in totals.items()},
        "passages": len(passages), "leg": leg, "ms_per_question": round(1000 * seconds / max(1, len(queries)), 1),
        "instant": settings.retrieval.instant, "deep": settings.retrieval.deep, "candidates": settings.retrieval.candidates,
    }  # fmt: skip


@click.command("retrieval")
@click.argument("prefix", type=click.Path(path_type=Path))
@click.option("--leg", type=click.Choice(["lexical", "dense", "fused", "final"]), default="final", show_default=True)
@click.option("--limit", type=int, default=None, help="Only this many questions, chosen with --seed.")
@click.option("--seed", default=0, show_default=True)
@click.option("--half", type=click.Choice(["", "train", "held"]), default="", help="Only the questions that the shipped weights were learned on, or only the others.")  # fmt: skip
@click.option("--query-lang", default="", help="Only questions in this language.")
@click.option("--corpus-lang", default="", help="Only passages in this language.")
@click.option("--work", type=click.Path(path_type=Path), help="Keep the built library here, to go on later.")
@click.option("--json", "as_json", is_flag=True, help="Print one flat JSON object.")
def retrieval_command(prefix: Path, leg: Stage, limit: int | None, seed: int, half: str, query_lang: str, corpus_lang: str,
                      work: Path | None, as_json: bool) -> None:  # fmt: skip
    """Measure how well the right passage is found."""
    import tempfile

    from library import settings as knobs
    from library.store import Ledger
    from retrieval.search import Search

    passages, queries = load(prefix, query_lang=query_lang, corpus_lang=corpus_lang)
    queries = [query for query in queries if half in ("", half_of(query.group))]
    if limit and limit < len(queries):
        queries = random.Random(seed).sample(queries, limit)
    with tempfile.TemporaryDirectory() as place:
        home = work or Path(place)
        settings = knobs.load().model_copy(update={"home": home})
        ledger = Ledger(home)
        search = Search(ledger, settings)
        try:
            result = measure(ledger, search, settings, passages, queries, leg=leg, tell=None if as_json else _tell)
        finally:
            search.close()
            ledger.close()
    result |= {"set": prefix.name, "seed": seed, "half": half, "query_lang": query_lang, "corpus_lang": corpus_lang}
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for name, value in result.items():
        click.echo(f"{name:<16} {value}")


def _tell(done: int, total: int) -> None:
    click.echo(f"\rembedded {done}/{total}", nl=done == total, err=True)
