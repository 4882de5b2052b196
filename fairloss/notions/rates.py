"""The catalogue of rates: each is one linear form over the confusion cells, divided by another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from math import copysign, inf
from types import MappingProxyType

from fairloss.errors import InputError, UnknownName
from fairloss.notions.arrays import Array, divide, stack
from fairloss.notions.counts import GroupCounts
from fairloss.notions.forms import FN, FP, ROWS, TN, TP, Form

__all__ = ["RATES", "MeanRate", "Rate", "f_beta", "resolve_rate"]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share: of these cells, among those.

    The value in a group is ``of / among``, and NaN where ``among`` is empty.

    Parameters
    ----------
    name : str
        The textbook name.
    of, among : Form
        Numerator and denominator.
    reads : str
        The meaning in plain words, to be printed in reports.
    aliases : tuple of str
        Other names in use.

    Examples
    --------
    >>> counts = GroupCounts.of(label=[1, 1, 0, 1], decision=[1, 0, 0, 1], groups=[0, 0, 0, 1])
    >>> RATES["true_positive_rate"](counts)
    array([0.5, 1. ])
    """

    name: str
    of: Form
    among: Form
    reads: str = ""
    aliases: tuple[str, ...] = ()

    def __call__(self, counts: GroupCounts) -> Array:
        """Give the value in each group, of shape (..., groups); NaN where undefined."""
        return divide(self.of(counts.cells), self.among(counts.cells))

    def defined(self, counts: GroupCounts) -> Array:
        """Tell in which groups the rate has a value."""
        return self.among(counts.cells) != 0

    def residual(self, counts: GroupCounts, value: Array) -> Array:
        """Give ``of - value * among``, of shape (..., groups): zero where the rate equals ``value``.

        Linear in the counts, never divided by a small cell: the form that constraints, gradients and reductions use.
        """
        return self.of(counts.cells) - value * self.among(counts.cells)

    def influence(self, counts: GroupCounts) -> Array:
        """Give the derivative of each group's rate with respect to each of its cells.

        Returns
        -------
        array of shape (..., groups, 2, 2)
            ``(of - value * among) / among`` cell by cell; NaN where the rate is undefined. What one more row in a cell
            does to the rate; its sum of squares over rows is the variance.
        """
        value, size = self(counts), self.among(counts.cells)
        table = [
            [
                divide(of - value * among, size)
                for of, among in zip(self.of.weights[y], self.among.weights[y], strict=True)
            ]
            for y in range(2)
        ]
        return stack([stack(row, -1) for row in table], -2)

    def variance(self, counts: GroupCounts) -> Array:
        """Give the sampling variance of each group's rate, of shape (..., groups), by the delta method.

        For a share x/n of unweighted rows this is p(1 - p)/n.
        """
        return _variance(self.influence(counts), counts)

    @property
    def is_proportion(self) -> bool:
        """Whether the rate is x of n rows, so that binomial intervals apply."""
        return all(of in (0, 1) and among in (0, 1) and of <= among for of, among in self._by_cell())

    @property
    def is_bounded(self) -> bool:
        """Whether the rate lies in [0, 1] whatever the counts."""
        low, high = self.bounds
        return low >= 0 and high <= 1

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which values the rate lies whatever the counts: those of its cells, each by itself."""
        alone = [of / among if among else copysign(inf, of) for of, among in self._by_cell() if of or among]
        return min(alone), max(alone)

    def _by_cell(self) -> Iterator[tuple[float, float]]:
        """Give what a row of each cell adds to the numerator and to the denominator."""
        for of, among in zip(self.of.weights, self.among.weights, strict=True):
            yield from zip(of, among, strict=True)

    @property
    def needs_label(self) -> bool:
        """Whether labels are needed."""
        return self.of.needs_label or self.among.needs_label

    @property
    def needs_decision(self) -> bool:
        """Whether decisions are needed."""
        return self.of.needs_decision or self.among.needs_decision


@dataclass(frozen=True, slots=True)
class MeanRate:
    """The mean of several rates, such as balanced accuracy; undefined where one of them is.

    Parameters
    ----------
    name : str
        The textbook name.
    rates : tuple of Rate
        What is averaged.
    reads : str
        The meaning in plain words.
    aliases : tuple of str
        Other names in use.
    """

    name: str
    rates: tuple[Rate, ...]
    reads: str = ""
    aliases: tuple[str, ...] = ()

    def __call__(self, counts: GroupCounts) -> Array:
        """Give the value in each group; NaN where undefined."""
        return sum(rate(counts) for rate in self.rates) / len(self.rates)

    def defined(self, counts: GroupCounts) -> Array:
        """Tell in which groups the rate has a value."""
        return reduce(lambda a, b: a & b, (rate.defined(counts) for rate in self.rates))

    def influence(self, counts: GroupCounts) -> Array:
        """Give the derivative with respect to each cell; see `Rate.influence`."""
        return sum(rate.influence(counts) for rate in self.rates) / len(self.rates)

    def variance(self, counts: GroupCounts) -> Array:
        """Give the sampling variance of each group's value by the delta method."""
        return _variance(self.influence(counts), counts)

    @property
    def is_proportion(self) -> bool:
        """Never: a mean of shares is not a share of rows."""
        return False

    @property
    def is_bounded(self) -> bool:
        """Whether the value lies in [0, 1] whatever the counts."""
        return all(rate.is_bounded for rate in self.rates)

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which values the mean lies whatever the counts."""
        lows, highs = zip(*(rate.bounds for rate in self.rates), strict=True)
        return sum(lows) / len(lows), sum(highs) / len(highs)

    @property
    def needs_label(self) -> bool:
        """Whether labels are needed."""
        return any(rate.needs_label for rate in self.rates)

    @property
    def needs_decision(self) -> bool:
        """Whether decisions are needed."""
        return any(rate.needs_decision for rate in self.rates)


def f_beta(beta: float) -> Rate:
    """Make the F-score that weighs recall ``beta`` times as much as precision.

    ``(1 + beta²) TP / ((1 + beta²) TP + beta² FN + FP)`` (van Rijsbergen, 1979).

    Examples
    --------
    >>> f_beta(1).name
    'f1_score'
    """
    square = beta**2
    if not square > 0:
        raise InputError(f"f_beta needs a beta above 0, got {beta}. Use beta=1 for the harmonic mean.")
    name = f"f{beta:g}_score"
    reads = f"the F-score of the decisions, with recall weighted {beta:g} times as much as precision"
    return Rate(name, (1 + square) * TP, (1 + square) * TP + square * FN + FP, reads)


_LISTED = (
    Rate("selection_rate", TP + FP, ROWS, "the share of people who get the favorable decision", ("positive_rate",)),
    Rate("base_rate", TP + FN, ROWS, "the share of people whose label is favorable", ("prevalence",)),
    Rate(
        "true_positive_rate",
        TP,
        TP + FN,
        "the share of those with a favorable label who are selected",
        ("recall", "sensitivity"),
    ),
    Rate(
        "false_positive_rate",
        FP,
        FP + TN,
        "the share of those with an unfavorable label who are selected",
        ("fall_out",),
    ),
    Rate(
        "true_negative_rate",
        TN,
        FP + TN,
        "the share of those with an unfavorable label who are not selected",
        ("specificity",),
    ),
    Rate(
        "false_negative_rate",
        FN,
        TP + FN,
        "the share of those with a favorable label who are not selected",
        ("miss_rate",),
    ),
    Rate(
        "positive_predictive_value", TP, TP + FP, "the share of the selected whose label is favorable", ("precision",)
    ),
    Rate("negative_predictive_value", TN, TN + FN, "the share of the not selected whose label is unfavorable"),
    Rate("false_discovery_rate", FP, TP + FP, "the share of the selected whose label is unfavorable"),
    Rate("false_omission_rate", FN, TN + FN, "the share of the not selected whose label is favorable"),
    Rate("accuracy", TP + TN, ROWS, "the share of decisions that agree with the label"),
    Rate("error_rate", FP + FN, ROWS, "the share of decisions that disagree with the label", ("zero_one_loss",)),
    f_beta(1),
    Rate("error_ratio", FN, FP, "the number of wrongly refused people for each wrongly selected one"),
    Rate("mean_residual", FN - FP, ROWS, "how far labels lie above decisions, on average over people"),
)

_BY_NAME = {rate.name: rate for rate in _LISTED}
_BALANCED = MeanRate(
    "balanced_accuracy",
    (_BY_NAME["true_positive_rate"], _BY_NAME["true_negative_rate"]),
    "the mean of the true positive and the true negative rate",
)

RATES: Mapping[str, Rate | MeanRate] = MappingProxyType({**_BY_NAME, _BALANCED.name: _BALANCED})
"""Every rate by name, read-only."""

_ALIASES = {alias: rate for rate in RATES.values() for alias in rate.aliases}


def resolve_rate(rate: str | Rate | MeanRate) -> Rate | MeanRate:
    """Turn a name or an alias into the rate; a rate passes through.

    Raises
    ------
    UnknownName
        With the near names, where the catalogue does not hold the name.
    """
    if isinstance(rate, Rate | MeanRate):
        return rate
    found = RATES.get(rate) or _ALIASES.get(rate)
    if found is None:
        raise UnknownName("rate", rate, RATES)
    return found


def _variance(influence: Array, counts: GroupCounts) -> Array:
    labels, decisions = counts.row_squares.shape[-2:]  # an axis of length 1 is not known, and counts once
    influence = influence[..., :labels, :decisions]
    spread = influence * influence * counts.row_squares
    return spread.sum(-1).sum(-1)
