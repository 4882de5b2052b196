"""What every threshold would do to every group: the rates that should be equal, and what there is to gain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairloss.errors import InputError, quote
from fairloss.notions import RATES, Form, GroupCounts, MeanRate, Notion, Rate, ScoreHistogram, resolve, resolve_rate

__all__ = ["ThresholdCurves"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.integer[Any]]]


@dataclass(frozen=True, eq=False)
class ThresholdCurves:
    """The rates and the gain of each group at each threshold, read from a histogram of scores.

    Parameters
    ----------
    thresholds : array of shape (T,)
        From low to high; a decision is ``score >= threshold``.
    rates : array of shape (R, G, T)
        The rates of the notion; NaN where undefined.
    selection : array of shape (G, T)
        The selection rate; NaN for a group without rows.
    gain : array of shape (G, T)
        What the group adds to the objective, which is the sum over the groups.
    level : bool
        Whether each rate has to stay below the tolerance (bounded group loss); otherwise the rates of any two groups
        have to lie within the tolerance of each other.
    skipped : mapping of int to str
        The groups that the notion cannot judge, and why. They get the shared threshold.

    Examples
    --------
    >>> histogram = ScoreHistogram.of([0, 1, 0, 1], [0.2, 0.4, 0.6, 0.8], [0, 0, 1, 1], bins=2)
    >>> curves = ThresholdCurves.of(histogram, "demographic_parity")
    >>> curves.thresholds.tolist(), curves.rates[0].tolist()
    ([0.0, 0.5, 1.0], [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    """

    thresholds: Floats
    rates: Floats
    selection: Floats
    gain: Floats
    level: bool
    skipped: Mapping[int, str]

    @classmethod
    def of(
        cls,
        histogram: ScoreHistogram,
        notion: str | Notion | Rate | MeanRate,
        *,
        objective: str | Rate | MeanRate | Form = "accuracy",
        min_rows: int = 1,
        rows: Any = None,
    ) -> ThresholdCurves:
        """Read the curves.

        Parameters
        ----------
        histogram : ScoreHistogram
            Scores by group and label.
        notion : str, Notion or Rate
            What should be equal.
        objective : str, Rate or Form
            What is maximized; see `ThresholdPolicy`.
        min_rows : int
            Groups with fewer rows are skipped.
        rows : array of shape (G,), optional
            The number of rows of each group, where the histogram holds weights.

        Raises
        ------
        InputError
            If fewer than two groups can be compared, or the objective is not a sum over rows.
        """
        notion = resolve(notion)
        counts = histogram.at_thresholds()
        rates = np.stack([np.asarray(rate(counts), dtype=np.float64).T for rate in notion.rates])
        rows = counts.sizes[0] if rows is None else np.asarray(rows)
        skipped = _skipped(notion, rates, counts.names, rows, min_rows)
        level = _is_level(notion)
        if len(skipped) + (1 if level else 2) > counts.n_groups:
            reasons = "; ".join(skipped.values()) or f"the only group is {quote(counts.names[0])}"
            raise InputError(
                f"Thresholds for {notion.name} need {'a group' if level else 'two groups'} that can be judged, "
                f"got {counts.n_groups - len(skipped)}: {reasons}. Pass rows of more groups, or lower min_rows."
            )
        selection = np.asarray(RATES["selection_rate"](counts)).T
        return cls(histogram.edges, rates, selection, _gain(objective, counts), level, skipped)

    @property
    def judged(self) -> Integers:
        """The codes of the groups that the notion judges."""
        return np.array([code for code in range(len(self.gain)) if code not in self.skipped], dtype=np.intp)

    def gap(self, values: Floats) -> Floats:
        """Give the worst gap (or level) of rates of shape (..., R, G); NaN where one of them is undefined."""
        worst = values.max(-1) if self.level else values.max(-1) - values.min(-1)
        return np.asarray(worst.max(-1))

    def at(self, choice: Integers) -> Floats:
        """Give the rates of shape (..., R, G) of judged groups for one threshold index per judged group."""
        return np.moveaxis(self.rates[:, self.judged, choice], 0, -2)


def _is_level(notion: Notion) -> bool:
    comparison = notion.comparison
    level, difference = comparison.kind == "level", comparison.kind == "difference"
    if comparison.over_groups != "worst_case" or comparison.over_rates != "worst_case":
        level = difference = False
    if not level and not (difference and comparison.method == "between_groups"):
        raise InputError(
            f"Thresholds are fitted to the worst difference between groups or to a level, got {comparison} "
            f"for {notion.name}. Give the notion such a comparison."
        )
    return level


def _skipped(notion: Notion, rates: Floats, names: tuple[str, ...], rows: Any, min_rows: int) -> dict[int, str]:
    reasons = {}
    for code, name in enumerate(names):
        undefined = [
            rate.name for rate, value in zip(notion.rates, rates[:, code], strict=True) if np.isnan(value).all()
        ]
        if rows[code] < max(min_rows, 1):
            reasons[code] = f"group {quote(name)} has {rows[code]:g} rows, fewer than {max(min_rows, 1)}"
        elif undefined:
            reasons[code] = f"group {quote(name)} has no row from which its {undefined[0]} could be computed"
    return reasons


def _gain(objective: str | Rate | MeanRate | Form, counts: GroupCounts) -> Floats:
    if isinstance(objective, Form):
        gain = objective(counts.cells) / counts.cells[0].sum()
        return np.asarray(gain, dtype=np.float64).T
    rate = resolve_rate(objective)
    parts = rate.rates if isinstance(rate, MeanRate) else (rate,)
    total = np.zeros(counts.cells.shape[:2])
    pooled = counts.cells[0].sum(0)
    for part in parts:
        if part.among.needs_decision:
            raise InputError(
                f"The objective must be a sum over rows, and the denominator of {part.name} changes with the "
                "threshold. Use 'accuracy', 'balanced_accuracy', or a Form of gains such as Form(fp=-1, fn=-5)."
            )
        size = part.among(pooled)
        if not size:
            raise InputError(
                f"The objective {rate.name} has no value: no row from which {part.name} could be computed. "
                "Pass rows with both labels, or use another objective."
            )
        total = total + part.of(counts.cells) / size / len(parts)
    return np.asarray(total.T)
