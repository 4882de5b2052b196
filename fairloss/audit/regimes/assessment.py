"""An audit looked at through one regime: its tables, and what the record holds of what is asked for. No verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairloss.audit.regimes.catalogue import resolve_regimes
from fairloss.audit.regimes.completeness import ItemState, check_items, completeness_row
from fairloss.audit.regimes.regime import Regime, TableRequest
from fairloss.audit.regimes.tables import BUILDERS

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["Assessment", "StatutoryTable", "assess", "completeness_rows"]


@dataclass(frozen=True, slots=True)
class StatutoryTable:
    """One table as a rule states it.

    Parameters
    ----------
    request : TableRequest
        What the regime asks for.
    columns : tuple of str
        Its columns.
    rows : tuple of mapping
        One per category, or group; none where the audit lacks what the table needs.
    """

    request: TableRequest
    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a regime asks for and what an audit has of it; it says nothing about the law being met.

    Parameters
    ----------
    regime : Regime
        As of the day that it was last checked.
    tables : tuple of StatutoryTable
        In the order of the regime.
    items : tuple of ItemState
        Every item, with its state and its JSON pointer into the record.
    """

    regime: Regime
    tables: tuple[StatutoryTable, ...]
    items: tuple[ItemState, ...]

    @property
    def missing(self) -> tuple[ItemState, ...]:
        """The items that the record does not hold."""
        return tuple(one for one in self.items if one.state == "missing")

    def __str__(self) -> str:
        applying = sum(one.state != "not_applicable" for one in self.items)
        return f"{applying - len(self.missing)} of {applying} items that apply are present."


def assess(report: AuditReport, regime: str | Path | Regime) -> Assessment:
    """Look at an audit through a regime, whether the audit was asked for it or not.

    Parameters
    ----------
    report : AuditReport
        The audit.
    regime : name, path or Regime
        A name in `REGIMES`, the TOML file of another, or a value; the account of today, not that of the record.

    Returns
    -------
    Assessment

    Raises
    ------
    UnknownName
        With the near names.
    InputError
        Where a file is no regime.

    Examples
    --------
    >>> from fairloss.audit import audit_predictions
    >>> sex, selected = ["Male"] * 8 + ["Female"] * 5, [1] * 6 + [0] * 2 + [1] * 3 + [0] * 2
    >>> found = assess(audit_predictions(None, selected, sensitive_features={"sex": sex}), "us-employment")
    >>> [(row["group"], row["ratio"], row["below_mark"]) for row in found.tables[0].rows]
    [('Female', 0.8, 'no'), ('Male', 1.0, 'no')]
    >>> found.missing[0].item.id
    'system'
    """
    from fairloss.audit.archive import given_to_mapping

    (known,) = resolve_regimes(regime)
    tables = tuple(
        StatutoryTable(
            request, BUILDERS[request.builder].columns, tuple(BUILDERS[request.builder].rows(report, known, request))
        )
        for request in known.tables
    )
    return Assessment(known, tables, check_items(known, given_to_mapping(report)))


def completeness_rows(report: AuditReport) -> Iterator[dict[str, Any]]:
    """Give one row per regime that the audit was asked for and item of it."""
    from fairloss.audit.archive import given_to_mapping

    regimes = report.evidence.get("regimes", ())
    record = given_to_mapping(report) if regimes else {}
    for regime in regimes:
        yield from (completeness_row(regime, found) for found in check_items(regime, record))
