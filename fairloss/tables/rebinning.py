"""The bins of a column that was counted where it is: from its values, or from the bins of a sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fairloss.tables.binned import ABSENT, BIN, VALUE
from fairloss.tables.binning import BinRule, Bins, bin_rule, named_with_missing
from fairloss.tables.contents import Kind
from fairloss.tables.crossing import Cells
from fairloss.tables.levels import level_order

__all__ = ["rebin", "rebin_values"]

Codes = np.ndarray[Any, np.dtype[np.int64]]


def rebin_values(kind: Kind, counted: Sequence[Cells], *, mixed: bool = False) -> tuple[Bins, list[Codes]]:
    """Choose bins for a column whose values `tally_values` counted.

    Parameters
    ----------
    kind : {"number", "date", "category"}
        What the column holds.
    counted : sequence of Cells
        The cells of one table, or of several whose bins are the same.
    mixed : bool
        Whether some values are known to be numbers and others texts.

    Returns
    -------
    Bins
        Over all rows of all tables; no codes.
    list of integer arrays
        The bin of each cell, table by table.

    Examples
    --------
    >>> from fairloss.tables import tally_values
    >>> cells = tally_values({"age": [30, None, 30, 7]}, "age", {}, who="test").cells
    >>> bins, (codes,) = rebin_values("number", [cells])
    >>> bins.names, bins.sizes.tolist(), sorted(codes.tolist())
    (('7', '30', '(no value)'), [1, 2, 1], [0, 1, 2])
    """
    names = [name for cells in counted for name in cells.values(VALUE)]
    rows = np.concatenate([cells.counts for cells in counted])
    known = np.array([name is not None for name in names], dtype=bool)
    held = [name for name in names if name is not None]
    numbers = _numbers(kind, held)
    mixed = mixed or (kind == "number" and numbers is None)
    values: Any
    if numbers is None:
        kind, values = "category", tuple(sorted(set(held), key=level_order))
        places = {name: place for place, name in enumerate(values)}
        where = np.array([places[name] for name in held], dtype=np.intp)
    else:
        values, where = np.unique(numbers, return_inverse=True)
    counts = np.bincount(where, rows[known], minlength=len(values)).astype(np.int64)
    rule = bin_rule(kind, values, counts)
    codes = np.full(len(names), -1, dtype=np.int64)
    codes[known] = (rule.of_levels(values) if kind == "category" else rule.of_numbers(values))[where]
    return _bins(rule, codes, rows, values, counts, mixed, counted)


def rebin(bins: Bins, counted: Sequence[Cells]) -> tuple[Bins, list[Codes]]:
    """Give the same bins over the rows that `tally_bins` counted; distinct values are not known then."""
    codes = np.concatenate([_codes(bins.rule, cells) for cells in counted])
    rows = np.concatenate([cells.counts for cells in counted])
    return _bins(bins.rule, codes, rows, (), np.zeros(0, dtype=np.int64), bins.mixed, counted)


def _numbers(kind: Kind, names: Sequence[str]) -> Any:
    """Read numbers, and dates as microseconds since 1970; None where some are none."""
    try:
        if kind == "number":
            return np.array([float(name) for name in names], dtype=np.float64)
        if kind == "date":
            return np.array(names, dtype="datetime64[us]").astype(np.int64).astype(np.float64)
    except ValueError:
        return None
    return None


def _codes(rule: BinRule, cells: Cells) -> Codes:
    if rule.edges is not None:
        return np.array([-1 if place is None else int(place) for place in cells.values(BIN)], dtype=np.int64)
    levels = ["" if level is None else level for level in cells.values(VALUE)]
    other = np.array([level is None for level in cells.values(VALUE)], dtype=bool)
    absent = np.array([flag == "True" for flag in cells.values(ABSENT)], dtype=bool)
    codes = np.where(other, len(rule.names) - 1, rule.of_levels(levels))
    return np.where(absent, -1, codes)


def _bins(
    rule: BinRule, codes: Codes, rows: Codes, values: Any, counts: Codes, mixed: bool, counted: Sequence[Cells]
) -> tuple[Bins, list[Codes]]:
    lacking, names = bool((codes < 0).any()), rule.names
    if lacking:
        codes, names = np.where(codes < 0, len(names), codes), named_with_missing(names)
    sizes = np.bincount(codes, rows, minlength=len(names)).astype(np.int64)
    bins = Bins(rule.kind, names, np.zeros(0, dtype=np.uint8), lacking, values, counts, sizes, rule, mixed)
    ends = np.cumsum([len(cells.counts) for cells in counted])[:-1]
    return bins, np.split(codes, ends)
