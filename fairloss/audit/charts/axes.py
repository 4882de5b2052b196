"""The axes that several charts use."""

from __future__ import annotations

import math
from collections.abc import Iterable

from fairloss.audit.charts.plane import Axis
from fairloss.audit.charts.scales import percent_labels, steps

__all__ = ["number_axis", "ratio_axis", "share_axis"]

_RATIOS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 20.0)


def ratio_axis(name: str, seen: Iterable[float]) -> Axis:
    """Give a logarithmic axis that covers what is seen, four-fifths and equality; it ends at 0.05 and 20."""
    values = [value for value in seen if math.isfinite(value) and value > 0]
    low, high = max(min([*values, 0.7]) / 1.08, 0.05), min(max([*values, 1.25]) * 1.08, 20.0)
    ticks = [value for value in _RATIOS if low <= value <= high]
    least = math.log(high / low) / 14
    kept = [1.0]
    for value in ticks:
        if all(abs(math.log(value / other)) >= least for other in kept):
            kept.append(value)
    return Axis(name, low, high, tuple((value, f"{value:g}") for value in sorted(kept)), log=True)


def share_axis(name: str, seen: Iterable[float] = (), *, low: float = 0.0) -> Axis:
    """Give an axis in percent, from 0 to a round value that covers what is seen; to 100 % where nothing is given."""
    values = [value for value in seen if math.isfinite(value)] or [1.0]
    ticks = steps(low, min(max(max(values), low + 1e-6) * 1.03, 1.0), parts=5)
    return Axis(name, ticks[0], ticks[-1], tuple(zip(ticks, percent_labels(ticks), strict=True)))


def number_axis(name: str, low: float, high: float, parts: int = 6) -> Axis:
    """Give an axis from low to high with round ticks between them."""
    high = high if high > low else low + 1.0
    ticks = [value for value in steps(low, high, parts) if low - 1e-9 <= value <= high + 1e-9]
    return Axis(name, low, high, tuple((value, f"{value:g}") for value in ticks))
