"""Intervals of a change between two audits of different people."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairloss.audit.change import AuditChange
from fairloss.audit.clustered_estimates import Counted, counted
from fairloss.audit.estimates import Estimates
from fairloss.audit.results import attribute_of
from fairloss.inference import difference_interval, normal_interval
from fairloss.notions import MeanRate, Rate

__all__ = ["independent_ends"]


def independent_ends(change: AuditChange) -> Iterator[tuple[tuple[str, str, str], tuple[float, float]]]:
    """Give the ends of each change of a rate, keyed by attribute, group and rate, at the level of the first audit.

    Newcombe's interval of a difference of two shares (1998, Statistics in Medicine 17, 873-890), for other rates the
    normal one with the two standard errors; both as the clusters of each audit have them, where rows go together. Only
    where both audits define the rate alike and have a value.
    """
    later = {attribute_of(table.counts): table for table in counted(change.after)}
    known = {rate.name: rate for rate in change.after.plan.rates}
    for table in counted(change.before):
        attribute = attribute_of(table.counts)
        for rate in change.before.plan.rates if attribute in later else ():
            if known.get(rate.name) == rate:
                yield from _rate_ends(rate, attribute, table, later[attribute], change.before.plan.level)


def _rate_ends(
    rate: Rate | MeanRate, attribute: str, before: Counted, after: Counted, level: float
) -> Iterator[tuple[tuple[str, str, str], tuple[float, float]]]:
    first, second = (table.estimate(rate, level) for table in (before, after))
    for code, group in enumerate(before.counts.names):
        if group in after.counts.names:
            other = after.counts.names.index(group)
            if first.defined[code] and second.defined[other]:
                yield (attribute, group, rate.name), _interval(first, code, second, other, level)


def _interval(first: Estimates, code: int, second: Estimates, other: int, level: float) -> tuple[float, float]:
    if first.rate.is_proportion:
        (x1, n1), (x2, n2) = second.people(level), first.people(level)
        found = difference_interval(x1[other], n1[other], x2[code], n2[code], level=level)
    else:
        error = np.hypot(first.spread(level)[code], second.spread(level)[other])
        found = normal_interval(second.value[other] - first.value[code], error, level=level)
    return float(found.low), float(found.high)
