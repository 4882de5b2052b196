"""What statistics add to a record."""

from __future__ import annotations

from fairloss.audit.kinds import Evidence, Result
from fairloss.audit.statistics.calibration import CALIBRATION_COLUMNS, calibration_rows
from fairloss.audit.statistics.clusters import (
    CLUSTERED_COLUMNS,
    cluster_findings,
    clustered_rows,
    inconsistent_clusters,
    read_clusters,
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
from fairloss.audit.statistics.row_counts import (
    CELL_COLUMNS,
    cell_rows,
    inconsistent_rows,
    read_row_counts,
    write_row_counts,
)
from fairloss.audit.statistics.score_gaps import SCORE_GAP_COLUMNS, score_gap_rows
from fairloss.audit.statistics.shrunken import EFFECTIVE_COLUMNS, SHRUNKEN_COLUMNS, effective_rows, shrunken_rows
from fairloss.audit.statistics.stratified import STRATIFIED_COLUMNS, stratified_findings, stratified_rows
from fairloss.audit.statistics.unknown_bounds import UNKNOWN_COLUMNS, unknown_findings, unknown_rows

__all__ = ["EVIDENCE", "RESULTS"]

EVIDENCE = (
    Evidence("clusters", "sums over clusters of rows", write_clusters, read_clusters, inconsistent_clusters),
    Evidence(
        "memberships",
        "sums of the chances to be in each group",
        write_memberships,
        read_memberships,
        impossible_memberships,
    ),
    Evidence("row_counts", "the rows behind sums of weights", write_row_counts, read_row_counts, inconsistent_rows),
)

RESULTS = (
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
    Result("cell_rows", "how many rows are behind each sum of weights", CELL_COLUMNS, cell_rows),
    Result("label_sensitivity", "gaps if a share of the labels were wrong", SENSITIVITY_COLUMNS, sensitivity_rows),
    Result(
        "clustered",
        "what clusters do to rates and gaps, beside rows by themselves",
        CLUSTERED_COLUMNS,
        clustered_rows,
        cluster_findings,
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
)
