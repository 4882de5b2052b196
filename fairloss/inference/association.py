"""Whether two ways to sort people go together, and how closely: tests and measures from a table of counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import InputError, quote
from fairloss.inference.arguments import FloatArray

__all__ = ["Association", "GoodnessOfFit", "association", "goodness_of_fit"]


@dataclass(frozen=True, slots=True)
class Association:
    """How closely the rows and the columns of a table go together; NaN where a side has one value only.

    Attributes
    ----------
    statistic : float
        Pearson's chi-square.
    p_value : float
        The chance of a statistic as large when all values of one side are dealt anew.
    cramers_v : float
        From 0 to 1, with Bergsma's correction: about 0 where both sides are independent, however many values they have.
    columns_told : float
        The share of the entropy of the columns that knowing the row takes away, from 0 to 1 (Theil's uncertainty
        coefficient), less what chance alone would take.
    rows_told : float
        The same the other way round.
    """

    statistic: float
    p_value: float
    cramers_v: float
    columns_told: float
    rows_told: float


@dataclass(frozen=True, slots=True)
class GoodnessOfFit:
    """How surprising counts are if the shares are as stated.

    Attributes
    ----------
    statistic : float
        Pearson's chi-square; NaN without rows, infinite where a share of 0 was seen.
    degrees : int
        Kinds with a share above 0, less one.
    p_value : float
        The upper tail.
    """

    statistic: float
    degrees: int
    p_value: float


def association(table: ArrayLike) -> Association:
    """Measure and test the association of a two-way table.

    The p value is the upper tail of the gamma distribution with the exact mean and variance that Pearson's statistic
    has over all dealings with these margins: close to a permutation test where the usual chi-square limit is off, as
    in tables with many values and few people.

    Parameters
    ----------
    table : array_like of shape (rows, columns)
        Counts of people; empty rows and columns are left out.

    Returns
    -------
    Association

    Raises
    ------
    InputError
        Where this is no table of whole counts.

    References
    ----------
    Dawson (1954), Biometrika 41, 280 (the variance); Bergsma (2013), Journal of the Korean Statistical Society 42,
    323-328; Miller (1955), Information Theory in Psychology, 95-100 (the bias of the entropies).

    Examples
    --------
    >>> found = association([[40, 10], [20, 30]])
    >>> print(f"V {found.cramers_v:.3f}, p {found.p_value:.5f}")
    V 0.398, p 0.00005
    """
    counts = _table(table)
    counts = counts[counts.sum(1) > 0][:, counts.sum(0) > 0]
    if min(counts.shape) < 2:
        return Association(*(float("nan"),) * 5)
    rows, columns, n = counts.sum(1), counts.sum(0), counts.sum()
    expected = np.outer(rows, columns) / n
    statistic = float(((counts - expected) ** 2 / expected).sum())
    mean = n * (len(rows) - 1) * (len(columns) - 1) / (n - 1)
    p_value = _gamma_tail(statistic, mean, _variance(rows, columns, n))
    shared = _entropy(rows) + _entropy(columns) - _entropy(counts.ravel())
    shared = max(shared - (len(rows) - 1) * (len(columns) - 1) / (2 * n), 0.0)
    told = (float(min(shared / _entropy(side), 1.0)) for side in (columns, rows))
    return Association(statistic, p_value, _bergsma(statistic, len(rows), len(columns), n), *told)


def goodness_of_fit(counts: ArrayLike, shares: ArrayLike) -> GoodnessOfFit:
    """Test whether counts come from a population with the stated shares.

    As in `association`, the p value is a gamma tail with the statistic's exact mean and variance.

    Parameters
    ----------
    counts : array_like of shape (kinds,)
        Whole counts.
    shares : array_like of shape (kinds,)
        Of 0 or more; they are divided by their sum.

    Returns
    -------
    GoodnessOfFit

    Raises
    ------
    InputError
        Where counts or shares cannot be used.

    References
    ----------
    Pearson (1900), Philosophical Magazine 50, 157-175; Haldane (1937), Biometrika 29, 133-143.

    Examples
    --------
    >>> test = goodness_of_fit([430, 570], [0.51, 0.49])
    >>> print(f"{test.statistic:.2f} on {test.degrees}, p {test.p_value:.1e}")
    25.61 on 1, p 4.1e-07
    """
    seen = _table(np.atleast_2d(np.asarray(counts)))[0]
    stated = np.asarray(shares, dtype=np.float64)
    if stated.shape != seen.shape or not (np.isfinite(stated) & (stated >= 0)).all() or not stated.sum() > 0:
        raise InputError(f"goodness_of_fit needs one share of 0 or more for each count, but got {quote(shares)}.")
    possible = stated > 0
    kinds, n = int(possible.sum()), float(seen.sum())
    if seen[~possible].any():
        return GoodnessOfFit(float("inf"), kinds - 1, 0.0)
    if n == 0 or kinds < 2:
        return GoodnessOfFit(float("nan"), kinds - 1, float("nan"))
    p = stated[possible] / stated.sum()
    statistic = float(((seen[possible] - n * p) ** 2 / (n * p)).sum())
    variance = 2 * (kinds - 1) + ((1 / p).sum() - kinds**2 - 2 * kinds + 2) / n
    return GoodnessOfFit(statistic, kinds - 1, _gamma_tail(statistic, kinds - 1.0, float(variance)))


def _gamma_tail(statistic: float, mean: float, variance: float) -> float:
    """Give the upper tail of the gamma distribution of this mean and variance."""
    from scipy.special import gammaincc

    if not variance > 0:
        return 1.0
    return float(gammaincc(mean**2 / variance, statistic * mean / variance))


def _variance(rows: FloatArray, columns: FloatArray, n: float) -> float:
    """Give the variance of Pearson's statistic over all dealings with these margins; 0 where n is below 4."""
    if n < 4:
        return 0.0
    spread, uneven = [], []
    for side in (rows, columns):
        size = len(side)
        spread.append((size - 1) * (n - size) / (n - 1))
        uneven.append((n * (1 / side).sum() - size**2) / (n - 2))
    free = (spread[0] - uneven[0]) * (spread[1] - uneven[1])
    return float(2 * n / (n - 3) * free + n**2 / (n - 1) * uneven[0] * uneven[1])


def _bergsma(statistic: float, rows: int, columns: int, n: float) -> float:
    square = max(statistic / n - (rows - 1) * (columns - 1) / (n - 1), 0.0)
    smaller = min(size - (size - 1) ** 2 / (n - 1) for size in (rows, columns)) - 1
    return float(min(np.sqrt(square / smaller), 1.0)) if smaller > 0 else float("nan")


def _entropy(counts: FloatArray) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def _table(values: ArrayLike) -> FloatArray:
    try:
        table = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"A table of counts needs numbers, but got {quote(values)}.") from error
    if table.ndim != 2 or not (np.isfinite(table) & (table >= 0) & (table == np.floor(table))).all():
        raise InputError(
            f"A table of counts needs whole counts of 0 or more in rows and columns, but got {quote(values)}."
        )
    return table
