"""Evidence against a ratio that may be looked at after every person: the wealth of a bet that equality does not pay."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import InputError, quote
from fairloss.inference.arguments import FloatArray

__all__ = ["ratio_e_process"]


def ratio_e_process(
    focal: ArrayLike, reference: ArrayLike, *, ratio: float = 0.8, stake: ArrayLike = 0.5
) -> FloatArray:
    """Give the evidence, after each pair of people, against ``rate of the first >= ratio * rate of the second``.

    The product of ``1 + stake (ratio * reference - focal)`` over the pairs so far: a wealth that does not grow on
    average while the ratio holds. The chance that it ever reaches 1/a is at most a, however often one looks (Ville).

    Parameters
    ----------
    focal, reference : array_like of shape (pairs,)
        The outcomes 0 and 1 of one person of each group, in order of arrival.
    ratio : float
        The mark, within (0, 1]; 1 asks for a rate that is lower at all.
    stake : array_like
        Of each bet, from 0 to 0.5, one for all or one per pair. It may depend on earlier pairs, never on this one.

    Returns
    -------
    ndarray of float64
        The evidence after each pair; 20 or more says with level 0.95 that the ratio is below the mark.

    Raises
    ------
    InputError
        Where outcomes are others than 0 and 1 or of unequal length, or ratio or stake cannot be used.

    References
    ----------
    Chugg, Cortes-Gomez, Wilder and Ramdas (2023), Auditing fairness by betting, NeurIPS 36.

    Examples
    --------
    >>> ratio_e_process([0, 0, 1, 0, 0, 0], [1, 1, 1, 0, 1, 1]).round(4).tolist()
    [1.4, 1.96, 1.764, 1.764, 2.4696, 3.4574]
    """
    one, two = np.asarray(focal), np.asarray(reference)
    bets = np.asarray(stake, dtype=np.float64)
    if one.ndim != 1 or one.shape != two.shape or not (np.isin(one, (0, 1)).all() and np.isin(two, (0, 1)).all()):
        raise InputError(
            f"ratio_e_process needs pairs of outcomes 0 and 1, but got {one.shape} and {two.shape} values."
        )
    if not 0 < ratio <= 1:
        raise InputError(f"ratio_e_process needs a ratio within (0, 1], but got {quote(ratio)}; four-fifths is 0.8.")
    if not ((bets >= 0) & (bets <= 0.5)).all() or bets.shape not in ((), one.shape):
        raise InputError("ratio_e_process needs stakes from 0 to 0.5, one for all or one per pair.")
    return np.asarray(np.cumprod(1 + bets * (ratio * two - one)))
