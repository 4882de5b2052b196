"""The largest gap between any two groups, over the rates of a notion, with an interval that may cover no gap at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairloss.audit.estimates import Estimates
from fairloss.audit.share_interval import SHARE_RATIO_METHOD
from fairloss.inference import worst_gap_interval, worst_ratio_interval

__all__ = ["Worst", "worst"]


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
    Where counts tell all, `fairloss.inference.worst_gap_interval` and `worst_ratio_interval`; else (rates that are no
    share, rows that go together) the same construction on the intervals of each pair.
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
    if all(one.told_by_counts for one in found):
        x, n = np.stack([one.x for one in found]), np.stack([one.n for one in found])
        if kind == "difference":
            interval = worst_gap_interval(x, n, level=level)
        else:
            interval = worst_ratio_interval(x, n, level=level, method=SHARE_RATIO_METHOD)
        return float(interval.low), float(interval.high)
    strict, plain = (_all_pairs(found, kind, level, adjusted=adjusted) for adjusted in (True, False))
    if kind == "difference":
        return float(np.maximum(0.0, strict[0].max())), float(plain[1].max())
    return float(plain[0].min()), float(np.minimum(1.0, strict[1].min()))


def _all_pairs(
    found: Sequence[Estimates], kind: str, level: float, *, adjusted: bool
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Give the ends of all ordered pairs of groups in all rates, at the level or at Bonferroni's of all pairs."""
    groups = [np.flatnonzero(one.defined) for one in found]
    pairs = sum(len(codes) * (len(codes) - 1) // 2 for codes in groups)
    each = 1 - (1 - level) / pairs if adjusted else level
    ends = []
    for one, codes in zip(found, groups, strict=True):
        first, second = np.nonzero(~np.eye(len(codes), dtype=bool))
        ends.append(np.stack(one.ends(codes[first], codes[second], kind, each)))
    return np.concatenate(ends, axis=1)
