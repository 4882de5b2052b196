"""What was given beside the counts, without small counts; what has no rule here is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from fairloss.audit.missing import MissingValues
from fairloss.audit.report import AuditReport
from fairloss.audit.stages import Stages
from fairloss.audit.strata import Strata
from fairloss.audit.suppression.ledger import Ledger
from fairloss.audit.suppression.merging import merge_cells, merge_grouping
from fairloss.audit.suppression.partition import Parts, is_small, partition
from fairloss.audit.suppression.structure import Structure
from fairloss.notions import GroupCounts

__all__ = ["RULES", "Release", "released"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
_MOST_COUNTS = 2000
"""More counts in strata than this are not searched; the strata are left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """What was decided about the tables.

    Parameters
    ----------
    frame : Structure
        How the tables hang together.
    parts : tuple of (parts or None)
        For each table which groups stand alone and which together; None where it is not shown.
    smallest : int
        The smallest count that may be printed.
    """

    frame: Structure
    parts: tuple[Parts | None, ...]
    smallest: int

    @property
    def shown(self) -> list[tuple[int, Parts]]:
        """The tables that are shown."""
        return [(place, parts) for place, parts in enumerate(self.parts) if parts is not None]

    def sums(self) -> list[Floats]:
        """Give the sums that the shown tables publish in a layer."""
        return [self.frame.part(place, part) for place, parts in self.shown for part in parts]


Together = list[tuple[str, tuple[str, ...]]]
Rule = Callable[[Any, AuditReport, Release], tuple[Any, Together]]


def released(report: AuditReport, release: Release) -> tuple[dict[str, Any], Together, list[str]]:
    """Give the evidence that can be shown, what was put together in it, and the names of what is left out."""
    evidence: dict[str, Any] = {}
    together: Together = []
    left_out = []
    for name, value in report.evidence.items():
        found, merged = RULES[name](value, report, release) if name in RULES else (None, [])
        if found is None:
            left_out.append(name.replace("_", " "))
        else:
            evidence[name] = found
            together += merged
    return evidence, together, left_out


def _kept(value: Any, report: AuditReport, release: Release) -> tuple[Any, Together]:
    return value, []


def _missing(tables: tuple[MissingValues, ...], report: AuditReport, release: Release) -> tuple[Any, Together]:
    """Keep the columns in which no group of any table has a small count, so that no sum can tell one."""
    columns = [
        place
        for place in range(len(tables[0].columns))
        if not any(
            is_small(one, release.smallest).any()
            for table in tables
            for one in (table.missing[place], table.rows - table.missing[place])
        )
    ]
    if not columns:
        return None, []
    kept = []
    for place, parts in release.shown:
        table, grouping = tables[place], report.tables[place].grouping
        names = merge_grouping(grouping, parts).names if grouping else table.groups
        missing = merge_cells(table.missing[columns], parts, 1)
        rows, labels = merge_cells(table.rows, parts), tuple(table.columns[one] for one in columns)
        kept.append(MissingValues(table.attribute, names, labels, missing, rows))
    return tuple(kept), []


def _stages(stages: Stages, report: AuditReport, release: Release) -> tuple[Any, Together]:
    """Keep a funnel whose printed counts are not small and give no small one away."""
    cells = [np.asarray(counts.cells, np.float64) for counts in stages.tables]
    for stage in range(len(stages.names)):
        for decision in (0, 1):
            if not _layer_is_printable([table[stage, :, 0, decision] for table in cells], release):
                return None, []
    tables = tuple(
        GroupCounts(merge_cells(stages.tables[place].cells, parts, 1), grouping=_grouping(report, place, parts))
        for place, parts in release.shown
    )
    return Stages(stages.names, tables), []


def _layer_is_printable(counts: list[Floats], release: Release) -> bool:
    values = release.frame.values(counts)
    sums = release.sums()
    if any(is_small(np.array([one @ np.nan_to_num(values)]), release.smallest).any() for one in sums):
        return False
    ledger = Ledger(release.frame.size, np.flatnonzero(is_small(values, release.smallest)).tolist())
    ledger.publish(release.frame.relations())
    ledger.publish(np.eye(release.frame.size)[values == 0])
    return not ledger.gives_away(sums)


def _grouping(report: AuditReport, place: int, parts: Parts) -> Any:
    grouping = report.tables[place].grouping
    return None if grouping is None else merge_grouping(grouping, parts)


def _strata(strata: Strata, report: AuditReport, release: Release) -> tuple[Any, Together]:
    """Put strata together until nothing small is printed or given away, next to the counts over all of them."""
    number = len(strata.grouping)
    if (number + 1) * release.frame.size > _MOST_COUNTS:
        return None, []
    cells = [np.asarray(counts.cells, np.float64) for counts in strata.tables]
    shape = cells[0].shape[2] * cells[0].shape[3]
    flat = [table.reshape(number, table.shape[1], shape) for table in cells]
    layers = [[[table[stratum, :, layer] for table in flat] for stratum in range(number)] for layer in range(shape)]
    printed = [flat[place][:, list(part)].sum(1) for place, parts in release.shown for part in parts]

    def sums(chosen: Parts) -> list[list[Floats]]:
        return [[_spread(one, part, number, release) for part in chosen for one in release.sums()]] * shape

    ledgers = [_strata_ledger(layer, release) for layer in layers]
    parts = partition(np.concatenate(printed, axis=1), sums, ledgers, release.smallest)
    if parts is None:
        return None, []
    tables = tuple(
        GroupCounts(
            merge_cells(merge_cells(strata.tables[place].cells, parts), own, 1),
            grouping=_grouping(report, place, own),
        )
        for place, own in release.shown
    )
    names = strata.grouping.names
    together = [(strata.grouping.attribute, tuple(names[code] for code in parts[-1]))] if len(parts[-1]) > 1 else []
    return Strata(merge_grouping(strata.grouping, parts), tables), together


def _spread(one: Floats, strata: tuple[int, ...], number: int, release: Release) -> Floats:
    """Give a sum within some strata as a vector over all strata and, last, all of them together."""
    vector = np.zeros((number + 1, release.frame.size))
    vector[list(strata)] = one
    return vector.ravel()


def _strata_ledger(layer: list[list[Floats]], release: Release) -> Ledger:
    """Give what is known of one layer before any stratum is printed."""
    number, size = len(layer), release.frame.size
    values = [release.frame.values(counts) for counts in layer]
    values.append(release.frame.values([np.sum(tables, axis=0) for tables in zip(*layer, strict=True)]))
    flat = np.concatenate(values)
    ledger = Ledger(flat.size, np.flatnonzero(is_small(flat, release.smallest)).tolist())
    ledger.publish(
        _spread(one, (stratum,), number, release) for one in release.frame.relations() for stratum in range(number + 1)
    )
    for place in range(size):
        whole = np.zeros((number + 1, size))
        whole[:, place] = [*(1,) * number, -1]
        ledger.publish([whole.ravel()])
    ledger.publish(np.eye(flat.size)[flat == 0])
    ledger.publish(_spread(one, (number,), number, release) for one in release.sums())
    return ledger


RULES: Mapping[str, Rule] = MappingProxyType(
    {"missing": _missing, "strata": _strata, "stages": _stages, "statement": _kept}
)
"""How evidence is shown without small counts, by its name; a kind without a rule is left out."""
