"""To and from fairlearn: the rates of this house inside a ``MetricFrame``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from fairlearn.metrics import MetricFrame

from fairloss.metrics import overall
from fairloss.notions import MeanRate, Rate, resolve_rate

__all__ = ["metric_frame", "rate_metric"]


def rate_metric(rate: str | Rate | MeanRate, *, pos_label: Any = 1) -> Callable[..., float]:
    """Turn a rate into a metric function as fairlearn and scikit-learn call it; NaN where the rate is undefined.

    Parameters
    ----------
    rate : str or Rate
        A name of ``fairloss.notions.RATES``, or a rate of your own.
    pos_label : scalar
        The favorable value of label and decision.

    Returns
    -------
    callable
        ``(y_true, y_pred, sample_weight=None) -> float``, named after the rate.

    Raises
    ------
    UnknownName
        With the near names, where the catalogue does not hold the rate.

    Examples
    --------
    >>> rate_metric("true_positive_rate")([1, 1, 0], [1, 0, 0])
    0.5
    """
    resolved = resolve_rate(rate)

    def metric(y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        return overall(y_true, y_pred, rate=resolved, sample_weight=sample_weight, pos_label=pos_label)

    metric.__name__ = metric.__qualname__ = resolved.name
    metric.__doc__ = f"Give {resolved.reads}; NaN where undefined."
    return metric


def metric_frame(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    rates: Iterable[str | Rate | MeanRate] = ("selection_rate", "true_positive_rate", "false_positive_rate"),
    pos_label: Any = 1,
    **options: Any,
) -> MetricFrame:
    """Make a fairlearn ``MetricFrame`` of rates that are NaN, and not 0 or 1, where they are undefined.

    Parameters
    ----------
    y_true, y_pred, sensitive_features
        As in fairlearn.
    rates : iterable of str or Rate
        What is measured.
    pos_label : scalar
        The favorable value of label and decision.
    **options
        Further arguments of ``MetricFrame``, such as ``control_features`` or ``n_boot``.

    Examples
    --------
    >>> frame = metric_frame([1, 0, 0], [1, 0, 1], sensitive_features=["F", "F", "M"])
    >>> frame.by_group["true_positive_rate"].tolist()
    [1.0, nan]
    """
    metrics = {resolve_rate(rate).name: rate_metric(rate, pos_label=pos_label) for rate in rates}
    return MetricFrame(metrics=metrics, y_true=y_true, y_pred=y_pred, sensitive_features=sensitive_features, **options)
