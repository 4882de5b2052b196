"""Counting a column together with others where the table is: by its values while they are few, else by its bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from fairloss.tables.binning import BinRule
from fairloss.tables.engines import tally_lazy
from fairloss.tables.frames import Lazy, as_lazy, checked_kinds, finite, group_key, plain_columns
from fairloss.tables.tally import Tally

__all__ = ["ABSENT", "BIN", "VALUE", "select_beside", "tally_bins", "tally_values"]

VALUE, BIN, ABSENT = "value", "bin", "absent"


def tally_values(table: Any, name: str, others: Mapping[str, str], *, who: str) -> Tally:
    """Count the rows of a table by the values of a column and of others; the column is then called `VALUE`.

    Parameters
    ----------
    table : frame, lazy frame, relation, or mapping from name to array
        The table.
    name : str
        The column.
    others : mapping of name in the tally to column
        What it is crossed with.
    who : str
        Who asks, for errors.

    Examples
    --------
    >>> tally = tally_values({"sex": ["F", "M"], "age": [30, 30]}, "age", {"group": "sex"}, who="test")
    >>> tally.cells.attributes, sorted(tally.cells.levels)
    (('value', 'group'), [('30', 'F'), ('30', 'M')])
    """
    frame, place, kind, keys = select_beside(table, name, others, who)
    value = finite(place)[0] + 0.0 if kind.is_float() else nw.col(place)
    return tally_lazy(frame.select(value.alias(VALUE), **keys), [VALUE, *others], score=None, weight=None, who=who)


def tally_bins(table: Any, name: str, rule: BinRule, others: Mapping[str, str], *, who: str) -> Tally:
    """Count the rows of a table by the bins of a column and by others; the other arguments are those of `tally_values`.

    The tally calls the bin of numbers and dates `BIN`: its place, none where there is no value. Of a category it holds
    as `VALUE` the levels that have a bin of their own, and as `ABSENT` whether there is no value.
    """
    frame, place, kind, keys = select_beside(table, name, others, who)
    if rule.edges is None:
        text = nw.col(place).cast(nw.String)
        made = {VALUE: nw.when(text.is_in(list(rule.levels))).then(text), ABSENT: nw.col(place).is_null()}
    elif rule.kind == "number":
        value, known = finite(place)
        made = {BIN: nw.when(known).then(_place(value, rule.edges.tolist()))}
    else:
        stamp = nw.col(place).cast(nw.Datetime("us")) if not isinstance(kind, nw.Datetime) else nw.col(place)
        edges = rule.edges.astype(np.int64).astype("datetime64[us]").tolist()
        made = {BIN: nw.when(~nw.col(place).is_null()).then(_place(stamp, edges))}
    return tally_lazy(frame.select(**made, **keys), [*made, *others], score=None, weight=None, who=who)


def select_beside(
    table: Any, name: str, others: Mapping[str, str], who: str
) -> tuple[Lazy, str, Any, dict[str, nw.Expr]]:
    """Give a frame, where the column is in it and of what kind, and the expressions of the others."""
    frame = as_lazy(table)
    kinds = checked_kinds(frame, [name, *others.values()], (), who)
    frame, places = plain_columns(frame, kinds)
    keys = {key: group_key(places[other], kinds[other]) for key, other in others.items()}
    return frame, places[name], kinds[name], keys


def _place(value: nw.Expr, edges: Sequence[Any]) -> nw.Expr:
    """Count the edges that a value has reached, the first one apart."""
    reached = (nw.when(value >= nw.lit(edge)).then(1.0).otherwise(0.0) for edge in edges[1:])
    return reduce(add, reached, nw.lit(0.0))
