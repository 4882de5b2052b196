"""Who is in which group while fitting, and which columns of X say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from fairloss.estimators.matrix import is_frame, read_frame
from fairloss.losses import Constraint, Penalty
from fairloss.notions import Groups
from fairloss.tables import encode

__all__ = ["attribute_groups", "column_names", "drop_columns", "stratum_codes"]

Codes = np.ndarray[Any, np.dtype[np.integer[Any]]]


def column_names(sensitive: Any) -> tuple[str, ...]:
    """Give the names of the sensitive columns where they have names."""
    if isinstance(sensitive, Groups):
        return sensitive.grouping.attributes
    if isinstance(sensitive, Mapping):
        return tuple(map(str, sensitive))
    if is_frame(sensitive):
        return tuple(map(str, nw.from_native(sensitive, eager_only=True).columns))
    name = getattr(sensitive, "name", None)
    return () if name is None else (str(name),)


def drop_columns(X: Any, names: Sequence[str]) -> Any:
    """Give X without these columns, where it has them."""
    if not names or not is_frame(X):
        return X
    frame = read_frame(X)
    present = [name for name in frame.columns if str(name) in names]  # pandas has names that are no texts
    return frame.drop(present).to_native() if present else X


def attribute_groups(sensitive: Any, terms: Sequence[Constraint | Penalty]) -> dict[str, Groups]:
    """Encode the groups: all attributes crossed, or each by itself where a term names an attribute."""
    crossed = sensitive if isinstance(sensitive, Groups) else encode(sensitive)
    if any(term.attribute is not None for term in terms):
        return {name: crossed.marginal([name]) for name in crossed.grouping.attributes}
    return {crossed.grouping.attribute: crossed}


def stratum_codes(y: Codes, groups: Mapping[str, Groups]) -> Codes:
    """Give each row the number of its combination of class and groups, whose shares a split is to keep."""
    strata = y
    for part in groups.values():
        strata = np.unique(strata * (part.n_groups + 1) + part.codes + 1, return_inverse=True)[1]
    return strata
