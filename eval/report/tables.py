"""A report as Markdown and as CSV; a cell cannot run as a formula, break a table or bring in HTML."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eval.audit.records import AuditReport, pieces
from eval.report.charts import percent, with_interval, written
from eval.report.words import WORDS, Words, choose, label

COLUMNS = ("answer", "created", "question", "sentence", "status", "decided", "citations", "supported_by_cited", "precise",
           "verbatim", "differs", "reader", "reported_wrong")  # fmt: skip


def as_markdown(report: AuditReport, lang: str = "auto") -> str:
    """Counts, rates, documents, the verifier's own error, stale citations with their difference, and every sentence."""
    lang = choose(lang, report)
    words = WORDS[lang]
    counts = [(words.get(name, name), str(count)) for name, count in report.counts.items()]
    rates = [
        (
            label(name, lang),
            written(name, own.value),
            str(own.n),
            f"{written(name, own.low)} – {written(name, own.high)}",
        )
        if own.n
        else (label(name, lang), "–", "0", words["no_n"])
        for name, own in report.estimates.items()
    ]
    documents = [
        (row.title, str(row.citations), str(row.retrieved),
         *(with_interval(row.rates[name], words) for name in ("citation_recall", "citation_precision", "stale")))
        for row in report.documents if row.citations
    ]  # fmt: skip
    never = ", ".join(row.title for row in report.documents if row.live and not row.citations)
    changed = [
        (check.citation.title, words[check.standing.value], pieces(check.today.difference) or check.citation.cited_text)
        for row in report.sentences for check in row.citations if check.today.difference
    ]  # fmt: skip
    sentences = [
        [row.flat()[name] for name in ("question", "sentence", "status", "citations")] for row in report.sentences
    ]
    titles = (
        words["document"],
        words["cited"],
        words["retrieved"],
        words["recall"],
        words["precision"],
        words["stale"],
    )
    parts = [
        f"# Suyuan · {words['title']}", report.made, f"## {words['glance']}", _table(("", "n"), counts),
        f"## {words['rates']}", _table(("", words["value"], "n", "95 %"), rates),
        f"## {words['per_document']}", _table(titles, documents), f"{words['never']}: {_cell(never) or words['none']}",
        f"## {words['trust']}", words["trust_text"], _trust(report, words),
        f"## {words['changed']}", _table((words["document"], "", words["then"]), changed),
        f"## {words['each']}",
        _table((words["question"], words["sentence"], words["status"], words["citations"]), sentences),
        f"## {words['method']}", words["method_text"],
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _trust(report: AuditReport, words: Words) -> str:
    rows = [
        (f"{words[row['kind']]} · {row['data']}", words[one["name"]], trusted(one)[0], str(one["n"] or "–"), trusted(one)[1])
        for row in report.measured for one in row["measures"]
    ]  # fmt: skip
    titles = (words["set"], words["measure"], words["value"], "n", "95 %")
    return _table(titles, rows) if rows else words["not_measured"]


def trusted(measure: Mapping[str, Any]) -> tuple[str, str]:
    """A measured figure of the verifier and its interval, shares in percent; `–` where no interval is known."""
    show = percent if measure["share"] else "{:.3f}".format
    low, high = measure["low"], measure["high"]
    return show(measure["value"]), "–" if low is None else f"{show(low)} – {show(high)}"


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    return html.escape(text.replace("\n", " "), quote=False).replace("|", "\\|")


def as_csv(report: AuditReport) -> str:
    """One row a sentence."""
    return sheet(COLUMNS, ([row.flat()[name] for name in COLUMNS] for row in report.sentences))


def sheet(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV; a cell that a spreadsheet would run as a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(titles)
    writer.writerows([_defused(cell) for cell in row] for row in rows)
    return out.getvalue()


def _defused(cell: str) -> str:
    return f"'{cell}" if cell.lstrip()[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
