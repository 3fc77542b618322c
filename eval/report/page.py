"""A report as one self-contained page for reading and printing; no script, no reference to anything outside it."""

from __future__ import annotations

import html
from collections.abc import Iterator

from eval.audit.records import AnswerCheck, AuditReport, CitationCheck, SentenceCheck
from eval.audit.stale import Standing
from eval.report import charts
from eval.report.tables import trusted
from eval.report.words import WORDS, Words, choose
from library.records import ClaimStatus

_GRAVE = (
    ClaimStatus.CONTRADICTED,
    ClaimStatus.UNSUPPORTED,
    ClaimStatus.PARTIAL,
    ClaimStatus.SUPPORTED,
    ClaimStatus.NO_CLAIM,
)
_MOST = 60  # findings listed before the rest is left to the table
_CSS = """
*{box-sizing:border-box}body{font:16px/1.6 system-ui,"Noto Sans SC","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;color:#22302c;background:#fbfaf7;max-width:62rem;margin:2.5rem auto;padding:0 1.2rem}
h1{font-weight:650;margin:0;font-size:1.9rem}h2{font-weight:600;font-size:1.3rem;margin:2.6rem 0 .6rem;padding-top:.6rem;border-top:1px solid #ddd8cb}h3{font-size:1.05rem;font-weight:600;margin:.1rem 0 .4rem}
.made{color:#5d6a65;margin:.2rem 0 1.4rem}.lead{font-size:1.1rem}.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.5rem,1fr));gap:.8rem;margin:1.2rem 0}
.figure{background:#fff;border:1px solid #e3dfd5;border-radius:.6rem;padding:.6rem 1rem}.figure b{display:block;font-size:1.7rem;font-weight:600;line-height:1.2}
.two{display:grid;grid-template-columns:1fr 1fr;gap:0 2.5rem}.turn,.note{background:#fff;border:1px solid #e3dfd5;border-radius:.6rem;padding:.8rem 1.1rem;margin:1rem 0}
.s{margin:.7rem 0;padding-left:.8rem;border-left:3px solid #b9bdb8;break-inside:avoid;overflow-wrap:anywhere}
.tag{display:inline-block;font-size:.78rem;border-radius:.5rem;padding:0 .5rem;color:#fff;margin-right:.5rem;white-space:nowrap}
blockquote{margin:.4rem 0;font-size:.92rem;background:#f6f3ea;padding:.4rem .8rem;border-radius:.4rem;white-space:pre-line}
blockquote.stale{background:#fdf3dc}blockquote.lost{background:#f7e4e6}ins{background:#d5ecd9;text-decoration:none}del{background:#f5d3cb}
table{border-collapse:collapse;width:100%;font-size:.92rem}td,th{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #e8e4d9;vertical-align:top}th{font-weight:600}td.n{font-variant-numeric:tabular-nums;white-space:nowrap}
.find{display:grid;grid-template-columns:7rem 1fr;gap:.2rem .8rem;margin:.5rem 0;break-inside:avoid}a{color:inherit}
@media (max-width:640px){body{margin:1rem auto}.two{grid-template-columns:1fr}table{font-size:.85rem}.wide{overflow-x:auto}.find{grid-template-columns:1fr}}
@media print{body{background:#fff;margin:0;max-width:none;font-size:10.5pt}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}h2{break-after:avoid}.turn,.note,.figure{border-color:#ccc}a{text-decoration:none}}
"""


def as_html(report: AuditReport, lang: str = "auto") -> str:
    """The whole page in `zh` or `en`; `auto` is the language of most questions."""
    lang = choose(lang, report)
    words = WORDS[lang]
    parts = [
        _head(report, words, lang), _attention(report, words), _rates(report, words, lang), _documents(report, words),
        _trust(report, words), f"<h2>{words['method']}</h2><p class='why'>{html.escape(words['method_text'])}</p>",
        f"<h2>{words['each']}</h2>", *(_turn(answer, words) for answer in report.answers),
    ]  # fmt: skip
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>Suyuan · {words["title"]}</title>'
        f'<style>{_CSS}{charts.CSS}</style></head><body class="sa">{"".join(parts)}</body></html>'
    )


