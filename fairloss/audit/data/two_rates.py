"""Two rates of the same group side by side."""

from __future__ import annotations

from dataclasses import dataclass

from fairloss.inference import difference_interval, equality_test

__all__ = ["TwoRates", "compare_rates"]

_SMALL = 25
"""Below this expected count in one of the four cells the test is Fisher's exact one instead of the pooled z: adjusted
for many columns, p values are read far out in the tail, where z is too small by half at expected counts of 7."""


@dataclass(frozen=True, slots=True)
class TwoRates:
    """The first rate minus the second, with Newcombe's interval and a test; NaN where one of them has no rows."""

    difference: float
    low: float
    high: float
    p_value: float


def compare_rates(x1: int, n1: int, x2: int, n2: int, level: float) -> TwoRates:
    """Compare x1 of n1 with x2 of n2.

    Examples
    --------
    >>> found = compare_rates(30, 100, 50, 100, 0.95)
    >>> print(f"{found.difference:.2f} ({found.low:.2f} to {found.high:.2f}), p {found.p_value:.4f}")
    -0.20 (-0.33 to -0.06), p 0.0039
    """
    if not n1 or not n2:
        return TwoRates(*(float("nan"),) * 4)
    interval = difference_interval(x1, n1, x2, n2, level=level)
    successes, total = x1 + x2, n1 + n2
    small = min(n1, n2) * min(successes, total - successes) < _SMALL * total
    test = equality_test(x1, n1, x2, n2, method="fisher_exact" if small else "pooled_z")
    return TwoRates(x1 / n1 - x2 / n2, float(interval.low), float(interval.high), float(test.p_value))
