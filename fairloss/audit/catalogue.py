"""What a record can hold beyond its counts: evidence that was given, and results that follow; one entry adds one.

A member that an audit did not ask for is not in its record. Archive, restoring, verification, schema and data frames
read these two catalogues; the page reads `fairloss.audit.sections`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fairloss.audit import members
from fairloss.audit.missing import MISSING_COLUMNS, missing_rows
from fairloss.audit.results import (
    DISPARITY_COLUMNS,
    RATE_COLUMNS,
    REPRESENTATION_COLUMNS,
    Row,
    disparity_rows,
    rate_rows,
    representation_rows,
)
from fairloss.audit.scores import SCORE_COLUMNS, score_rows
from fairloss.audit.stages import STAGE_COLUMNS, inconsistent_stages, read_stages, stage_rows, write_stages
from fairloss.audit.strata import ADJUSTED_COLUMNS, STRATUM_COLUMNS, adjusted_rows, reversals, stratum_rows
from fairloss.audit.suppression import read_suppression, write_suppression

if TYPE_CHECKING:
    from fairloss.audit.findings import Finding
    from fairloss.audit.mismatches import Mismatch
    from fairloss.audit.report import AuditReport
    from fairloss.notions import GroupCounts

__all__ = ["EVIDENCE", "RESULTS", "Evidence", "Result"]


def _nothing(report: AuditReport) -> Iterator[Any]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Evidence:
    """A kind of evidence: what an audit was given beside the counts, and what results are computed from.

    Parameters
    ----------
    name : str
        Its member in the record and its key in `AuditReport.evidence`; its JSON Schema is the file of this name
        under ``schemas/members``.
    reads : str
        What it is.
    write : callable
        From the value to plain data.
    read : callable
        From plain data and the tables of counts back to the value.
    inconsistent : callable
        From a report that holds it to the values that disagree with other evidence.
    """

    name: str
    reads: str
    write: Callable[[Any], Any]
    read: Callable[[Any, tuple[GroupCounts, ...]], Any]
    inconsistent: Callable[[AuditReport], Iterator[Mismatch]] = _nothing


@dataclass(frozen=True, slots=True)
class Result:
    """A table of results that follows from the record alone.

    Parameters
    ----------
    name : str
        Its member in the record, and its name for `AuditReport.table`; its JSON Schema is the file of this name under
        ``schemas/members``.
    reads : str
        What it shows.
    columns : tuple of str
        The columns of its data frame.
    rows : callable
        From a report to its rows; no rows where the report lacks what it needs.
    findings : callable
        From a report to what its rows establish.
    qualifies : bool
        Whether its findings qualify the gaps, and so come before them.
    """

    name: str
    reads: str
    columns: tuple[str, ...]
    rows: Callable[[AuditReport], Iterable[Row]]
    findings: Callable[[AuditReport], Iterable[Finding]] = _nothing
    qualifies: bool = False


def _rates(report: AuditReport) -> Iterator[Row]:
    for counts in report.tables:
        yield from rate_rows(counts, report.plan.rates, report.plan.level)


def _disparities(report: AuditReport) -> Iterator[Row]:
    for counts in report.tables:
        yield from disparity_rows(counts, report.plan)


def _representation(report: AuditReport) -> Iterator[Row]:
    for counts in report.tables:
        yield from representation_rows(counts, report.plan.level)


def _missing_values(report: AuditReport) -> Iterator[Row]:
    for table in report.missing:
        yield from missing_rows(table, report.plan.level)


def _scores(report: AuditReport) -> Iterator[Row]:
    for attribute, scores in zip(report.attributes, report.scores, strict=False):
        yield from score_rows(attribute, scores, report.plan.level)


def _stratum_rates(report: AuditReport) -> Iterable[Row]:
    return () if report.control is None else stratum_rows(report.control, report.plan)


def _adjusted(report: AuditReport) -> Iterable[Row]:
    return () if report.control is None else adjusted_rows(report.control, report.plan)


def _reversals(report: AuditReport) -> Iterable[Finding]:
    if report.control is None:
        return ()
    return reversals(report.rows("adjusted"), report.control, report.rows("disparities"))


def _stage_rates(report: AuditReport) -> Iterable[Row]:
    return stage_rows(report.evidence["stages"], report.plan) if "stages" in report.evidence else ()


_EVIDENCE = (
    Evidence("missing", "rows without a value, by column and group", members.write_missing, members.read_missing),
    Evidence("score_histograms", "scores on equal bins", members.write_histograms, members.read_histograms),
    Evidence(
        "strata",
        "the same counts within strata",
        members.write_strata,
        members.read_strata,
        members.inconsistent_strata,
    ),
    Evidence("stages", "the counts of a funnel, stage by stage", write_stages, read_stages, inconsistent_stages),
    Evidence("suppression", "what was hidden because few people are behind it", write_suppression, read_suppression),
)

_RESULTS = (
    Result("rates", "each rate in each group", RATE_COLUMNS, _rates),
    Result("disparities", "each group against the reference, and the worst gap", DISPARITY_COLUMNS, _disparities),
    Result("representation", "how many rows each group has", REPRESENTATION_COLUMNS, _representation),
    Result("missing_values", "which columns lack values, by group", MISSING_COLUMNS, _missing_values),
    Result("scores", "how the scores of each group lie and rank", SCORE_COLUMNS, _scores),
    Result("stratum_rates", "each rate in each group, within each stratum", STRATUM_COLUMNS, _stratum_rates),
    Result("adjusted", "each gap with the strata held constant", ADJUSTED_COLUMNS, _adjusted, _reversals, True),
    Result("stage_rates", "who goes on at each stage of a funnel", STAGE_COLUMNS, _stage_rates),
)

EVIDENCE: Mapping[str, Evidence] = MappingProxyType({one.name: one for one in _EVIDENCE})
"""Every kind of evidence by its name, in the order of the record."""

RESULTS: Mapping[str, Result] = MappingProxyType({one.name: one for one in _RESULTS})
"""Every table of results by its name, in the order of the record."""
