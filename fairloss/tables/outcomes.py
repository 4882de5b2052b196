"""Labels, decisions and weights as a table holds them, read as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fairloss.errors import InputError, quote
from fairloss.notions.arrays import to_numpy
from fairloss.notions.counting import row_weights
from fairloss.tables.columns import same_rows
from fairloss.tables.crossing import cross
from fairloss.tables.levels import level_name, level_order, missing_flags

__all__ = ["binary", "class_labels", "favorable", "weights"]

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Floats = np.ndarray[Any, np.dtype[np.float64]]


def binary(values: Any, *, pos_label: Any = 1, role: str = "label") -> Bytes:
    """Read labels or decisions: 1 where the value is the favorable one, 0 where it is the other.

    Parameters
    ----------
    values : array-like or series of shape (n,)
        Two values at most: numbers, booleans or texts, of any engine.
    pos_label : scalar
        The favorable value. ``1`` also means ``True``, and values that are written alike are equal.
    role : str
        What the values are, for the error.

    Returns
    -------
    uint8 array of shape (n,)

    Raises
    ------
    InputError
        If there are no rows, if a value is missing, if there are more than two values, if they are scores rather than
        decisions, or if neither is ``pos_label``.

    Examples
    --------
    >>> binary(["good", "bad", "good"], pos_label="good")
    array([1, 0, 1], dtype=uint8)
    >>> binary([0.2, 0.9], role="y_pred")
    Traceback (most recent call last):
        ...
    fairloss.errors.InputError: y_pred needs at most two values, got scores such as 0.2 ...
    """
    same_rows("binary", **{role: values})
    crossing = cross({role: values})
    cells = crossing.cells
    codes = favorable(cells.values(role), cells.counts.tolist(), pos_label=pos_label, role=role)
    return crossing.spread(codes).astype(np.uint8)


def favorable(names: Sequence[str | None], counts: Sequence[int], *, pos_label: Any, role: str) -> Bytes:
    """Tell which of the values of an outcome is the favorable one; the arguments are those of `binary`.

    Parameters
    ----------
    names : sequence of str or None
        Values as text, None where missing; a value may come several times.
    counts : sequence of int
        The rows of each.
    """
    missing = sum(count for name, count in zip(names, counts, strict=True) if name is None)
    if missing:
        raise InputError(
            f"{role} needs a value in every row, got {missing:,} of {sum(counts):,} rows without. "
            "Fill or drop these rows first."
        )
    distinct = sorted({str(name) for name in names}, key=level_order)
    spellings = _spellings(pos_label)
    fraction = next((name for name in distinct if _is_fraction(name) and name not in spellings), None)
    if fraction is not None:
        raise InputError(
            f"{role} needs at most two values, got scores such as {fraction} ({len(distinct):,} different values). "
            f"Turn scores into decisions with a threshold first, e.g. {role} = score >= 0.5."
        )
    shown = ", ".join(quote(name) for name in distinct[:5]) + (", …" if len(distinct) > 5 else "")
    if len(distinct) > 2:
        raise InputError(
            f"{role} needs at most two values, got {len(distinct):,}: {shown}. "
            f"Merge them to two, e.g. {role} == {quote(pos_label)}."
        )
    if not spellings & set(distinct) and (len(distinct) == 2 or _is_text(distinct[0]) != _is_text(*spellings)):
        raise InputError(
            f"{role} needs the favorable value pos_label={quote(pos_label)}, got only {shown}. "
            "Pass the value that is favorable as pos_label."
        )
    return np.array([name in spellings for name in names], dtype=np.uint8)


def class_labels(values: Any, *, who: str) -> np.ndarray[Any, Any]:
    """Read labels of any kind, one in every row.

    Raises
    ------
    InputError
        If a label is missing or infinite, or if there are rows of labels.

    Examples
    --------
    >>> class_labels(["yes", None], who="The model")
    Traceback (most recent call last):
        ...
    fairloss.errors.InputError: The model needs a label in every row, got None in row 1 (1 such rows). Leave these ...
    """
    listed = isinstance(values, list | tuple)  # NumPy would write 'nan' for NaN beside texts
    label = np.asarray(values, dtype=object) if listed else to_numpy(values)
    if label.ndim != 1:
        raise InputError(f"{who} needs one label per row, got shape {label.shape}. Pass one column.")
    missing = ~np.isfinite(label) if label.dtype.kind == "f" else missing_flags(label)
    if missing.any():
        row = int(missing.argmax())
        raise InputError(
            f"{who} needs a label in every row, got {quote(label.tolist()[row])} in row {row} "
            f"({int(missing.sum())} such rows). Leave these rows out."
        )
    return np.asarray(values) if listed else label


def weights(values: Any, *, role: str = "sample_weight") -> Floats:
    """Read weights as numbers.

    Raises
    ------
    InputError
        If a value is missing, negative, infinite or no number.

    Examples
    --------
    >>> weights([1, 2.5])
    array([1. , 2.5])
    """
    return row_weights(values, role)


def _spellings(pos_label: Any) -> set[str]:
    alike = {1: "True", 0: "False"}
    if isinstance(pos_label, int | float | np.generic) and pos_label in alike:
        return {level_name(int(pos_label)), alike[int(pos_label)]}
    return {level_name(pos_label)}


def _is_fraction(name: str) -> bool:
    kind, number, *_ = level_order(name)
    return kind == 0 and number % 1 != 0


def _is_text(*names: str) -> bool:
    return all(level_order(name)[0] == 1 and name not in ("True", "False") for name in names)
