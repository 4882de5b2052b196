"""Keeping rows aside, with the same share of every group and label."""

from __future__ import annotations

from typing import Any

import numpy as np

from fairloss.errors import InputError, is_number

__all__ = ["hold_out"]

Integers = np.ndarray[Any, np.dtype[np.integer[Any]]]


def hold_out(strata: Integers, fraction: float, random: np.random.RandomState) -> tuple[Integers, Integers]:
    """Divide rows so that each stratum gives its share to the second part, to within one row.

    Parameters
    ----------
    strata : integer array of shape (n,)
        The stratum of each row, such as its label in its group.
    fraction : float
        The share of the second part, between 0 and 1.
    random : numpy.random.RandomState
        Draws the rows.

    Returns
    -------
    kept, held : arrays of row numbers, in ascending order

    Raises
    ------
    InputError
        Where the share is not between 0 and 1.

    Examples
    --------
    >>> kept, held = hold_out(np.array([0, 0, 0, 0, 1, 1, 1, 1]), 0.25, np.random.RandomState(0))
    >>> len(kept), np.sort(held // 4).tolist()
    (6, [0, 1])
    """
    if not (is_number(fraction) and 0 < fraction < 1):
        raise InputError(
            f"A held-out share, such as validation_fraction, must lie between 0 and 1, got {fraction!r}. Take a fifth."
        )
    order = np.lexsort((random.random_sample(len(strata)), strata))
    steps = np.floor(np.arange(len(strata) + 1) * fraction + (1 - fraction))
    held = np.diff(steps) > 0
    return np.sort(order[~held]), np.sort(order[held])
