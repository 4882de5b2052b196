"""Columns that follow from others: readable codes, age groups, runs in time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fairloss.datasets.table import Derive
from fairloss.errors import InputError, quote

__all__ = ["derive_column"]


def derive_column(frame: pd.DataFrame, rule: Derive) -> pd.Series:
    """Compute a derived column; a missing source stays missing.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table, with the sources of the rule.
    rule : Derive
        What the card says.

    Raises
    ------
    InputError
        When a code is not one that the card knows, or a person has two of the flags.

    Examples
    --------
    >>> import pandas as pd
    >>> rule = Derive(column="age_group", source="age", cut=(25,), names=("under 25", "25 or more"))
    >>> list(derive_column(pd.DataFrame({"age": [24, 25]}), rule))
    ['under 25', '25 or more']
    """
    if rule.flags is not None:
        return _from_flags(frame[list(rule.flags)], rule.flags, rule.column)
    source = frame[str(rule.source)]
    if rule.values is not None:
        return _readable(source, rule.values)
    if rule.cut is not None:
        intervals = np.searchsorted(rule.cut, source, side="right")
        return pd.Series([rule.names[i] for i in intervals], index=source.index).mask(source.isna())
    return source.ne(source.shift()).cumsum().astype("int64")


def _readable(source: pd.Series, values: dict[str, str]) -> pd.Series:
    """Replace each code by its readable value; codes of numeric columns are matched as whole numbers."""
    codes = source.map(lambda code: f"{code:g}", na_action="ignore") if source.dtype.kind in "if" else source
    strange = codes.notna() & ~codes.isin(list(values))
    if strange.any():
        raise InputError(
            f"The column {quote(str(source.name))} should hold only {', '.join(values)}, but has "
            f"{quote(codes[strange].iloc[0])}. Check that it is the right file."
        )
    return codes.map(values)


def _from_flags(flags: pd.DataFrame, values: dict[str, str], name: str) -> pd.Series:
    """Name the one flag that is set; none is a missing value."""
    is_set = flags == 1
    if (is_set.sum(axis=1) > 1).any():
        raise InputError(f"The column {quote(name)} follows from {', '.join(flags)}, but a row has two of them set.")
    codes = is_set.to_numpy().argmax(axis=1)
    chosen = pd.Series([list(values.values())[code] for code in codes], index=flags.index)
    return chosen.where(is_set.any(axis=1))
