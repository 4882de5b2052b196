"""Intervals for any rate of the catalogue, shares of people or not, and for its difference to a reference group."""

from __future__ import annotations

import numpy as np

from fairloss.errors import InputError, quote
from fairloss.inference.arguments import FloatArray, as_level
from fairloss.inference.intervals import Interval
from fairloss.inference.normal import normal_interval
from fairloss.notions import GroupCounts, MeanRate, Rate

__all__ = ["bootstrap_interval", "delta_interval"]

_BLOCK = 1 << 22
"""Counts that are drawn at a time."""


def delta_interval(
    rate: Rate | MeanRate, counts: GroupCounts, *, reference: int | None = None, level: float = 0.95
) -> Interval:
    """Give the normal interval of a rate in each group from the influence of each row (delta method).

    For rates that are no share of people: F-scores, balanced accuracy, an error ratio. A share deserves
    `rate_interval`, which keeps a width where nobody or everybody counts.

    Parameters
    ----------
    rate : Rate or MeanRate
        What is estimated.
    counts : GroupCounts
        Rows, or weights together with the sums of their squares.
    reference : int, optional
        The code of a group: then the interval is that of each group's difference to it.
    level : float
        Two-sided confidence level.

    Returns
    -------
    Interval
        Of shape (..., groups), cut to the range of the rate; the whole range where it is undefined or no row moves it.

    Raises
    ------
    InputError
        Where the level cannot be used or the reference is no group.

    Examples
    --------
    >>> from fairloss.notions import RATES
    >>> counts = GroupCounts(np.array([[[50, 10], [5, 35]]]))
    >>> interval = delta_interval(RATES["f1_score"], counts)
    >>> print(f"{interval.low[0]:.3f} to {interval.high[0]:.3f}")
    0.736 to 0.911
    """
    level, bounds = _asked("delta_interval", rate, counts, reference, level)
    value = np.asarray(rate(counts), dtype=np.float64)
    variance = np.asarray(rate.variance(counts), dtype=np.float64)
    if reference is not None:
        value = value - value[..., reference, None]
        variance = variance + variance[..., reference, None]
        value[..., reference] = variance[..., reference] = np.nan
    # A variance of 0 is no knowledge: what never varied in the sample may vary outside of it.
    error = np.sqrt(np.where(variance > 0, variance, np.nan))
    interval = normal_interval(value, error, level=level, bounds=bounds)
    return Interval(*_itself(interval.low, interval.high, reference), level, "delta")


def bootstrap_interval(
    rate: Rate | MeanRate,
    counts: GroupCounts,
    *,
    reference: int | None = None,
    level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> Interval:
    """Give the percentile interval of a rate in each group from tables drawn like the one seen (bootstrap).

    Each group's table is drawn anew from its own shares (multinomial), with no pass over the rows. There is no such
    interval for the largest gap between groups, on purpose: it cannot cover a true gap of 0 (see
    `worst_gap_interval`).

    Parameters
    ----------
    rate : Rate or MeanRate
        What is estimated.
    counts : GroupCounts
        Whole counts of shape (groups, labels, decisions).
    reference : int, optional
        The code of a group: then the interval is that of each group's difference to it.
    level : float
        Two-sided confidence level.
    draws : int
        Tables that are drawn for each group.
    seed : int
        Of the generator; the same seed gives the same interval.

    Returns
    -------
    Interval
        Of shape (groups,); the whole range of the rate where it is undefined in the counts or in more than a share
        ``1 - level`` of the draws (which are left out), or where all draws agree.

    Raises
    ------
    InputError
        Where counts are weighted or fractional or have more axes, draws are too few for the level, the reference is no
        group or the level cannot be used.

    References
    ----------
    Efron (1979), Annals of Statistics 7, 1-26.

    Examples
    --------
    >>> from fairloss.notions import RATES
    >>> counts = GroupCounts(np.array([[[50, 10], [5, 35]]]))
    >>> interval = bootstrap_interval(RATES["f1_score"], counts)
    >>> bool(interval.low[0] < RATES["f1_score"](counts)[0] < interval.high[0])
    True
    """
    who = "bootstrap_interval"
    level, bounds = _asked(who, rate, counts, reference, level)
    cells = np.asarray(counts.cells, dtype=np.float64)
    if counts.squares is not None or cells.ndim != 3 or (cells != np.floor(cells)).any() or (cells < 0).any():
        raise InputError(
            f"{who} needs whole counts of shape (groups, labels, decisions); use delta_interval for others."
        )
    if draws * (1 - level) < 20:
        raise InputError(f"{who} needs {int(np.ceil(20 / (1 - level)))} draws or more, but got {quote(draws)}.")
    value, drawn = np.asarray(rate(counts), dtype=np.float64), _draw(rate, cells, draws, seed)
    if reference is not None:
        value, drawn = value - value[reference], drawn - drawn[:, reference, None]
        value[reference] = np.nan
    defined = ~np.isnan(drawn)
    known = ~np.isnan(value) & (defined.mean(axis=0) >= level)
    filled = np.where(known, drawn, 0.0)
    low, high = np.nanquantile(filled, [(1 - level) / 2, (1 + level) / 2], axis=0)
    known &= np.nanmax(filled, axis=0) > np.nanmin(filled, axis=0)
    low, high = np.where(known, low, bounds[0]), np.where(known, high, bounds[1])
    return Interval(*_itself(low, high, reference), level, "bootstrap")


def _draw(rate: Rate | MeanRate, cells: FloatArray, draws: int, seed: int) -> FloatArray:
    generator = np.random.default_rng(seed)
    groups, size = cells.shape[0], int(cells[0].size)
    total = cells.sum(axis=(1, 2))
    flat = cells.reshape(groups, size)
    shares = np.where(total[:, None] > 0, flat / np.where(total > 0, total, 1.0)[:, None], 1 / size)
    step, parts = max(1, _BLOCK // max(cells.size, 1)), []
    for start in range(0, draws, step):
        count = min(step, draws - start)
        tables = generator.multinomial(total.astype(np.int64), shares, size=(count, groups))
        parts.append(np.asarray(rate(GroupCounts(tables.reshape(count, *cells.shape))), dtype=np.float64))
    return np.concatenate(parts)


def _asked(
    who: str, rate: Rate | MeanRate, counts: GroupCounts, reference: int | None, level: float
) -> tuple[float, tuple[float, float]]:
    if reference is not None and not 0 <= reference < counts.n_groups:
        raise InputError(f"{who} needs a reference from 0 to {counts.n_groups - 1}, but got {quote(reference)}.")
    low, high = rate.bounds
    return as_level(who, level), ((low, high) if reference is None else (low - high, high - low))


def _itself(low: FloatArray, high: FloatArray, reference: int | None) -> tuple[FloatArray, FloatArray]:
    """Set the difference of a group to itself, which is exactly nothing."""
    if reference is not None:
        low[..., reference] = high[..., reference] = 0.0
    return low, high
