"""How much of the lowest ratio chance alone would make."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairloss.audit.charts import null_strip
from fairloss.audit.page import Column, Figure, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.results import Row
from fairloss.audit.statistics.outcome import Outcome, outcomes
from fairloss.audit.wording import display, number, percent, phrase, ratio
from fairloss.inference import smallest_ratios_by_chance

__all__ = ["chance_sections"]

_SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95)


def chance_sections(report: AuditReport) -> Iterator[Section]:
    """Give for each attribute the smallest ratio under equal rates, beside the one that was seen."""
    found = {outcome.attribute: outcome for outcome in outcomes(report)}
    rows = [row for row in report.rows("omnibus") if row["draws"]]
    if rows and not report.is_data_audit:
        text = (
            "The group with the highest rate is highest partly by luck, so that the lowest of several ratios to it is "
            "often below any mark although all groups are equal. Here the selections are dealt anew to the same people "
            f"as if the group did not matter (seed {report.plan.random_state})."
        )
        figures = tuple(_figure(found[row["attribute"]], row) for row in rows)
        yield Section("The lowest ratio, and chance", (text,), figures=figures)


def _figure(outcome: Outcome, row: Row) -> Figure:
    draws, observed = row["draws"], row["smallest_ratio"]
    dealt = {"draws": draws, "seed": row["random_state"]}
    ratios = smallest_ratios_by_chance(outcome.found.x, outcome.found.n, **dealt)
    as_low = round(row["smallest_ratio_p_value"] * (draws + 1)) - 1
    name = display(row["attribute"], 80)
    title = f"The smallest ratio of {phrase(row['rate'])} between {row['groups']} groups of {name} if all were equal"
    said = f"A ratio as low as the observed {ratio(observed)} came up in {number(as_low)} of {number(draws)} draws."
    rows = [(f"{percent(at, 0)} of draws lie below", ratio(float(np.quantile(ratios, at)))) for at in _SHARES]
    below = f"{number(float((ratios < 0.8).sum()))} of {number(draws)}"
    rows += [("Draws below 0.8", below), ("Observed", ratio(observed))]
    table = Table(title, (Column("What"), Column("Smallest ratio", numeric=True)), tuple(rows))
    return Figure(null_strip(ratios, observed, title=title, description=said), f"{title}. {said}", table)
