"""From sensitive features of any shape to the group code of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

from fairloss.notions import Groups
from fairloss.tables.columns import feature_columns, same_rows
from fairloss.tables.crossing import cross as cross_columns
from fairloss.tables.encoder import Missing, learn

__all__ = ["encode"]


@overload
def encode(
    features: Any,
    *,
    cross: Literal[True] = ...,
    missing: Missing = ...,
    rare: float | None = ...,
    names: Sequence[str] | None = ...,
) -> Groups: ...
@overload
def encode(
    features: Any,
    *,
    cross: Literal[False],
    missing: Missing = ...,
    rare: float | None = ...,
    names: Sequence[str] | None = ...,
) -> dict[str, Groups]: ...
def encode(
    features: Any,
    *,
    cross: bool = True,
    missing: Missing = "group",
    rare: float | None = None,
    names: Sequence[str] | None = None,
) -> Groups | dict[str, Groups]:
    """Give each row the code of its group.

    Parameters
    ----------
    features : frame, mapping, series, array of shape (n,) or (n, k), or Groups
        One or several sensitive attributes (pandas, polars, pyarrow, NumPy, lists). Groups pass through.
    cross : bool
        Cross the attributes to one set of groups; or keep them side by side, in a dict by attribute.
    missing : {"group", "unknown", "raise"}
        What a missing value becomes: a level of its own (named ``"missing"``, or ``"(missing)"`` where a level is
        called that), the code -1, or an error.
    rare : float, optional
        Pool the groups below this share (under 1) or this number of rows (1 and more) into one group ``"other"``,
        which comes last.
    names : sequence of str, optional
        The names of the attributes, where the features have none.

    Returns
    -------
    Groups or dict of Groups
        The levels are the values as text. Groups are ordered by level, numbers by size (in texts such as ``"18-25"``
        too), missing last, whatever the order of the rows and the engine. Of crossed groups only those that occur
        are listed.

    Raises
    ------
    InputError
        If there are no rows, no values, values missing where ``missing="raise"``, or lengths differ.

    Examples
    --------
    >>> groups = encode({"sex": ["M", "F", "M"], "age": [40, None, 9]})
    >>> groups.names, groups.codes.tolist()
    (('F × missing', 'M × 9', 'M × 40'), [2, 0, 1])
    >>> encode({"sex": ["M", "F"], "age": [40, 9]}, cross=False)["age"].names
    ('9', '40')
    """
    if isinstance(features, Groups):
        return features if cross else {name: features.marginal([name]) for name in features.grouping.attributes}
    columns = feature_columns(features, names)
    same_rows("encode", **columns)
    if cross:
        return _encode(columns, missing, rare)
    return {name: _encode({name: values}, missing, rare) for name, values in columns.items()}


def _encode(columns: Mapping[str, Any], missing: Missing, rare: float | None) -> Groups:
    crossed = cross_columns(columns)
    encoder = learn(crossed.cells, missing=missing, rare=rare)
    return Groups(crossed.spread(encoder.codes_of(crossed.cells)), encoder.grouping)
