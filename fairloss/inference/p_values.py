"""P values of two equal rates, from checked counts of one shape, and the z statistics behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from fairloss.errors import InputError, quote
from fairloss.inference.arguments import FloatArray

__all__ = ["TESTS", "hypergeometric_z", "pooled_z", "yates_z"]

_TIE = 1e-7

_UNCONDITIONAL_SIZE = 1000
"""People in a table; the search of an unconditional test takes seconds for as many."""


def pooled_z(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    """Give the pooled z, written over the counts: ``(x1 n2 - x2 n1) sqrt(N) / sqrt(n1 n2 K (N - K))``."""
    successes, failures = x1 + x2, (n1 - x1) + (n2 - x2)
    varies = (successes > 0) & (failures > 0)
    spread = np.sqrt(n1) * np.sqrt(n2) * np.sqrt(successes) * np.sqrt(failures)
    z = np.divide((x1 * n2 - x2 * n1) * np.sqrt(n1 + n2), spread, out=np.zeros_like(x1), where=varies & (spread > 0))
    return np.where((n1 > 0) & (n2 > 0), z, np.nan)


def hypergeometric_z(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    """Give the z with the variance of x1 at fixed totals, which divides by N - 1: never above the pooled one."""
    total = n1 + n2
    return np.asarray(pooled_z(x1, n1, x2, n2) * np.sqrt(np.maximum(total - 1, 0) / np.maximum(total, 1)))


def _normal_p(z: FloatArray) -> FloatArray:
    from scipy.special import erfc

    p_value: FloatArray = erfc(np.abs(z) / np.sqrt(2))
    return p_value


def _pooled(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    return _normal_p(pooled_z(x1, n1, x2, n2))


def _hypergeometric(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    return _normal_p(hypergeometric_z(x1, n1, x2, n2))


def yates_z(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    """Give the pooled z with ``|x1 n2 - x2 n1|`` shrunk by N/2, but not below 0."""
    cross = np.abs(x1 * n2 - x2 * n1)
    kept = np.divide(np.maximum(cross - (n1 + n2) / 2, 0), cross, out=np.zeros_like(cross), where=cross > 0)
    return np.asarray(pooled_z(x1, n1, x2, n2) * kept)


def _yates(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    return _normal_p(yates_z(x1, n1, x2, n2))


def _by_table(
    one: Callable[[int, int, int, int], float], x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray
) -> FloatArray:
    """Run an exact test once for every different table."""
    tables = np.stack([x1.ravel(), n1.ravel(), x2.ravel(), n2.ravel()], axis=1)
    fractional = tables != np.floor(tables)
    if fractional.any():
        raise InputError(
            f"An exact test needs whole counts, but got {quote(float(tables[fractional][0]))}; "
            "for weighted data use method='pooled_z'."
        )
    unique, places = np.unique(tables.astype(np.int64), axis=0, return_inverse=True)
    p_values = np.array([one(*row) for row in unique.tolist()], dtype=np.float64)
    return p_values[places.ravel()].reshape(x1.shape)


def _fisher_p(x1: int, n1: int, x2: int, n2: int, *, tie_weight: float) -> float:
    """Add up the hypergeometric probabilities below the observed one, and its ties by ``tie_weight``."""
    first, likelihood = _hypergeometric_likelihood(x1, n1, x2, n2)
    seen = likelihood[x1 - first]
    ties = np.abs(likelihood - seen) <= _TIE * seen
    return float(min(1.0, likelihood[~ties & (likelihood < seen)].sum() + tie_weight * likelihood[ties].sum()))


def _fisher_lower_p(x1: int, n1: int, x2: int, n2: int) -> float:
    first, likelihood = _hypergeometric_likelihood(x1, n1, x2, n2)
    return float(min(1.0, likelihood[: x1 - first + 1].sum()))


def _hypergeometric_likelihood(x1: int, n1: int, x2: int, n2: int) -> tuple[int, FloatArray]:
    """Give the probabilities of all values of x1 with the same totals, and the first of these values.

    From the ratio of neighbors, ``(K - k)(n1 - k) / ((k + 1)(n2 - K + k + 1))``, added up as logarithms away from the
    expected table, which keeps all digits. Left out are tables that are much further from it than the observed one and
    than 12 standard deviations, or further than 40: their probabilities are below 1e-30 of the rest, or below 1e-300
    (Bernstein's inequality).
    """
    total, successes = n1 + n2, x1 + x2
    expected = successes * n1 / max(total, 1)
    variance = expected * (1 - n1 / max(total, 1)) * (1 - successes / max(total, 1))
    deviation = variance**0.5
    reach = int(min(40 * deviation, 12 * deviation + 2 * abs(x1 - expected))) + 500
    first = max(0, successes - n2, min(int(expected) - reach, x1))
    last = min(successes, n1, max(int(expected) + reach, x1))
    middle = min(max(int(expected), first), last)
    k = np.arange(first, last, dtype=np.float64)
    steps = np.log((successes - k) * (n1 - k)) - np.log((k + 1) * (n2 - successes + k + 1))
    up, down = steps[middle - first :], -steps[: middle - first][::-1]
    logarithm = np.concatenate([np.cumsum(down)[::-1], [0.0], np.cumsum(up)])
    likelihood = np.exp(logarithm - logarithm.max())
    return first, np.asarray(likelihood / likelihood.sum())


def _fisher_exact(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    return _by_table(partial(_fisher_p, tie_weight=1.0), x1, n1, x2, n2)


def _fisher_mid_p(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    return _by_table(partial(_fisher_p, tie_weight=0.5), x1, n1, x2, n2)


def _fisher_lower(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    return _by_table(_fisher_lower_p, x1, n1, x2, n2)


def _unconditional_p(x1: int, n1: int, x2: int, n2: int, *, method: str) -> float:
    from scipy import stats

    if n1 + n2 > _UNCONDITIONAL_SIZE:
        raise InputError(
            f"The test {method!r} takes tables of at most {_UNCONDITIONAL_SIZE} people, but got {n1 + n2}; "
            "use method='fisher_mid_p'."
        )
    if min(n1, n2, x1 + x2, n1 - x1 + n2 - x2) == 0:
        return 1.0
    test = stats.boschloo_exact if method == "boschloo" else stats.barnard_exact
    return float(test([[x1, x2], [n1 - x1, n2 - x2]]).pvalue)


def _boschloo(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    return _by_table(partial(_unconditional_p, method="boschloo"), x1, n1, x2, n2)


def _barnard(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray) -> FloatArray:
    return _by_table(partial(_unconditional_p, method="barnard"), x1, n1, x2, n2)


TESTS: Mapping[str, Callable[..., FloatArray]] = MappingProxyType(
    {
        "pooled_z": _pooled,
        "hypergeometric_z": _hypergeometric,
        "yates": _yates,
        "fisher_exact": _fisher_exact,
        "fisher_mid_p": _fisher_mid_p,
        "fisher_lower": _fisher_lower,
        "boschloo": _boschloo,
        "barnard": _barnard,
    }
)
"""Name of a test to the function that gives its p value, two-sided where the name does not say otherwise."""
