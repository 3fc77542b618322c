"""An audit report as one self-contained page, as Markdown and as CSV; everything from a document is data."""

from __future__ import annotations

import csv
import html
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eval.audit import AuditReport, Rate, SentenceCheck

_CSS = """
body{font:16px/1.6 system-ui,"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;color:#22302c;background:#fbfaf7;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-weight:600;margin-bottom:0}.made{opacity:.6;margin-top:0}.figures{display:flex;gap:1rem;flex-wrap:wrap;margin:1.5rem 0}
.figure{background:#fff;border:1px solid #e3dfd5;border-radius:.6rem;padding:.6rem 1rem;min-width:6rem}.figure b{display:block;font-size:1.6rem;font-weight:600}
.rate{display:grid;grid-template-columns:9rem 1fr 14rem;gap:1rem;align-items:center;margin:.3rem 0}.number{opacity:.7;font-size:.9rem}
.turn{background:#fff;border:1px solid #e3dfd5;border-radius:.6rem;padding:.6rem 1rem;margin:1rem 0}.turn h3{margin:.2rem 0 .6rem}
.s{margin:.5rem 0;padding-left:.7rem;border-left:3px solid #1f6f5c}.s.unsupported,.s.contradicted{border-color:#b4543a}.s.partial{border-color:#c9962f}
.s.no{border-color:#bbb}.why{font-size:.85rem;opacity:.7}blockquote{margin:.3rem 0 .3rem 1rem;font-size:.92rem;background:#f6f3ea;padding:.3rem .7rem;border-radius:.4rem}
"""


def as_html(report: AuditReport) -> str:
    """One page with no reference to anything outside it."""
    figures = "".join(
        f'<div class="figure"><b>{count}</b>{html.escape(name)}</div>' for name, count in report.counts.items()
    )
    rates = "".join(_bar(name, rate) for name, rate in report.rates.items())
    turns = []
    for answer in report.answers:
        own = [row for row in report.sentences if row.answer == answer.id]
        body = (
            "".join(map(_row, own))
            or f'<div class="s no">{html.escape(answer.text)}<div class="why">{html.escape(answer.reason)}</div></div>'
        )
        turns.append(
            f'<div class="turn"><h3>{html.escape(answer.question)}</h3><div class="why">{html.escape(answer.created)} · {html.escape(answer.backend)}</div>{body}</div>'
        )
    return (
        f'<!doctype html><html lang="zh"><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">'
        f'<title>Suyuan audit</title><style>{_CSS}</style><h1>Suyuan 溯源 · audit</h1><p class="made">{html.escape(report.made)}'
        f'{" · since " + html.escape(report.since) if report.since else ""}</p><div class="figures">{figures}</div>{rates}{"".join(turns)}</html>'
    )


def _bar(name: str, rate: Rate) -> str:
    low, high, value = (300 * part for part in (rate.low, rate.high, rate.value))
    drawing = (
        f'<svg viewBox="0 0 300 16" height="16" width="100%" preserveAspectRatio="none"><rect width="300" height="16" rx="3" fill="#eceae2"/>'
        f'<rect width="{value:.1f}" height="16" rx="3" fill="#1f6f5c"/><rect x="{low:.1f}" y="6.5" width="{max(1.0, high - low):.1f}" height="3" fill="#c9962f"/></svg>'
    )
    number = f"{rate.value:.1%} · {rate.hits} of {rate.n} · 95 %: {rate.low:.0%}–{rate.high:.0%}"
    return f'<div class="rate"><div>{html.escape(name)}</div>{drawing}<div class="number">{number}</div></div>'


def _row(row: SentenceCheck) -> str:
    quotes = "".join(
        f'<blockquote>{html.escape(c.cited_text)}<div class="why">[{c.number}] {html.escape(c.title)} · {c.verdict}</div></blockquote>'
        for c in row.citations
    )
    kind = row.status.value.split()[0]
    return f'<div class="s {kind}">{html.escape(row.text)}<div class="why">{row.status.value} · {html.escape(row.decided)}</div>{quotes}</div>'


def as_markdown(report: AuditReport) -> str:
    """Counts and rates as tables, then every sentence."""
    lines = ["# Suyuan audit", "", report.made, "", "| count | n |", "| --- | --- |"]
    lines += [f"| {name} | {count} |" for name, count in report.counts.items()]
    lines += ["", "| rate | share | of | 95 % |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {name} | {r.value:.1%} | {r.hits} / {r.n} | {r.low:.1%} to {r.high:.1%} |"
        for name, r in report.rates.items()
    ]
    lines += ["", "| question | sentence | status | citations |", "| --- | --- | --- | --- |"]
    for row in report.sentences:
        flat = row.flat()
        lines.append(
            "| " + " | ".join(_cell(flat[name]) for name in ("question", "sentence", "status", "citations")) + " |"
        )
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return html.escape(text.replace("\n", " "), quote=False).replace("|", "\\|")


def as_csv(report: AuditReport) -> str:
    """One row a sentence; a cell that a spreadsheet would run as a formula begins with an apostrophe."""
    out = io.StringIO()
    names = ("answer", "created", "question", "sentence", "status", "decided", "citations")
    writer = csv.writer(out)
    writer.writerow(names)
    for row in report.sentences:
        flat = row.flat()
        writer.writerow([_defused(flat[name]) for name in names])
    return out.getvalue()


def _defused(cell: str) -> str:
    return f"'{cell}" if cell.lstrip()[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
