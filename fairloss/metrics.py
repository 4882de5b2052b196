"""Fairness metrics as functions of ``y_true, y_pred``, ready for scikit-learn's ``make_scorer``.

For each notion of the catalogue there are two functions, made from its entry: ``<notion>_difference`` and
``<notion>_ratio``, such as `equalized_odds_difference`. What is undefined is NaN, never 0 or 1.

Examples
--------
>>> y_true, y_pred, sex = [1, 0, 1, 0], [1, 1, 1, 0], ["F", "F", "M", "M"]
>>> demographic_parity_difference(y_true, y_pred, sensitive_features=sex)
0.5
>>> by_group("selection_rate", y_true, y_pred, sensitive_features=sex)
{'F': 1.0, 'M': 0.5}
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Literal, Protocol, get_args

import numpy as np

from fairloss.errors import InputError, UnknownName, quote
from fairloss.notions import NOTIONS, Comparison, GroupCounts, Notion, resolve_rate
from fairloss.notions.arrays import is_tensor, to_numpy
from fairloss.notions.rates import MeanRate, Rate
from fairloss.tables import binary, encode, same_rows, weights

Method = Literal["between_groups", "to_overall"]
Agg = Literal["worst_case", "mean"]
Kind = Literal["difference", "ratio"]

_WORDS = {
    "difference": "0 where the groups are equal, 1 at worst for a share",
    "ratio": "1 where the groups are equal, 0 at worst",
}
_DOC = """{title}: {reads}.

The {kind} between groups of the {rates}: {words}.

Parameters
----------
y_true : array-like of shape (n,){optional}
    Labels of two values.
y_pred : array-like of shape (n,)
    Decisions of two values; no scores.
sensitive_features : array-like, series, frame, mapping or Groups
    One or several attributes, crossed; missing values are a group of their own.
sample_weight : array-like of shape (n,), optional
    Non-negative weights.
pos_label : scalar
    The favorable value.
method : {{"between_groups", "to_overall"}}
    Compare the extreme groups with each other, or each group with all rows together.
agg : {{"worst_case", "mean"}}
    How the rates of a notion with several become one number.

Returns
-------
float
    NaN where fewer than two groups have a value.

Raises
------
InputError
    If lengths differ, there is only one group, or an outcome is no decision.

