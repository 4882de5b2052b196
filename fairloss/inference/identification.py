"""What can be known of a rate by group when nobody's group is recorded: sharp bounds in place of a guess."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import InputError, quote
from fairloss.inference.arguments import FloatArray, as_counts
from fairloss.inference.proxies import as_membership

__all__ = ["MembershipBounds", "membership_bounds", "unknown_group_bounds"]


@dataclass(frozen=True, slots=True, eq=False)
class MembershipBounds:
    """Between which values the rate of each group lies, whoever its members are; arrays of shape (groups,).

    Attributes
    ----------
    low, high : ndarray of float64
        Of the rate; NaN for a group without members.
    gap_low, gap_high : ndarray of float64
        Of the rate minus that of the reference group; 0 for the reference itself.
    """

    low: FloatArray
    high: FloatArray
    gap_low: FloatArray
    gap_high: FloatArray


def membership_bounds(x: ArrayLike, n: ArrayLike, membership: ArrayLike, *, reference: int = 0) -> MembershipBounds:
    """Bound the favorable rate of each group from how many were favored in each proxy cell, and who lives there.

    In a cell with a share q of favored people and a share w of the group, the favored members of the group are between
    ``max(0, w + q - 1)`` and ``min(w, q)`` of the cell (Fréchet). Summed over the cells and divided by the size of the
    group this is all that the data say: every value within is reached by some assignment of people to groups. The
    bounds of a gap are reached too, since the people who help one group and those who hurt the other are different.

    Parameters
    ----------
    x, n : array_like of shape (cells,)
        Favored people and all people in each cell of the proxy, e.g. surname by block group.
    membership : array_like of shape (cells, groups)
        The share of each group among the people of the cell, e.g. from `proxy_posterior`.
    reference : int
        The code of the group that all are compared with.

    Returns
    -------
    MembershipBounds
        What the assignment leaves open, not what the sample does: intervals of the shares come on top.

    Raises
    ------
    InputError
        Where counts or shares cannot be used, a share of a cell with people is unknown, or the reference is no group.

    References
    ----------
    Kallus, Mao and Zhou (2022), Management Science 68, 1959-1981.

    Examples
    --------
    >>> bounds = membership_bounds([30, 60], [100, 100], [[0.8, 0.2], [0.1, 0.9]])
    >>> bounds.low.round(3).tolist(), bounds.high.round(3).tolist()
    ([0.111, 0.455], [0.444, 0.727])
    """
    who = "membership_bounds"
    x, n = as_counts(who, (x, n))
    share = as_membership(who, membership)
    if x.shape != share.shape[:1]:
        raise InputError(f"{who} needs counts and shares of the same cells, but got {x.shape} and {share.shape}.")
    if not 0 <= reference < share.shape[1]:
        raise InputError(f"{who} needs a reference from 0 to {share.shape[1] - 1}, but got {quote(reference)}.")
    used = n > 0
    x, n, share = x[used, None], n[used, None], share[used]
    if np.isnan(share).any():
        raise InputError(f"{who} needs the shares of every cell with people; leave out the other cells and say so.")
    members = (n * share).sum(axis=0)
    fewest, most = np.maximum(n * share + x - n, 0).sum(axis=0), np.minimum(n * share, x).sum(axis=0)
    low, high = (np.divide(one, members, out=np.full_like(one, np.nan), where=members > 0) for one in (fewest, most))
    gap_low, gap_high = low - high[reference], high - low[reference]
    if members[reference] > 0:
        gap_low[reference] = gap_high[reference] = 0.0
    return MembershipBounds(low, high, gap_low, gap_high)


def unknown_group_bounds(
    x: ArrayLike, n: ArrayLike, unknown_x: float, unknown_n: float, *, reference: int = 0
) -> MembershipBounds:
    """Bound the rate of each group when some people's group is not recorded and nothing is known of it.

    The rate of a group is highest if all favorable ones of the unknown belong to it, and lowest if all others do; its
    gap is widest if the rest belong to the reference. Every value within is reached by some assignment.

    Parameters
    ----------
    x, n : array_like of shape (groups,)
        Favorable people and all people whose group is known.
    unknown_x, unknown_n : float
        Favorable people and all people whose group is not.
    reference : int
        The code of the group that all are compared with.

    Returns
    -------
    MembershipBounds
        What the assignment leaves open, not what the sample does.

    Raises
    ------
    InputError
        Where counts cannot be used or the reference is no group.

    References
    ----------
    Manski (2003), Partial Identification of Probability Distributions.

    Examples
    --------
    >>> bounds = unknown_group_bounds([30, 45], [100, 100], 4, 10)
    >>> bounds.low.round(3).tolist(), bounds.high.round(3).tolist(), bounds.gap_high.round(3).tolist()
    ([0.283, 0.425], [0.327, 0.471], [0.0, 0.188])
    """
    who = "unknown_group_bounds"
    x, n, more, all_more = as_counts(who, (x, n), (unknown_x, unknown_n))
    if x.ndim != 1 or not 0 <= reference < x.size:
        raise InputError(f"{who} needs a row of groups and the code of one as reference, but got {quote(reference)}.")
    low, high = (
        np.divide(top, size, out=np.full_like(x, np.nan), where=size > 0)
        for top, size in ((x, n + all_more - more), (x + more, n + more))
    )
    gap_low, gap_high = low - high[reference], high - low[reference]
    gap_low[reference] = gap_high[reference] = 0.0
    return MembershipBounds(low, high, gap_low, gap_high)
