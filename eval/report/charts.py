"""The charts of a report: inline SVG with its labels as HTML around it, so that text wraps, prints and can be copied; pure.

Nothing refers to anything outside the page. What comes from documents is escaped.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from eval.audit.rates import LOWER
from eval.audit.records import AuditReport, DocumentCheck
from eval.audit.stale import Standing
from eval.estimates import Estimate, Rate
from eval.report.words import FIGURES, GROUPS, Words
from library.records import ClaimStatus

COLOURS = {
    "supported": "#1f6f5c", "partial": "#c9962f", "unsupported": "#b4543a", "contradicted": "#7d1d3f", "no claim": "#b9bdb8",
    "resolves": "#1f6f5c", "moved": "#7fae9d", "changed": "#c9962f", "document removed": "#8a8f8b", "lost": "#7d1d3f",
}  # fmt: skip
_DAYS = 31  # columns at most

CSS = """
.sa{color:var(--st-text-color,#22302c);line-height:1.55}.sa .why{font-size:.85em;opacity:.72}
.sa h4{margin:1.1em 0 .5em;font-size:1em;font-weight:600}
.sa .figure{border:1px solid #8884;border-radius:.6rem;padding:.6rem 1rem}.sa .figure b{display:block;font-size:1.7rem;font-weight:600;line-height:1.2}
.sa .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.5rem,1fr));gap:.8rem;margin:1.2rem 0}
.sa .rate{display:grid;grid-template-columns:minmax(11em,17em) minmax(6em,1fr) 12.5em;gap:.2em 1.2em;align-items:center;margin:.55em 0;break-inside:avoid}
.sa .rate b{font-weight:600}.sa .rate .why{display:block}.sa .rate svg{display:block;width:100%;height:16px}
.sa .number{font-variant-numeric:tabular-nums}.sa .number b{font-size:1.15em}.sa .number .why{display:block}
.sa .stack svg{display:block;width:100%;height:22px;border-radius:4px}.sa .stack{margin:.3em 0 1em;break-inside:avoid}
.sa .legend{display:flex;flex-wrap:wrap;gap:.1em 1.2em;font-size:.88em;margin-top:.4em}
.sa .legend i,.sa .dot{display:inline-block;width:.75em;height:.75em;border-radius:2px;margin-right:.4em;vertical-align:-.05em}
.sa .days svg{display:block;width:100%;height:110px}.sa .axis{display:flex;justify-content:space-between;font-size:.8em;opacity:.72}
.sa .doc{display:grid;grid-template-columns:minmax(11em,15em) minmax(6em,1fr) 20em;gap:.2em 1.2em;align-items:center;margin:.4em 0;break-inside:avoid}
.sa .doc svg{display:block;width:100%;height:12px}.sa .doc div{overflow-wrap:anywhere}
.sa .tag{display:inline-block;font-size:.78rem;border-radius:.5rem;padding:0 .5rem;color:#fff;margin-right:.5rem;white-space:nowrap}
.sa table{border-collapse:collapse;width:100%;font-size:.92em}.sa td,.sa th{text-align:left;padding:.3rem .8rem .3rem 0;border:0;border-bottom:1px solid #8883;vertical-align:top}.sa th{font-weight:600}.sa td.n{font-variant-numeric:tabular-nums;white-space:nowrap}
.sa .wide{overflow-x:auto}.sa .find{display:grid;grid-template-columns:7rem 1fr;gap:.2rem .8rem;margin:.5rem 0;break-inside:avoid}
@media (max-width:640px){.sa .find{grid-template-columns:1fr}.sa table{font-size:.85em}.sa .rate,.sa .doc{grid-template-columns:1fr;margin:.9em 0}.sa .rate .number .why{display:inline;margin-left:.6em}}
"""


def percent(share: float) -> str:
    """A share with one decimal, none where it is whole, and two digits where it is under 1 %."""
    if 0 < share < 0.00995:
        return f"{100 * share:.2g}%"
    return f"{100 * share:.1f}".removesuffix(".0") + "%"


def written(name: str, value: float) -> str:
    """A value of the figure `name`: a share in percent, a count per claim plainly."""
    return f"{value:.2f}" if name == "citations_per_claim" else percent(value)


def rate_rows(report: AuditReport, words: Words, lang: str, group: str) -> str:
    """The figures of one group: label and meaning, bar with its interval, number."""
    own = report.estimates
    return "".join(_rate_row(name, own[name], words, *FIGURES[lang][name]) for name in GROUPS[group])


def _rate_row(name: str, estimate: Estimate, words: Words, title: str, meaning: str) -> str:
    head = f'<div><b>{html.escape(title)}</b><span class="why">{html.escape(meaning)}</span></div>'
    if not estimate.n:
        none = html.escape(words["no_n"])
        return f'<div class="rate">{head}<div></div><div class="number"><span class="why">{none}</span></div></div>'
    scale = 100.0 if name != "citations_per_claim" else 100.0 / max(3.0, estimate.high)
    of = words["of"].format(estimate.hits, estimate.n) if isinstance(estimate, Rate) else words["n"].format(estimate.n)
    within = words["interval"].format(*(written(name, end) for end in (estimate.low, estimate.high)))
    number = f'<b>{written(name, estimate.value)}</b> <span class="why">{of}<br>{within}</span>'
    drawing = bar(
        estimate.value * scale, estimate.low * scale, estimate.high * scale, lower=name in LOWER, title=within
    )
    return f'<div class="rate">{head}{drawing}<div class="number">{number}</div></div>'


def bar(value: float, low: float, high: float, *, lower: bool, title: str) -> str:
    """A bar from 0 to `value` of 100 with a whisker from `low` to `high`; another colour where less is better."""
    colour = "#b4543a" if lower else "#1f6f5c"
    line = 'stroke="currentColor" stroke-width="1.5" vector-effect="non-scaling-stroke"'
    ends = "".join(f'<line x1="{x:.2f}" x2="{x:.2f}" y1="4" y2="12" {line}/>' for x in (low, high))
    return (
        f'<svg viewBox="0 0 100 16" preserveAspectRatio="none" role="img"><title>{html.escape(title)}</title>'
        f'<rect width="100" height="16" fill="currentColor" opacity=".09"/><rect width="{value:.2f}" height="16" fill="{colour}" opacity=".8"/>'
        f'<line x1="{low:.2f}" x2="{high:.2f}" y1="8" y2="8" {line}/>{ends}</svg>'
    )


def stack(parts: Mapping[str, int], words: Words) -> str:
    """Counts as one bar of coloured parts with a legend that gives each."""
    total = sum(parts.values())
    if not total:
        return f'<div class="stack why">{html.escape(words["no_n"])}</div>'
    drawn, x = [], 0.0
    for name, count in parts.items():
        width = 100 * count / total
        drawn.append(f'<rect x="{x:.3f}" width="{width:.3f}" height="22" fill="{COLOURS[name]}"/>')
        x += width
    legend = "".join(
        f'<span><i style="background:{COLOURS[name]}"></i>{html.escape(words[name])} {count} ({percent(count / total)})</span>'
        for name, count in parts.items()
        if count
    )
    return (
        f'<div class="stack"><svg viewBox="0 0 100 22" preserveAspectRatio="none" aria-hidden="true">{"".join(drawn)}</svg>'
        f'<div class="legend">{legend}</div></div>'
    )


def statuses(report: AuditReport) -> dict[str, int]:
    """Claims by status."""
    return {status.value: report.counts[status.value] for status in ClaimStatus if status is not ClaimStatus.NO_CLAIM}


def standings(report: AuditReport) -> dict[str, int]:
    """Citations by where they stand today."""
    checks = [check for row in report.sentences for check in row.citations]
    return {standing.value: sum(check.standing is standing for check in checks) for standing in Standing}


def days(report: AuditReport) -> str:
    """Columns of claims by day and status, the last days; empty where all are of one day."""
    by_day: dict[str, dict[str, int]] = {}
    for row in report.sentences:
        if row.claims:
            day = by_day.setdefault(row.created[:10], dict.fromkeys(COLOURS, 0))
            day[row.status.value] += 1
    names = sorted(by_day)[-_DAYS:]
    if len(names) < 2:
        return ""
    most = max(sum(by_day[name].values()) for name in names)
    width, drawn = 100 / len(names), []
    for at, name in enumerate(names):
        y = 100.0
        for status in ClaimStatus:
            height = 100 * by_day[name][status.value] / most
            y -= height
            place = f'x="{(at + 0.12) * width:.3f}" y="{y:.3f}" width="{0.76 * width:.3f}" height="{height:.3f}"'
            drawn.append(f'<rect {place} fill="{COLOURS[status.value]}"><title>{name}</title></rect>')
    svg = f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{"".join(drawn)}</svg>'
    return f'<div class="days">{svg}<div class="axis"><span>{names[0]}</span><span>{names[-1]}</span></div></div>'


def documents(rows: Sequence[DocumentCheck], words: Words) -> str:
    """Documents by how often they are cited, each with its recall, precision and stale citations."""
    most = max((row.citations for row in rows), default=0)
    made = []
    for row in rows:
        figures = "".join(f"<div>{html.escape(line)}</div>" for line in document_rates(row, words))
        gone = "" if row.live else f' <span class="why">({html.escape(words["gone"])})</span>'
        drawing = (
            f'<svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="12" fill="currentColor" opacity=".09"/>'
            f'<rect width="{100 * row.citations / most:.2f}" height="12" fill="#1f6f5c" opacity=".8"/></svg>'
        )
        number = f'<b>{row.citations}</b> <div class="why">{figures}</div>'
        made.append(
            f'<div class="doc"><div>{html.escape(row.title)}{gone}</div>{drawing}<div class="number">{number}</div></div>'
        )
    return "".join(made)


def document_rates(row: DocumentCheck, words: Words) -> list[str]:
    """A document's rates, each with n and interval in one line."""
    keys = ("citation_recall", "citation_precision", "stale", "reported_wrong")
    return [f"{words[key.removeprefix('citation_')]} {with_interval(row.rates[key], words)}" for key in keys]


def with_interval(rate: Rate, words: Words) -> str:
    """A share, what it rests on, and its interval, in a few characters."""
    of = words["of"].format(rate.hits, rate.n)
    return f"{percent(rate.value)} ({of}; {percent(rate.low)}–{percent(rate.high)})" if rate.n else words["no_n"]


def moment(iso: str) -> str:
    """A stored time for readers: to the minute, in UTC."""
    return f"{iso[:10]} {iso[11:16]} UTC"
