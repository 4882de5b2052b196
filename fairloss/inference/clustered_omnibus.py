"""All groups at once, where rows come in clusters."""

from __future__ import annotations

import numpy as np

from fairloss.inference.clustered import ClusteredRates
from fairloss.inference.clustered_pairs import clustered_pairs
from fairloss.inference.omnibus import OmnibusTest

__all__ = ["clustered_omnibus_test"]

_ROUNDING = 1e-12
"""A direction with a variance below this share of the largest has none that could be told from rounding."""


def clustered_omnibus_test(found: ClusteredRates) -> OmnibusTest:
    """Test whether several groups all have the same share.

    ``W = d' V⁻¹ d`` with the differences d of k groups to one more. V follows from the variances of the differences of
    all pairs, those of the pooled share on the effective people of each pair. ``W (f - k + 1) / (f k)`` is read as F
    with k and ``f - k + 1`` degrees, f being the least degrees of a pair (Hotelling's T²); for two groups this is the
    square of `clustered_test`.

    Parameters
    ----------
    found : ClusteredRates
        Of a share, from `clustered_rates`.

    Returns
    -------
    OmnibusTest
        With W as statistic. Groups of which nothing is known are left out. NaN where fewer than two are left, one
        outcome only was seen, or there are hardly more clusters than groups.

    References
    ----------
    Rao and Scott (1981), Journal of the American Statistical Association 76, 221-230; Korn and Graubard (1990), The
    American Statistician 44, 270-276.

    Examples
    --------
    >>> from fairloss.inference import clustered_rates
    >>> from fairloss.notions import RATES, GroupCounts
    >>> branches = GroupCounts(np.array([[[[8, 2]], [[7, 3]]], [[[5, 5]], [[3, 7]]], [[[9, 1]], [[8, 2]]]]))
    >>> test = clustered_omnibus_test(clustered_rates(RATES["selection_rate"], branches))
    >>> print(f"{test.statistic:.1f} on {test.degrees}, p {test.p_value:.3f}")
    16.1 on 1, p 0.057
    """
    from scipy.special import fdtrc

    known = np.flatnonzero(found.size > 0)
    value, size = found.value[known], found.size[known]
    degrees = max(len(known) - 1, 0)
    pooled = (value * size).sum() / size.sum() if degrees else 0.0
    pairs = clustered_pairs(found, known[:, None], known)
    left = pairs.degrees[~np.eye(len(known), dtype=bool)].min(initial=np.inf) - degrees + 1
    if pooled in (0, 1) or left <= 0:
        return OmnibusTest(float("nan"), degrees, float("nan"))
    apart = pooled * (1 - pooled) * (1 / pairs.n1 + 1 / pairs.n2)
    np.fill_diagonal(apart, 0.0)
    variances, directions = np.linalg.eigh((apart[1:, :1] + apart[:1, 1:] - apart[1:, 1:]) / 2)
    seen = variances > _ROUNDING * variances.max()
    moved = (value[1:] - value[0]) @ directions[:, seen]
    statistic = float((moved**2 / variances[seen]).sum())
    f = statistic * left / ((left + degrees - 1) * degrees)
    return OmnibusTest(statistic, degrees, float(fdtrc(degrees, left, f)))
