"""`suyuan audit` and `suyuan audit verify`: open the ledger, print or write, and say by the exit code what failed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from eval import report as reports
from eval.audit import recheck as rechecks
from eval.audit import sample as samples
from eval.audit.collect import audit
from eval.audit.judging import judge_of
from eval.audit.records import AuditReport
from eval.audit.stale import Standing
from eval.audit.versus import versus
from eval.report.charts import written
from eval.results import table
from library.answers import Answers
from library.store import Ledger

if TYPE_CHECKING:
    from library.settings import Settings

_FILE = click.Path(path_type=Path, dir_okay=False)
_GIVEN = click.Path(path_type=Path, dir_okay=False, exists=True)
Command = TypeVar("Command", bound=Callable[..., object])


def _limits(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """`METRIC=VALUE`; a value with % is a share."""
    found = []
    for text in values:
        name, _, number = text.partition("=")
        try:
            found.append((name, float(number.rstrip("%")) / (100 if number.endswith("%") else 1)))
        except ValueError as error:
            raise click.BadParameter(f"{text} is not of the form METRIC=VALUE") from error
    return tuple(found)


def _forms(command: Command) -> Command:
    """The options that write a report."""
    options = (
        click.option("--html", "html_out", type=_FILE, help="Write one self-contained page."),
        click.option("--markdown", "md_out", type=_FILE, help="Write Markdown."),
        click.option("--csv", "csv_out", type=_FILE, help="Write the sentences as CSV."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option(
            "--format", "form", type=click.Choice(list(reports.FORMATS)), help="Print the report in this form."
        ),
        click.option("--out", type=_FILE, help="Write what would be printed to this file."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _checks(command: Command) -> Command:
    """The options that judge a report."""
    options = (
        click.option("--fail-under", multiple=True, callback=_limits, metavar="METRIC=VALUE",
                     help="End with code 1 where the metric is lower; may be repeated."),
        click.option("--fail-over", multiple=True, callback=_limits, metavar="METRIC=VALUE",
                     help="The same where it is higher, for metrics of which less is better."),
        click.option("--compare", multiple=True, type=_GIVEN, metavar="RUN",
                     help="Compare with this JSON report, question by question; given twice, compare the two."),
        click.option("--sample", type=click.IntRange(1), metavar="N", help="Draw N claims as a sheet for a person to label."),
        click.option("--seed", default=0, show_default=True, help="Of the sample."),
        click.option("--labels", type=_GIVEN, help="Read a labelled sheet and say how far person and verifier agree."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@click.group("audit", invoke_without_command=True)
@click.option("--since", default="", help="Only answers from this day or time on (ISO 8601).")
@click.option("--backend", default="", help="Only what this backend answered, by the name that the answers show.")
@click.option("--words-only", is_flag=True, help="Judge without sentence vectors: quicker, and blind across languages.")
@click.option(
    "--anew", is_flag=True, help="Judge every sentence again with today's verifier, not by the status that was shown."
)
@_forms
@_checks
@click.pass_context
def audit_command(
    context: click.Context, since: str, backend: str, words_only: bool, anew: bool, html_out: Path | None, md_out: Path | None,
    csv_out: Path | None, as_json: bool, form: str | None, out: Path | None,
    fail_under: tuple[tuple[str, float], ...], fail_over: tuple[tuple[str, float], ...], compare: tuple[Path, ...],
    sample: int | None, seed: int, labels: Path | None,
) -> None:  # fmt: skip
    """Check stored answers against today's documents."""
    if context.invoked_subcommand:
        return
    if len(compare) > 1:
        _print(table(versus(*map(rechecks.read, compare[:2])), as_json=as_json), out)
        return
    settings = _settings()
    found = _audited(settings, since, backend, words_only, anew)
    for path, name in ((html_out, "html"), (md_out, "md"), (csv_out, "csv")):
        if path:
            path.write_bytes(reports.encoded(reports.render(found, name, settings.language), name))
    if sample:
        _print(samples.draw(found, n=sample, seed=seed), out, form="csv")
    elif labels:
        _print(_agreed(samples.agreement(found, samples.read(labels), seed=seed), as_json), out)
    elif compare:
        _print(table(versus(rechecks.read(compare[0]), found.as_dict()), as_json=as_json), out)
    elif form or as_json:
        _print(reports.render(found, form or "json", settings.language), out, form=form or "json")
    else:
        _print(_summary(found), out)
    failing = [*_failing(found, fail_under, under=True), *_failing(found, fail_over, under=False)]
    for line in failing:
        click.echo(line, err=True)
    if failing:
        context.exit(1)


