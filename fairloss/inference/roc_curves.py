"""Whole ROC curves by group: two curves may cross and enclose the same area, and still treat people differently."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairloss.errors import InputError, quote
from fairloss.inference.arguments import FloatArray
from fairloss.notions import ScoreHistogram

__all__ = ["CurveTest", "abroca", "abroca_test"]


@dataclass(frozen=True, slots=True)
class CurveTest:
    """How surprising the area between two ROC curves is if group membership does not matter.

    Attributes
    ----------
    statistic : float
        The area between the curves, from 0 to 1; NaN where a group lacks one of the labels.
    p_value : float
        ``(1 + as large) / (1 + draws)``.
    """

    statistic: float
    p_value: float


def abroca(histogram: ScoreHistogram, *, reference: int = 0) -> FloatArray:
    """Give the area between each group's ROC curve and that of a reference group, wherever it lies above or below.

    ``integral |ROC_g(f) - ROC_reference(f)| df`` over the false positive rate f, exact for the curves that join the
    points of the bin edges by straight lines. At least as large as the difference of the areas under the curves.

    Parameters
    ----------
    histogram : ScoreHistogram
        Counts with labels.
    reference : int
        The code of the group that all are compared with.

    Returns
    -------
    ndarray of float64
        Of shape (groups,); NaN where a group lacks one of the labels. Above 0 by chance even for equal curves, the
        more so in small groups: read it beside `abroca_test`.

    References
    ----------
    Gardner, Brooks and Baker (2019), Evaluating the fairness of predictive student models through slicing analysis.

    Examples
    --------
    >>> scores = [0.1, 0.4, 0.6, 0.5, 0.7, 0.9, 0.2, 0.8, 0.5, 0.4, 0.3, 0.9]
    >>> histogram = ScoreHistogram.of([0, 0, 0, 1, 1, 1] * 2, scores, [0] * 6 + [1] * 6)
    >>> abroca(histogram).round(4).tolist()
    [0.0, 0.3333]
    """
    cells = np.asarray(histogram.cells, dtype=np.float64)
    return np.array([_area_between(group, cells[reference]) for group in cells])


def abroca_test(
    histogram: ScoreHistogram, *, group: int, reference: int, draws: int = 1000, seed: int = 0
) -> CurveTest:
    """Say how often the area between two ROC curves is as large as seen when group membership does not matter.

    The people of each label are dealt anew to the two groups with all sizes fixed, so the test holds for unequal base
    rates. A percentile bootstrap cannot: the area is never below 0 and its draws never come near 0.

    Parameters
    ----------
    histogram : ScoreHistogram
        Whole counts with labels.
    group, reference : int
        The codes of the two groups.
    draws : int
        Permutations.
    seed : int
        Of the generator; the same seed gives the same value.

    Returns
    -------
    CurveTest

    Raises
    ------
    InputError
        Where counts are fractional or draws is less than 1.

    Examples
    --------
    >>> scores = [0.1, 0.4, 0.6, 0.5, 0.7, 0.9, 0.2, 0.8, 0.5, 0.4, 0.3, 0.9]
    >>> histogram = ScoreHistogram.of([0, 0, 0, 1, 1, 1] * 2, scores, [0] * 6 + [1] * 6)
    >>> test = abroca_test(histogram, group=1, reference=0, draws=199)
    >>> print(f"{test.statistic:.3f}, p {test.p_value:.2f}")
    0.333, p 0.40
    """
    cells = np.asarray(histogram.cells, dtype=np.float64)
    if draws < 1:
        raise InputError(f"abroca_test needs at least one draw, but got {quote(draws)}.")
    if (cells != np.floor(cells)).any():
        raise InputError("abroca_test needs whole counts, since it deals people anew; count without weights.")
    first, second = cells[group], cells[reference]
    seen = _area_between(first, second)
    if np.isnan(seen):
        return CurveTest(np.nan, np.nan)
    used = (first + second).sum(axis=0) > 0  # bins that hold nobody change nothing but the time
    both, sizes = (first + second)[:, used].astype(np.int64), first.sum(axis=1).astype(np.int64)
    generator, as_large = np.random.default_rng(seed), 0
    for _ in range(draws):
        dealt = np.stack(
            [
                generator.multivariate_hypergeometric(colors, size, method="marginals")
                for colors, size in zip(both, sizes, strict=True)
            ]
        )
        as_large += _area_between(dealt.astype(np.float64), (both - dealt).astype(np.float64)) >= seen * (1 - 1e-12)
    return CurveTest(seen, (1 + as_large) / (1 + draws))


def _area_between(one: FloatArray, two: FloatArray) -> float:
    """Integrate the distance of two piecewise linear curves, each a table of label by bin."""
    if not (one.sum(axis=1) > 0).all() or not (two.sum(axis=1) > 0).all():
        return float("nan")
    curves = [_curve(one), _curve(two)]
    grid = np.unique(np.concatenate([fall for fall, _ in curves]))
    # Curves jump where a threshold adds true positives only: each piece has its own height at both of its ends.
    left, right = (
        np.stack([_height(*curve, grid[:-1], "right") for curve in curves]),
        np.stack([_height(*curve, grid[1:], "left") for curve in curves]),
    )
    start, end = left[0] - left[1], right[0] - right[1]
    size = np.abs(start) + np.abs(end)
    crossing = np.divide(start**2 + end**2, size, out=np.zeros_like(size), where=size > 0)
    mean = np.where(start * end < 0, crossing, size) / 2
    return float((mean * np.diff(grid)).sum())


def _curve(table: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the false and the true positive rate at each threshold, from nobody to everybody selected."""
    above = np.concatenate([np.zeros((2, 1)), np.cumsum(table[:, ::-1], axis=1)], axis=1)
    rates = above / above[:, -1:]
    return rates[0], rates[1]


def _height(fall: FloatArray, rise: FloatArray, at: FloatArray, side: str) -> FloatArray:
    """Interpolate a curve that may jump: from the right take the last of equal points, from the left the first."""
    first = np.searchsorted(fall, at, "left")
    last = np.searchsorted(fall, at, "right") - 1
    exact = first <= last
    point = last if side == "right" else first
    before, after = np.clip(first - 1, 0, None), np.clip(first, None, fall.size - 1)
    step = fall[after] - fall[before]
    share = np.divide(at - fall[before], step, out=np.zeros_like(at), where=step > 0)
    between = rise[before] + share * (rise[after] - rise[before])
    return np.where(exact, rise[np.clip(point, 0, fall.size - 1)], between)
