"""Whether the label can be trusted: who gave it, and how many wrong ones would explain a gap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.data.marks import finding_chance
from fairloss.audit.estimates import estimate
from fairloss.audit.findings import Finding
from fairloss.audit.members import read_strata
from fairloss.audit.results import Row, attribute_of, reference_code
from fairloss.audit.share_interval import share_interval
from fairloss.audit.strata import Strata
from fairloss.audit.wording import count, display, listing, percent, share
from fairloss.inference import association, holm, label_error_that_explains
from fairloss.notions import RATES, GroupCounts

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = [
    "ANNOTATOR_COLUMNS", "WRONG_LABEL_COLUMNS", "annotator_findings", "annotator_rows", "read_annotators",
    "wrong_label_findings", "wrong_label_rows",
]  # fmt: skip

WRONG_LABEL_COLUMNS = ("attribute", "group", "reference", "base_rate", "reference_rate", "missed", "spurious")
ANNOTATOR_COLUMNS = (
    "attribute", "group", "annotator", "favorable", "rows", "value", "low", "high", "p_value", "p_adjusted",
)  # fmt: skip


def wrong_label_rows(report: AuditReport) -> Iterator[Row]:
    """Give, for each group below the reference, the share of wrong labels that would explain its gap; no crossings.

    ``missed``: of those of the group who deserve the favorable label, the share who were denied it. ``spurious``: of
    those of the reference who do not deserve it, the share who were given it. Undefined where no share closes the gap.
    """
    if not report.is_data_audit or "columns" not in report.evidence:
        return
    rate = RATES["base_rate"]
    for counts in (one for one in report.tables if one.grouping is None or len(one.grouping.attributes) == 1):
        found = estimate(rate, counts, report.plan.level)
        reference = reference_code(found, counts, report.plan)
        for code, name in enumerate(counts.names):
            if found.defined[code] and found.defined[reference] and found.value[code] < found.value[reference]:
                shares = (
                    label_error_that_explains(rate, counts, group=code, reference=reference),
                    label_error_that_explains(rate, counts, group=reference, reference=code, error="spurious"),
                )
                head = (attribute_of(counts), name, counts.names[reference])
                rates = (float(found.value[code]), float(found.value[reference]))
                yield dict(zip(WRONG_LABEL_COLUMNS, (*head, *rates, *shares), strict=True))


def wrong_label_findings(report: AuditReport) -> Iterator[Finding]:
    """Say what wrong labels would have to be believed, for each group with an established gap."""
    established = {
        (row["attribute"], row["group"])
        for row in report.rows("disparities")
        if row["comparison"] == "difference" and row["reading"] == "difference_established"
    }
    for row in report.rows("wrong_labels"):
        if (row["attribute"], row["group"]) in established and not np.isnan(row["missed"]):
            group, reference = display(row["group"], 60), display(row["reference"], 60)
            sentence = (
                f"The gap in the label between {group} and {reference} ({display(row['attribute'], 60)}) would be one "
                f"of recording alone if {percent(row['missed'])} of {group} who deserve the favorable label had been "
                f"denied it{_or_spurious(row, reference)}. Whether that is plausible, the data cannot say."
            )
            yield Finding("wrong_labels", sentence, (row,))


def _or_spurious(row: Row, reference: str) -> str:
    if np.isnan(row["spurious"]):
        return ""
    return f", or if {percent(row['spurious'])} of {reference} who do not deserve it had been given it"


def annotator_rows(report: AuditReport) -> Iterator[Row]:
    """Give the base rate of each group by annotator; p tests whether the annotators differ within the group.

    p values are adjusted by Holm over the groups of all attributes; crossed attributes are left out.
    """
    annotators: Strata | None = report.evidence.get("annotator_counts")
    if annotators is None:
        return
    singles = [one for one in annotators.tables if one.grouping is None or len(one.grouping.attributes) == 1]
    chances = [association(np.floor(counts.cells[:, code, :, 0])).p_value for counts, code in _groups(singles)]
    adjusted = holm(chances)
    for (counts, code), chance, held in zip(_groups(singles), chances, adjusted, strict=True):
        favorable, rows = counts.cells[:, code, 1, 0], counts.cells[:, code].sum((-1, -2))
        ends = share_interval(favorable, rows, level=report.plan.level)
        for place, name in enumerate(annotators.grouping.names):
            n = int(rows[place])
            values = (
                (float(favorable[place] / n), float(ends.low[place]), float(ends.high[place])) if n else (np.nan,) * 3
            )
            head = (attribute_of(counts), counts.names[code], name, int(favorable[place]), n)
            yield dict(zip(ANNOTATOR_COLUMNS, (*head, *values, chance, float(held)), strict=True))


def read_annotators(data: Mapping[str, Any], tables: tuple[GroupCounts, ...]) -> Strata:
    """Read labels by who gave them, which are counted for attributes alone: crossed tables come last."""
    return read_strata(data, tables[: len(data["tables"])])


def _groups(tables: list[GroupCounts]) -> Iterator[tuple[GroupCounts, int]]:
    return ((counts, code) for counts in tables for code in range(counts.n_groups))


def annotator_findings(report: AuditReport) -> Iterator[Finding]:
    """Name for each attribute the groups whose label depends on who gave it, the widest apart first."""
    rows = [row for row in report.rows("annotators") if row["p_adjusted"] < finding_chance(report.plan.level)]
    rows = sorted((row for row in rows if row["rows"]), key=lambda row: float(row["value"]))
    for attribute in dict.fromkeys(row["attribute"] for row in rows):
        own = [row for row in rows if row["attribute"] == attribute]
        groups = dict.fromkeys(row["group"] for row in own)
        ends = [[one for one in own if one["group"] == group] for group in groups]
        ends.sort(key=lambda held: held[0]["value"] - held[-1]["value"])
        sentence = (
            f"The label depends on who gave it, within {count(len(ends), 'group')} of {display(attribute, 60)} and "
            f"beyond chance (Holm): {listing(map(_span_of, ends))}."
        )
        yield Finding("annotators", sentence, tuple(row for held in ends for row in (held[0], held[-1])))


def _span_of(held: list[Row]) -> str:
    low, high = (
        f"{percent(row['value'])} by {display(row['annotator'], 60)} ({share(row['favorable'], row['rows'])})"
        for row in (held[0], held[-1])
    )
    return f"“{display(held[0]['group'], 60)}” from {low} to {high}"
