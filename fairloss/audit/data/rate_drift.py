"""Drift of base rates: whether a group's label is as often favorable in each part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from typing import TYPE_CHECKING

from fairloss.audit.data.drift import Drift
from fairloss.audit.data.marks import finding_chance
from fairloss.audit.data.two_rates import compare_rates
from fairloss.audit.findings import Finding
from fairloss.audit.results import Row
from fairloss.audit.wording import display, listing, percent, share
from fairloss.inference import holm

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["RATE_DRIFT_COLUMNS", "rate_drift_findings", "rate_drift_rows"]

RATE_DRIFT_COLUMNS = (
    "attribute", "group", "part", "reference", "favorable", "rows", "favorable_reference", "rows_reference",
    "difference", "low", "high", "p_value", "p_adjusted",
)  # fmt: skip


def rate_drift_rows(report: AuditReport) -> Iterator[Row]:
    """Give the base rate of each group in each part against the reference part; Holm over all rows."""
    drift: Drift | None = report.evidence.get("parts")
    if drift is None:
        return
    rows = list(_rows(drift, report.plan.level))
    for row, adjusted in zip(rows, holm([row["p_value"] for row in rows]), strict=True):
        yield {**row, "p_adjusted": float(adjusted)}


def _rows(drift: Drift, level: float) -> Iterator[Row]:
    reference = drift.parts.index(drift.reference)
    for attribute, groups, labels in zip(drift.attributes, drift.groups, drift.labels, strict=True):
        for part, name in enumerate(drift.parts):
            for code, group in enumerate(groups if part != reference else ()):
                now, then = labels[part, code].tolist(), labels[reference, code].tolist()
                sizes = (now[1], sum(now), then[1], sum(then))
                values = (attribute, group, name, drift.reference, *sizes, *astuple(compare_rates(*sizes, level)))
                yield dict(zip(RATE_DRIFT_COLUMNS, (*values, float("nan")), strict=True))


def rate_drift_findings(report: AuditReport) -> Iterator[Finding]:
    """Name for each part the groups whose base rate is another one than in the reference, beyond chance."""
    rows = [row for row in report.rows("base_rate_drift") if row["p_adjusted"] < finding_chance(report.plan.level)]
    for part in dict.fromkeys(row["part"] for row in rows):
        own = sorted((row for row in rows if row["part"] == part), key=lambda row: -abs(row["difference"]))
        sentence = (
            f"Base rates differ between part “{display(part, 60)}” and “{display(own[0]['reference'], 60)}”, beyond "
            f"chance (Holm): {listing(map(_told, own))}."
        )
        yield Finding("base_rate_drift", sentence, tuple(own))


def _told(row: Row) -> str:
    now, then = (
        f"{percent(row[x] / row[n])} ({share(row[x], row[n])})"
        for x, n in (("favorable", "rows"), ("favorable_reference", "rows_reference"))
    )
    return f"{display(row['attribute'], 60)} “{display(row['group'], 60)}” {now}, against {then}"
