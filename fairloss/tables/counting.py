"""From a table to counts in one pass: combinations of values are counted first, and only these are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fairloss.notions import GroupCounts, Groups
from fairloss.tables.columns import column, same_rows
from fairloss.tables.encoder import Encoder, Missing, learn
from fairloss.tables.engines import tally_lazy
from fairloss.tables.frames import lazy_frame
from fairloss.tables.outcomes import favorable
from fairloss.tables.tally import Tally, tally_columns

__all__ = ["count_table", "tally_table"]


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
    table : frame, lazy frame, relation, or mapping from name to array
        The table: in memory (pandas, polars, pyarrow), or in an engine (polars lazy, DuckDB, Dask, Spark), which counts
        itself.
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
    tally = tally_table(table, [*attributes, *filter(None, (label, decision))], weight=weight, who="count_table")
    cells = tally.cells.select(attributes)
    encoder = sensitive if isinstance(sensitive, Encoder) else learn(cells, missing=missing, rare=rare)
    groups = Groups(encoder.codes_of(cells), encoder.grouping)
    y, d = (
        None
        if name is None
        else favorable(tally.cells.values(name), cells.counts.tolist(), pos_label=pos_label, role=name)
        for name in (label, decision)
    )
    return tally.counts(y, d, groups)


def tally_table(
    table: Any, names: Sequence[str], *, score: str | None = None, weight: str | None = None, who: str
) -> Tally:
    """Count the rows of a table by the values of some columns.

    Parameters
    ----------
    table : frame, lazy frame, relation, or mapping from name to array
        As in `count_table`.
    names : sequence of str
        The columns to cross; one may come several times.
    score, weight : str, optional
        The columns to put in bins, and to add up.
    who : str
        Who asks, for errors.

    Raises
    ------
    MissingColumn, InputError
        As in `count_table`.
    """
    frame, names = lazy_frame(table), list(dict.fromkeys(names))
    if frame is not None:
        return tally_lazy(frame, names, score=score, weight=weight, who=who)
    needed = dict.fromkeys([*names, *filter(None, (score, weight))])
    held = {name: column(table, name, who=who) for name in needed}
    same_rows(who, **held)
    values, mass = (None if name is None else held[name] for name in (score, weight))
    roles = (score or "score", weight or "weight")
    return tally_columns({name: held[name] for name in names}, score=values, weight=mass, roles=roles)
