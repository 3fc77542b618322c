"""A report for other programs: our JSON, and the input format of RAGChecker."""

from __future__ import annotations

import json

from eval.audit.records import AuditReport


def as_json(report: AuditReport) -> str:
    """Everything that was found; `suyuan audit verify` and `--compare` read it."""
    return json.dumps(report.as_dict(), ensure_ascii=False, indent=2) + "\n"


def as_ragchecker(report: AuditReport) -> str:
    """`ragchecker-cli --input_path`: question, response and retrieved passages of each answer.

    `gt_answer` is empty, for nobody knows a stored question's true answer; fill it in before RAGChecker runs.
    """
    results = [
        {
            "query_id": own.id, "query": own.question, "gt_answer": "", "response": own.text,
            "retrieved_context": [{"doc_id": item.document, "text": item.text} for item in own.evidence],
        }
        for own in (check.answer for check in report.answers)
    ]  # fmt: skip
    return json.dumps({"results": results}, ensure_ascii=False, indent=2) + "\n"
