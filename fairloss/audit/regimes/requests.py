"""Which tables of counts a statutory table is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairloss.audit.regimes.regime import Regime, TableRequest
from fairloss.audit.regimes.roles import role_columns, table_of

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["columns_of", "requested_places"]


def requested_places(report: AuditReport, regime: Regime, request: TableRequest) -> list[int]:
    """Give the places of the tables of counts that a request is about: those of its categories, or all."""
    if not request.categories:
        return list(range(len(report.tables)))
    columns, attributes = columns_of(report, regime), _attributes(report)
    places = [table_of(category, columns, attributes) for category in request.categories]
    return [place for place in places if place is not None]


def columns_of(report: AuditReport, regime: Regime) -> dict[str, str]:
    """Give for each role of a regime the column that plays it."""
    statement = report.evidence.get("statement")
    return role_columns(regime, {} if statement is None else statement.get("categories", {}), _attributes(report))


def _attributes(report: AuditReport) -> list[tuple[str, ...] | None]:
    return [counts.grouping.attributes if counts.grouping else None for counts in report.tables]
