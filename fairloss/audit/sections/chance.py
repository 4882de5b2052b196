"""How much of the lowest ratio chance alone would make."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairloss.audit.charts import null_strip
from fairloss.audit.estimates import estimate
from fairloss.audit.page import Column, Figure, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.results import attribute_of
from fairloss.audit.wording import display, number, percent, ratio
from fairloss.inference import smallest_ratios_by_chance
from fairloss.notions import RATES, GroupCounts

__all__ = ["chance_sections"]

_DRAWS, _SEED = 2000, 0
_MOST_PEOPLE = 10**9
_SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95)
_RATE = RATES["selection_rate"]


def chance_sections(report: AuditReport) -> Iterator[Section]:
    """Give for each attribute the smallest selection ratio under equal rates, beside the one that was seen."""
    if report.is_data_audit or _RATE not in report.plan.rates:
        return
    figures = [figure for counts in report.tables if _can_be_dealt(counts) for figure in _figures(counts)]
    if figures:
        text = (
            "The group with the highest rate is highest partly by luck, so that the lowest of several ratios to it is "
            "often below any mark although all groups are equal. Here the selections are dealt anew to the same people "
            f"{number(_DRAWS)} times as if the group did not matter (seed {_SEED})."
        )
        yield Section("The lowest ratio, and chance", (text,), figures=tuple(figures))


def _can_be_dealt(counts: GroupCounts) -> bool:
    return counts.squares is None and 0 < float(np.sum(counts.sizes)) < _MOST_PEOPLE


def _figures(counts: GroupCounts) -> Iterator[Figure]:
    found = estimate(_RATE, counts, 0.95)
    x, n = found.numerator, found.denominator
    draws = smallest_ratios_by_chance(x, n, draws=_DRAWS, seed=_SEED)
    if not draws.size:
        return
    rates = x[n > 0] / n[n > 0]
    observed = float(rates.min() / rates.max())
    as_low = int((draws <= observed * (1 + 1e-12)).sum())
    name = display(attribute_of(counts), 80)
    title = f"The smallest selection ratio between {rates.size} groups of {name} if all rates were equal"
    said = f"A ratio as low as the observed {ratio(observed)} came up in {number(as_low)} of {number(_DRAWS)} draws."
    rows = [(f"{percent(at, 0)} of draws lie below", ratio(float(np.quantile(draws, at)))) for at in _SHARES]
    below = f"{number(float((draws < 0.8).sum()))} of {number(_DRAWS)}"
    rows += [("Draws below 0.8", below), ("Observed", ratio(observed))]
    table = Table(title, (Column("What"), Column("Smallest ratio", numeric=True)), tuple(rows))
    yield Figure(null_strip(draws, observed, title=title, description=said), f"{title}. {said}", table)
