"""Intervals of a change between two audits of different people."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairloss.audit.change import AuditChange
from fairloss.audit.estimates import Estimates, estimate
from fairloss.audit.results import attribute_of
from fairloss.inference import difference_interval, normal_interval
from fairloss.notions import GroupCounts, MeanRate, Rate

__all__ = ["independent_ends"]


def independent_ends(change: AuditChange) -> Iterator[tuple[tuple[str, str, str], tuple[float, float]]]:
    """Give the ends of each change of a rate, keyed by attribute, group and rate, at the level of the first audit.

    Newcombe's interval of a difference of two shares (1998, Statistics in Medicine 17, 873-890), for other rates the
    normal one with the two standard errors; only where both audits define the rate alike and have a value.
    """
    later = {attribute_of(counts): counts for counts in change.after.tables}
    known = {rate.name: rate for rate in change.after.plan.rates}
    for counts in change.before.tables:
        attribute = attribute_of(counts)
        for rate in change.before.plan.rates if attribute in later else ():
            if known.get(rate.name) == rate:
                yield from _rate_ends(rate, attribute, counts, later[attribute], change.before.plan.level)


def _rate_ends(
    rate: Rate | MeanRate, attribute: str, before: GroupCounts, after: GroupCounts, level: float
) -> Iterator[tuple[tuple[str, str, str], tuple[float, float]]]:
    first, second = (estimate(rate, counts, level) for counts in (before, after))
    for code, group in enumerate(before.names):
        if group in after.names:
            other = after.names.index(group)
            if first.defined[code] and second.defined[other]:
                yield (attribute, group, rate.name), _interval(first, code, second, other, level)


def _interval(first: Estimates, code: int, second: Estimates, other: int, level: float) -> tuple[float, float]:
    if first.rate.is_proportion:
        found = difference_interval(second.x[other], second.n[other], first.x[code], first.n[code], level=level)
    else:
        error = np.hypot(first.error[code], second.error[other])
        found = normal_interval(second.value[other] - first.value[code], error, level=level)
    return float(found.low), float(found.high)
