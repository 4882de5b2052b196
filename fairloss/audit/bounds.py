"""A bound on a gap: breached, held, or not determinable; never from the point alone."""

from __future__ import annotations

import math
from typing import Literal

from fairloss.audit.report import AuditReport
from fairloss.audit.results import WORST
from fairloss.errors import InputError, UnknownNotion, quote
from fairloss.notions import resolve

__all__ = ["Verdict", "judge"]

Verdict = Literal["breached", "held", "unclear"]


def judge(report: AuditReport, notion: str, at_most: float) -> Verdict:
    """Hold the worst gap of a notion, in every audited attribute, against a bound.

    Parameters
    ----------
    report : AuditReport
        The audit.
    notion : str
        A notion that the audit measured.
    at_most : float
        The largest gap that is accepted, from 0 up.

    Returns
    -------
    {"breached", "held", "unclear"}
        Breached where the whole simultaneous interval of some attribute lies above the bound; held where all of them
        end at or below it; unclear where the rows do not say, or where a gap is undefined.

    Raises
    ------
    InputError
        Where the notion was not measured, or the bound is negative.

    Examples
    --------
    >>> from fairloss.audit import audit_counts
    >>> from fairloss.notions import GroupCounts
    >>> few = audit_counts(GroupCounts.of(None, [1, 1, 0, 0, 0, 1], [0, 0, 0, 1, 1, 1]))
    >>> judge(few, "demographic_parity", 0.1)
    'unclear'
    """
    name = resolve(notion).name
    if not at_most >= 0:
        raise InputError(f"A bound on a gap is 0 or more, got {quote(at_most)}. Give the largest gap that is accepted.")
    gaps = [
        row
        for row in report.disparity_rows
        if row["group"] == WORST and row["comparison"] == "difference" and row["notion"] == name
    ]
    if not gaps:
        raise UnknownNotion(name, (measured.name for measured in report.plan.notions))
    if any(row["low"] > at_most for row in gaps if not math.isnan(row["value"])):
        return "breached"
    return "held" if all(row["high"] <= at_most and not math.isnan(row["value"]) for row in gaps) else "unclear"
