"""How low the smallest ratio of several groups falls by chance alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import InputError, quote
from fairloss.inference.arguments import FloatArray, as_whole_counts

__all__ = ["smallest_ratios_by_chance"]


def smallest_ratios_by_chance(x: ArrayLike, n: ArrayLike, *, draws: int = 2000, seed: int = 0) -> FloatArray:
    """Draw the lowest rate over the highest when group membership does not matter.

    Selections are dealt anew to people with both totals fixed (multivariate hypergeometric): the distribution behind
    `smallest_ratio_p_value`.

    Parameters
    ----------
    x, n : array_like
        Whole counts of shape (groups,); empty groups are left out.
    draws : int
        How many.
    seed : int
        Of the generator; the same seed gives the same draws.

    Returns
    -------
    ndarray of float64
        Of shape (draws,); empty where fewer than two groups or no selection was seen.

    Raises
    ------
    InputError
        Where counts are fractional, cannot be used or are no row of groups, or draws is less than 1.

    Examples
    --------
    >>> ratios = smallest_ratios_by_chance([12, 48, 30], [40, 80, 60], draws=500)
    >>> bool(ratios.shape == (500,) and ratios.max() <= 1)
    True
    """
    who = "smallest_ratios_by_chance"
    if draws < 1:
        raise InputError(f"{who} needs at least one draw, but got {quote(draws)}.")
    x, n = as_whole_counts(who, (x, n))
    if x.ndim != 1:
        raise InputError(f"{who} needs counts of shape (groups,), but got {x.shape}.")
    x, n = x[n > 0], n[n > 0]
    if n.size < 2 or x.sum() == 0:
        return np.empty(0)
    generator = np.random.default_rng(seed)
    dealt = generator.multivariate_hypergeometric(n.astype(np.int64), int(x.sum()), size=draws, method="marginals")
    rates = dealt / n
    return np.asarray(rates.min(axis=-1) / rates.max(axis=-1))
