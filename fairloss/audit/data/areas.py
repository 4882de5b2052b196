"""How well bins rank a yes or no, judged on rows that did not order the bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.inference import auc_standard_error, rate_interval
from fairloss.inference.arguments import normal_quantile
from fairloss.notions import ScoreHistogram

__all__ = ["Area", "held_out_area", "ordered_by_other_half"]

Counts = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Area:
    """An area under the ROC curve with its interval; NaN where one of the two answers is too rare."""

    value: float
    low: float
    high: float


def ordered_by_other_half(cells: Counts) -> Counts:
    """Order the bins of each half by the share of yes that they have in the other half.

    Parameters
    ----------
    cells : integer array of shape (2, 2, bins)
        Counts by half, answer (no, yes) and bin.

    Returns
    -------
    integer array of the same shape
        The bins of each half in the order that the other half gives them, from few to many yes.
    """
    whole = cells.sum((0, 2))
    prior = whole[1] / max(whole.sum(), 1)
    ordered = []
    for half in (0, 1):
        no, yes = cells[1 - half]
        ordered.append(cells[half][:, np.argsort((yes + prior) / (no + yes + 1), kind="stable")])
    return np.stack(ordered)


def held_out_area(cells: Counts, level: float) -> Area:
    """Give the mean of the areas of both halves, with an interval from DeLong's standard errors.

    The interval is normal on the log odds of the area. The errors of the two halves are taken to go together, as they
    do where there is nothing to tell: both then ask whether the same two samples happen to be alike. Where everything,
    or nothing, is in order it is Wilson's for as many pairs as share nobody.

    Parameters
    ----------
    cells : integer array of shape (2, 2, bins)
        Counts by half, answer and bin, the bins from low to high.
    level : float
        Two-sided confidence level.

    Examples
    --------
    >>> cells = np.array([[[30, 10], [10, 30]], [[28, 12], [12, 28]]])
    >>> area = held_out_area(cells, 0.95)
    >>> print(f"{area.value:.3f}, {area.low:.3f} to {area.high:.3f}")
    0.725, 0.616 to 0.812
    """
    histogram = ScoreHistogram(cells, np.arange(cells.shape[-1] + 1.0), np.zeros(cells.shape[:2]))
    values, errors = histogram.auc(), auc_standard_error(histogram)
    known = ~np.isnan(values) & ~np.isnan(errors)
    if not known.any():
        return Area(*(float("nan"),) * 3)
    value = float(values[known].mean())
    error = float(errors[known].mean())
    if error > 0 and 0 < value < 1:
        center, margin = np.log(value / (1 - value)), normal_quantile(level) * error / (value * (1 - value))
        return Area(value, float(1 / (1 + np.exp(margin - center))), float(1 / (1 + np.exp(-margin - center))))
    pairs = float(cells[known].sum(-1).min(-1).sum())
    ends = rate_interval(value * pairs, pairs, level=level)
    return Area(value, float(ends.low), float(ends.high))
