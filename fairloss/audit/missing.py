"""Whose group is not known, and which values are missing by group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.audit.share_interval import share_interval

__all__ = ["MISSING_COLUMNS", "MissingValues", "Unknown", "missing_rows"]

MISSING_COLUMNS = ("attribute", "group", "column", "missing", "rows", "share", "low", "high")


@dataclass(frozen=True, slots=True)
class Unknown:
    """Rows of one table of groups whose attribute has no value.

    Parameters
    ----------
    rows : int
        How many.
    group : str, optional
        The group that they form; None where they are left out of the table.
    """

    rows: int = 0
    group: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class MissingValues:
    """How many rows of each group lack a value, column by column; rows, never weights.

    Parameters
    ----------
    attribute : str
        What the groups are made of.
    groups : tuple of str
        Their names.
    columns : tuple of str
        The columns that were looked at.
    missing : integer array of shape (columns, groups)
        Rows without a value.
    rows : integer array of shape (groups,)
        Rows of each group.
    """

    attribute: str
    groups: tuple[str, ...]
    columns: tuple[str, ...]
    missing: np.ndarray[Any, np.dtype[np.int64]]
    rows: np.ndarray[Any, np.dtype[np.int64]]


def missing_rows(table: MissingValues, level: float) -> Iterator[dict[str, Any]]:
    """Give one row per column and group, for the columns that lack any value."""
    interval = share_interval(table.missing, table.rows, level=level)
    for place, column in enumerate(table.columns):
        if not table.missing[place].any():
            continue
        for code, group in enumerate(table.groups):
            missing, rows = int(table.missing[place, code]), int(table.rows[code])
            known = rows > 0
            share, low, high = (
                (missing / rows, float(interval.low[place, code]), float(interval.high[place, code]))
                if known
                else (np.nan,) * 3
            )
            values = (table.attribute, group, column, missing, rows, share, low, high)
            yield dict(zip(MISSING_COLUMNS, values, strict=True))
