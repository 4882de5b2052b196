"""The largest or the smallest lower limit of many pairs, of which few need to be searched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from fairloss.inference import differences, ratios
from fairloss.inference.arguments import FloatArray
from fairloss.inference.intervals import lower_of_pair

__all__ = ["extreme_lower_limit"]

_SCORE_TESTS: Mapping[str, Mapping[str, Callable[..., FloatArray]]] = MappingProxyType(
    {"difference": differences.SCORE_TESTS, "ratio": ratios.SCORE_TESTS}
)
_LOWEST = MappingProxyType({"difference": -1.0, "ratio": 0.0})
_FEW = 500
"""Up to so many pairs it is quicker to search them all."""
_CLOSED_FORM = MappingProxyType({"difference": "newcombe", "ratio": "mover_r"})


def extreme_lower_limit(kind: str, method: str, level: float, *pairs: FloatArray, largest: bool) -> np.float64:
    """Give the largest, or the smallest, of the lower limits that `lower_of_pair` gives for x1, n1, x2, n2.

    A score limit needs a search of five to ten steps. Here a closed form nominates one pair, which is searched; one
    step more for every pair, the test of the limit that was found, tells which pairs have a limit beyond it. So do
    pairs of which the lowest value itself is not rejected.
    """
    test = _SCORE_TESTS[kind].get(method)
    if test is not None and pairs[0].size > _FEW:
        closed = lower_of_pair(kind, _CLOSED_FORM[kind], level, *pairs)
        nominee = int(closed.argmax() if largest else closed.argmin())
        bound = lower_of_pair(kind, method, level, *(counts[[nominee]] for counts in pairs))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            beyond = (test(level, bound, *pairs) > 0) == largest
            beyond |= test(level, np.full_like(bound, _LOWEST[kind]), *pairs) <= 0
        beyond[nominee] = True
        pairs = tuple(counts[beyond] for counts in pairs)
    limits = lower_of_pair(kind, method, level, *pairs)
    return np.float64(limits.max() if largest else limits.min())
