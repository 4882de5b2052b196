"""Rates of thin cells, drawn toward the rate of all cells: to be shown beside the raw rate, never instead of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import InputError
from fairloss.inference.arguments import FloatArray, as_counts, as_level
from fairloss.inference.intervals import Interval

__all__ = ["ShrunkRates", "shrunk_rates"]

_LOG_STRENGTH = (-4.0, 14.0)
"""Between these logarithms of its size in people the strength of the prior is sought."""
_LOG_ODDS = 15.0
_HALVINGS = 45


@dataclass(frozen=True, slots=True, eq=False)
class ShrunkRates:
    """The rate of each cell beside what is plausible given all the other cells.

    Attributes
    ----------
    raw : ndarray of float64
        ``x/n``; NaN where n is 0.
    shrunk : ndarray of float64
        ``weight * raw + (1 - weight) * mean``; NaN where the raw rate is, and everywhere if nothing can be learned:
        fewer than two cells with people, or one outcome only.
    interval : Interval
        Quantiles of the posterior. It takes the prior as known, hence is too narrow where there are few cells.
    weight : ndarray of float64
        How much of the shrunk rate is the cell's own: ``n/(n + strength)``.
    mean, strength : float
        Of the prior: the rate that cells are drawn to, and how many people it counts for. A large strength (it is
        sought up to a million) says that the cells differ by no more than chance.
    """

    raw: FloatArray
    shrunk: FloatArray
    interval: Interval
    weight: FloatArray
    mean: float
    strength: float


def shrunk_rates(x: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> ShrunkRates:
    """Estimate the rate of each cell from its own people and, the fewer they are, from all the other cells.

    The true rates are taken as drawn from a beta distribution, whose mean and strength are the most likely ones given
    all counts (beta-binomial, empirical Bayes). On average over the cells the shrunk rates are nearer to the truth;
    for a cell that truly differs they are farther from it, which is why the raw rate must stand beside them.

    Parameters
    ----------
    x, n : array_like
        Counts of shape (cells,), e.g. crossings of sex, race and age.
    level : float
        Of the intervals.

    Returns
    -------
    ShrunkRates

    Raises
    ------
    InputError
        Where counts or level cannot be used or are no row of cells.

    References
    ----------
    Efron and Morris (1975), Journal of the American Statistical Association 70, 311-319; Casella (1985), The American
    Statistician 39, 83-87.

    Examples
    --------
    >>> rates = shrunk_rates([0, 55, 40, 130, 3], [4, 100, 100, 400, 6])
    >>> rates.raw.round(2).tolist(), rates.shrunk.round(2).tolist()
    ([0.0, 0.55, 0.4, 0.32, 0.5], [0.36, 0.51, 0.4, 0.33, 0.42])
    """
    from scipy.special import betaincinv

    level = as_level("shrunk_rates", level)
    x, n = as_counts("shrunk_rates", (x, n))
    if x.ndim != 1:
        raise InputError(f"shrunk_rates needs counts of shape (cells,), but got {x.shape}.")
    raw = np.divide(x, n, out=np.full_like(x, np.nan), where=n > 0)
    if (n > 0).sum() < 2 or x.sum() in (0, n.sum()):
        unknown = np.full_like(raw, np.nan)
        return ShrunkRates(raw, unknown, Interval(0 * n, 0 * n + 1, level, "beta_binomial"), unknown, np.nan, np.nan)
    mean, strength = _most_likely(x[n > 0], n[n > 0])
    weight = np.where(n > 0, n / (n + strength), np.nan)
    shrunk = weight * np.nan_to_num(raw) + (1 - weight) * mean
    a, b = x + mean * strength, n - x + (1 - mean) * strength
    low, high = (betaincinv(a, b, tail) for tail in ((1 - level) / 2, (1 + level) / 2))
    low, high = np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)
    return ShrunkRates(raw, shrunk, Interval(low, high, level, "beta_binomial"), weight, mean, strength)


def _most_likely(x: FloatArray, n: FloatArray) -> tuple[float, float]:
    """Maximize the beta-binomial likelihood: for each strength its best mean, and the best strength of all.

    The logarithm of the strength is a point of a grid that is refined twice, to 0.00125: neighbors differ by more than
    rounding, so that all machines find the same point.
    """
    grid = np.linspace(*_LOG_STRENGTH, 37)
    for last in (False, False, True):
        mean, unlikely = _best_means(x, n, np.exp(grid))
        best = int(np.argmin(unlikely))
        if last or best in (0, len(grid) - 1):
            break
        grid = np.linspace(grid[best - 1], grid[best + 1], 41)
    return float(mean[best]), float(np.exp(grid[best]))


def _best_means(x: FloatArray, n: FloatArray, strength: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give for each strength the most likely mean, where the slope of the likelihood is 0, and minus its logarithm."""
    from scipy.special import betaln, expit, psi

    size = strength[:, None]
    low, high = np.full(len(strength), -_LOG_ODDS), np.full(len(strength), _LOG_ODDS)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        a, b = expit(middle)[:, None] * size, expit(-middle)[:, None] * size
        slope = (psi(x + a) - psi(a) - psi(n - x + b) + psi(b)).sum(axis=1)
        low, high = np.where(slope > 0, middle, low), np.where(slope > 0, high, middle)
    a, b = expit(low)[:, None] * size, expit(-low)[:, None] * size
    return np.asarray(expit(low)), np.asarray(-(betaln(x + a, n - x + b) - betaln(a, b)).sum(axis=1))
