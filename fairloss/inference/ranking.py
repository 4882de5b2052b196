"""How well scores rank in each group: the area under the ROC curve with its error, and two areas compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import InputError
from fairloss.inference.arguments import FloatArray, as_level, normal_quantile
from fairloss.inference.intervals import Interval, rate_interval
from fairloss.notions import ScoreHistogram

__all__ = ["AreaComparison", "auc_difference", "auc_interval", "auc_standard_error", "paired_auc_difference"]


@dataclass(frozen=True, slots=True, eq=False)
class AreaComparison:
    """Two areas under the ROC curve side by side.

    Attributes
    ----------
    first, second : ndarray of float64
        The areas; NaN where a group lacks one of the labels.
    value : ndarray of float64
        First minus second.
    interval : Interval
        Around it; [-1, 1] where undefined or without an error.
    p_value : ndarray of float64
        Two-sided, that both are equal; NaN where undefined or without an error.
    """

    first: FloatArray
    second: FloatArray
    value: FloatArray
    interval: Interval
    p_value: FloatArray


def auc_standard_error(histogram: ScoreHistogram) -> FloatArray:
    """Give the standard error of each group's area under the ROC curve by DeLong.

    ``sqrt(S1/m + S0/n)``: the variance, over the people of each label, of the share of the other label that is placed
    lower; scores of one bin are ties.

    Parameters
    ----------
    histogram : ScoreHistogram
        Counts with labels.

    Returns
    -------
    ndarray of float64
        Of shape (groups,); NaN where a group has fewer than two people of a label.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845.

    Examples
    --------
    >>> histogram = ScoreHistogram.of([0, 0, 0, 1, 1, 1], [0.1, 0.4, 0.6, 0.5, 0.7, 0.9], [0] * 6)
    >>> print(f"{histogram.auc()[0]:.3f} ± {auc_standard_error(histogram)[0]:.3f}")
    0.889 ± 0.157
    """
    negative, positive = (np.asarray(histogram.cells[:, label], np.float64) for label in (0, 1))
    return np.sqrt(_placement_variance(positive, negative) + _placement_variance(negative, positive))


def auc_interval(histogram: ScoreHistogram, *, level: float = 0.95) -> Interval:
    """Say between which values each group's area under the ROC curve may lie.

    The normal interval of the log odds of the area, which stays within (0, 1). Where all pairs are in order (or none)
    there is no error to estimate: the smaller label's people make that many pairs that share nobody, each in order
    with the chance that is sought, so Wilson's interval of all of them holds.

    Parameters
    ----------
    histogram : ScoreHistogram
        Counts with labels.
    level : float
        Two-sided confidence level.

    Returns
    -------
    Interval
        Of shape (groups,); [0, 1] where a group lacks a label or has but one person of it and no error is known.

    Raises
    ------
    InputError
        Where the level cannot be used.

    References
    ----------
    Pepe (2003), The Statistical Evaluation of Medical Tests for Classification and Prediction, 5.2.

    Examples
    --------
    >>> histogram = ScoreHistogram.of([0, 0, 0, 1, 1, 1], [0.1, 0.4, 0.6, 0.5, 0.7, 0.9], [0] * 6)
    >>> interval = auc_interval(histogram)
    >>> print(f"{interval.low[0]:.3f} to {interval.high[0]:.3f}")
    0.261 to 0.995
    """
    level = as_level("auc_interval", level)
    value, error = np.asarray(histogram.auc(), np.float64), auc_standard_error(histogram)
    inner = (error > 0) & (value > 0) & (value < 1)
    some = np.where(inner, value, 0.5)
    center, margin = np.log(some / (1 - some)), normal_quantile(level) * error / (some * (1 - some))
    extreme = (value == 0) | (value == 1)
    pairs = np.where(extreme, np.asarray(histogram.cells, np.float64).sum(-1).min(-1), 0.0)
    apart = rate_interval(np.nan_to_num(value) * pairs, pairs, level=level)
    low = np.where(inner, 1 / (1 + np.exp(-center + margin)), apart.low)
    high = np.where(inner, 1 / (1 + np.exp(-center - margin)), apart.high)
    return Interval(low, high, level, "delong_logit")


def auc_difference(histogram: ScoreHistogram, *, reference: int = 0, level: float = 0.95) -> AreaComparison:
    """Compare each group's area under the ROC curve with that of a reference group: different people.

    Parameters
    ----------
    histogram : ScoreHistogram
        Counts with labels.
    reference : int
        The code of the group that all are compared with.
    level : float
        Two-sided confidence level.

    Returns
    -------
    AreaComparison
        Arrays of shape (groups,), each group minus the reference, itself included (there without interval and p).

    Raises
    ------
    InputError
        Where the level cannot be used.

    Examples
    --------
    >>> scores = [0.1, 0.4, 0.6, 0.5, 0.7, 0.9, 0.2, 0.8, 0.5, 0.4, 0.3, 0.9]
    >>> histogram = ScoreHistogram.of([0, 0, 0, 1, 1, 1] * 2, scores, [0] * 6 + [1] * 6)
    >>> found = auc_difference(histogram)
    >>> print(f"{found.value[1]:.3f}, p {found.p_value[1]:.2f}")
    -0.333, p 0.34
    """
    level = as_level("auc_difference", level)
    value, error = np.asarray(histogram.auc(), np.float64), auc_standard_error(histogram)
    spread = np.hypot(error, error[reference])
    spread[reference] = np.nan
    return _compare(value, np.full_like(value, value[reference]), spread, level)


def paired_auc_difference(
    label: ArrayLike, first: ArrayLike, second: ArrayLike, *, level: float = 0.95
) -> AreaComparison:
    """Compare the areas under the ROC curve of two scores of the same people.

    Both scores rank the same people, so their errors go together; DeLong's covariance takes that into account. For one
    group pass its rows.

    Parameters
    ----------
    label : array_like of shape (n,)
        0 and 1.
    first, second : array_like of shape (n,)
        Two scores of each person, e.g. after and before mitigation.
    level : float
        Two-sided confidence level.

    Returns
    -------
    AreaComparison
        Scalars, the first minus the second.

    Raises
    ------
    InputError
        Where lengths differ, scores are not finite, labels are others or the level cannot be used.

    Examples
    --------
    >>> found = paired_auc_difference([0, 0, 0, 1, 1, 1], [1, 2, 5, 4, 6, 7], [1, 5, 6, 2, 4, 7])
    >>> print(f"{found.first:.3f} - {found.second:.3f} = {found.value:.3f}, p {found.p_value:.2f}")
    0.889 - 0.556 = 0.333, p 0.22
    """
    who = "paired_auc_difference"
    level = as_level(who, level)
    try:
        y, scores = np.asarray(label), np.stack([np.asarray(s, np.float64) for s in (first, second)])
    except (TypeError, ValueError) as error:
        raise InputError(f"{who} needs two rows of scores of one length: {error}.") from error
    if scores.ndim != 2 or y.shape != scores.shape[1:] or not np.isfinite(scores).all() or not np.isin(y, (0, 1)).all():
        raise InputError(f"{who} needs a label 0 or 1 and two finite scores for each person; drop the other rows.")
    positive, negative = scores[:, y == 1], scores[:, y == 0]
    m, n = positive.shape[1], negative.shape[1]
    if min(m, n) < 2:
        unknown = np.asarray(np.nan)
        return _compare(unknown, unknown, unknown, level)
    above = np.stack([_placements(p, q) for p, q in zip(positive, negative, strict=True)])
    below = 1 - np.stack([_placements(q, p) for p, q in zip(positive, negative, strict=True)])
    areas = above.mean(axis=1)
    variance = (above[0] - above[1]).var(ddof=1) / m + (below[0] - below[1]).var(ddof=1) / n
    return _compare(areas[0], areas[1], np.sqrt(np.asarray(variance)), level)


def _compare(first: FloatArray, second: FloatArray, spread: FloatArray, level: float) -> AreaComparison:
    from scipy.special import erfc

    value = np.asarray(first - second)
    known = spread > 0
    margin = normal_quantile(level) * np.where(known, spread, np.nan)
    z = np.abs(value) / np.where(known, spread, np.nan)
    low, high = (
        np.where(known, np.maximum(value - margin, -1), -1.0),
        np.where(known, np.minimum(value + margin, 1), 1.0),
    )
    p_value = np.asarray(erfc(z / np.sqrt(2)))
    return AreaComparison(np.asarray(first), np.asarray(second), value, Interval(low, high, level, "delong"), p_value)


def _placements(own: FloatArray, other: FloatArray) -> FloatArray:
    """Give for each score the share of the other scores that are lower, ties by half."""
    ranked = np.sort(other)
    return np.asarray(
        (np.searchsorted(ranked, own, "left") + np.searchsorted(ranked, own, "right")) / (2 * ranked.size)
    )


def _placement_variance(own: FloatArray, other: FloatArray) -> FloatArray:
    """Give the variance of the mean share of the other label below, over the people of the own label, by bins."""
    size, rivals = own.sum(-1), other.sum(-1)
    enough = (size > 1) & (rivals > 1)
    size, rivals = np.where(enough, size, 2.0), np.where(enough, rivals, 2.0)
    share = (np.cumsum(other, -1) - other / 2) / rivals[:, None]
    mean = (own * share).sum(-1) / size
    spread = (own * (share - mean[:, None]) ** 2).sum(-1) / (size - 1)
    return np.where(enough, spread / size, np.nan)
