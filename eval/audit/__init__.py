"""The audit of stored answers: what holds, what went stale, what readers say; see `docs/audit.md`."""

from eval.audit.collect import audit
from eval.audit.judging import Judge, judge_of
from eval.audit.records import AuditReport, SentenceCheck
from eval.audit.stale import Standing
from eval.estimates import Rate

__all__ = ["AuditReport", "Judge", "Rate", "SentenceCheck", "Standing", "audit", "judge_of"]
