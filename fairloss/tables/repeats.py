"""Rows whose identifier other rows have too, counted where the table is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw

from fairloss.tables.binned import select_beside
from fairloss.tables.engines import tally_lazy
from fairloss.tables.tally import Tally

__all__ = ["AGAIN", "tally_repeats"]

AGAIN = "again"
_WHO, _ROWS = "identifier", "rows"


def tally_repeats(table: Any, name: str, others: Mapping[str, str], *, who: str) -> Tally:
    """Count the rows of a table by whether another row has the same value of a column, and by others.

    The first column of the tally is `AGAIN`: ``"True"`` where another row has the value. Rows without a value share
    none.

    Examples
    --------
    >>> table = {"person": ["a", "b", "a", None, None], "sex": list("FMMFF")}
    >>> sorted(tally_repeats(table, "person", {"group": "sex"}, who="test").cells.levels)
    [('False', 'F'), ('False', 'M'), ('True', 'F'), ('True', 'M')]
    """
    frame, place, kind, keys = select_beside(table, name, others, who)
    value = nw.col(place)
    value = nw.when(value - value == 0).then(value) if kind.is_float() else value
    rows = frame.select(value.alias(_WHO), **keys)
    sizes = rows.filter(~nw.col(_WHO).is_null()).group_by(_WHO).agg(nw.len().alias(_ROWS))
    again = sizes.filter(nw.col(_ROWS) > 1)
    joined = rows.join(again, on=_WHO, how="left")
    marked = joined.select(*others, (~nw.col(_ROWS).is_null()).alias(AGAIN))
    return tally_lazy(marked, [AGAIN, *others], score=None, weight=None, who=who)
