"""A shortfall in people: how many are missing, how many more would do, and whether one decision turns it around."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairloss.errors import InputError, quote
from fairloss.inference.arguments import FloatArray, as_counts, as_level, as_whole_counts, normal_quantile
from fairloss.inference.equality import equality_test

__all__ = [
    "AvailabilityTest",
    "ExtraSelections",
    "Shortfall",
    "availability_test",
    "extra_selections",
    "one_decision_reverses",
    "shortfall",
]


@dataclass(frozen=True, slots=True, eq=False)
class AvailabilityTest:
    """How far a number of selections is from what an outside availability leads one to expect.

    Attributes
    ----------
    expected, deviation : ndarray of float64
        ``n a`` and ``sqrt(n a (1 - a))``, in people.
    z : ndarray of float64
        ``(observed - expected) / deviation``, the number of standard deviations; NaN where the deviation is 0.
    """

    expected: FloatArray
    deviation: FloatArray
    z: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Shortfall:
    """How many selections of the first group are missing, by three yardsticks that differ in general.

    Attributes
    ----------
    to_pool : ndarray of float64
        To the rate of both groups together, in people; negative where the first group has more than that.
    to_reference : ndarray of float64
        To the rate of the second group.
    to_mark : ndarray of float64
        Whole people to the mark times the rate of the second group, rounded up.
    """

    to_pool: FloatArray
    to_reference: FloatArray
    to_mark: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ExtraSelections:
    """The least number of further selections of the first group, the second left as it is, that reaches a mark.

    Attributes
    ----------
    to_chance : ndarray of float64
        Until the pooled z test no longer finds a lower rate at the level; 0 where it does not find one now.
    to_mark : ndarray of float64
        Until the ratio of the rates is no longer below the mark; 0 where it is not below now.
    """

    to_chance: FloatArray
    to_mark: FloatArray


def availability_test(observed: ArrayLike, n: ArrayLike, availability: ArrayLike) -> AvailabilityTest:
    """Compare a number of selections with the group's share of those available.

    Parameters
    ----------
    observed, n : array_like
        Selections of the group, of all selections.
    availability : array_like
        The group's share of the qualified population, within [0, 1]; all three broadcast together.

    Returns
    -------
    AvailabilityTest

    Raises
    ------
    InputError
        Where counts cannot be used or an availability is outside [0, 1].

    References
    ----------
    Castaneda v. Partida, 430 U.S. 482 (1977), note 17; Hazelwood School District v. United States, 433 U.S. 299.

    Examples
    --------
    >>> print(f"{availability_test(15, 405, 0.154).z:.3f}")
    -6.521
    """
    observed, n = as_counts("availability_test", (observed, n))
    share = np.asarray(availability, dtype=np.float64)
    wrong = ~((share >= 0) & (share <= 1))
    if wrong.any():
        raise InputError(f"availability_test needs shares from 0 to 1, but got {quote(share[wrong][0].item())}.")
    expected, deviation = n * share, np.sqrt(n * share * (1 - share))
    known = deviation > 0
    excess = observed - expected
    z = np.divide(excess, deviation, out=np.full(excess.shape, np.nan), where=known)
    return AvailabilityTest(expected, deviation, z)


def shortfall(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, *, mark: float | Fraction = Fraction(4, 5)
) -> Shortfall:
    """Count the selections that the first group lacks.

    ``n1 (x1 + x2)/(n1 + n2) - x1``, ``n1 x2/n2 - x1`` and ``ceil(mark n1 x2/n2) - x1``, the last in exact arithmetic.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Counts of the first group and of the reference, broadcast together.
    mark : float or Fraction
        The ratio to reach, within (0, 1], read as the decimal that it prints as: 0.8 is exactly four-fifths.

    Returns
    -------
    Shortfall
        NaN where a group is empty.

    Raises
    ------
    InputError
        Where counts or mark cannot be used.

    Examples
    --------
    >>> missing = shortfall(12, 40, 48, 80)
    >>> float(missing.to_pool), float(missing.to_reference), float(missing.to_mark)
    (8.0, 12.0, 8.0)
    """
    exact = _mark("shortfall", mark)
    x1, n1, x2, n2 = as_counts("shortfall", (x1, n1), (x2, n2))
    known = (n1 > 0) & (n2 > 0)
    size, reference = np.where(known, n1 + n2, np.nan), np.where(known, n2, np.nan)
    return Shortfall(
        np.asarray(n1 * (x1 + x2) / size - x1), np.asarray(n1 * x2 / reference - x1), _to_mark(x1, n1, x2, n2, exact)
    )


def extra_selections(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    *,
    level: float = 0.95,
    mark: float | Fraction = Fraction(4, 5),
) -> ExtraSelections:
    """Count how many more selections of the first group would take a finding away.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Whole counts of the first group and of the reference, broadcast together.
    level : float
        One minus the two-sided level of the pooled z test; 0.95 asks for ``z > -1.96``.
    mark : float or Fraction
        The ratio to reach, see `shortfall`.

    Returns
    -------
    ExtraSelections
        NaN where a group is empty.

    Raises
    ------
    InputError
        Where counts are fractional or cannot be used, or level or mark cannot.

    Notes
    -----
    The pooled z rises with x1 as long as the first rate is the lower one, so halving finds the least number.

    Examples
    --------
    >>> extra = extra_selections(50, 64, 455, 508)
    >>> int(extra.to_chance), int(extra.to_mark)
    (3, 0)
    """
    who = "extra_selections"
    z = normal_quantile(as_level(who, level))
    exact = _mark(who, mark)
    x1, n1, x2, n2 = as_whole_counts(who, (x1, n1), (x2, n2))
    known = (n1 > 0) & (n2 > 0)
    enough = np.where(known, np.maximum(np.ceil(n1 * x2 / np.where(known, n2, 1.0)) - x1, 0), 0.0)
    below = np.full_like(enough, -1.0)
    while (enough - below > 1).any():
        middle = np.clip(np.floor((below + enough) / 2), 0, enough)
        reached = ~(equality_test(np.minimum(x1 + middle, n1), n1, x2, n2).z <= -z)
        below, enough = np.where(reached, below, middle), np.where(reached, middle, enough)
    to_mark = np.maximum(_to_mark(x1, n1, x2, n2, exact), 0)
    return ExtraSelections(np.where(known, enough, np.nan), to_mark)


def one_decision_reverses(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> NDArray[np.bool_]:
    """Say whether one selection moved from the second group to the first turns the lower rate into the higher one.

    Compares ``(x1 + 1) n2 > (x2 - 1) n1`` where ``x1 n2 < x2 n1``: question 21 of the Questions and Answers on the
    Uniform Guidelines (44 FR 11996, 1979).

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Whole counts of the first group and of the reference, broadcast together.

    Returns
    -------
    ndarray of bool
        False where the first rate is not the lower one, or where nobody is left to be moved.

    Raises
    ------
    InputError
        Where counts are fractional or cannot be used.

    Examples
    --------
    >>> one_decision_reverses([12, 3], [40, 20], [48, 16], [80, 80]).tolist()
    [False, True]
    """
    x1, n1, x2, n2 = as_whole_counts("one_decision_reverses", (x1, n1), (x2, n2))
    lower = (x1 * n2 < x2 * n1) & (x1 < n1) & (x2 > 0)
    return np.asarray(lower & ((x1 + 1) * n2 > (x2 - 1) * n1))


def _mark(who: str, mark: float | Fraction) -> Fraction:
    if not 0 < mark <= 1:
        raise InputError(f"{who} needs a mark within (0, 1], but got {quote(mark)}; four-fifths is 0.8.")
    return Fraction(str(mark))


def _to_mark(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, mark: Fraction) -> FloatArray:
    rows = zip(*(map(Fraction, array.ravel().tolist()) for array in (x1, n1, x2, n2)), strict=True)
    missing = [float(-(-(mark * b * c / d) // 1) - a) if b and d else np.nan for a, b, c, d in rows]
    return np.array(missing, dtype=np.float64).reshape(x1.shape)
