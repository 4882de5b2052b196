"""What a record can hold beyond its counts: evidence that was given, and results that follow; one entry adds one.

A member that an audit did not ask for is not in its record. Archive, restoring, verification, schema and data frames
read these two catalogues; the page reads `fairloss.audit.sections`. Each room lists what it adds in its ``recorded``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import fairloss.audit.data.recorded as data
import fairloss.audit.regimes.recorded as regimes
import fairloss.audit.statistics.recorded as statistics
from fairloss.audit import members
from fairloss.audit.clustered_estimates import counted
from fairloss.audit.kinds import Evidence, Result
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
    from fairloss.audit.report import AuditReport

__all__ = ["EVIDENCE", "RESULTS", "Evidence", "Result"]


def _rates(report: AuditReport) -> Iterator[Row]:
    for table in counted(report):
        yield from rate_rows(table, report.plan.rates, report.plan.level)


def _disparities(report: AuditReport) -> Iterator[Row]:
    for table in counted(report):
        yield from disparity_rows(table, report.plan)


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

_ROOMS = (statistics, regimes, data)

EVIDENCE: Mapping[str, Evidence] = MappingProxyType(
    {one.name: one for one in (*_EVIDENCE, *(one for room in _ROOMS for one in room.EVIDENCE))}
)
"""Every kind of evidence by its name, in the order of the record."""

RESULTS: Mapping[str, Result] = MappingProxyType(
    {one.name: one for one in (*_RESULTS, *(one for room in _ROOMS for one in room.RESULTS))}
)
"""Every table of results by its name, in the order of the record."""
