"""Halves of the rows that do not depend on their order: each half judges what was learned on the other."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["draw_halves"]

_STEP = np.uint64(0x9E3779B97F4A7C15)
Hashes = np.ndarray[Any, np.dtype[np.uint64]]


def draw_halves(rows: Hashes) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], Hashes]:
    """Draw for each row one of two halves, from its content alone.

    Equal rows are numbered and drawn one by one, so they need not fall into one half; which of them is which does not
    matter, since they are equal. So the same table in another order, or from another engine, has the same halves.

    Parameters
    ----------
    rows : uint64 array of shape (n,)
        A hash of each row.

    Returns
    -------
    halves : uint8 array of shape (n,)
        0 or 1.
    keys : uint64 array of shape (n,)
        A random number of each row: the rows with the smallest ones are a random sample.

    Examples
    --------
    >>> halves, keys = draw_halves(np.arange(1000, dtype=np.uint64))
    >>> again, _ = draw_halves(np.arange(1000, dtype=np.uint64)[::-1])
    >>> bool((halves == again[::-1]).all()), bool(400 < halves.sum() < 600)
    (True, True)
    """
    order = np.argsort(rows, kind="stable")
    ranked = rows[order]
    starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    sizes = np.diff(np.append(starts, len(ranked)))
    number = np.arange(len(ranked)) - np.repeat(starts, sizes)
    keys = np.empty_like(rows)
    keys[order] = _scatter(ranked + (number.astype(np.uint64) + np.uint64(1)) * _STEP)
    return (keys >> np.uint64(63)).astype(np.uint8), keys << np.uint64(1)


def _scatter(bits: Hashes) -> Hashes:
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)))
