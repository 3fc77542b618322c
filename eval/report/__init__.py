"""An audit report in the forms that people and programs read; everything from a document is data."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from eval.audit.records import AuditReport
from eval.report.exchange import as_json, as_ragchecker
from eval.report.page import as_html
from eval.report.tables import as_csv, as_markdown

__all__ = ["FORMATS", "as_csv", "as_html", "as_json", "as_markdown", "as_ragchecker", "render"]

# format → (file name, media type)
FORMATS: Mapping[str, tuple[str, str]] = {
    "html": ("suyuan-audit.html", "text/html"),
    "md": ("suyuan-audit.md", "text/markdown"),
    "csv": ("suyuan-audit.csv", "text/csv"),
    "json": ("suyuan-audit.json", "application/json"),
    "ragchecker": ("suyuan-ragchecker.json", "application/json"),
}
_SPOKEN: Mapping[str, Callable[[AuditReport, str], str]] = {"html": as_html, "md": as_markdown}
_PLAIN: Mapping[str, Callable[[AuditReport], str]] = {"csv": as_csv, "json": as_json, "ragchecker": as_ragchecker}


def render(report: AuditReport, form: str, lang: str = "auto") -> str:
    """The report in a form of `FORMATS`; Markdown and the page speak `lang`."""
    return _SPOKEN[form](report, lang) if form in _SPOKEN else _PLAIN[form](report)
