"""How far the mean scores of two groups lie apart, in standard deviations that are named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import InputError, UnknownName, quote
from fairloss.inference.arguments import FloatArray, as_counts, as_level, normal_quantile
from fairloss.inference.intervals import Interval

__all__ = ["DEVIATIONS", "ScoreMoments", "StandardizedDifference", "standardized_mean_difference"]


@dataclass(frozen=True, slots=True)
class ScoreMoments:
    """What a standardized difference needs to know of the scores of a group.

    Attributes
    ----------
    size : float
        How many scores.
    mean : float
        NaN where there are none.
    squares : float
        The sum of squared deviations from the mean.
    """

    size: float
    mean: float
    squares: float

    @classmethod
    def of(cls, scores: ArrayLike) -> ScoreMoments:
        """Sum up single scores."""
        x = _scores(scores)
        return cls.of_counts(x, np.ones_like(x))

    @classmethod
    def of_counts(cls, values: ArrayLike, counts: ArrayLike) -> ScoreMoments:
        """Sum up scores that are counted, e.g. the middles of the bins of a histogram and how many lie in each.

        Examples
        --------
        >>> ScoreMoments.of_counts([1.0, 3.0], [2, 2])
        ScoreMoments(size=4.0, mean=2.0, squares=4.0)
        """
        value, (n, _) = _scores(values), as_counts("ScoreMoments.of_counts", (counts, counts))
        if n.shape != value.shape:
            raise InputError(f"ScoreMoments.of_counts needs one count per score, but got {n.size} for {value.size}.")
        size = float(n.sum())
        mean = float(n @ value) / size if size else float("nan")
        with np.errstate(over="ignore", invalid="ignore"):  # scores beyond the reach of squares have no deviation
            squares = float(n @ (value - mean) ** 2) if size else 0.0
        return cls(size, mean, squares if np.isfinite(squares) else float("nan"))

    @property
    def variance(self) -> float:
        """With ``size - 1``."""
        return self.squares / (self.size - 1)


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
    t, degrees : float
        Welch's statistic of equal means, which does not ask for equal deviations, and its degrees of freedom.
    p_value : float
        Two-sided, from these.
    """

    value: float
    interval: Interval
    first: float
    second: float
    deviation: float
    unit: str
    t: float
    degrees: float
    p_value: float


def standardized_mean_difference(
    first: ArrayLike | ScoreMoments, second: ArrayLike | ScoreMoments, *, unit: str = "pooled", level: float = 0.95
) -> StandardizedDifference:
    """Compare the mean scores of two groups in units of a standard deviation that is named.

    Parameters
    ----------
    first, second : array_like or ScoreMoments
        The scores of the group and of the reference (control) group, or what they sum up to.
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
    >>> print(f"{gap.value:.3f} {gap.unit} deviations, t {gap.t:.3f} on {gap.degrees:.2f}, p {gap.p_value:.3f}")
    -1.073 pooled deviations, t -1.780 on 8.78, p 0.110
    """
    if unit not in DEVIATIONS:
        raise UnknownName("standard deviation", unit, DEVIATIONS)
    level = as_level("standardized_mean_difference", level)
    x, y = (one if isinstance(one, ScoreMoments) else ScoreMoments.of(one) for one in (first, second))
    deviation = DEVIATIONS[unit](x, y) if min(x.size, y.size) > 1 else float("nan")
    if not deviation > 0:
        nothing = Interval(np.asarray(-np.inf), np.asarray(np.inf), level, "hedges_olkin")
        return StandardizedDifference(np.nan, nothing, x.mean, y.mean, deviation, unit, np.nan, np.nan, np.nan)
    value = (x.mean - y.mean) / deviation
    margin = normal_quantile(level) * _error(x, y, unit, value, deviation)
    interval = Interval(np.asarray(value - margin), np.asarray(value + margin), level, "hedges_olkin")
    return StandardizedDifference(value, interval, x.mean, y.mean, deviation, unit, *_welch(x, y))


def _error(x: ScoreMoments, y: ScoreMoments, unit: str, value: float, deviation: float) -> float:
    if unit == "reference":
        return float(np.sqrt(x.variance / x.size / deviation**2 + 1 / y.size + value**2 / (2 * (y.size - 1))))
    pooled = _pooled(x, y)
    d = (x.mean - y.mean) / pooled if pooled > 0 else 0.0
    return float(np.sqrt(1 / x.size + 1 / y.size + d**2 / (2 * (x.size + y.size - 2))) * pooled / deviation)


def _welch(x: ScoreMoments, y: ScoreMoments) -> tuple[float, float, float]:
    """Give t, its degrees of freedom and the two-sided p value."""
    from scipy.special import stdtr

    parts = x.variance / x.size, y.variance / y.size
    variance = parts[0] + parts[1]
    if not variance > 0:
        return (float("nan"),) * 3
    t = (x.mean - y.mean) / np.sqrt(variance)
    degrees = variance**2 / (parts[0] ** 2 / (x.size - 1) + parts[1] ** 2 / (y.size - 1))
    return float(t), float(degrees), float(2 * stdtr(degrees, -abs(t)))


def _pooled(x: ScoreMoments, y: ScoreMoments) -> float:
    return float(np.sqrt((x.squares + y.squares) / (x.size + y.size - 2)))


def _together(x: ScoreMoments, y: ScoreMoments) -> float:
    """Give the sum of squared deviations of both groups from their common mean."""
    return x.squares + y.squares + x.size * y.size / (x.size + y.size) * (x.mean - y.mean) ** 2


DEVIATIONS: Mapping[str, Callable[[ScoreMoments, ScoreMoments], float]] = MappingProxyType(
    {
        "pooled": _pooled,
        "hedges": lambda x, y: _pooled(x, y) / (1 - 3 / (4 * (x.size + y.size - 2) - 1)),
        "reference": lambda x, y: float(np.sqrt(y.variance)),
        "whole": lambda x, y: float(np.sqrt(_together(x, y) / (x.size + y.size - 1))),
        "whole_population": lambda x, y: float(np.sqrt(_together(x, y) / (x.size + y.size))),
    }
)
"""Name of a standard deviation to the function of what the scores of both groups sum up to."""


def _scores(values: ArrayLike) -> FloatArray:
    who = "standardized_mean_difference"
    try:
        scores = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{who} needs numbers, but got {quote(values)}.") from error
    if scores.ndim != 1 or not np.isfinite(scores).all():
        raise InputError(f"{who} needs one row of finite scores per group; leave out missing ones and say how many.")
    return scores