@audit_command.command("verify")
@click.argument("report", type=_GIVEN)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def verify_report(context: click.Context, report: Path, as_json: bool) -> None:
    """Look a JSON REPORT's citations up in today's documents; ends with code 1 where one no longer stands."""
    ledger = Ledger(_settings().home)
    try:
        found = rechecks.recheck(ledger, rechecks.read(report))
    finally:
        ledger.close()
    moved = sum(row.today.standing is Standing.MOVED for row in found)
    failed = sum(not row.stands for row in found)
    counts = {"n": len(found), "stand": len(found) - moved - failed, "moved": moved, "failed": failed}
    if as_json:
        _print(
            json.dumps({**counts, "citations": [row.as_dict() for row in found]}, ensure_ascii=False, indent=2), None
        )
    else:
        for row in found:
            if row.today.standing is not Standing.RESOLVES:
                now_there = row.as_dict()["difference"] or row.citation.cited_text
                click.echo(f"{row.today.standing}: [{row.citation.evidence}] {row.citation.title}: {now_there}")
        click.echo("{n} citations: {stand} stand, {moved} moved, {failed} failed".format(**counts))
    if failed:
        context.exit(1)


def _settings() -> Settings:
    from library import settings

    return settings.load()


def _audited(settings: Settings, since: str, backend: str, words_only: bool, anew: bool) -> AuditReport:
    from retrieval.search import Search

    ledger = Ledger(settings.home)
    reads = Search(ledger, settings).judging.reads  # opens no index
    try:
        judge = judge_of(settings, words_only=words_only, reads=reads)
        return audit(ledger, Answers(ledger), since=since, backend=backend, judge=judge, anew=anew)
    finally:
        ledger.close()


def _print(text: str, out: Path | None, *, form: str = "") -> None:
    if out:
        out.write_bytes(reports.encoded(text, form))
    else:
        click.echo(text.rstrip("\n"))


def _summary(found: AuditReport) -> str:
    lines = [", ".join(f"{count} {name}" for name, count in found.counts.items())]
    for name, own in found.estimates.items():
        if own.n:
            within = f"95 %: {written(name, own.low)} to {written(name, own.high)}"
            lines.append(f"{name:<21} {written(name, own.value):>7}  n {own.n}  ({within})")
        else:
            lines.append(f"{name:<21} {'–':>7}  n 0")
    return "\n".join(lines)


def _failing(found: AuditReport, limits: Iterable[tuple[str, float]], *, under: bool) -> list[str]:
    """A line for each limit that does not hold; a metric that rests on nothing does not hold."""
    own = found.estimates
    lines = []
    for name, limit in limits:
        if name not in own:
            raise click.UsageError(f"There is no metric {name}; there are {', '.join(own)}.")
        value, word = own[name].value, "under" if under else "over"
        if not own[name].n:
            lines.append(f"{name} cannot be held against {limit:g}: there is nothing to measure")
        elif value < limit if under else value > limit:
            lines.append(f"{name} is {value:.4f} (n {own[name].n}), {word} {limit:g}")
    return lines


def _agreed(found: samples.Agreement, as_json: bool) -> str:
    if as_json:
        return json.dumps(found.as_dict(), ensure_ascii=False, indent=2)
    low, high = found.interval
    lines = [
        f"{found.n} sentences labelled; same on supported or not: {found.same.hits} ({found.same.value:.1%})",
        f"kappa, supported or not: {found.kappa:.3f} (95 %: {low:.3f} to {high:.3f})",
        f"kappa, every status:     {found.kappa_all:.3f} (95 %: {found.interval_all[0]:.3f} to {found.interval_all[1]:.3f})",
        *(f"  person {a}, verifier {b}: {n}" for (a, b), n in found.pairs.items()),
    ]
    return "\n".join(lines)
