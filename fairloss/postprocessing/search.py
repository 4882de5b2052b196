"""The best thresholds under a tolerance: a branch and bound that is exact for any notion and any number of groups.

Rates of several groups lie within the tolerance of each other exactly where a box whose sides are the tolerance holds
them all. Once the lowest corner of the box is fixed, each group chooses for itself. So only the corner is searched: a
range of corners is bounded from above by letting each group choose anywhere in the box grown by the range, ranges that
cannot beat the best solution are dropped, the others are halved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.postprocessing.curves import Floats, Integers, ThresholdCurves

__all__ = ["ThresholdChoice", "best_shared", "best_thresholds"]

_SLACK = 1e-12  # rates are quotients in floating point: two that differ by exactly the tolerance must count as met
_BATCH = 1 << 21  # numbers looked at in one step
_BUDGET = 1 << 31  # numbers looked at before the search settles for what it has
_FINE = 1e-6  # how close to the smallest reachable gap is close enough


@dataclass(frozen=True, slots=True)
class ThresholdChoice:
    """The thresholds that were chosen for one tolerance, and what they reach on the rows that they were fitted on.

    Parameters
    ----------
    tolerance : float
        What was asked for.
    thresholds : tuple of float
        One per group; NaN for a group without rows.
    objective : float
        The objective over all rows.
    gap : float
        The worst gap (or level) over the rates of the notion and the groups that it judges.
    feasible : bool
        Whether the gap is within the tolerance. If not, these thresholds have the smallest gap that was found.
    optimal : bool
        Whether it was proved that no thresholds on the grid do better.
    constant : bool
        Whether all rows get the same decision. That is not fair, it is useless.
    """

    tolerance: float
    thresholds: tuple[float, ...]
    objective: float
    gap: float
    feasible: bool
    optimal: bool
    constant: bool


@dataclass(slots=True)
class _Best:
    """The best solution so far: the objective over the judged groups, and a threshold index for each."""

    value: float = -np.inf
    choice: Integers | None = None
    proved: bool = True


def best_thresholds(curves: ThresholdCurves, tolerance: float) -> ThresholdChoice:
    """Choose a threshold for each group: the best objective whose gap is within the tolerance.

    Groups that the notion does not judge get the threshold that is best for all rows together.

    Notes
    -----
    Exact on the grid, unless the work exceeds a fixed budget (then ``optimal`` is false and the solution, still within
    the tolerance, may not be the best). Where nothing is within the tolerance, the smallest gap is found by bisection.
    """
    best = _search(curves, tolerance)
    if best.choice is None:
        best = _smallest_gap(curves, tolerance)
    shared = int(curves.gain.sum(0).argmax())
    everywhere = np.full(len(curves.gain), shared, dtype=np.intp)
    if best.choice is not None:
        everywhere[curves.judged] = best.choice
    return _record(curves, tolerance, everywhere, proved=best.proved)


def best_shared(curves: ThresholdCurves, tolerance: float) -> ThresholdChoice:
    """Choose one threshold for all groups: the best objective whose gap is within the tolerance.

    Where none is, the one with the smallest gap, and among equal gaps the best objective.
    """
    gaps = curves.gap(np.moveaxis(curves.rates[:, curves.judged], -1, 0))
    gain = curves.gain.sum(0)
    within = gaps <= tolerance + _SLACK
    if not within.any():
        within = gaps <= np.nanmin(gaps) + _SLACK if np.isfinite(gaps).any() else np.ones(len(gaps), dtype=bool)
    chosen = int(np.where(within, gain, -np.inf).argmax())
    return _record(curves, tolerance, np.full(len(curves.gain), chosen, dtype=np.intp), proved=True)


def _record(curves: ThresholdCurves, tolerance: float, everywhere: Integers, *, proved: bool) -> ThresholdChoice:
    groups = np.arange(len(everywhere))
    gap = float(curves.gap(curves.at(everywhere[curves.judged])))
    selection = curves.selection[groups, everywhere]
    present = ~np.isnan(selection)
    return ThresholdChoice(
        tolerance=tolerance,
        thresholds=tuple(np.where(present, curves.thresholds[everywhere], np.nan).tolist()),
        objective=float(curves.gain[groups, everywhere].sum()),
        gap=gap,
        feasible=gap <= tolerance + _SLACK,
        optimal=proved,
        constant=bool((selection[present] == 0).all() or (selection[present] == 1).all()),
    )


def _search(curves: ThresholdCurves, tolerance: float) -> _Best:
    """Branch and bound over the lowest corner of the box that holds the rates of all groups."""
    rates, gain = curves.rates[:, curves.judged], curves.gain[curves.judged]
    if curves.level:
        bound, choice = _relax(rates, gain, np.full((1, len(rates)), -np.inf), np.full((1, len(rates)), tolerance))
        return _Best(float(bound[0]), choice[0]) if np.isfinite(bound[0]) else _Best()
    corners = [np.unique(rate[np.isfinite(rate)]) for rate in rates]
    first = np.zeros((1, len(rates)), dtype=np.intp)
    last = np.array([[len(corner) - 1 for corner in corners]], dtype=np.intp)
    bound, best, work = np.array([np.inf]), _Best(), 0
    size = max(_BATCH // rates.size, 1)
    while len(bound):
        if work > _BUDGET:
            best.proved = False
            break
        order = np.argsort(-bound, kind="stable")
        now, later = order[:size], order[size:]
        low = np.stack([corner[index] for corner, index in zip(corners, first[now].T, strict=True)], -1)
        high = np.stack([corner[index] for corner, index in zip(corners, last[now].T, strict=True)], -1)
        value, choice = _relax(rates, gain, low, high + tolerance + _SLACK / 2)
        work += len(now) * rates.size
        met = _keep_best(curves, tolerance, value, choice, best)
        open_ = np.flatnonzero(~met & (value > best.value + _SLACK))
        children = _halve(first[now][open_], last[now][open_], value[open_])
        first, last = np.concatenate([first[later], children[0]]), np.concatenate([last[later], children[1]])
        bound = np.concatenate([bound[later], children[2]])
        alive = bound > best.value + _SLACK
        first, last, bound = first[alive], last[alive], bound[alive]
    return best


def _relax(rates: Floats, gain: Floats, low: Floats, high: Floats) -> tuple[Floats, Integers]:
    """Let each group choose for itself inside each box: the sum of the gains, and the choices (boxes, groups)."""
    inside: Any = True
    for rate, floor, ceiling in zip(rates, low.T, high.T, strict=True):
        inside = inside & (rate >= floor[:, None, None]) & (rate <= ceiling[:, None, None])
    masked = np.where(inside, gain, -np.inf)
    choice = masked.argmax(-1)
    return np.take_along_axis(masked, choice[..., None], -1)[..., 0].sum(-1), choice


def _keep_best(curves: ThresholdCurves, tolerance: float, value: Floats, choice: Integers, best: _Best) -> Any:
    """Find the boxes whose choices are within the tolerance already, and remember the best of them."""
    gaps = curves.gap(curves.at(choice))
    met = np.isfinite(value) & (gaps <= tolerance + _SLACK)
    if met.any():
        winner = int(np.where(met, value, -np.inf).argmax())
        if value[winner] > best.value:
            best.value, best.choice = float(value[winner]), choice[winner]
    return met


def _halve(first: Integers, last: Integers, bound: Floats) -> tuple[Integers, Integers, Floats]:
    """Split each range of corners in two, along the rate with the most corners left."""
    rows, widest = np.arange(len(first)), (last - first).argmax(-1)
    middle = (first[rows, widest] + last[rows, widest]) // 2
    left_last, right_first = last.copy(), first.copy()
    left_last[rows, widest], right_first[rows, widest] = middle, middle + 1
    return np.concatenate([first, right_first]), np.concatenate([left_last, last]), np.concatenate([bound, bound])


def _smallest_gap(curves: ThresholdCurves, tolerance: float) -> _Best:
    """Bisect for the smallest tolerance that can be met, and give the best solution there."""
    low, best, proved = tolerance, _search(curves, np.inf), True
    while best.choice is not None:
        high = float(curves.gap(curves.at(best.choice)))
        if high - low <= _FINE:
            break
        found = _search(curves, (low + high) / 2)
        proved = proved and found.proved
        if found.choice is None:
            low = (low + high) / 2
        else:
            best = found
    best.proved = proved
    return best
