"""Auditing decisions: from arrays or from the columns of a table to counts, once, and then to the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from fairloss.audit.counts import audit_counts
from fairloss.audit.missing import Unknown
from fairloss.audit.plan import About, Notions, Plan
from fairloss.audit.report import AuditReport
from fairloss.audit.scores import count_scores
from fairloss.audit.statistics.row_evidence import row_evidence
from fairloss.audit.strata import count_strata
from fairloss.errors import InputError
from fairloss.notions import GroupCounts, Groups
from fairloss.tables import binary, column, encode, missing_flags, read_table, same_rows, weights
from fairloss.tables.columns import feature_columns

__all__ = ["audit_predictions", "audit_table", "group_tables", "unknown_rows"]

Missing = Literal["group", "unknown"]


def audit_predictions(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    y_score: Any = None,
    sample_weight: Any = None,
    control_features: Any = None,
    clusters: Any = None,
    membership: Mapping[str, Any] | None = None,
    pos_label: Any = 1,
    level: float = 0.95,
    cross: bool = True,
    notions: Notions = None,
    reference: str | Mapping[str, str] = "highest",
    missing: Missing = "group",
    about: About | Mapping[str, Any] | None = None,
) -> AuditReport:
    """Audit decisions: each rate in each group, each group against a reference, and what that establishes.

    Parameters
    ----------
    y_true : array-like of shape (n,) or None
        Labels with two values; None audits the decisions alone.
    y_pred : array-like of shape (n,)
        Decisions with two values (not scores: turn those into decisions with a threshold first).
    sensitive_features : array-like, frame, mapping or Groups
        One or several attributes. Each is audited alone, and several also crossed.
    y_score : array-like of shape (n,), optional
        Scores, for the AUC of each group; not weighted. They decide nothing here.
    sample_weight : array-like of shape (n,), optional
        Weights; intervals then use the effective number of rows.
    control_features : array-like, frame or mapping, optional
        What may explain a gap: rates are also given within its strata, and gaps with the strata held constant.
    clusters : array-like of shape (n,), or mapping of its name to it, optional
        Whose rows go together, e.g. recruiter, branch or applicant: intervals of rates then take rows of one cluster
        together, and so do the differences of the table ``"clustered"``.
    membership : mapping of group to array-like of shape (n,), optional
        The chance of each row to be in each group (from surname and place, say), where groups are not recorded: rates
        by weights, by a threshold and within sharp bounds are in the table ``"proxy_rates"``.
    pos_label : scalar
        The favorable value of label and decision.
    level : float
        Confidence level of every interval.
    cross : bool
        Whether several attributes are also crossed.
    notions : names or values, optional
        What is measured; the usual ones where not given. A mapping such as ``fairloss.notions.NOTIONS`` means all.
    reference : {"highest", "largest"} or mapping of attribute to group
        What each group is compared with; see `audit_counts`.
    missing : {"group", "unknown"}
        Rows without a value of an attribute: a group of their own, or left out of its table, counted and said so.
    about : About or mapping, optional
        Title, source, model, seed, created, favorable: what the report says about its subject.

    Returns
    -------
    AuditReport
        With ``rates``, ``disparities``, ``findings``, ``to_json``, ``to_html`` and ``to_markdown``.

    Raises
    ------
    InputError
        One sentence for unequal lengths, missing or third labels, scores in place of decisions, an empty table, one
        group only, or an unknown notion, level or reference.

    Examples
    --------
    >>> report = audit_predictions(
    ...     [1, 0, 1, 0, 1, 0, 1, 0], [1, 0, 1, 1, 0, 0, 1, 0], sensitive_features={"sex": list("FFFFMMMM")}
    ... )
    >>> report.attributes, len(report.findings) > 0
    (('sex',), True)
    """
    given = {"y_score": y_score, "sample_weight": sample_weight, "control_features": control_features}
    same_rows("audit_predictions", y_true=y_true, y_pred=y_pred, sensitive_features=sensitive_features, **given)
    label = None if y_true is None else binary(y_true, pos_label=pos_label, role="y_true")
    decision = None if y_pred is None else binary(y_pred, pos_label=pos_label, role="y_pred")
    if label is None and decision is None:
        raise InputError("An audit needs labels or decisions, got neither. Pass y_true, y_pred or both.")
    groups = group_tables(sensitive_features, cross=cross, missing=missing)
    weight = None if sample_weight is None else weights(sample_weight)
    counts = [GroupCounts.of(label, decision, each, weight) for each in groups]
    unknown = unknown_rows(sensitive_features, groups)
    scores = () if y_score is None else tuple(count_scores(label, y_score, each) for each in groups)
    control = None
    if control_features is not None:
        control = count_strata(label, decision, groups, encode(control_features, cross=True), weight)
    rows = row_evidence(
        y_true, y_pred, groups, clusters=clusters, membership=membership, sample_weight=sample_weight,
        pos_label=pos_label, plan=Plan.for_counts(counts[0], notions, level=level, reference=reference),
    )  # fmt: skip
    return audit_counts(
        counts, notions=notions, level=level, reference=reference, about=about, unknown=unknown,
        evidence={"score_histograms": scores, "strata": control, **rows},
    )  # fmt: skip


def audit_table(
    table: Any,
    *,
    sensitive: str | Sequence[str],
    decision: str | None = None,
    label: str | None = None,
    score: str | None = None,
    weight: str | None = None,
    strata: str | Sequence[str] | None = None,
    clusters: str | None = None,
    membership: Mapping[str, str] | None = None,
    **options: Any,
) -> AuditReport:
    """Audit decisions that are columns of a table.

    Parameters
    ----------
    table : frame, mapping of columns, or path
        A pandas, polars or pyarrow frame, a mapping of arrays, or the path of a CSV or Parquet file.
    sensitive : str or sequence of str
        The columns of the sensitive attributes.
    decision, label, score, weight : str, optional
        Their columns; without ``decision`` only base rates are audited, without ``label`` only decisions.
    strata : str or sequence of str, optional
        The columns within whose values rates are also given.
    clusters : str, optional
        The column that says whose rows go together, e.g. the recruiter.
    membership : mapping of group to column, optional
        The columns that hold the chance to be in each group.
    **options
        As in `audit_predictions`: ``pos_label``, ``level``, ``cross``, ``notions``, ``reference``, ``missing``,
        ``about``.

    Returns
    -------
    AuditReport

    Raises
    ------
    MissingColumn
        With the near names.
    InputError
        Also where the file cannot be read.

    Examples
    --------
    >>> table = {"sex": list("FFMM"), "hired": [0, 1, 1, 1]}
    >>> audit_table(table, sensitive="sex", decision="hired").rates.value.tolist()
    [0.5, 1.0]
    """
    frame = read_table(table)
    names = [sensitive] if isinstance(sensitive, str) else list(sensitive)

    def pick(name: str | None) -> Any:
        return None if name is None else column(frame, name, who="audit_table")

    features = {name: pick(name) for name in names}
    held = [strata] if isinstance(strata, str) else list(strata or ())
    rows = {"y_score": pick(score), "sample_weight": pick(weight)}
    rows["control_features"] = {name: pick(name) for name in held} or None
    rows["clusters"] = None if clusters is None else {clusters: pick(clusters)}
    rows["membership"] = {group: pick(name) for group, name in (membership or {}).items()} or None
    return audit_predictions(pick(label), pick(decision), sensitive_features=features, **rows, **options)


def group_tables(features: Any, *, cross: bool, missing: Missing) -> list[Groups]:
    """Give the groups of each attribute alone, and of all of them crossed where there are several."""
    alone = list(encode(features, cross=False, missing=missing).values())
    return [*alone, encode(features, cross=True, missing=missing)] if cross and len(alone) > 1 else alone


def unknown_rows(features: Any, groups: Sequence[Groups]) -> list[Unknown]:
    """Count for each table the rows without a value, and name the group that they form."""
    columns = {} if isinstance(features, Groups) else feature_columns(features)
    found = []
    for each in groups:
        group = None
        rows = each.unknown
        if not rows and each.grouping.attribute in columns:
            places = np.flatnonzero(missing_flags(columns[each.grouping.attribute]))
            rows = len(places)
            group = each.names[each.codes[places[0]]] if rows else None
        found.append(Unknown(rows, group))
    return found
