"""What a record can hold beyond its counts: evidence that was given, and results that follow; one entry adds one.

A member that an audit did not ask for is not in its record. Archive, restoring, verification, schema and data frames
read these two catalogues; the page reads `fairloss.audit.sections`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fairloss.audit import members
from fairloss.audit.missing import MISSING_COLUMNS, missing_rows
from fairloss.audit.regimes import asked, reasons, score_counts
from fairloss.audit.regimes.assessment import completeness_rows
from fairloss.audit.regimes.completeness import COMPLETENESS_COLUMNS
from fairloss.audit.regimes.reason_shares import differing_reasons
from fairloss.audit.regimes.score_counts import SCORING_COLUMNS, scoring_rows
from fairloss.audit.regimes.tables import BUILDERS, regime_rows
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
from fairloss.audit.statements import responses, statement
from fairloss.audit.statistics.calibration import CALIBRATION_COLUMNS, calibration_rows
from fairloss.audit.statistics.clusters import (
    CLUSTERED_COLUMNS,
    cluster_findings,
    clustered_rows,
    inconsistent_clusters,
    read_clusters,
    robust_rates,
    write_clusters,
)
from fairloss.audit.statistics.comparisons import COMPARISON_COLUMNS, comparison_findings, comparison_rows
from fairloss.audit.statistics.disagreements import DISAGREEMENT_COLUMNS, disagreement_findings, disagreement_rows
from fairloss.audit.statistics.label_sensitivity import SENSITIVITY_COLUMNS, sensitivity_rows
from fairloss.audit.statistics.memberships import (
    PROXY_COLUMNS,
    impossible_memberships,
    proxy_rows,
    read_memberships,
    write_memberships,
)
from fairloss.audit.statistics.omnibus import OMNIBUS_COLUMNS, omnibus_findings, omnibus_rows
from fairloss.audit.statistics.score_gaps import SCORE_GAP_COLUMNS, score_gap_rows
from fairloss.audit.statistics.shrunken import EFFECTIVE_COLUMNS, SHRUNKEN_COLUMNS, effective_rows, shrunken_rows
from fairloss.audit.statistics.stratified import STRATIFIED_COLUMNS, stratified_findings, stratified_rows
from fairloss.audit.statistics.unknown_bounds import UNKNOWN_COLUMNS, unknown_findings, unknown_rows
from fairloss.audit.strata import ADJUSTED_COLUMNS, STRATUM_COLUMNS, adjusted_rows, reversals, stratum_rows

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
    clusters = report.evidence.get("clusters")
    for place, counts in enumerate(report.tables):
        rows = rate_rows(counts, report.plan.rates, report.plan.level)
        yield from robust_rates(rows, counts, clusters.tables[place], report.plan) if clusters else rows


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


def _statutory(name: str, findings: Callable[[AuditReport], Iterable[Finding]] = _nothing) -> Result:
    """Give the table of results that holds the rows of the statutory tables of one kind, for every regime."""
    builders = [one for one in BUILDERS.values() if one.result == name]
    reads = "; ".join(one.reads for one in builders)
    return Result(name, reads, builders[0].columns, partial(regime_rows, result=name), findings)


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
    Evidence(
        "median_counts",
        "people above the median of all scores",
        score_counts.write_median_counts,
        score_counts.read_median_counts,
    ),
    Evidence(
        "score_moments",
        "number, mean and variance of the scores of each group",
        score_counts.write_score_moments,
        score_counts.read_score_moments,
    ),
    Evidence(
        "reasons",
        "reasons for refusals by group",
        reasons.write_reasons,
        reasons.read_reasons,
        reasons.unknown_reason_groups,
    ),
    Evidence("regimes", "what law and practice ask, as of a day", asked.write_regimes, asked.read_regimes),
    Evidence("statement", "what people state", statement.write_statement, statement.read_statement),
    Evidence(
        "responses",
        "what is done about the findings",
        responses.write_responses,
        responses.restore_responses,
        responses.unknown_responses,
    ),
    Evidence("clusters", "sums over clusters of rows", write_clusters, read_clusters, inconsistent_clusters),
    Evidence(
        "memberships",
        "sums of the chances to be in each group",
        write_memberships,
        read_memberships,
        impossible_memberships,
    ),
)

_RESULTS = (
    Result("rates", "each rate in each group", RATE_COLUMNS, _rates),
    Result("disparities", "each group against the reference, and the worst gap", DISPARITY_COLUMNS, _disparities),
    Result("representation", "how many rows each group has", REPRESENTATION_COLUMNS, _representation),
    Result("missing_values", "which columns lack values, by group", MISSING_COLUMNS, _missing_values),
    Result("scores", "how the scores of each group lie and rank", SCORE_COLUMNS, _scores),
    Result("stratum_rates", "each rate in each group, within each stratum", STRATUM_COLUMNS, _stratum_rates),
    Result("adjusted", "each gap with the strata held constant", ADJUSTED_COLUMNS, _adjusted, _reversals, True),
    Result(
        "comparisons",
        "each group's outcome against the reference: ratio, odds ratio, tests, people, power",
        COMPARISON_COLUMNS,
        comparison_rows,
        comparison_findings,
    ),
    Result(
        "omnibus",
        "all groups at once, and the luck of the highest",
        OMNIBUS_COLUMNS,
        omnibus_rows,
        omnibus_findings,
        True,
    ),
    Result(
        "stratified",
        "each group's outcome against the reference, within strata",
        STRATIFIED_COLUMNS,
        stratified_rows,
        stratified_findings,
    ),
    Result("score_gaps", "how far scores lie apart", SCORE_GAP_COLUMNS, score_gap_rows),
    Result("calibration", "how often labels are favorable at similar scores", CALIBRATION_COLUMNS, calibration_rows),
    Result("shrunken", "rates of thin crossings, drawn toward all groups", SHRUNKEN_COLUMNS, shrunken_rows),
    Result("effective_sizes", "how many rows weighted rows stand for", EFFECTIVE_COLUMNS, effective_rows),
    Result("label_sensitivity", "gaps if a share of the labels were wrong", SENSITIVITY_COLUMNS, sensitivity_rows),
    Result(
        "clustered",
        "each rate and gap with rows of one cluster taken together",
        CLUSTERED_COLUMNS,
        clustered_rows,
        cluster_findings,
        True,
    ),
    Result("proxy_rates", "rates of groups that are known by chances only", PROXY_COLUMNS, proxy_rows),
    Result(
        "unknown_bounds",
        "where gaps lie whoever the rows without a group belong to",
        UNKNOWN_COLUMNS,
        unknown_rows,
        unknown_findings,
        True,
    ),
    Result(
        "disagreements",
        "tables that count the same people differently",
        DISAGREEMENT_COLUMNS,
        disagreement_rows,
        disagreement_findings,
        True,
    ),
    Result("scoring_rates", "who scores above the median of all scores", SCORING_COLUMNS, scoring_rows),
    _statutory("impact_ratios"),
    _statutory("selection_tests"),
    _statutory("credit_measures"),
    _statutory("reason_shares", differing_reasons),
    Result("completeness", "what the record holds of what is asked for", COMPLETENESS_COLUMNS, completeness_rows),
)

EVIDENCE: Mapping[str, Evidence] = MappingProxyType({one.name: one for one in _EVIDENCE})
"""Every kind of evidence by its name, in the order of the record."""

RESULTS: Mapping[str, Result] = MappingProxyType({one.name: one for one in _RESULTS})
"""Every table of results by its name, in the order of the record."""
