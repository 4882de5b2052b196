"""Which reasons for refusals one group is given more often than another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.findings import Finding
from fairloss.audit.share_interval import share_interval
from fairloss.audit.wording import display, percent, share
from fairloss.inference import equality_test, holm

if TYPE_CHECKING:
    from fairloss.audit.regimes.reasons import Reasons
    from fairloss.audit.regimes.regime import Regime, TableRequest
    from fairloss.audit.report import AuditReport

__all__ = ["REASON_COLUMNS", "differing_reasons", "reason_rows"]

REASON_COLUMNS = (
    "regime",
    "attribute",
    "reason",
    "group",
    "notices",
    "count",
    "share",
    "low",
    "high",
    "reference",
    "ratio",
    "p_value",
    "p_adjusted",
    "note",
)


def reason_rows(report: AuditReport, regime: Regime, request: TableRequest) -> Iterator[dict[str, Any]]:
    """Give one row per reason and group: the share of the group's notices that give the reason.

    Each group is compared with the control group of the audit, else with the group that has the most notices: ratio
    of the shares, Fisher's mid-p, and Holm's adjustment over all reasons and groups. Intervals of shares are those of
    Agresti and Coull.
    """
    reasons: Reasons | None = report.evidence.get("reasons")
    if reasons is None:
        return
    named = report.plan.fixed_reference(reasons.attribute)
    control = reasons.groups.index(named) if named in reasons.groups else int(reasons.notices.argmax())
    others = [code for code in range(len(reasons.groups)) if code != control]
    test = equality_test(
        reasons.counts[:, others],
        reasons.notices[others],
        reasons.counts[:, [control]],
        reasons.notices[[control]],
        method="fisher_mid_p",
    )
    p_values = np.full(reasons.counts.shape, np.nan)
    p_values[:, others] = test.p_value
    adjusted = holm(p_values.ravel()).reshape(p_values.shape)
    interval = share_interval(reasons.counts, reasons.notices, level=report.plan.level)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = reasons.counts / reasons.notices
        ratios = shares / shares[:, [control]]
    for (place, code), count in np.ndenumerate(reasons.counts):
        known = reasons.notices[code] > 0
        ratio = ratios[place, code] if code != control and np.isfinite(ratios[place, code]) else np.nan
        head = (regime.name, reasons.attribute, reasons.reasons[place], reasons.groups[code])
        ends = (interval.low[place, code], interval.high[place, code]) if known else (np.nan, np.nan)
        numbers = (shares[place, code], *ends)
        tests = (ratio, p_values[place, code], adjusted[place, code])
        note = "" if known else "it has no notices"
        values = (*head, int(reasons.notices[code]), int(count), *map(float, numbers), reasons.groups[control])
        yield dict(zip(REASON_COLUMNS, (*values, *map(float, tests), note), strict=True))


def differing_reasons(report: AuditReport) -> Iterator[Finding]:
    """Name each reason that a group is given more or less often than the control, beyond chance."""
    told: set[tuple[str, str]] = set()
    rows = report.rows("reason_shares")
    for row in rows:
        if not row["p_adjusted"] < 1 - report.plan.level or (row["reason"], row["group"]) in told:
            continue
        told.add((row["reason"], row["group"]))
        key = (row["regime"], row["reason"], row["reference"])
        other = next(one for one in rows if (one["regime"], one["reason"], one["group"]) == key)
        sentence = (
            f"The reason “{display(row['reason'], 80)}” is given in {_of(row)} of the notices to "
            f"{display(row['group'], 60)} and in {_of(other)} of those to {display(other['group'], 60)}. "
            "A difference between the two is established."
        )
        yield Finding("reasons_differ", sentence, (row, other))


def _of(row: dict[str, Any]) -> str:
    return f"{percent(row['share'])} ({share(row['count'], row['notices'])})"
