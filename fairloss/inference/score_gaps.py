"""How far the scores of two groups lie apart: in standard deviations, and as whole distributions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import InputError, UnknownName, quote
from fairloss.inference.arguments import FloatArray, as_counts, as_level, normal_quantile
from fairloss.inference.intervals import Interval

__all__ = [
    "DEVIATIONS",
    "DistributionTest",
    "StandardizedDifference",
    "kolmogorov_smirnov_test",
    "standardized_mean_difference",
]

_EXACT_SCORES = 4000
"""Up to so many scores of both groups the chance is computed exactly; the work grows with the square of it."""


@dataclass(frozen=True, slots=True)
class StandardizedDifference:
    """The difference of two means in units of a standard deviation.

    Attributes
    ----------
    value : float
        First mean minus second, over ``deviation``; NaN where that is 0 or undefined.
    interval : Interval
        Around it.
    first, second : float
        The two means.
    deviation : float
        The standard deviation that was divided by.
    unit : str
        Which one: a name of `DEVIATIONS`.
    p_value : float
        Two-sided, that the means are equal (Welch's t, which does not ask for equal deviations).
    """

    value: float
    interval: Interval
    first: float
    second: float
    deviation: float
    unit: str
    p_value: float


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


def standardized_mean_difference(
    first: ArrayLike, second: ArrayLike, *, unit: str = "pooled", level: float = 0.95
) -> StandardizedDifference:
    """Compare the mean scores of two groups in units of a standard deviation that is named.

    Parameters
    ----------
    first, second : array_like
        The scores of the group and of the reference (control) group.
    unit : {"pooled", "hedges", "reference", "whole", "whole_population"}
        The root of the two variances weighted by their degrees (Cohen's d); the same over Hedges' correction
        ``1 - 3/(4 (N - 2) - 1)`` (his g); the reference's (Glass); that of both groups together with N - 1, or with N.
        The choice easily moves the number by a tenth: always print which.
    level : float
        Two-sided confidence level.

    Returns
    -------
    StandardizedDifference
        With the interval of Hedges and Olkin (1985), ``1/n1 + 1/n2 + d²/(2 (N - 2))`` for the pooled deviation, scaled
        to the other units; ``d²/(2 (n2 - 1))`` for the reference's. Unbounded where undefined.

    Raises
    ------
    InputError
        Where scores are no rows of finite numbers or the level cannot be used; `UnknownName` for an unknown unit.

    Examples
    --------
    >>> gap = standardized_mean_difference([620, 640, 660, 700, 710], [650, 680, 700, 720, 740, 760])
    >>> print(f"{gap.value:.3f} {gap.unit} standard deviations, p {gap.p_value:.3f}")
    -1.073 pooled standard deviations, p 0.110
    """
    who = "standardized_mean_difference"
    if unit not in DEVIATIONS:
        raise UnknownName("standard deviation", unit, DEVIATIONS)
    level, x, y = as_level(who, level), _scores(who, first), _scores(who, second)
    means = (float(x.mean()) if x.size else np.nan, float(y.mean()) if y.size else np.nan)
    known = min(x.size, y.size) > 1
    deviation = DEVIATIONS[unit](x, y) if known else np.nan
    if not deviation > 0:
        nothing = Interval(np.asarray(-np.inf), np.asarray(np.inf), level, "hedges_olkin")
        return StandardizedDifference(np.nan, nothing, *means, float(deviation), unit, np.nan)
    value = (means[0] - means[1]) / deviation
    pooled = _pooled(x, y)
    if unit == "reference":
        error = np.sqrt(x.var(ddof=1) / x.size / deviation**2 + 1 / y.size + value**2 / (2 * (y.size - 1)))
    else:
        d = (means[0] - means[1]) / pooled if pooled > 0 else 0.0
        error = np.sqrt(1 / x.size + 1 / y.size + d**2 / (2 * (x.size + y.size - 2))) * pooled / deviation
    margin = normal_quantile(level) * error
    interval = Interval(np.asarray(value - margin), np.asarray(value + margin), level, "hedges_olkin")
    return StandardizedDifference(value, interval, *means, float(deviation), unit, _welch(x, y))


def kolmogorov_smirnov_test(first: ArrayLike, second: ArrayLike) -> DistributionTest:
    """Test whether two groups have the same distribution of scores, from counts on common bins.

    Parameters
    ----------
    first, second : array_like
        Whole counts of the two groups in each bin, from low to high scores: rows of
        ``ScoreHistogram.cells.sum(1)``, or counts of each different score. Scores of one bin are ties.

    Returns
    -------
    DistributionTest
        For up to 4,000 scores the exact chance that scores dealt anew to the people, ties included, lie as far apart;
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
    if n + m <= _EXACT_SCORES:
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


def _pooled(x: FloatArray, y: FloatArray) -> float:
    squares = x.var(ddof=1) * (x.size - 1) + y.var(ddof=1) * (y.size - 1)
    return float(np.sqrt(squares / (x.size + y.size - 2)))


def _welch(x: FloatArray, y: FloatArray) -> float:
    from scipy.special import stdtr

    parts = x.var(ddof=1) / x.size, y.var(ddof=1) / y.size
    variance = parts[0] + parts[1]
    if not variance > 0:
        return float("nan")
    degrees = variance**2 / (parts[0] ** 2 / (x.size - 1) + parts[1] ** 2 / (y.size - 1))
    return float(2 * stdtr(degrees, -abs(x.mean() - y.mean()) / np.sqrt(variance)))


DEVIATIONS: Mapping[str, Callable[[FloatArray, FloatArray], float]] = MappingProxyType(
    {
        "pooled": _pooled,
        "hedges": lambda x, y: _pooled(x, y) / (1 - 3 / (4 * (x.size + y.size - 2) - 1)),
        "reference": lambda x, y: float(y.std(ddof=1)),
        "whole": lambda x, y: float(np.concatenate([x, y]).std(ddof=1)),
        "whole_population": lambda x, y: float(np.concatenate([x, y]).std()),
    }
)
"""Name of a standard deviation to the function of the scores of both groups."""


def _scores(who: str, values: ArrayLike) -> FloatArray:
    try:
        scores = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{who} needs numbers, but got {quote(values)}.") from error
    if scores.ndim != 1 or not np.isfinite(scores).all():
        raise InputError(f"{who} needs one row of finite scores per group; leave out missing ones and say how many.")
    return scores


def _bins(counts: ArrayLike) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    array, _ = as_counts("kolmogorov_smirnov_test", (counts, counts))
    if array.ndim != 1 or (array != np.floor(array)).any():
        raise InputError("kolmogorov_smirnov_test needs one row of whole counts per group; it takes no weights.")
    return array.astype(np.int64)
