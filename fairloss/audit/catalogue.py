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
from fairloss.audit.data import (
    categories,
    columns,
    drift,
    duplicates,
    joint,
    labels,
    leaks,
    missingness,
    near_copies,
    population,
    proxies,
    rate_drift,
)
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


_DATA_EVIDENCE = (
    Evidence(
        "stated_population", "the shares of the groups outside the data", population.write_population,
        population.read_population,
    ),
    Evidence(
        "columns", "each column as bins, by group, half and label", columns.write_columns, columns.read_columns,
        columns.inconsistent_columns,
    ),
    Evidence(
        "joint_scores", "scores by which all columns together tell a group", joint.write_joint, joint.read_joint,
        joint.inconsistent_joint,
    ),
    Evidence(
        "equal_rows", "rows that are there twice", duplicates.write_duplicates, duplicates.read_duplicates,
        duplicates.inconsistent_duplicates,
    ),
    Evidence(
        "near_copies", "pairs of rows that differ in one column", near_copies.write_near_copies,
        near_copies.read_near_copies,
    ),
    Evidence("strange_values", "values that look wrong", categories.write_strange, categories.read_strange),
    Evidence("stated_leaks", "columns that the caller names as leaking", leaks.write_stated, leaks.read_stated),
    Evidence("annotator_counts", "labels by who gave them", members.write_strata, members.read_strata),
    Evidence("parts", "columns and labels by part", drift.write_drift, drift.read_drift, drift.inconsistent_drift),
)  # fmt: skip

_DATA_RESULTS = (
    Result(
        "population", "the groups against those outside the data", population.POPULATION_COLUMNS,
        population.population_rows, population.population_findings,
    ),
    Result("leaks", "how well each column tells the label", leaks.LEAK_COLUMNS, leaks.leak_rows, leaks.leak_findings),
    Result(
        "proxies", "how well each column tells the group", proxies.PROXY_COLUMNS, proxies.proxy_rows,
        proxies.proxy_findings,
    ),
    Result("joint_proxies", "how well all columns together tell the group", joint.JOINT_COLUMNS, joint.joint_rows),
    Result(
        "missing_by_label", "whether a missing value goes with the label", missingness.MISSING_LABEL_COLUMNS,
        missingness.missing_label_rows, missingness.missing_label_findings,
    ),
    Result(
        "wrong_labels", "how many wrong labels would explain a gap", labels.WRONG_LABEL_COLUMNS,
        labels.wrong_label_rows, labels.wrong_label_findings,
    ),
    Result(
        "annotators", "base rates by who gave the label", labels.ANNOTATOR_COLUMNS, labels.annotator_rows,
        labels.annotator_findings,
    ),
    Result(
        "duplicates", "rows that are there twice, by group", duplicates.DUPLICATE_COLUMNS, duplicates.duplicate_rows,
        duplicates.duplicate_findings,
    ),
    Result(
        "expected_copies", "how many equal rows chance gives", near_copies.NEAR_COPY_COLUMNS,
        near_copies.near_copy_rows,
    ),
    Result(
        "categories", "values that look wrong", categories.CATEGORY_COLUMNS, categories.category_rows,
        categories.category_findings,
    ),
    Result("drift", "columns by part", drift.DRIFT_COLUMNS, drift.drift_rows, drift.drift_findings),
    Result(
        "base_rate_drift", "base rates by part and group", rate_drift.RATE_DRIFT_COLUMNS, rate_drift.rate_drift_rows,
        rate_drift.rate_drift_findings,
    ),
)  # fmt: skip

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
    *_DATA_EVIDENCE,
)

_RESULTS = (
    Result("rates", "each rate in each group", RATE_COLUMNS, _rates),
    Result("disparities", "each group against the reference, and the worst gap", DISPARITY_COLUMNS, _disparities),
    Result("representation", "how many rows each group has", REPRESENTATION_COLUMNS, _representation),
    Result("missing_values", "which columns lack values, by group", MISSING_COLUMNS, _missing_values),
    Result("scores", "how the scores of each group lie and rank", SCORE_COLUMNS, _scores),
    Result("stratum_rates", "each rate in each group, within each stratum", STRATUM_COLUMNS, _stratum_rates),
    Result("adjusted", "each gap with the strata held constant", ADJUSTED_COLUMNS, _adjusted, _reversals, True),
    *_DATA_RESULTS,
)

EVIDENCE: Mapping[str, Evidence] = MappingProxyType({one.name: one for one in _EVIDENCE})
"""Every kind of evidence by its name, in the order of the record."""

RESULTS: Mapping[str, Result] = MappingProxyType({one.name: one for one in _RESULTS})
"""Every table of results by its name, in the order of the record."""
