"""Auditing decisions: from arrays to counts, once, and then to the report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fairloss.audit.plan import About, Notions
from fairloss.audit.regimes.asked import Stated, score_requests
from fairloss.audit.regimes.catalogue import RegimeNames
from fairloss.audit.regimes.reasons import Reasons
from fairloss.audit.report import AuditReport
from fairloss.audit.row_evidence import RowQuestions
from fairloss.audit.tallies import Missing, audit_tally, place_attributes
from fairloss.tables import same_rows, tally_columns

__all__ = ["audit_predictions"]


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
    random_state: int = 0,
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
    clusters : array-like of shape (n,), or mapping of its name to it, optional
        Whose rows go together, e.g. recruiter, branch or applicant: rates, disparities and comparisons then take rows
        of one cluster together; the table ``"clustered"`` says what that changes.
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
    random_state : int
        The seed of everything that is drawn, such as the permutations of the table ``"omnibus"``; the record keeps it.
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
    rows = RowQuestions(clusters, membership, score_requests(regimes) if y_score is not None else ())
    counted = rows.count(
        sensitive_features, y_true=y_true, y_pred=y_pred, y_score=y_score, sample_weight=sample_weight,
        pos_label=pos_label, level=level, cross=cross, notions=notions, reference=reference, missing=missing,
    )  # fmt: skip
    outcomes = {name: values for name, values in (("y_true", y_true), ("y_pred", y_pred)) if values is not None}
    sensitive, features = place_attributes("sensitive_features", sensitive_features)
    control, strata = (None, {}) if control_features is None else place_attributes("control_features", control_features)
    tally = tally_columns({**outcomes, **features, **strata}, score=y_score, weight=sample_weight)
    label, decision = ("y_true" if "y_true" in outcomes else None, "y_pred" if "y_pred" in outcomes else None)
    return audit_tally(
        tally, sensitive, label=label, decision=decision, strata=control, pos_label=pos_label, level=level, cross=cross,
        notions=notions, reference=reference, missing=missing, random_state=random_state, about=about,
        regimes=regimes, statement=statement, reasons=reasons, evidence=counted,
    )  # fmt: skip
