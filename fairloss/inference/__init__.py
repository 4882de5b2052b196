"""How sure we are: intervals, tests, simultaneous bounds and readings, all from counts.

Counts come in as arrays and broadcast; results are float64 arrays that carry their level and method.
"""

from __future__ import annotations

from fairloss.inference.equality import TESTS, EqualityTest, below_four_fifths, equality_test
from fairloss.inference.families import benjamini_hochberg, holm, worst_gap_interval, worst_ratio_interval
from fairloss.inference.intervals import INTERVALS, Interval, difference_interval, rate_interval, ratio_interval
from fairloss.inference.normal import effective_size, normal_interval
from fairloss.inference.power import minimum_detectable_ratio, power_at_ratio
from fairloss.inference.readings import READINGS, Reading, read_ratio

__all__ = [
    "INTERVALS",
    "READINGS",
    "TESTS",
    "EqualityTest",
    "Interval",
    "Reading",
    "below_four_fifths",
    "benjamini_hochberg",
    "difference_interval",
    "effective_size",
    "equality_test",
    "holm",
    "minimum_detectable_ratio",
    "normal_interval",
    "power_at_ratio",
    "rate_interval",
    "ratio_interval",
    "read_ratio",
    "worst_gap_interval",
    "worst_ratio_interval",
]
