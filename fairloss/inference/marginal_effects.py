"""What membership in a group changes in a logistic model, in points of probability."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fairloss.errors import InputError
from fairloss.inference.arguments import FloatArray

__all__ = ["average_marginal_effect"]


def average_marginal_effect(log_odds: ArrayLike, coefficient: float, *, weight: ArrayLike | None = None) -> float:
    """Give by how much the chance changes, on average over people, when a group indicator goes from 0 to 1.

    ``mean(expit(log_odds + coefficient) - expit(log_odds))``. Unlike the odds ratio ``exp(coefficient)`` it can be
    compared between models with other factors.

    Parameters
    ----------
    log_odds : array_like of shape (people,)
        What the model gives each person without the indicator.
    coefficient : float
        That of the indicator.
    weight : array_like of shape (people,), optional
        Weights of 0 or more, such as shares of people with the same factors.

    Returns
    -------
    float
        From -1 to 1.

    Raises
    ------
    InputError
        Where log odds or weights are no finite numbers of one length, or weights are negative or all 0.

    References
    ----------
    Mood (2010), European Sociological Review 26, 67-82.

    Examples
    --------
    >>> print(f"{average_marginal_effect([-1, 0, 1], -0.5, weight=[0.5, 0.3, 0.2]):.6f}")
    -0.101716
    """
    from scipy.special import expit

    eta = _numbers(log_odds)
    mass = np.ones_like(eta) if weight is None else _numbers(weight)
    if eta.shape != mass.shape or eta.ndim != 1 or (mass < 0).any() or not mass.sum() > 0:
        raise InputError("average_marginal_effect needs one weight of 0 or more per person, not all of them 0.")
    return float(mass @ (expit(eta + coefficient) - expit(eta)) / mass.sum())


def _numbers(values: ArrayLike) -> FloatArray:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"average_marginal_effect needs numbers: {error}.") from error
    if not np.isfinite(array).all():
        raise InputError("average_marginal_effect needs finite numbers; leave out people without them and say so.")
    return array
