"""How wrong the labels of one group would have to be to explain a gap: a sensitivity curve, not an estimate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import InputError, UnknownName, quote
from fairloss.inference.arguments import FloatArray
from fairloss.notions import GroupCounts, MeanRate, Rate

__all__ = ["LABEL_ERRORS", "LabelErrorCurve", "label_error_curve", "label_error_that_explains"]

LABEL_ERRORS = ("missed", "spurious")
"""Favorable labels recorded as unfavorable, and unfavorable ones recorded as favorable."""

_STEPS = 200
_REFINEMENTS = 6
"""Each looks 200 times closer; after six the place is known to rounding."""
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class LabelErrorCurve:
    """A rate of one group, and its gap, for each assumed share of wrong labels; all of the shape of the errors.

    Attributes
    ----------
    missed, spurious : ndarray of float64
        The share of the truly favorable recorded as unfavorable, and of the truly unfavorable recorded as favorable.
    value : ndarray of float64
        The rate that the group would have with the true labels; NaN where the counts rule the errors out.
    gap : ndarray of float64
        Minus the rate of the reference group, whose labels are taken as right.
    """

    missed: FloatArray
    spurious: FloatArray
    value: FloatArray
    gap: FloatArray


def label_error_curve(
    rate: Rate | MeanRate,
    counts: GroupCounts,
    *,
    group: int,
    reference: int,
    missed: ArrayLike = 0.0,
    spurious: ArrayLike = 0.0,
) -> LabelErrorCurve:
    """Say what a rate of one group and its gap would be if a share of its labels were recorded wrongly.

    Recorded labels are ``(1 - missed) true₁ + spurious true₀`` and the rest; this is solved for the true ones. Errors
    are taken as equally frequent among the selected and the others of the same true label.

    Parameters
    ----------
    rate : Rate or MeanRate
        A rate that asks for labels, e.g. the base rate or the true positive rate.
    counts : GroupCounts
        Of shape (groups, labels, decisions).
    group, reference : int
        The codes of the group whose labels are doubted, and of the one that it is compared with.
    missed, spurious : array_like
        Assumed shares from 0 to less than 1, broadcast together.

    Returns
    -------
    LabelErrorCurve

    Raises
    ------
    InputError
        Where the rate asks for no label, the counts have none, a code is no group or an error is no share.

    References
    ----------
    Rogan and Gladen (1978), American Journal of Epidemiology 107, 71-76.

    Examples
    --------
    >>> from fairloss.notions import RATES
    >>> counts = GroupCounts(np.array([[[70], [30]], [[60], [40]]]))
    >>> curve = label_error_curve(RATES["base_rate"], counts, group=0, reference=1, missed=[0, 0.1, 0.25])
    >>> curve.gap.round(3).tolist()
    [-0.1, -0.067, 0.0]
    """
    who = "label_error_curve"
    table, comparison = _tables(who, rate, counts, group, reference)
    try:
        e, f = np.broadcast_arrays(np.asarray(missed, np.float64), np.asarray(spurious, np.float64))
    except (TypeError, ValueError) as error:
        raise InputError(f"{who} needs shares of shapes that broadcast together: {error}.") from error
    for shares in (e, f):
        wrong = ~((shares >= 0) & (shares < 1))
        if wrong.any():
            raise InputError(
                f"{who} needs shares from 0 to less than 1, but got {quote(float(shares[wrong].flat[0]))}."
            )
    value = _corrected(rate, table, e, f)
    return LabelErrorCurve(e, f, value, value - comparison)


def label_error_that_explains(
    rate: Rate | MeanRate, counts: GroupCounts, *, group: int, reference: int, error: str = "missed"
) -> float:
    """Give the smallest share of wrong labels in one group that would close its gap.

    Whether such an error is plausible is for those who know how the labels came about; the number says what has to
    be believed. If it is small, the gap may be one of recording.

    Parameters
    ----------
    rate, counts, group, reference
        As in `label_error_curve`.
    error : {"missed", "spurious"}
        Which labels of the group are doubted.

    Returns
    -------
    float
        0 where there is no gap; NaN where a rate is undefined or no such error closes the gap.

    Raises
    ------
    InputError
        As `label_error_curve`; `UnknownName` for an unknown error.

    Examples
    --------
    >>> from fairloss.notions import RATES
    >>> counts = GroupCounts(np.array([[[70], [30]], [[60], [40]]]))
    >>> print(f"{label_error_that_explains(RATES['base_rate'], counts, group=0, reference=1):.3f}")
    0.250
    """
    if error not in LABEL_ERRORS:
        raise UnknownName("label error", error, LABEL_ERRORS)
    table, comparison = _tables("label_error_that_explains", rate, counts, group, reference)

    def gap(share: FloatArray) -> FloatArray:
        none = np.zeros_like(share)
        errors = (share, none) if error == "missed" else (none, share)
        return _corrected(rate, table, *errors) - comparison

    shares = np.linspace(0, _largest_error(table, error), _STEPS + 1)
    gaps = gap(shares)
    if np.isnan(gaps[0]) or gaps[0] == 0:
        return float(gaps[0])
    closed = np.flatnonzero(gaps * gaps[0] <= _ROUNDING)
    if not len(closed):
        return float("nan")
    sign = gaps[0]
    for _ in range(_REFINEMENTS):
        shares = np.linspace(shares[closed[0] - 1], shares[closed[0]], _STEPS + 1)
        closed = np.append(np.flatnonzero(gap(shares)[1:-1] * sign <= 0) + 1, _STEPS)
    return float(shares[closed[0]])


def _corrected(rate: Rate | MeanRate, table: FloatArray, missed: FloatArray, spurious: FloatArray) -> FloatArray:
    """Evaluate the rate on the true labels that would have been recorded as they were with these errors."""
    e, f = missed[..., None], spurious[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        favorable = ((1 - f) * table[1] - f * table[0]) / (1 - e - f)
        unfavorable = ((1 - e) * table[0] - e * table[1]) / (1 - e - f)
    cells = np.stack([unfavorable, favorable], axis=-2)
    possible = (e + f < 1)[..., 0] & (cells >= -_ROUNDING * table.sum()).all(axis=(-1, -2))
    cells = np.where(possible[..., None, None], np.maximum(cells, 0), 0.0)
    value = np.asarray(rate(GroupCounts(cells[..., None, :, :])), dtype=np.float64)[..., 0]
    return np.where(possible, value, np.nan)


def _largest_error(table: FloatArray, error: str) -> float:
    """Give the largest share for which no true cell would be negative."""
    total = table.sum(axis=0)
    left = table[0] if error == "missed" else table[1]
    return float(np.min(left[total > 0] / total[total > 0], initial=1.0))


def _tables(
    who: str, rate: Rate | MeanRate, counts: GroupCounts, group: int, reference: int
) -> tuple[FloatArray, float]:
    """Give the group's table of label by decision, and the rate of the reference."""
    if not rate.needs_label:
        raise InputError(f"{who} needs a rate that asks for labels, but got {rate.name}; wrong labels do not move it.")
    if counts.cells.ndim != 3:
        raise InputError(f"{who} needs counts of shape (groups, labels, decisions), but got {counts.cells.shape}.")
    for code in (group, reference):
        if not 0 <= code < counts.n_groups:
            raise InputError(f"{who} needs codes from 0 to {counts.n_groups - 1}, but got {quote(code)}.")
    values = np.asarray(rate(counts), dtype=np.float64)  # refuses counts without what the rate asks for
    return _with_both_axes(np.asarray(counts.cells[group], np.float64)), float(values[reference])


def _with_both_axes(table: FloatArray) -> FloatArray:
    """Give a table of two labels by two decisions, of which the unknown ones hold nobody."""
    return np.pad(table, [(0, 2 - size) for size in table.shape])
