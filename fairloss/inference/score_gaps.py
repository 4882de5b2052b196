"""How far the scores of two groups lie apart as whole distributions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import InputError
from fairloss.inference.arguments import as_counts

__all__ = ["DistributionTest", "kolmogorov_smirnov_test"]

_EXACT_SCORES = 4000


@dataclass(frozen=True, slots=True)
class DistributionTest:
    """How surprising two distributions of scores are if they are equal in truth.

    Attributes
    ----------
    statistic : float
        The largest distance between the shares at or below a score; NaN where a group is empty.
    p_value : float
        Two-sided.
    exact : bool
        Whether it counts all orders of the scores, or is the limit for many scores (too large where scores are tied).
    """

    statistic: float
    p_value: float
    exact: bool


def kolmogorov_smirnov_test(
    first: ArrayLike, second: ArrayLike, *, exact_up_to: int = _EXACT_SCORES
) -> DistributionTest:
    """Test whether two groups have the same distribution of scores, from counts on common bins.

    Parameters
    ----------
    first, second : array_like
        Whole counts of the two groups in each bin, from low to high scores: rows of
        ``ScoreHistogram.cells.sum(1)``, or counts of each different score. Scores of one bin are ties.
    exact_up_to : int
        For up to so many scores of both groups the chance is exact; the work grows with the square of it.

    Returns
    -------
    DistributionTest
        For few scores the exact chance that scores dealt anew to the people, ties included, lie as far apart;
        beyond, the limit of Kolmogorov (1933).

    Raises
    ------
    InputError
        Where counts are not whole, not of one length, or negative.

    References
    ----------
    Schröer and Trenkler (1995), Computational Statistics and Data Analysis 20, 185-202.

    Examples
    --------
    >>> test = kolmogorov_smirnov_test([6, 3, 1, 0], [1, 2, 4, 5])
    >>> print(f"{test.statistic:.3f}, p {test.p_value:.4f}")
    0.650, p 0.0042
    """
    from scipy.special import kolmogorov

    x, y = _bins(first), _bins(second)
    if x.shape != y.shape:
        raise InputError(f"kolmogorov_smirnov_test needs counts on common bins, but got {x.size} and {y.size} of them.")
    n, m = int(x.sum()), int(y.sum())
    if not n or not m:
        return DistributionTest(np.nan, np.nan, exact=False)
    ends = np.cumsum(x), np.cumsum(y)
    # In whole numbers, so that ties of the statistic itself are ties.
    distance = int(np.abs(ends[0] * m - ends[1] * n).max())
    statistic = distance / (n * m)
    if n + m <= exact_up_to:
        return DistributionTest(statistic, _exact_tail(n, m, np.unique(ends[0] + ends[1]), distance), exact=True)
    return DistributionTest(statistic, float(kolmogorov(np.sqrt(n * m / (n + m)) * statistic)), exact=False)


def _exact_tail(n: int, m: int, ends: np.ndarray[tuple[int], np.dtype[np.int64]], distance: int) -> float:
    """Walk through all orders of the scores, one score at a time, and collect those that reach the distance.

    ``ends`` holds how many scores there are up to the end of each bin: only there are the two shares compared.
    """
    compared = np.zeros(n + m + 1, dtype=bool)
    compared[ends] = True
    taken = np.arange(n + 1)
    chance, reached = np.zeros(n + 1), 0.0
    chance[0] = 1.0
    for step in range(1, n + m + 1):
        left = n + m - step + 1
        stay = chance * np.maximum(m - (step - 1 - taken), 0) / left
        move = chance * (n - taken) / left
        chance = stay
        chance[1:] += move[:-1]
        if compared[step]:
            beyond = np.abs(taken * m - (step - taken) * n) >= distance
            reached += float(chance[beyond].sum())
            chance[beyond] = 0.0
    return min(reached, 1.0)


def _bins(counts: ArrayLike) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    array, _ = as_counts("kolmogorov_smirnov_test", (counts, counts))
    if array.ndim != 1 or (array != np.floor(array)).any():
        raise InputError("kolmogorov_smirnov_test needs one row of whole counts per group; it takes no weights.")
    return array.astype(np.int64)
