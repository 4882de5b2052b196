"""Counting rows into cells, in one pass over the data and in small pieces that stay in the cache."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from fairloss.errors import InputError, quote
from fairloss.notions.arrays import is_tensor, to_numpy
from fairloss.notions.groups import Groups, checked_codes

__all__ = ["axis", "class_codes", "count", "fitted", "group_codes", "numbers", "row_weights", "same_length"]

_CHUNK = 1 << 16
_MOST_CELLS = 1 << 28
Integers = np.ndarray[Any, np.dtype[np.integer[Any]]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Axis = tuple[Integers, int]


def class_codes(values: Any, role: str) -> Integers:
    """Check that labels or decisions are whole numbers from 0 up, and give them as integers.

    Raises
    ------
    InputError
        If a value is missing, negative or not a whole number.
    """
    codes = _whole(values, role)
    _classes(codes, role)
    return codes


def _whole(values: Any, role: str) -> Integers:
    """Give whole numbers as integers of the machine's byte order; whether they are in range is seen when counting."""
    array = to_numpy(values)
    if array.ndim != 1:
        raise InputError(f"A {role} array must have one dimension, got shape {array.shape}. Pass one value per row.")
    if array.dtype == bool:
        return array.view(np.uint8)
    if not np.issubdtype(array.dtype, np.number):
        raise InputError(f"A {role} must be a code 0, 1, ..., got {array.dtype} values. Pass pos_label or encode them.")
    if np.issubdtype(array.dtype, np.floating):
        bad = ~(np.isfinite(array) & (array == np.floor(array)))
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise InputError(
                f"A {role} must be a whole number, got {array[row]} in row {row} ({int(bad.sum())} such rows). "
                "Drop or label rows without one; turn scores into decisions with a threshold first."
            )
    return array if array.dtype.kind in "iu" and array.dtype.isnative else array.astype(np.int64)


def _classes(codes: Integers, role: str) -> int:
    """Give the number of classes: one more than the largest code."""
    if codes.size and codes.min() < 0:
        row = int(np.flatnonzero(codes < 0)[0])
        raise InputError(f"A {role} must be 0 or more, got {codes[row]} in row {row}. Recode -1/+1 as 0/1.")
    return int(codes.max()) + 1 if codes.size else 0


def group_codes(groups: Any) -> tuple[Integers, int]:
    """Give codes and the number of groups; bare codes hold as many groups as their largest code says."""
    if isinstance(groups, Groups):
        return groups.codes, groups.n_groups
    codes = to_numpy(groups)
    codes = checked_codes(codes.view(np.uint8) if codes.dtype == bool else codes)
    return codes, max(int(codes.max(initial=0)) + 1, 1)


def same_length(who: str, n: int, **columns: Any) -> None:
    """Check that each column that is given has one value per row.

    Raises
    ------
    InputError
        If a length differs.
    """
    for role, values in columns.items():
        if values is not None and len(values) != n:
            raise InputError(
                f"{who} needs one {role} per row, got {len(values)} for {n} group codes. Align the arrays."
            )


def axis(values: Any, n: int, role: str, classes: int) -> tuple[Integers, int]:
    """Give class codes and how many classes to expect; a single one where nothing is known."""
    return (np.zeros(n, dtype=np.uint8), 1) if values is None else (_whole(values, role), classes)


def fitted(axes: list[Axis], roles: tuple[str, ...]) -> list[Axis]:
    """Make each axis but the first as long as its codes ask for; ``roles`` name them in errors."""
    rest = ((codes, max(size, _classes(codes, role))) for (codes, size), role in zip(axes[1:], roles, strict=True))
    return [axes[0], *rest]


def numbers(values: Any, role: str) -> Floats:
    """Read one number per row, in double precision; NaN where it is missing.

    Raises
    ------
    InputError
        If a value is no number, or if there are rows of values.
    """
    try:
        array = np.asarray(to_numpy(values) if is_tensor(values) else values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{role} needs one number per row, got {quote(str(error))}. Convert the column to numbers."
        ) from error
    if array.ndim != 1:
        raise InputError(f"{role} needs one number per row, got shape {array.shape}. Pass one column.")
    return array


def row_weights(weight: Any, role: str = "weight") -> Floats:
    """Read weights: numbers that are finite and not negative.

    Raises
    ------
    InputError
        If a value is missing, negative, infinite or no number, or if there are rows of values.
    """
    array = numbers(weight, role)
    bad = np.flatnonzero(~(np.isfinite(array) & (array >= 0)))
    if len(bad):
        raise InputError(
            f"{role} needs finite numbers from 0 up, got {array[bad[0]]} in row {bad[0]:,} ({len(bad):,} such rows). "
            "Fill or drop these rows first."
        )
    return array


def count(axes: list[Axis], weight: Floats | None = None) -> Any:
    """Count rows over several integer codes at once, reading each of them once.

    Parameters
    ----------
    axes : list of (codes, size)
        One entry per axis. The first is the group, where -1 means "leave the row out".
    weight : array of shape (n,), optional
        What each row adds; 1 where not given.

    Returns
    -------
    array of shape (size, size, ...), or None
        Integers without weights, floats with; None where a code of another axis than the first is out of its range.

    Raises
    ------
    InputError
        If codes are so large that the table would not fit in memory.
    """
    shape = [size for _, size in axes]
    _check_size(shape)
    codes = axes[0][0]
    inner = int(np.prod(shape[1:], dtype=np.int64))
    shift = 0 if np.issubdtype(codes.dtype, np.unsignedinteger) else 1
    total: Any = np.zeros((shape[0] + shift) * inner, dtype=np.int64 if weight is None else np.float64)
    small = np.int16 if total.size < 2**15 else np.int64
    # Plain casts into small buffers, then arithmetic on one type: sums of mixed types are much slower.
    size = min(_CHUNK, len(codes))
    narrow, part, wide = np.empty(size, dtype=small), np.empty(size, dtype=small), np.empty(size, dtype=np.intp)
    for start in range(0, len(codes), _CHUNK):
        rows = slice(start, start + _CHUNK)
        here = len(codes[rows])
        combined, values, numbers = narrow[:here], part[:here], wide[:here]
        np.copyto(combined, codes[rows], casting="unsafe")
        for axis, length in axes[1:]:
            chunk = axis[rows]
            # Seen as unsigned, a negative number is a large one.
            if chunk.view(f"u{axis.dtype.itemsize}").max() >= length:
                return None
            np.multiply(combined, length, out=combined)
            np.copyto(values, chunk, casting="unsafe")
            np.add(combined, values, out=combined)
        np.add(combined, shift * inner, out=combined)
        np.copyto(numbers, combined)
        total += np.bincount(numbers, None if weight is None else weight[rows], minlength=total.size)
    return total[shift * inner :].reshape(shape)


def _check_size(shape: list[int]) -> None:
    if prod(shape) > _MOST_CELLS:
        sizes = " × ".join(f"{size:,}" for size in shape)
        raise InputError(
            f"Counts are a table of all codes, at most {_MOST_CELLS:,} cells, got codes for {sizes}. "
            "Number groups and classes from 0 without gaps; fairloss.tables.encode does it."
        )
