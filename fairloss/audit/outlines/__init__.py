"""The outlines of reports: one catalogue, one mechanism that fills them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fairloss.audit.outlines.credit import CREDIT
from fairloss.audit.outlines.general import GENERAL
from fairloss.audit.outlines.hr import HR
from fairloss.audit.outlines.outline import Chapter, Outline

__all__ = ["OUTLINES", "SUPPLIED", "Chapter", "Outline"]

OUTLINES: Mapping[str, Outline] = MappingProxyType({one.kind: one for one in (GENERAL, HR, CREDIT)})
"""Every outline by the kind of audit that it is for."""

SUPPLIED: Mapping[str, str] = MappingProxyType(
    {
        "labels": "the audit of the data before any model",
        "candidates": "every model that was tried",
        "change": "the chosen model against the baseline, for the same people",
        "before": "the audit of the baseline",
        "monitoring": "what to watch after deployment",
        "provenance": "versions, seeds and checksums",
    }
)
"""What a run adds to the report of its chosen model: sections that no builder makes from one record."""
