"""An audit as one CSV table that a spreadsheet may open: no cell is read as a formula, numbers stay numbers."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

from fairloss.audit.report import AuditReport
from fairloss.audit.wording import clean

__all__ = ["inert", "spreadsheet"]

_COLUMNS = (
    "table",
    "attribute",
    "notion",
    "rate",
    "comparison",
    "group",
    "reference",
    "value",
    "low",
    "high",
    "numerator",
    "denominator",
    "p_value",
    "p_adjusted",
    "reading",
    "note",
)
_FORMULA = "=+-@\t\r\n＝＋－＠|%"
"""A text that starts so is run by some spreadsheet: formulas, their full-width forms, and commands of DDE."""


def spreadsheet(report: AuditReport) -> str:
    """Give all rates and disparities as one CSV table (RFC 4180); texts are quoted, numbers are not."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for table, rows in (("rates", report.rate_rows), ("disparities", report.disparity_rows)):
        for row in rows:
            writer.writerow([_cell({"table": table, **row}.get(column)) for column in _COLUMNS])
    return buffer.getvalue()


def inert(text: str) -> str:
    r"""Make a text that no spreadsheet runs: an apostrophe goes before what would start a formula.

    Source: OWASP, CSV Injection. Signs that are invisible or turn the direction are shown as codes.

    Examples
    --------
    >>> inert("=1+1"), inert(" @SUM(A1)"), inert("plain"), inert("a\tb")
    ("'=1+1", "' @SUM(A1)", 'plain', 'a‹U+0009›b')
    """
    risky = text.lstrip(" \u00a0")[:1]
    return ("'" if risky and risky in _FORMULA else "") + clean(text)


def _cell(value: Any) -> str | float:
    if isinstance(value, str):
        return inert(value)
    if value is None or math.isnan(value):
        return ""
    return int(value) if float(value).is_integer() else float(value)