References
----------
{source}
"""


class NotionMetric(Protocol):
    """A function that compares groups in one number; what each name in this module that ends in _difference is."""

    __name__: str

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        pos_label: Any = 1,
        method: Method = "between_groups",
        agg: Agg = "worst_case",
    ) -> float:
        """Compare the groups."""


def by_group(
    rate: str | Rate | MeanRate,
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = 1,
) -> dict[str | tuple[str, ...], float]:
    """Give a rate in each group, NaN where it is undefined.

    Parameters
    ----------
    rate : str or Rate
        A rate of the catalogue, such as ``"true_positive_rate"``.
    y_true, y_pred : array-like of shape (n,)
        Labels (None where the rate needs none) and decisions.
    sensitive_features, sample_weight, pos_label
        As in every metric here.

    Returns
    -------
    dict
        By group, in the order of the levels: the level, or a tuple of levels where attributes are crossed.

    Raises
    ------
    UnknownName
        If there is no such rate.

    Examples
    --------
    >>> by_group("recall", [1, 0, 0], [1, 1, 0], sensitive_features={"sex": ["F", "F", "M"], "race": ["B", "W", "W"]})
    {('F', 'B'): 1.0, ('F', 'W'): nan, ('M', 'W'): nan}
    """
    resolved = resolve_rate(rate)
    counts = _counts(resolved.name, resolved, y_true, y_pred, sensitive_features, sample_weight, pos_label)
    levels = counts.grouping.levels if counts.grouping else ()
    return {
        level[0] if len(level) == 1 else level: float(value)
        for level, value in zip(levels, resolved(counts), strict=True)
    }


def group_max(
    y_true: Any,
    y_pred: Any,
    *,
    rate: str | Rate | MeanRate,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = 1,
) -> float:
    """Give a rate in the group where it is highest; the arguments are those of `by_group`.

    Examples
    --------
    >>> group_max([1, 0, 1, 0], [1, 0, 0, 0], rate="error_rate", sensitive_features=["F", "F", "M", "M"])
    0.5
    """
    return _extreme(np.fmax, rate, y_true, y_pred, sensitive_features, sample_weight, pos_label)


def group_min(
    y_true: Any,
    y_pred: Any,
    *,
    rate: str | Rate | MeanRate,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = 1,
) -> float:
    """Give a rate in the group where it is lowest; the arguments are those of `by_group`.

    Examples
    --------
    >>> group_min([1, 0, 1, 0], [1, 0, 0, 0], rate="accuracy", sensitive_features=["F", "F", "M", "M"])
    0.5
    """
    return _extreme(np.fmin, rate, y_true, y_pred, sensitive_features, sample_weight, pos_label)


def overall(
    y_true: Any, y_pred: Any, *, rate: str | Rate | MeanRate, sample_weight: Any = None, pos_label: Any = 1
) -> float:
    """Give a rate over all rows, NaN where it is undefined.

    Examples
    --------
    >>> overall([1, 0, 1, 0], [1, 0, 0, 0], rate="true_positive_rate")
    0.5
    """
    resolved = resolve_rate(rate)
    if y_true is None and y_pred is None:
        raise InputError(f"{resolved.name} needs y_true or y_pred, got neither. Pass one value per row.")
    rows = same_rows(resolved.name, y_true=y_true, y_pred=y_pred)
    everyone = np.zeros(rows, dtype=np.int64)
    counts = _counts(resolved.name, resolved, y_true, y_pred, everyone, sample_weight, pos_label)
    return float(resolved(counts)[0])


def _extreme(reduce: np.ufunc, rate: str | Rate | MeanRate, *inputs: Any) -> float:
    resolved = resolve_rate(rate)
    return float(reduce.reduce(resolved(_counts(resolved.name, resolved, *inputs))))


def _counts(
    who: str,
    needs: Notion | Rate | MeanRate,
    y_true: Any,
    y_pred: Any,
    sensitive_features: Any,
    sample_weight: Any,
    pos_label: Any,
) -> GroupCounts:
    needed = (needs.needs_label, needs.needs_decision, True)
    roles = {"y_true": y_true, "y_pred": y_pred, "sensitive_features": sensitive_features}
    for (role, values), is_needed in zip(roles.items(), needed, strict=True):
        if values is None and is_needed:
            raise InputError(f"{who} needs {role}, got None. Pass one value per row.")
    y_true, y_pred = (to_numpy(values) if is_tensor(values) else values for values in (y_true, y_pred))
    same_rows(who, y_true=y_true, y_pred=y_pred, sensitive_features=sensitive_features, sample_weight=sample_weight)
    label = None if y_true is None or not needs.needs_label else binary(y_true, pos_label=pos_label, role="y_true")
    decision = None if y_pred is None else binary(y_pred, pos_label=pos_label, role="y_pred")
    weight = None if sample_weight is None else weights(sample_weight)
    return GroupCounts.of(label, decision, encode(sensitive_features), weight)


def _compare(name: str, notion: Notion, kind: Kind, inputs: tuple[Any, ...], method: Method, agg: Agg) -> float:
    for option, value, allowed in (("method", method, Method), ("agg", agg, Agg)):
        if value not in get_args(allowed):
            raise UnknownName(f"{option} of {name}", value, get_args(allowed))
    counts = _counts(name, notion, *inputs)
    present = [group for group, size in zip(counts.names, counts.sizes, strict=True) if size]
    if len(present) < 2:
        raise InputError(
            f"{name} compares groups and needs at least two, got {quote(present[0]) if present else 'none'} only. "
            "Pass rows of several groups."
        )
    return float(notion.gap(counts, Comparison(kind, method=method, over_rates=agg)))


def _make(notion: Notion, kind: Kind) -> NotionMetric:
    name = f"{notion.name}_{kind}"

    def metric(
        y_true: Any,
        y_pred: Any,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        pos_label: Any = 1,
        method: Method = "between_groups",
        agg: Agg = "worst_case",
    ) -> float:
        inputs = (y_true, y_pred, sensitive_features, sample_weight, pos_label)
        return _compare(name, notion, kind, inputs, method, agg)

    metric.__name__ = metric.__qualname__ = name
    metric.__doc__ = _DOC.format(
        title=f"{notion.name.replace('_', ' ').capitalize()}",
        reads=notion.reads,
        kind=kind,
        rates=" and the ".join(rate.name.replace("_", " ") for rate in notion.rates),
        words=_WORDS[kind],
        optional="" if notion.needs_label else " or None",
        source=notion.source,
    )
    return metric


_KINDS: tuple[Kind, ...] = ("difference", "ratio")
_METRICS = {
    metric.__name__: metric
    for notion in NOTIONS.values()
    if notion.comparison.kind != "level"
    for metric in (_make(notion, kind) for kind in _KINDS)
}
globals().update(_METRICS)

__all__ = ["NotionMetric", "by_group", "group_max", "group_min", "overall", *sorted(_METRICS)]


def __getattr__(name: str) -> NotionMetric:
    near = get_close_matches(name, __all__, n=2, cutoff=0.6)
    hint = f" Did you mean {' or '.join(map(quote, near))}?" if near else ""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}.{hint}")
