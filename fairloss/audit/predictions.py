"""Auditing decisions: from arrays to counts, once, and then to the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from fairloss.audit.counts import audit_counts
from fairloss.audit.missing import Unknown
from fairloss.audit.plan import About, Notions
from fairloss.audit.regimes.asked import Stated, score_evidence, score_requests
from fairloss.audit.regimes.catalogue import RegimeNames
from fairloss.audit.regimes.reasons import Reasons
from fairloss.audit.report import AuditReport
from fairloss.audit.strata import count_strata
from fairloss.errors import InputError
from fairloss.notions import Grouping, Groups
from fairloss.tables import Tally, encode, favorable, missing_flags, same_rows, tally_columns
from fairloss.tables.columns import feature_columns
from fairloss.tables.crossing import Cells

__all__ = ["Attributes", "audit_predictions", "audit_tally", "group_tables", "unknown_rows"]

Missing = Literal["group", "unknown"]


def audit_predictions(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    y_score: Any = None,
    sample_weight: Any = None,
    control_features: Any = None,
    pos_label: Any = 1,
    level: float = 0.95,
    cross: bool = True,
    notions: Notions = None,
    reference: str | Mapping[str, str] = "highest",
    missing: Missing = "group",
    about: About | Mapping[str, Any] | None = None,
    regimes: RegimeNames = (),
    statement: Stated = None,
    reasons: Reasons | Mapping[str, Any] | str | Path | None = None,
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
    regimes, statement, reasons
        What law and practice ask, what people state, and reasons for refusals; see `audit_counts`.

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
    outcomes = {name: values for name, values in (("y_true", y_true), ("y_pred", y_pred)) if values is not None}
    sensitive, features = _placed("sensitive_features", sensitive_features)
    control, strata = (None, {}) if control_features is None else _placed("control_features", control_features)
    tally = tally_columns({**outcomes, **features, **strata}, score=y_score, weight=sample_weight)
    label, decision = ("y_true" if "y_true" in outcomes else None, "y_pred" if "y_pred" in outcomes else None)
    counted = {}
    if y_score is not None and score_requests(regimes):
        rows = group_tables(sensitive_features, cross=cross, missing=missing)
        counted = score_evidence(regimes, y_score, rows)
    return audit_tally(
        tally, sensitive, label=label, decision=decision, strata=control, pos_label=pos_label, level=level, cross=cross,
        notions=notions, reference=reference, missing=missing, about=about, regimes=regimes, statement=statement,
        reasons=reasons, evidence=counted,
    )  # fmt: skip


@dataclass(frozen=True)
class Attributes:
    """Where attributes are in a tally: each in a column, or all in one column of codes.

    Parameters
    ----------
    keys : mapping of attribute to column
        The columns.
    grouping : Grouping, optional
        What the codes stand for.
    """

    keys: Mapping[str, str]
    grouping: Grouping | None = None

    def by_cell(self, cells: Cells) -> Mapping[str, Any] | Groups:
        """Give the attributes of each cell."""
        values = {name: cells.values(key) for name, key in self.keys.items()}
        if self.grouping is None:
            return values
        (codes,) = values.values()
        return Groups(np.array(codes).astype(np.int64), self.grouping)


def audit_tally(
    tally: Tally,
    sensitive: Attributes,
    *,
    label: str | None,
    decision: str | None,
    strata: Attributes | None = None,
    pos_label: Any = 1,
    cross: bool = True,
    missing: Missing = "group",
    evidence: Mapping[str, Any] | None = None,
    **options: Any,
) -> AuditReport:
    """Audit what was counted, with the columns that are the label, the decision and so on; as `audit_predictions`."""
    if label is None and decision is None:
        raise InputError("An audit needs labels or decisions, got neither. Pass y_true, y_pred or both.")
    cells = tally.cells
    y, d = (
        None if name is None else favorable(cells.values(name), cells.counts.tolist(), pos_label=pos_label, role=name)
        for name in (label, decision)
    )
    features = sensitive.by_cell(cells)
    groups = group_tables(features, cross=cross, missing=missing)
    control = None
    if strata is not None:
        control = count_strata(tally, y, d, groups, encode(strata.by_cell(cells), cross=True))
    return audit_counts(
        [tally.counts(y, d, each) for each in groups],
        unknown=unknown_rows(features, groups, cells.counts),
        evidence={
            "score_histograms": tuple(tally.histogram(y, each) for each in groups) if tally.scores else (),
            "strata": control,
            **(evidence or {}),
        },
        **options,
    )


def group_tables(features: Any, *, cross: bool, missing: Missing) -> list[Groups]:
    """Give the groups of each attribute alone, and of all of them crossed where there are several."""
    alone = list(encode(features, cross=False, missing=missing).values())
    return [*alone, encode(features, cross=True, missing=missing)] if cross and len(alone) > 1 else alone


def unknown_rows(features: Any, groups: Sequence[Groups], rows: Any = None) -> list[Unknown]:
    """Count for each table the rows without a value, and name the group that they form.

    Parameters
    ----------
    features, groups
        Attributes, and the tables that were made of them.
    rows : array of shape (n,), optional
        How many rows each entry stands for.
    """
    columns = {} if isinstance(features, Groups) else feature_columns(features)
    found = []
    for each in groups:
        places, group = np.flatnonzero(each.codes < 0), None
        if not len(places) and each.grouping.attribute in columns:
            places = np.flatnonzero(missing_flags(columns[each.grouping.attribute]))
            group = each.names[each.codes[places[0]]] if len(places) else None
        found.append(Unknown(len(places) if rows is None else int(rows[places].sum()), group))
    return found


def _placed(role: str, features: Any) -> tuple[Attributes, dict[str, Any]]:
    """Give attributes their places in a tally, and the columns that stand there."""
    if isinstance(features, Groups):
        return Attributes({features.grouping.attribute: role}, features.grouping), {role: features.codes}
    columns = feature_columns(features)
    keys = {name: f"{role} {place}" for place, name in enumerate(columns)}
    return Attributes(keys), {keys[name]: values for name, values in columns.items()}
