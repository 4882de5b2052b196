"""What changed between two audits."""

from __future__ import annotations

from fairloss.audit.change.comparing import compare, compare_predictions
from fairloss.audit.change.record import AuditChange

__all__ = ["AuditChange", "compare", "compare_predictions"]
