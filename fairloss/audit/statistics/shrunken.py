"""Rates of thin groups drawn toward all groups, beside the raw ones; and how many people weighted rows stand for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fairloss.audit.results import Row, attribute_of
from fairloss.audit.statistics.outcome import outcomes
from fairloss.inference import shrunk_rates

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["EFFECTIVE_COLUMNS", "SHRUNKEN_COLUMNS", "effective_rows", "shrunken_rows"]

SHRUNKEN_COLUMNS = ("attribute", "group", "rate", "raw", "shrunken", "low", "high", "own_weight")
EFFECTIVE_COLUMNS = ("attribute", "group", "weight", "effective_rows")
_FEWEST_CROSSINGS = 3


def shrunken_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per group of crossed attributes, where three or more have people."""
    for outcome in outcomes(report):
        crossed = outcome.counts.grouping is not None and len(outcome.counts.grouping.attributes) > 1
        if not crossed or outcome.found.defined.sum() < _FEWEST_CROSSINGS:
            continue
        found = shrunk_rates(outcome.found.x, outcome.found.n, level=report.plan.level)
        known = ~np.isnan(found.shrunk)
        low, high = (np.where(known, end, np.nan) for end in (found.interval.low, found.interval.high))
        for code, name in enumerate(outcome.counts.names):
            values = (outcome.found.value[code], found.shrunk[code], low[code], high[code], found.weight[code])
            head = (outcome.attribute, name, outcome.found.rate.name)
            yield dict(zip(SHRUNKEN_COLUMNS, (*head, *map(float, values)), strict=True))


def effective_rows(report: AuditReport) -> Iterator[Row]:
    """Give one row per group where rows are weighted: the sum of weights, and Kish's size of them."""
    for counts in report.tables:
        if counts.squares is None:
            continue
        weights = np.asarray(counts.sizes, np.float64)
        squares = np.asarray(counts.squares, np.float64).sum((-1, -2))
        kish = np.divide(weights**2, squares, out=np.zeros_like(weights), where=squares > 0)
        for name, weight, rows in zip(counts.names, weights, kish, strict=True):
            values = (attribute_of(counts), name, float(weight), float(rows))
            yield dict(zip(EFFECTIVE_COLUMNS, values, strict=True))