def _head(report: AuditReport, words: Words, lang: str) -> str:
    counts, rates = report.counts, report.rates
    dates = sorted(answer.answer.created[:10] for answer in report.answers)
    settings = report.origin["settings"]
    judge = words["vectors_on" if settings["sentence_vectors"] else "vectors_off"]
    judge += f", {words['entailment']}" if settings["entailment"] else ""
    made = [
        f"{words['made']} {charts.moment(report.made)}", words["period"].format(dates[0], dates[-1]) if dates else "",
        words["since"].format(report.since) if report.since else "",
        words["commit"].format(report.origin["commit"]) if report.origin["commit"] else "", f"{words['judge']}{words['colon']}{judge}",
    ]  # fmt: skip
    figures = [(counts[name], words[name]) for name in ("answers", "claims", "citations", "refusals")]
    figures.append((sum(document.live for document in report.documents), words["documents"]))
    tiles = "".join(f'<div class="figure"><b>{n}</b>{html.escape(name)}</div>' for n, name in figures)
    shares = {name: charts.percent(rates[f"citation_{name}"].value) for name in ("recall", "precision")}
    lead = words["summary"].format(
        **shares, claims=counts["claims"], answers=counts["answers"],
        contradicted=charts.percent(rates["contradicted"].value), resolved=charts.percent(rates["resolved"].value),
    )  # fmt: skip
    days = charts.days(report)
    return (
        f'<h1>{words["title"]}</h1><p class="made">{html.escape(" · ".join(filter(None, made)))}</p>'
        + (f'<p class="lead">{html.escape(lead)}</p>' if counts["claims"] else "")
        + f'<div class="figures">{tiles}</div><div class="two"><div><h4>{words["statuses"]}</h4>'
        f"{charts.stack(charts.statuses(report), words)}</div><div><h4>{words['standings']}</h4>"
        f"{charts.stack(charts.standings(report), words)}</div></div>"
        + (f"<h4>{words['days']}</h4>{days}" if days else "")
    )


def _rates(report: AuditReport, words: Words, lang: str) -> str:
    groups = (
        f"<h4>{words[group]}</h4>{charts.rate_rows(report, words, lang, group)}"
        for group in ("support", "trouble", "freshness", "use")
    )
    return f"<h2>{words['rates']}</h2>{''.join(groups)}"


def findings(report: AuditReport, words: Words) -> list[tuple[SentenceCheck, list[tuple[str, str]]]]:
    """Sentences that somebody should look at, the worst first, each with its reasons: a colour's name and a few words."""
    found = [(row, list(_reasons(row, words))) for row in report.sentences]
    return sorted((one for one in found if one[1]), key=lambda one: _GRAVE.index(one[0].status))


def _reasons(row: SentenceCheck, words: Words) -> Iterator[tuple[str, str]]:
    if row.status in (ClaimStatus.CONTRADICTED, ClaimStatus.UNSUPPORTED):
        differs = "; ".join(words["figure"].format(f.claim, f.source) for f in row.figures)
        yield row.status.value, differs or row.decided
    for check in row.citations:
        if check.standing in (Standing.CHANGED, Standing.LOST):
            place = f"[{check.citation.evidence}] {check.citation.title}"
            yield check.standing.value, f"{place}{words['colon']}{words[check.standing.value]}"
    for number in dict.fromkeys(check.citation.evidence for check in row.citations if check.wrong):
        yield "lost", words["reported"].format(number)
    if row.thumb < 0:
        yield "lost", words["down"]


def _attention(report: AuditReport, words: Words) -> str:
    found = findings(report, words)
    rows = []
    for row, reasons in found[:_MOST]:
        link = f'<a href="#{html.escape(row.answer)}">{html.escape(row.text)}</a>'
        why = "".join(
            f'<div class="why"><span class="dot" style="background:{charts.COLOURS[kind]}"></span>{html.escape(reason)}</div>'
            for kind, reason in reasons
        )
        rows.append(f'<div class="find"><div>{_tag(row, words)}</div><div>{link}{why}</div></div>')
    if len(found) > _MOST:
        rows.append(f'<p class="why">{words["more"].format(len(found) - _MOST)}</p>')
    return f"<h2>{words['attention']}</h2>" + ("".join(rows) or f"<p>{words['nothing']}</p>")


