"""How wrong the labels of a group would have to be to explain its gap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fairloss.audit.estimates import estimate
from fairloss.audit.results import Row, attribute_of, reference_code
from fairloss.inference import LABEL_ERRORS, label_error_curve, label_error_that_explains
from fairloss.notions import Rate

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["ASSUMED_ERRORS", "SENSITIVITY_COLUMNS", "sensitivity_rows"]

ASSUMED_ERRORS = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Assumed shares of wrong labels at which the gap is given."""
SENSITIVITY_COLUMNS = (
    "attribute",
    "rate",
    "group",
    "reference",
    "error",
    "gap",
    *(f"gap_at_{share:g}" for share in ASSUMED_ERRORS),
    "explains",
)


def sensitivity_rows(report: AuditReport) -> Iterator[Row]:
    """Give, for each rate that asks for labels, the gap under assumed label errors and the error that closes it.

    For decisions and single attributes; crossings have the labels of the same people.
    """
    if report.is_data_audit:
        return
    for counts in report.tables:
        if counts.grouping is not None and len(counts.grouping.attributes) > 1:
            continue
        for rate in report.plan.rates:
            if not isinstance(rate, Rate) or not rate.is_proportion or not rate.needs_label:
                continue
            found = estimate(rate, counts, report.plan.level)
            reference = reference_code(found, counts, report.plan)
            for code, name in enumerate(counts.names):
                if code == reference or not found.defined[[code, reference]].all():
                    continue
                gap = float(found.value[code] - found.value[reference])
                for error in LABEL_ERRORS:
                    assumed = {error: np.array(ASSUMED_ERRORS)}
                    curve = label_error_curve(rate, counts, group=code, reference=reference, **assumed)
                    closes = label_error_that_explains(rate, counts, group=code, reference=reference, error=error)
                    head = (attribute_of(counts), rate.name, name, counts.names[reference], error, gap)
                    values = (*head, *map(float, curve.gap), closes)
                    yield dict(zip(SENSITIVITY_COLUMNS, values, strict=True))
