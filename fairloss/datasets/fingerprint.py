"""Does this copy look like the genuine table? Rows, missing values, group shares, and what a spreadsheet leaves."""

from __future__ import annotations

import math

import pandas as pd

from fairloss.datasets.table import Reference, Table
from fairloss.errors import quote

__all__ = ["fingerprint_warnings"]

_SHARE_TOLERANCE = 0.01
_STANDARD_ERRORS = 4.0
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE_LIKE = rf"(?i)(?:\d{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-\d{{2}})"


def fingerprint_warnings(frame: pd.DataFrame, table: Table) -> tuple[str, ...]:
    """Say where a table differs from what its card remembers; nothing where it does not.

    A share (of missing values in a column, of a value among those recorded) is reported when it differs by more
    than one percentage point and by more than four standard errors: enough to catch an overwritten attribute, too
    coarse for a fresh or smaller draw of the same population.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table as loaded.
    table : Table
        What the card says.

    Returns
    -------
    tuple of str
        One sentence per difference.
    """
    added = [rule.column for rule in table.derive] + ([table.read.part.column] if table.read.part else [])
    known = {*table.columns, *added} if table.read.format == "csv" else {*frame.columns}
    strangers = [quote(str(name)) for name in frame.columns if name not in known]
    warnings = [f"The card does not know the column {name}; it was kept as text." for name in strangers]
    reference = table.reference
    if len(frame) != reference.rows:
        warnings.append(f"The table has {len(frame):,} rows; its card remembers {reference.rows:,}.")
    return (*warnings, *_dates(frame), *_missing(frame, reference), *_shares(frame, reference))


def _dates(frame: pd.DataFrame) -> list[str]:
    """Find categories that a spreadsheet turned into dates (``10-20`` becomes ``20-Oct``)."""
    found = []
    for name in frame.select_dtypes(["object", "string"]):
        values = pd.Series(frame[name].dropna().unique(), dtype="object").astype(str)
        dates = values[values.str.fullmatch(_DATE_LIKE)]
        if len(dates):
            found.append(
                f"The column {quote(str(name))} has the value {quote(dates.iloc[0])}, which looks like a date that a "
                "spreadsheet made of a range."
            )
    return found


def _missing(frame: pd.DataFrame, reference: Reference) -> list[str]:
    """Compare the share of missing values in every column."""
    shares = frame.isna().mean()
    return [
        f"The column {quote(str(name))} misses {share:.1%} of its values; its card remembers {expected:.1%}."
        for name, share in shares.items()
        if _differs(share, expected := reference.missing.get(str(name), 0) / reference.rows, len(frame))
    ]


def _shares(frame: pd.DataFrame, reference: Reference) -> list[str]:
    """Compare the share of every group and of every value of the label among those recorded."""
    found = []
    for name, counts in reference.groups.items():
        recorded = frame[name].dropna().astype(str)
        shares = recorded.value_counts(normalize=True)
        total = sum(counts.values())
        for value in sorted({*shares.index, *counts}):
            share, expected = float(shares.get(value, 0.0)), counts.get(value, 0) / total
            if expected == 0.0 or _differs(share, expected, len(recorded)):
                found.append(
                    f"The value {quote(value)} of {quote(name)} has a share of {share:.1%}; its card remembers "
                    f"{expected:.1%}."
                )
    return found


def _differs(share: float, expected: float, rows: int) -> bool:
    """Tell a share that differs from one that was drawn with a little luck."""
    standard_error = math.sqrt(expected * (1 - expected) / max(rows, 1))
    return abs(share - expected) > max(_SHARE_TOLERANCE, _STANDARD_ERRORS * standard_error)
