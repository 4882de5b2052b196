"""The exact conditional limit of an odds ratio: all four totals of the table are fixed, one count is left to chance."""

from __future__ import annotations

import numpy as np

from fairloss.errors import InputError, quote
from fairloss.inference.arguments import FloatArray

__all__ = ["conditional_lower_limit"]

_HALVINGS = 60
_FURTHEST = 700.0
"""The largest logarithm of an odds ratio that is looked at; float64 ends at 709."""


def conditional_lower_limit(
    x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, level: float, *, tie_weight: float
) -> FloatArray:
    """Give the odds ratio at which a count of x1 or more has the chance (1 - level)/2 (Cornfield 1956).

    The count has Fisher's noncentral hypergeometric distribution. ``tie_weight`` is 1 for the exact limit and 0.5 for
    mid-p, which counts the observed table by half. The work of a table grows with its smaller total.
    """
    tables = np.stack([x1.ravel(), n1.ravel(), x2.ravel(), n2.ravel()], axis=1)
    fractional = tables != np.floor(tables)
    if fractional.any():
        raise InputError(
            f"An exact interval needs whole counts, but got {quote(float(tables[fractional][0]))}; "
            "for weighted data use method='score'."
        )
    unique, places = np.unique(tables.astype(np.int64), axis=0, return_inverse=True)
    limits = np.array(
        [_limit(*row, tail=(1 - level) / 2, tie_weight=tie_weight) for row in unique.tolist()], dtype=np.float64
    )
    return limits[places.ravel()].reshape(x1.shape)


def _limit(x1: int, n1: int, x2: int, n2: int, *, tail: float, tie_weight: float) -> float:
    from scipy.special import gammaln

    successes = x1 + x2
    first, last = max(0, successes - n2), min(n1, successes)
    if x1 == first:
        return 0.0
    counts = np.arange(first, last + 1, dtype=np.float64)
    ways = -sum(gammaln(cell + 1) for cell in (counts, n1 - counts, successes - counts, n2 - successes + counts))
    weight = np.where(counts == x1, tie_weight, (counts > x1).astype(np.float64))
    low, high = -_FURTHEST, _FURTHEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        logarithm = ways + (counts - x1) * middle
        likelihood = np.exp(logarithm - logarithm.max())
        if (weight * likelihood).sum() < tail * likelihood.sum():
            low = middle
        else:
            high = middle
    return float(np.exp(low))
