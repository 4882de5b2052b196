"""The counts of a funnel: who reaches each stage, and who goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.estimates import compare_with, estimate
from fairloss.audit.members import read_cells
from fairloss.audit.mismatches import Mismatch, compare_values
from fairloss.audit.plan import Plan
from fairloss.audit.results import Row, attribute_of, reference_code
from fairloss.notions import RATES, GroupCounts

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["STAGE_COLUMNS", "Stages", "inconsistent_stages", "read_stages", "stage_rows", "write_stages"]

STAGE_COLUMNS = (
    "attribute",
    "stage",
    "group",
    "numerator",
    "denominator",
    "value",
    "low",
    "high",
    "reference",
    "ratio",
    "ratio_low",
    "ratio_high",
)
_RATE = RATES["selection_rate"]


@dataclass(frozen=True, slots=True, eq=False)
class Stages:
    """The counts of a funnel.

    Parameters
    ----------
    names : tuple of str
        The stages in order.
    tables : tuple of GroupCounts
        For each audited attribute the counts of shape (stages, groups, 1, 2) of those who reached a stage.
    """

    names: tuple[str, ...]
    tables: tuple[GroupCounts, ...]


def stage_rows(stages: Stages, plan: Plan) -> Iterator[Row]:
    """Give one row per attribute, stage and group: who went on, and the ratio to the reference of that stage."""
    for counts in stages.tables:
        for place, stage in enumerate(stages.names):
            at = GroupCounts(counts.cells[place], grouping=counts.grouping)
            found = estimate(_RATE, at, plan.level)
            reference = reference_code(found, at, plan)
            ratios = compare_with(found, reference, "ratio", plan.level)
            for code, name in enumerate(at.names):
                same = code == reference
                three = (np.nan,) * 3 if same else (ratios.value[code], ratios.low[code], ratios.high[code])
                numbers = (
                    found.numerator[code],
                    found.denominator[code],
                    found.value[code],
                    found.low[code],
                    found.high[code],
                )
                values = (*map(float, numbers), at.names[reference], *map(float, three))
                yield dict(zip(STAGE_COLUMNS, (attribute_of(at), stage, name, *values), strict=True))


def write_stages(stages: Stages) -> dict[str, Any]:
    """Give a funnel as plain data."""
    return {"names": stages.names, "tables": [counts.cells for counts in stages.tables]}


def read_stages(data: Mapping[str, Any], tables: tuple[GroupCounts, ...]) -> Stages:
    """Read what `write_stages` wrote."""
    pairs = zip(data["tables"], tables, strict=True)
    read = tuple(read_cells({"cells": one, "squares": None}, counts.grouping, axes=4) for one, counts in pairs)
    names = tuple(map(str, data["names"]))
    if any(len(counts.cells) != len(names) for counts in read):
        raise ValueError("a funnel has one table of counts for each stage")
    return Stages(names, read)


def inconsistent_stages(report: AuditReport) -> Iterator[Mismatch]:
    """Compare who enters and who is left at the end with the counts over all rows."""
    stages: Stages | None = report.evidence.get("stages")
    for place, counts in enumerate(stages.tables if stages else ()):
        cells = np.asarray(counts.cells)
        selected = cells[-1, :, :, 1]
        bottom = np.stack([cells[0].sum(-1) - selected, selected], axis=-1)
        yield from compare_values(report.tables[place].cells.tolist(), bottom.tolist(), f"/counts/{place}/cells")
