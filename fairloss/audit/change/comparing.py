"""Putting two audits side by side, and auditing two decisions about the same people."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from fairloss.audit.change.pairing import count_pairs
from fairloss.audit.change.record import AuditChange
from fairloss.audit.plan import About, Notions
from fairloss.audit.predictions import audit_predictions
from fairloss.audit.regimes.asked import Stated
from fairloss.audit.regimes.catalogue import RegimeNames
from fairloss.audit.report import AuditReport
from fairloss.audit.tallies import Missing, group_tables
from fairloss.errors import InputError, quote
from fairloss.tables import binary, same_rows, weights

__all__ = ["compare", "compare_predictions"]


def compare(before: AuditReport, after: AuditReport, names: tuple[str, str] = ("before", "after")) -> AuditChange:
    """Put two audits side by side: what changed in each rate, each group and each gap.

    Parameters
    ----------
    before, after : AuditReport
        Audits with the same level. Attributes, groups and notions that only one of them has are left out.
    names : (str, str)
        What the two are called.

    Returns
    -------
    AuditChange
        Without intervals of the change, because counts do not say whether both saw the same people; where they did,
        use `compare_predictions`.

    Raises
    ------
    InputError
        If the levels differ, or if they share no attribute.

    Examples
    --------
    >>> from fairloss.audit import audit_counts
    >>> from fairloss.notions import GroupCounts
    >>> first = audit_counts(GroupCounts.of(None, [1, 1, 0, 0], [0, 0, 1, 1]))
    >>> second = audit_counts(GroupCounts.of(None, [1, 0, 1, 0], [0, 0, 1, 1]))
    >>> compare(first, second).gaps.query("comparison == 'difference'")[["before", "after"]].values.tolist()
    [[1.0, 0.0]]
    """
    if before.plan.level != after.plan.level:
        raise InputError(
            f"Two audits are compared at one level, got {before.plan.level:g} and {after.plan.level:g}. "
            "Audit both at the same level."
        )
    if not set(before.attributes) & set(after.attributes):
        raise InputError(
            f"Two audits are compared on the attributes that both have, got {quote(before.attributes)} and "
            f"{quote(after.attributes)}. Audit the same attributes."
        )
    return AuditChange(before, after, names)


def compare_predictions(
    y_true: Any,
    y_before: Any,
    y_after: Any,
    *,
    sensitive_features: Any,
    score_before: Any = None,
    score_after: Any = None,
    sample_weight: Any = None,
    control_features: Any = None,
    names: tuple[str, str] = ("before", "after"),
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
) -> AuditChange:
    """Audit two sets of decisions about the same people, and what changed, with paired intervals.

    Parameters
    ----------
    y_true : array-like of shape (n,) or None
        Labels.
    y_before, y_after : array-like of shape (n,)
        The two decisions about each row.
    score_before, score_after : array-like of shape (n,), optional
        The scores behind them.
    names : (str, str)
        What the two are called.
    sensitive_features, sample_weight, control_features, pos_label, level, cross, notions, reference, missing
        As in `audit_predictions`.
    random_state, about, regimes, statement
        As in `audit_predictions`; both audits hold them.

    Returns
    -------
    AuditChange
        Its ``before`` and ``after`` are full audits.

    Raises
    ------
    InputError
        As `audit_predictions`.

    Examples
    --------
    >>> change = compare_predictions(
    ...     None, [1, 1, 0, 0], [1, 0, 1, 0], sensitive_features={"sex": ["M", "M", "F", "F"]}
    ... )
    >>> change.rates[["group", "before", "after"]].values.tolist()
    [['F', 0.0, 0.5], ['M', 1.0, 0.5]]
    """
    given = {"sample_weight": sample_weight, "sensitive_features": sensitive_features}
    same_rows("compare_predictions", y_true=y_true, y_before=y_before, y_after=y_after, **given)
    label = None if y_true is None else binary(y_true, pos_label=pos_label, role="y_true")
    first = binary(y_before, pos_label=pos_label, role="y_before")
    second = binary(y_after, pos_label=pos_label, role="y_after")
    weight = None if sample_weight is None else weights(sample_weight)
    groups = group_tables(sensitive_features, cross=cross, missing=missing)
    pairs = tuple(count_pairs(label, first, second, each, weight) for each in groups)
    audit = partial(
        audit_predictions, label, sensitive_features=sensitive_features, sample_weight=sample_weight,
        control_features=control_features, level=level, cross=cross, notions=notions, reference=reference,
        missing=missing, random_state=random_state, about=about, regimes=regimes, statement=statement,
    )  # fmt: skip
    return AuditChange(audit(first, y_score=score_before), audit(second, y_score=score_after), names, pairs)
