"""Groups that are known by chances only (from surname and place): posteriors, rates by two roads, and their size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import InputError, quote
from fairloss.inference.arguments import FloatArray

__all__ = ["ProxyRates", "as_membership", "kish_size", "proxy_posterior", "proxy_rates"]


@dataclass(frozen=True, slots=True, eq=False)
class ProxyRates:
    """Rates of groups that are known by chances only; every array has the shape (groups,).

    Attributes
    ----------
    weighted : ndarray of float64
        Each person counts for every group with the chance to be in it.
    standard_error : ndarray of float64
        Of ``weighted`` over samples of people, with the chances taken as right.
    effective_size : ndarray of float64
        Kish's size of the weights: how many people with a known group would say as much.
    thresholded : ndarray of float64
        Each person counts for the group whose chance is above the cut, if any.
    assigned : ndarray of int64
        How many people that are.
    """

    weighted: FloatArray
    standard_error: FloatArray
    effective_size: FloatArray
    thresholded: FloatArray
    assigned: np.ndarray[tuple[int, ...], np.dtype[np.int64]]


def proxy_posterior(group_given_name: ArrayLike, place_given_group: ArrayLike) -> FloatArray:
    """Combine a surname table and a geography table to the chance of each group (BISG).

    ``P(group | name, place)`` is proportional to ``P(group | name) P(place | group)``, if within a group the name says
    nothing about the place. The tables are the caller's: name their source and year in any report.

    Parameters
    ----------
    group_given_name : array_like of shape (..., groups)
        ``P(group | name)`` for each person's surname.
    place_given_group : array_like of shape (..., groups)
        ``P(place | group)``: which share of all people of the group lives in this person's place.

    Returns
    -------
    ndarray of float64
        Sums to 1 over the groups; NaN where every product is 0, so that no group is possible.

    Raises
    ------
    InputError
        Where a chance is not within [0, 1] or shapes do not fit.

    References
    ----------
    Elliott et al. (2009), Health Services and Outcomes Research Methodology 9, 69-83; Consumer Financial Protection
    Bureau (2014), Using publicly available information to proxy for unidentified race and ethnicity.

    Examples
    --------
    >>> proxy_posterior([0.7, 0.25, 0.05], [2e-5, 8e-5, 3e-5]).round(3).tolist()
    [0.394, 0.563, 0.042]
    """
    who = "proxy_posterior"
    name, place = _chances(who, group_given_name), _chances(who, place_given_group)
    try:
        joint = np.asarray(name * place)
    except ValueError as error:
        raise InputError(f"{who} needs tables of the same groups, but got {name.shape} and {place.shape}.") from error
    total = joint.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(joint, total, out=np.full_like(joint, np.nan), where=total > 0))


def proxy_rates(membership: ArrayLike, outcome: ArrayLike, *, cut: float = 0.5) -> ProxyRates:
    """Estimate the favorable rate of each group by weights and by a threshold: two roads that err in different ways.

    The weighted rate errs by ``-E[cov(in group, favorable | proxy)] / P(group)``: a disparity that the proxy does not
    see is missed, so the difference of two groups is usually too small. The thresholded one leaves out or
    misassigns people and usually exaggerates, by how much depends on the cut. Print both; they bracket the truth in the
    usual case only, and `membership_bounds` says what holds in every case.

    Parameters
    ----------
    membership : array_like of shape (people, groups)
        The chance of each person to be in each group; a row of NaN (unknown) is left out.
    outcome : array_like of shape (people,)
        0 and 1.
    cut : float
        A chance above it assigns the person, from 0.5 to less than 1.

    Returns
    -------
    ProxyRates
        NaN for a group without weight, and thresholded where nobody is assigned.

    Raises
    ------
    InputError
        Where chances, outcomes or the cut cannot be used.

    References
    ----------
    Chen, Kallus, Mao, Svacha and Udell (2019), Fairness under unawareness; Kish (1965), Survey Sampling.

    Examples
    --------
    >>> first = np.array([0.9, 0.6, 0.3, 0.1, 0.05, 0.2])
    >>> rates = proxy_rates(np.stack([first, 1 - first], axis=1), [0, 1, 0, 1, 1, 1])
    >>> rates.weighted.round(4).tolist(), rates.thresholded.tolist(), rates.effective_size.round(2).tolist()
    ([0.4419, 0.7922], [0.5, 0.75], [3.52, 4.92])
    """
    if not 0.5 <= cut < 1:
        raise InputError(f"proxy_rates needs a cut from 0.5 to less than 1, but got {quote(cut)}.")
    weight, favorable = as_membership("proxy_rates", membership), np.asarray(outcome, dtype=np.float64)
    if favorable.shape != weight.shape[:1] or not np.isin(favorable, (0.0, 1.0)).all():
        raise InputError(f"proxy_rates needs an outcome 0 or 1 for each of {len(weight)} people; drop the other rows.")
    known = ~np.isnan(weight).any(axis=1)
    weight, y = weight[known], favorable[known, None]
    total = weight.sum(axis=0)
    weighted = _over((weight * y).sum(axis=0), total)
    error = _over(np.sqrt((weight**2 * (y - np.nan_to_num(weighted)) ** 2).sum(axis=0)), total)
    assigned = weight > cut
    people = assigned.sum(axis=0)
    thresholded = _over((assigned * y).sum(axis=0), people.astype(np.float64))
    return ProxyRates(weighted, error, kish_size(weight, axis=0), thresholded, people.astype(np.int64))


def kish_size(weight: ArrayLike, *, axis: int = -1) -> FloatArray:
    """Give how many people of equal weight know as much: ``sum(w)² / sum(w²)``; NaN where all weights are 0.

    Parameters
    ----------
    weight : array_like
        Weights of 0 or more.
    axis : int
        The axis of the people.

    Returns
    -------
    ndarray of float64

    Raises
    ------
    InputError
        Where a weight is negative or no finite number.

    References
    ----------
    Kish (1965), Survey Sampling.

    Examples
    --------
    >>> print(f"{kish_size([0.9, 0.6, 0.3, 0.1, 0.05, 0.2]):.2f}")
    3.52
    """
    values = np.asarray(weight, dtype=np.float64)
    if not (np.isfinite(values) & (values >= 0)).all():
        raise InputError("kish_size needs finite weights of 0 or more, but got others; drop rows without a weight.")
    return _over(values.sum(axis=axis) ** 2, (values**2).sum(axis=axis))


def as_membership(who: str, membership: ArrayLike) -> FloatArray:
    """Give chances of shape (rows, groups) that sum to at most 1; a row of NaN stands for nothing known."""
    weight = _chances(who, membership)
    if weight.ndim != 2:
        raise InputError(f"{who} needs chances of shape (rows, groups), but got {weight.shape}.")
    total = weight.sum(axis=1)
    if (total > 1 + 1e-6).any():
        raise InputError(
            f"{who} needs chances that sum to at most 1 in a row, but got {quote(float(np.nanmax(total)))}."
        )
    return weight


def _chances(who: str, values: ArrayLike) -> FloatArray:
    try:
        chances = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{who} needs numbers, but got {quote(values)}.") from error
    wrong = ~(np.isnan(chances) | ((chances >= 0) & (chances <= 1)))
    if wrong.any():
        raise InputError(f"{who} needs chances between 0 and 1, but got {quote(float(chances[wrong].flat[0]))}.")
    return chances


def _over(top: FloatArray, bottom: FloatArray) -> FloatArray:
    top, bottom = np.broadcast_arrays(np.asarray(top, np.float64), np.asarray(bottom, np.float64))
    return np.asarray(np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0))