def _tag(row: SentenceCheck, words: Words) -> str:
    return f'<span class="tag" style="background:{charts.COLOURS[row.status.value]}">{words[row.status.value]}</span>'


def _documents(report: AuditReport, words: Words) -> str:
    cited = [row for row in report.documents if row.citations]
    never = [row.title for row in report.documents if row.live and not row.citations]
    listed = html.escape(", ".join(never)) if never else words["none"]
    return (
        f"<h2>{words['per_document']}</h2>{charts.documents(cited, words)}"
        f'<p><b>{words["never"]} ({len(never)}){words["colon"]}</b> <span class="why">{listed}</span></p>'
    )


def _trust(report: AuditReport, words: Words) -> str:
    head = f"<h2>{words['trust']}</h2><p class='why'>{html.escape(words['trust_text'])}</p>"
    if not report.measured:
        return f"{head}<p>{words['not_measured']}</p>"
    rows = []
    for row in report.measured:
        for at, one in enumerate(row["measures"]):
            first = f"{words[row['kind']]} · {html.escape(row['data'])}" if at == 0 else ""
            rows.append(
                f'<tr><td>{first}</td><td>{words[one["name"]]}</td><td class="n">{trusted(one)[0]}</td>'
                f'<td class="n">{one["n"] or "–"}</td><td class="n">{trusted(one)[1]}</td></tr>'
            )
    titles = "".join(f"<th>{title}</th>" for title in (words["set"], words["measure"], words["value"], "n", "95 %"))
    return f'{head}<div class="wide"><table><tr>{titles}</tr>{"".join(rows)}</table></div>'


def _turn(check: AnswerCheck, words: Words) -> str:
    own = check.answer
    meta = " · ".join(
        [charts.moment(own.created), own.backend, *(f"{words[name]} {charts.with_interval(rate, words)}" for name, rate in (
            ("recall", check.recall), ("precision", check.precision)) if rate.n)]
    )  # fmt: skip
    body = "".join(_sentence(row, words) for row in check.sentences)
    if not body:
        body = f'<div class="s">{html.escape(own.text)}<div class="why">{html.escape(own.reason)}</div></div>'
    head = f'<h3>{html.escape(own.question)}</h3><div class="why">{html.escape(meta)}</div>'
    return f'<section class="turn" id="{html.escape(own.id)}">{head}{body}</section>'


def _sentence(row: SentenceCheck, words: Words) -> str:
    colour = charts.COLOURS[row.status.value]
    thumb = {1: " 👍", -1: " 👎"}.get(row.thumb, "")
    figures = "".join(
        f'<div class="why">{html.escape(words["figure"].format(f.claim, f.source))}</div>' for f in row.figures
    )
    why = f"{_tag(row, words)}{html.escape(row.decided)}{thumb}"
    quotes = "".join(_citation(check, words) for check in row.citations)
    return f'<div class="s" style="border-color:{colour}">{html.escape(row.text)}<div class="why">{why}</div>{figures}{quotes}</div>'


def _citation(check: CitationCheck, words: Words) -> str:
    own = check.citation
    notes = [f"[{own.evidence}] {own.title}", words[check.standing.value]]
    if not check.precise:
        notes.append(words["not_needed"])
    if check.wrong:
        notes.append(words["reported"].format(own.evidence))
    now = ""
    if check.today.difference:
        tags = {"same": "{}", "gone": "<del>{}</del>", "new": "<ins>{}</ins>"}
        shown = "".join(tags[kind].format(html.escape(text)) for kind, text in check.today.difference)
        now = f'<div><span class="why">{words["then"]}{words["colon"]}</span> {shown}</div>'
    kind = {Standing.CHANGED: "stale", Standing.MOVED: "stale", Standing.LOST: "lost"}.get(check.standing, "")
    return (
        f'<blockquote class="{kind}">{html.escape(own.cited_text)}{now}'
        f'<div class="why">{html.escape(" · ".join(notes))}</div></blockquote>'
    )
