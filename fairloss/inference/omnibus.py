"""All groups at once: whether any rate differs, and whether the smallest ratio is more than the luck of the highest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairloss.errors import InputError, quote
from fairloss.inference.arguments import FloatArray, as_counts, as_whole_counts

__all__ = ["OmnibusTest", "omnibus_test", "smallest_ratio_p_value", "smallest_ratios_by_chance"]

_BLOCK = 4096
"""Permutations that are held in memory at a time."""

_MOST_PEOPLE = 10**9
"""The limit of NumPy's hypergeometric generator."""


@dataclass(frozen=True, slots=True)
class OmnibusTest:
    """How surprising the rates of several groups are if all are equal.

    Attributes
    ----------
    statistic : float
        Pearson's chi-square; NaN where fewer than two groups or one outcome only was seen.
    degrees : int
        Groups that are not empty, less one.
    p_value : float
        The upper tail.
    """

    statistic: float
    degrees: int
    p_value: float


def omnibus_test(x: ArrayLike, n: ArrayLike) -> OmnibusTest:
    """Test whether several groups all have the same rate: ``sum((x - n p)² / (n p (1 - p)))`` with the pooled p.

    Parameters
    ----------
    x, n : array_like
        Counts of shape (groups,); empty groups are left out.

    Returns
    -------
    OmnibusTest

    Raises
    ------
    InputError
        Where counts cannot be used or are no row of groups.

    References
    ----------
    Pearson (1900), Philosophical Magazine 50, 157-175.

    Examples
    --------
    >>> test = omnibus_test([250, 270, 240, 260], [1000] * 4)
    >>> print(f"{test.statistic:.4f} on {test.degrees}, p {test.p_value:.4f}")
    2.6319 on 3, p 0.4519
    """
    from scipy.special import chdtrc

    x, n = _groups("omnibus_test", *as_counts("omnibus_test", (x, n)))
    rate = x.sum() / n.sum() if n.size else np.nan
    degrees = max(n.size - 1, 0)
    if degrees == 0 or rate in (0, 1):
        return OmnibusTest(float("nan"), degrees, float("nan"))
    statistic = float((((x - n * rate) ** 2) / (n * rate * (1 - rate))).sum())
    return OmnibusTest(statistic, degrees, float(chdtrc(degrees, statistic)))


def smallest_ratio_p_value(x: ArrayLike, n: ArrayLike, *, draws: int = 10_000, seed: int = 0) -> float:
    """Say how often the lowest rate over the highest is as low as seen when group membership does not matter.

    The highest of many noisy rates is high by selection, so the smallest of many ratios to it is often below any mark
    although all groups are equal. This permutation test takes that into account: selections are dealt anew to people
    with both totals fixed (multivariate hypergeometric).

    Parameters
    ----------
    x, n : array_like
        Whole counts of shape (groups,); empty groups are left out.
    draws : int
        Permutations; the p value has a standard error of at most ``0.5 / sqrt(draws)``.
    seed : int
        Of the generator, whose stream NumPy keeps in all versions; the same seed gives the same value.

    Returns
    -------
    float
        ``(1 + as low) / (1 + draws)``, ties included; NaN where fewer than two groups or no selection was seen.

    Raises
    ------
    InputError
        Where counts are fractional, cannot be used or are no row of groups, people are 10^9 or more, or draws is less
        than 1.

    References
    ----------
    Phipson and Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9, article 39.

    Examples
    --------
    >>> smallest_ratio_p_value([12, 48, 30], [40, 80, 60], draws=999) < 0.05
    True
    """
    x, n = _groups("smallest_ratio_p_value", *as_whole_counts("smallest_ratio_p_value", (x, n)))
    ratios = smallest_ratios_by_chance(x, n, draws=draws, seed=seed)
    if not ratios.size:
        return float("nan")
    as_low = int((ratios <= _smallest_ratio(x / n) * (1 + 1e-12)).sum())
    return (1 + as_low) / (1 + draws)


def smallest_ratios_by_chance(x: ArrayLike, n: ArrayLike, *, draws: int = 2000, seed: int = 0) -> FloatArray:
    """Draw the lowest rate over the highest when group membership does not matter.

    The distribution behind `smallest_ratio_p_value`, whose arguments these are.

    Returns
    -------
    ndarray of float64
        Of shape (draws,); empty where fewer than two groups or no selection was seen.

    Raises
    ------
    InputError
        As `smallest_ratio_p_value`.

    Examples
    --------
    >>> ratios = smallest_ratios_by_chance([12, 48, 30], [40, 80, 60], draws=500)
    >>> bool(ratios.shape == (500,) and ratios.max() <= 1)
    True
    """
    who = "smallest_ratios_by_chance"
    if draws < 1:
        raise InputError(f"{who} needs at least one draw, but got {quote(draws)}.")
    x, n = _groups(who, *as_whole_counts(who, (x, n)))
    selected = int(x.sum())
    if n.size < 2 or selected == 0:
        return np.empty(0)
    if n.sum() >= _MOST_PEOPLE:
        raise InputError(f"{who} deals to less than {_MOST_PEOPLE} people, but got {int(n.sum())}; use omnibus_test.")
    generator, sizes = np.random.RandomState(seed), np.sort(n)
    blocks = (min(_BLOCK, draws - start) for start in range(0, draws, _BLOCK))
    dealt = (_deal(generator, sizes.astype(np.int64), selected, block) for block in blocks)
    return np.concatenate([_smallest_ratio(one / sizes) for one in dealt])


def _deal(generator: np.random.RandomState, sizes: NDArray[np.int64], selected: int, draws: int) -> FloatArray:
    """Deal the selections to the groups one group after the other, the last one taking what is left."""
    dealt = np.empty((draws, sizes.size))
    left, others = np.full(draws, selected), np.full(draws, int(sizes.sum()) - selected)
    for place, size in enumerate(sizes[:-1]):
        dealt[:, place] = hers = generator.hypergeometric(left, others, size)
        left, others = left - hers, others - (size - hers)
    dealt[:, -1] = left
    return dealt


def _smallest_ratio(rates: FloatArray) -> FloatArray:
    return np.asarray(rates.min(axis=-1) / rates.max(axis=-1))


def _groups(who: str, x: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    if x.ndim != 1:
        raise InputError(f"{who} needs counts of shape (groups,), but got {x.shape}.")
    return x[n > 0], n[n > 0]
