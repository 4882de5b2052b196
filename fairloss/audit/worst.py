"""The largest gap between any two groups, over the rates of a notion, with an interval that may cover no gap at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.audit.estimates import Estimates
from fairloss.audit.share_interval import SHARE_RATIO_METHOD
from fairloss.inference import normal_interval, worst_gap_interval, worst_ratio_interval

__all__ = ["Worst", "worst"]

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst comparison of a notion: over its rates, the group with the lowest value and that with the highest.

    Parameters
    ----------
    rate : int
        The place of the rate in the notion.
    lowest, highest : int
        Codes of the two groups.
    value, low, high : float
        The gap with its simultaneous interval; NaN where a rate has a value in fewer than two groups.
    """

    rate: int
    lowest: int
    highest: int
    value: float
    low: float
    high: float


def worst(found: Sequence[Estimates], kind: str, level: float) -> Worst:
    """Find the worst pair of groups over the rates of a notion.

    Parameters
    ----------
    found : sequence of Estimates
        One per rate of the notion, of shape (groups,).
    kind : {"difference", "ratio"}
        Highest minus lowest value (the largest of the rates counts), or lowest over highest (the smallest counts).
    level : float
        Confidence level of the whole statement: all pairs of groups in all rates at once.

    Notes
    -----
    For shares `fairloss.inference.worst_gap_interval` and `worst_ratio_interval`; for other rates the same
    construction on normal intervals of each pair.
    """
    table = np.stack([one.value for one in found])
    enough = (~np.isnan(table)).sum(-1) > 1
    if not enough.all():
        return Worst(int(np.flatnonzero(~enough)[0]), 0, 0, np.nan, np.nan, np.nan)
    lows, highs = np.nanargmin(table, -1), np.nanargmax(table, -1)
    low_values, high_values = np.nanmin(table, -1), np.nanmax(table, -1)
    if kind == "difference":
        gaps = high_values - low_values
        place = int(gaps.argmax())
    else:
        gaps = np.divide(low_values, high_values, out=np.full_like(low_values, np.nan), where=high_values > 0)
        if np.isnan(gaps).any():
            place = int(np.flatnonzero(np.isnan(gaps))[0])
            return Worst(place, int(lows[place]), int(highs[place]), np.nan, np.nan, np.nan)
        place = int(gaps.argmin())
    low, high = _interval(found, kind, level)
    return Worst(place, int(lows[place]), int(highs[place]), float(gaps[place]), low, high)


def _interval(found: Sequence[Estimates], kind: str, level: float) -> tuple[float, float]:
    if all(one.rate.is_proportion for one in found):
        x, n = np.stack([one.x for one in found]), np.stack([one.n for one in found])
        if kind == "difference":
            interval = worst_gap_interval(x, n, level=level)
        else:
            interval = worst_ratio_interval(x, n, level=level, method=SHARE_RATIO_METHOD)
        return float(interval.low), float(interval.high)
    return _normal_interval(found, kind, level)


def _normal_interval(found: Sequence[Estimates], kind: str, level: float) -> tuple[float, float]:
    gaps: list[Floats] = []
    errors: list[Floats] = []
    for one in found:
        value, error = one.value[one.defined], one.error[one.defined]
        if kind == "ratio":
            if not (value > 0).all():
                return (np.nan, np.nan)
            value, error = np.log(value), error / value
        first, second = np.nonzero(~np.eye(len(value), dtype=bool))
        gaps.append(value[first] - value[second])
        errors.append(np.hypot(error[first], error[second]))
    gap, spread = np.concatenate(gaps), np.concatenate(errors)
    pairs = len(gap) // 2
    strict = max(0.0, float(normal_interval(gap, spread, level=1 - (1 - level) / pairs).low.max()))
    wide = float(normal_interval(gap, spread, level=level).high.max())
    return (strict, wide) if kind == "difference" else (float(np.exp(-wide)), float(np.exp(-strict)))
