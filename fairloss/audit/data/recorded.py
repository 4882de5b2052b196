"""What an audit of data adds to a record."""

from __future__ import annotations

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
    row_sample,
)
from fairloss.audit.kinds import Evidence, Result

__all__ = ["EVIDENCE", "RESULTS"]

EVIDENCE = (
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
    Evidence("annotator_counts", "labels by who gave them", members.write_strata, labels.read_annotators),
    Evidence(
        "row_sample", "the rows that stood for all where rows are needed", row_sample.write_sample,
        row_sample.read_sample, row_sample.inconsistent_sample,
    ),
    Evidence("parts", "columns and labels by part", drift.write_drift, drift.read_drift, drift.inconsistent_drift),
)  # fmt: skip

RESULTS = (
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
    Result(
        "sampled_rows", "the rows that stood for all where rows are needed", row_sample.SAMPLED_COLUMNS,
        row_sample.sampled_rows, row_sample.sampled_findings,
    ),
    Result("drift", "columns by part", drift.DRIFT_COLUMNS, drift.drift_rows, drift.drift_findings),
    Result(
        "base_rate_drift", "base rates by part and group", rate_drift.RATE_DRIFT_COLUMNS, rate_drift.rate_drift_rows,
        rate_drift.rate_drift_findings,
    ),
)  # fmt: skip
