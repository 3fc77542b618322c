"""A report as one self-contained page for reading and printing; no script, no reference to anything outside it."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from eval.audit.records import AnswerCheck, AuditReport, CitationCheck, SentenceCheck
from eval.audit.stale import Standing
from eval.report import charts
from eval.report.tables import trusted
from eval.report.words import GROUPS, WORDS, Words, choose
from library.records import Citation, ClaimStatus, Disagreement

_GRAVE = (
    ClaimStatus.CONTRADICTED,
    ClaimStatus.UNSUPPORTED,
    ClaimStatus.PARTIAL,
    ClaimStatus.SUPPORTED,
    ClaimStatus.NO_CLAIM,
)
_MOST = 60  # findings and documents listed before the rest is left to the tables
_NEAREST = 3  # sentences that came nearest, of each refusal
_CSS = """
*{box-sizing:border-box}a{color:inherit}body{font:16px/1.6 system-ui,"Noto Sans SC","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;color:#22302c;background:#fbfaf7;max-width:62rem;margin:2.5rem auto;padding:0 1.2rem}
h1{font-weight:650;margin:0;font-size:1.9rem}h2{font-weight:600;font-size:1.3rem;margin:2.6rem 0 .6rem;padding-top:.6rem;border-top:1px solid #ddd8cb}h3{font-size:1.05rem;font-weight:600;margin:.1rem 0 .4rem}
.made{color:#5d6a65;margin:.2rem 0 1.4rem}.lead{font-size:1.1rem}
.two{display:grid;grid-template-columns:1fr 1fr;gap:0 2.5rem}.figure,.turn{background:#fff}.turn{border:1px solid #e3dfd5;border-radius:.6rem;padding:.8rem 1.1rem;margin:1rem 0}
.s{margin:.7rem 0;padding-left:.8rem;border-left:3px solid #b9bdb8;break-inside:avoid;overflow-wrap:anywhere}
blockquote{margin:.4rem 0;font-size:.92rem;background:#f6f3ea;padding:.4rem .8rem;border-radius:.4rem;white-space:pre-line}
blockquote.stale{background:#fdf3dc}blockquote.lost{background:#f7e4e6}ins{background:#d5ecd9;text-decoration:none}del{background:#f5d3cb}
@media (max-width:640px){body{margin:1rem auto}.two{grid-template-columns:1fr}}
@media print{body{background:#fff;margin:0;max-width:none;font-size:10.5pt}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}h2{break-after:avoid}.turn,.figure{border-color:#ccc}a{text-decoration:none}}
"""


def as_html(report: AuditReport, lang: str = "auto") -> str:
    """The whole page in `zh` or `en`; `auto` is the language of most questions."""
    lang = choose(lang, report)
    words = WORDS[lang]
    sections = (
        (words["attention"], attention(report, words)),
        (words["rates"], rates(report, words, lang)),
        (words["per_document"], documents(report, words)),
        (words["trust"], trust(report, words)),
        (words["method"], f'<p class="why">{html.escape(words["method_text"])}</p>'),
        (words["each"], "".join(_turn(answer, words) for answer in report.answers)),
    )
    body = _head(report, words) + "".join(f"<h2>{title}</h2>{content}" for title, content in sections)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>Suyuan · {words["title"]}</title>'
        f'<style>{_CSS}{charts.CSS}</style></head><body class="sa">{body}</body></html>'
    )


def _head(report: AuditReport, words: Words) -> str:
    counts, shares = report.counts, {name: charts.percent(rate.value) for name, rate in report.rates.items()}
    dates = sorted(answer.answer.created[:10] for answer in report.answers)
    settings = report.origin["settings"]
    judge = words["vectors_on" if settings["sentence_vectors"] else "vectors_off"]
    judge += f", {words['entailment']}" if settings["entailment"] else ""
    judge += f", {words['anew']}" if settings["judged_anew"] else ""
    made = [
        f"{words['made']} {charts.moment(report.made)}",
        words["period"].format(dates[0], dates[-1]) if dates else "",
        words["since"].format(report.since) if report.since else "",
        words["commit"].format(report.origin["commit"]) if report.origin["commit"] else "",
        f"{words['judge']}{words['colon']}{judge}",
    ]
    lead = words["summary"].format(
        recall=shares["citation_recall"], precision=shares["citation_precision"], claims=counts["claims"],
        answers=counts["answers"], contradicted=shares["contradicted"], resolved=shares["resolved"],
    )  # fmt: skip
    days = charts.days(report)
    return (
        f'<h1>{words["title"]}</h1><p class="made">{html.escape(" · ".join(filter(None, made)))}</p>'
        + (f'<p class="lead">{html.escape(lead)}</p>' if counts["claims"] else "")
        + f'{tiles(report, words)}<div class="two"><div><h4>{words["statuses"]}</h4>'
        f"{charts.stack(charts.statuses(report), words)}</div><div><h4>{words['standings']}</h4>"
        f"{charts.stack(charts.standings(report), words)}</div></div>"
        + (f"<h4>{words['days']}</h4>{days}" if days else "")
    )


def tiles(report: AuditReport, words: Words) -> str:
    """The plain numbers, large."""
    figures = [(report.counts[name], words[name]) for name in ("answers", "claims", "citations", "refusals")]
    figures.append((sum(document.live for document in report.documents), words["documents"]))
    made = (f'<div class="figure"><b>{n}</b>{html.escape(name)}</div>' for n, name in figures)
    return f'<div class="figures">{"".join(made)}</div>'


def rates(report: AuditReport, words: Words, lang: str) -> str:
    """Every figure with its bar, in groups."""
    groups = (f"<h4>{words[group]}</h4>{charts.rate_rows(report, words, lang, group)}" for group in GROUPS)
    return "".join(groups)


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


def attention(report: AuditReport, words: Words, *, linked: bool = True) -> str:
    """The sentences of `findings`, each with a link to its answer where that is on the same page."""
    found = findings(report, words)
    rows = []
    for row, reasons in found[:_MOST]:
        text = html.escape(row.text)
        shown = f'<a href="#{html.escape(row.answer)}">{text}</a>' if linked else f"<div>{text}</div>"
        why = "".join(
            f'<div class="why"><span class="dot" style="background:{charts.COLOURS[kind]}"></span>{html.escape(reason)}</div>'
            for kind, reason in reasons
        )
        rows.append(f'<div class="find"><div>{_tag(row, words)}</div><div>{shown}{why}</div></div>')
    if len(found) > _MOST:
        rows.append(f'<p class="why">{words["more"].format(len(found) - _MOST)}</p>')
    return "".join(rows) or f"<p>{words['nothing']}</p>"


def _tag(row: SentenceCheck, words: Words) -> str:
    return f'<span class="tag" style="background:{charts.COLOURS[row.status.value]}">{words[row.status.value]}</span>'


def documents(report: AuditReport, words: Words) -> str:
    """Cited documents with their rates, and those never cited."""
    cited = [row for row in report.documents if row.citations]
    never = [row.title for row in report.documents if row.live and not row.citations]
    listed = ", ".join(never[:_MOST]) or words["none"]
    more = "".join(
        f'<p class="why">{words["more_documents"].format(left)}</p>' if left > 0 else ""
        for left in (len(cited) - _MOST, len(never) - _MOST)
    )
    return (
        f"{charts.documents(cited[:_MOST], words)}"
        f'<p><b>{words["never"]} ({len(never)}){words["colon"]}</b> <span class="why">{html.escape(listed)}</span></p>{more}'
    )


def trust(report: AuditReport, words: Words) -> str:
    """The verifier's own measured error as a table."""
    head = f"<p class='why'>{html.escape(words['trust_text'])}</p>"
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
    figures = [
        f"{words[name]} {charts.with_interval(check.rates[f'citation_{name}'], words)}"
        for name in ("recall", "precision")
        if f"citation_{name}" in check.rates
    ]
    meta = " · ".join([charts.moment(own.created), own.backend, *figures])
    body = "".join(_sentence(row, words) for row in check.sentences)
    if not body:
        body = f'<div class="s">{html.escape(own.text)}<div class="why">{html.escape(own.reason)}</div></div>'
    body += _nearest(own.nearest[:_NEAREST], words) if own.nearest else ""
    body += "".join(_disagreement(one, words) for one in own.disagreements)
    head = f'<h3>{html.escape(own.question)}</h3><div class="why">{html.escape(meta)}</div>'
    return f'<section class="turn" id="{html.escape(own.id)}">{head}{body}</section>'


def _nearest(found: Sequence[Citation], words: Words) -> str:
    """What a refusal showed instead of an answer."""
    lines = "".join(
        f"<li>[{near.evidence}] {html.escape(near.title)}{words['colon']}{html.escape(near.cited_text)}</li>"
        for near in found
    )
    return f'<div class="s"><b>{words["nearest"]}</b><ul>{lines}</ul></div>'


def _disagreement(found: Disagreement, words: Words) -> str:
    """Each source's figure, with its document and date."""
    lines = "".join(
        f"<li><b>{html.escape(side.figure)}</b> [{side.citation.evidence}] {html.escape(side.citation.title)}"
        f" · {html.escape(side.dated or side.added)}</li>"
        for side in found.sides
    )
    return f'<div class="s"><b>{words["disagreements"]}</b><ul>{lines}</ul></div>'


def _sentence(row: SentenceCheck, words: Words) -> str:
    colour = charts.COLOURS[row.status.value]
    said = {1: words["up"], -1: words["down"]}.get(row.thumb, "")
    thumb = f" · {said}" if said else ""
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
