"""From a table to counts in one pass: combinations of values are counted first, and only these are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from fairloss.notions import GroupCounts
from fairloss.tables.columns import column, same_rows
from fairloss.tables.crossing import Cells, cross
from fairloss.tables.encoder import Encoder, Missing, learn
from fairloss.tables.levels import free_name
from fairloss.tables.outcomes import favorable, weights

__all__ = ["count_table"]

Floats = np.ndarray[Any, np.dtype[np.float64]]


def count_table(
    table: Any,
    *,
    sensitive: str | Sequence[str] | Encoder,
    label: str | None = None,
    decision: str | None = None,
    weight: str | None = None,
    pos_label: Any = 1,
    missing: Missing = "group",
    rare: float | None = None,
) -> GroupCounts:
    """Count the rows of a table by group, label and decision.

    Parameters
    ----------
    table : pandas, polars or pyarrow frame, or mapping from name to array
        The table.
    sensitive : str, sequence of str, or Encoder
        The columns to cross; or an encoder, to count in the groups of another table.
    label, decision : str, optional
        Columns of two values.
    weight : str, optional
        A column of non-negative weights.
    pos_label : scalar
        The favorable value of both outcomes.
    missing, rare
        As in `encode`; an encoder brings its own.

    Returns
    -------
    GroupCounts

    Raises
    ------
    InputError
        If a column is missing, holds no value in some row, or is not of the kind that its role needs.

    Examples
    --------
    >>> table = {"sex": ["F", "F", "M"], "hired": ["yes", "no", "yes"]}
    >>> counts = count_table(table, sensitive="sex", decision="hired", pos_label="yes")
    >>> counts.names, counts.cells[:, 0].tolist()
    (('F', 'M'), [[1, 1], [0, 1]])
    """
    if isinstance(sensitive, Encoder):
        attributes = list(sensitive.grouping.attributes)
    else:
        attributes = [sensitive] if isinstance(sensitive, str) else list(sensitive)
    cells, mass, squares = _tally(table, list(dict.fromkeys([*attributes, *filter(None, (label, decision))])), weight)
    groups = cells.select(attributes)
    encoder = sensitive if isinstance(sensitive, Encoder) else learn(groups, missing=missing, rare=rare)
    codes = encoder.codes_of(groups)
    y, d = (
        np.zeros(len(codes), dtype=np.uint8)
        if name is None
        else favorable(cells.values(name), cells.counts.tolist(), pos_label=pos_label, role=name)
        for name in (label, decision)
    )
    shape = (len(encoder.grouping), 1 if label is None else 2, 1 if decision is None else 2)

    def placed(amounts: Any) -> Any:
        result = np.zeros(shape, dtype=amounts.dtype)
        known = codes >= 0
        np.add.at(result, (codes[known], y[known], d[known]), amounts[known])
        return result

    if mass is None or squares is None:
        return GroupCounts(placed(cells.counts), None, encoder.grouping)
    return GroupCounts(placed(mass), placed(squares), encoder.grouping)


def _tally(table: Any, names: list[str], weight: str | None) -> tuple[Cells, Floats | None, Floats | None]:
    """Give the combinations that occur, and the sums of weights and of squared weights in each."""
    columns = {name: column(table, name, who="count_table") for name in names}
    mass = None if weight is None else weights(column(table, weight, who="count_table"), role=weight)
    same_rows("count_table", **columns)
    frame = nw.from_native(table, pass_through=True)
    if isinstance(frame, nw.DataFrame) and frame.implementation.is_polars():
        return _tally_in_engine(frame, names, mass if mass is None else weight)
    crossing = cross(columns)
    if mass is None:
        return crossing.cells, None, None
    return crossing.cells, crossing.sums(mass), crossing.sums(mass**2)


def _tally_in_engine(
    frame: nw.DataFrame[Any], names: list[str], weight: str | None
) -> tuple[Cells, Floats | None, Floats | None]:
    # Only with_columns and elementary sums run in the engine: each of them means the same in all engines.
    rows, mass, squares = (free_name(name, set(names)) for name in ("rows", "mass", "squares"))
    summed = [nw.len().alias(rows)]
    if weight is not None:
        frame = frame.select(*names, nw.col(weight).cast(nw.Float64).alias(mass))
        frame = frame.with_columns((nw.col(mass) * nw.col(mass)).alias(squares))
        summed += [nw.col(mass).sum(), nw.col(squares).sum()]
    small = frame.group_by(*names, drop_null_keys=False).agg(*summed)
    crossing = cross({name: small[name].to_native() for name in names})
    counts = crossing.sums(small[rows].to_numpy()).astype(np.int64)
    cells = replace(crossing.cells, counts=counts)
    if weight is None:
        return cells, None, None
    return cells, crossing.sums(small[mass].to_numpy()), crossing.sums(small[squares].to_numpy())
