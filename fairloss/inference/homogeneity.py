"""Whether all strata have the same odds ratio. The last axis of the counts is the strata."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairloss.inference.arguments import FloatArray, as_strata
from fairloss.inference.odds_ratios import expected_successes, inverse_information
from fairloss.inference.strata import mantel_haenszel_odds_ratio

__all__ = ["HomogeneityTest", "homogeneity_test"]


@dataclass(frozen=True, slots=True, eq=False)
class HomogeneityTest:
    """How surprising the strata are if they all have the same odds ratio.

    Attributes
    ----------
    odds_ratio : ndarray of float64
        The common odds ratio by Mantel and Haenszel.
    statistic : ndarray of float64
        Chi-square; NaN where fewer than two strata have both groups and both outcomes, or the odds ratio is 0,
        infinite or undefined.
    degrees : ndarray of float64
        Strata with both groups and both outcomes, less one.
    p_value : ndarray of float64
        The upper tail.
    """

    odds_ratio: FloatArray
    statistic: FloatArray
    degrees: FloatArray
    p_value: FloatArray


def homogeneity_test(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, *, tarone: bool = True
) -> HomogeneityTest:
    """Test whether all strata have the same odds ratio: ``sum((x1 - e)² / V)`` with e and V fitted to the common one.

    Where they do not, one number for all strata hides what there is to see.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of shape (..., strata), broadcast together.
    tarone : bool
        Whether ``sum(x1 - e)² / sum(V)`` is taken off, as it must be since the odds ratio by Mantel and Haenszel is
        not the most likely one; False gives the statistic of Breslow and Day.

    Returns
    -------
    HomogeneityTest
        Arrays of shape (...).

    Raises
    ------
    InputError
        Where counts cannot be used or have no axis of strata.

    References
    ----------
    Breslow and Day (1980), Statistical Methods in Cancer Research 1, 142; Tarone (1985), Biometrika 72, 91-95.

    Examples
    --------
    >>> test = homogeneity_test([89, 17], [108, 25], [512, 353], [825, 560])
    >>> print(f"{test.statistic:.3f} on {test.degrees:.0f}, p {test.p_value:.3f}")
    2.736 on 1, p 0.098
    """
    from scipy.special import chdtrc

    x1, n1, x2, n2 = as_strata("homogeneity_test", x1, n1, x2, n2)
    common = mantel_haenszel_odds_ratio(x1, n1, x2, n2)
    successes, total = x1 + x2, n1 + n2
    informative = (n1 > 0) & (n2 > 0) & (successes > 0) & (successes < total)
    degrees = np.asarray(np.maximum(informative.sum(axis=-1) - 1, 0), dtype=np.float64)
    possible = (degrees > 0) & np.isfinite(common) & (common > 0)
    ratio = np.where(possible, common, 1.0)[..., None]
    expected = expected_successes(x1, n1, x2, n2, ratio / (1 + ratio), 1 / (1 + ratio))
    variance = np.where(informative, inverse_information(n1, n2, successes, expected), 0.0)
    excess = np.where(informative, x1 - expected, 0.0)
    some = np.where(variance > 0, variance, 1.0)
    statistic = (excess**2 / some).sum(axis=-1)
    if tarone:
        statistic = statistic - excess.sum(axis=-1) ** 2 / np.where(possible, variance.sum(axis=-1), 1.0)
    statistic = np.where(possible, np.maximum(statistic, 0), np.nan)
    return HomogeneityTest(common, statistic, degrees, np.asarray(chdtrc(degrees, statistic)))
