"""How rates of several groups become one number: always named, never implied.

The same sample gives different "demographic parity" in different tools, because they aggregate differently. Here the
aggregation is a value of its own, and `CONVENTIONS` spells the habits of other tools in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np

from fairloss.errors import InputError, UnknownName
from fairloss.notions.arrays import divide, to_numpy
from fairloss.notions.counts import GroupCounts
from fairloss.notions.rates import MeanRate, Rate

__all__ = ["CONVENTIONS", "Comparison"]

Kind = Literal["difference", "ratio", "relative", "log_ratio", "level"]
Method = Literal["between_groups", "to_overall", "to_reference"]
OverGroups = Literal["worst_case", "mean"]
OverRates = Literal["worst_case", "mean", "sum"]
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared with what, and how many numbers become one.

    Parameters
    ----------
    kind : {"difference", "ratio", "relative", "log_ratio", "level"}
        ``a - b``; ``a / b`` turned to lie in [0, 1]; ``a / b - 1``; ``log(a / b)``; or no comparison at all, the value
        itself (bounded group loss).
    method : {"between_groups", "to_overall", "to_reference"}
        Every pair of groups; each group with all rows together; each group with the reference group.
    over_groups : {"worst_case", "mean"}
        The worst or the mean over pairs (or over groups).
    over_rates : {"worst_case", "mean", "sum"}
        The worst, the mean or the sum over the rates of a notion.
    reference : int, optional
        The code of the reference group, for ``to_reference``.
    signed : bool
        Keep the sign (group minus reference) instead of the size.

    Examples
    --------
    >>> Comparison().of_values(np.array([0.5, 0.2, np.nan]))  # groups without a value are left out
    0.3
    >>> Comparison("ratio").of_values(np.array([0.5, 0.2]))
    0.4
    """

    kind: Kind = "difference"
    method: Method = "between_groups"
    over_groups: OverGroups = "worst_case"
    over_rates: OverRates = "worst_case"
    reference: int | None = None
    signed: bool = False

    def __post_init__(self) -> None:
        choices = (("kind", Kind), ("method", Method), ("over_groups", OverGroups), ("over_rates", OverRates))
        for field, allowed in choices:
            if getattr(self, field) not in get_args(allowed):
                raise UnknownName(f"comparison {field}", getattr(self, field), get_args(allowed))
        if (self.method == "to_reference") != (self.reference is not None):
            raise InputError(
                f"A comparison 'to_reference' and a reference group go together, got method={self.method!r} and "
                f"reference={self.reference!r}. Give both or neither."
            )
        if self.signed and (self.method == "between_groups" or self.kind == "ratio"):
            raise InputError(
                f"A signed comparison needs a side to compare with, got {self.kind!r} {self.method!r}. "
                "Use a difference to_reference or to_overall."
            )

    @property
    def worst_is_low(self) -> bool:
        """Whether small values are bad, as for ratios."""
        return self.kind == "ratio"

    def __call__(self, rates: Rate | MeanRate | Sequence[Rate | MeanRate], counts: GroupCounts) -> Any:
        """Compare the groups; NaN where fewer than two groups have a value for one of the rates.

        Returns
        -------
        float or array of shape (...)
            One number for each leading index of the counts.
        """
        listed = [rates] if isinstance(rates, Rate | MeanRate) else list(rates)
        pooled = counts.overall() if self.method == "to_overall" else None
        each = [
            self.of_values(to_numpy(rate(counts)), None if pooled is None else to_numpy(rate(pooled)))
            for rate in listed
        ]
        values = np.stack([np.asarray(value, dtype=np.float64) for value in each])
        return _scalar(self._reduce_rates(values))

    def of_values(self, values: Any, overall: Any = None) -> Any:
        """Compare ready values of shape (..., groups); ``overall`` of shape (..., 1) is needed for ``to_overall``."""
        values = np.asarray(values, dtype=np.float64)
        if self.kind == "level":
            return _scalar(_reduce(values, self.over_groups, low=False))
        if self.method == "between_groups":
            return _scalar(self._between(values))
        compared = self.by_group(values, overall)
        return _scalar(_reduce(compared, self.over_groups, low=self.worst_is_low, signed=self.signed))

    def by_group(self, values: Any, overall: Any = None) -> Floats:
        """Compare each group with the overall value or with the reference, of shape (..., groups)."""
        values = np.asarray(values, dtype=np.float64)
        if self.method == "to_reference":
            side = values[..., [self.reference]]
            values = np.where(np.arange(values.shape[-1]) == self.reference, np.nan, values)
        else:
            side = np.asarray(overall, dtype=np.float64)
        return self._apply(values, side)

    def _apply(self, a: Floats, b: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.kind == "difference":
                result = a - b
            elif self.kind == "ratio":
                result = np.fmin(a / b, b / a)
                return np.where(np.isnan(a) | np.isnan(b), np.nan, result)
            elif self.kind == "relative":
                result = a / b - 1
            else:
                result = np.log(a) - np.log(b)
        return result if self.signed else np.abs(result)

    def _between(self, values: Floats) -> Floats:
        if self.over_groups == "worst_case" and self.kind in ("difference", "ratio"):
            low, high = _extreme(values, low=True), _extreme(values, low=False)
            enough = np.isfinite(values).sum(-1) > 1
            with np.errstate(divide="ignore", invalid="ignore"):
                result = high - low if self.kind == "difference" else low / high
            return np.where(enough, result, np.nan)
        left, right = np.triu_indices(values.shape[-1], k=1)
        pairs = self._apply(values[..., left], values[..., right])
        if self.kind == "relative":
            pairs = np.fmax(pairs, self._apply(values[..., right], values[..., left]))
        return _reduce(pairs, self.over_groups, low=self.worst_is_low)

    def _reduce_rates(self, values: Floats) -> Floats:
        if self.over_rates == "worst_case":
            worst = np.abs(values) if self.signed else values
            chosen = worst.argmin(0) if self.worst_is_low else worst.argmax(0)
            result = np.take_along_axis(values, chosen[None], 0)[0]
            return np.asarray(np.where(np.isnan(values).any(0), np.nan, result))
        return np.asarray(values.sum(0) if self.over_rates == "sum" else values.mean(0))


def _extreme(values: Floats, *, low: bool) -> Floats:
    filled = np.where(np.isnan(values), np.inf if low else -np.inf, values)
    found = filled.min(-1, initial=np.inf) if low else filled.max(-1, initial=-np.inf)
    return np.asarray(np.where(np.isnan(values).all(-1), np.nan, found))


def _reduce(values: Floats, over: OverGroups, *, low: bool, signed: bool = False) -> Floats:
    known = ~np.isnan(values)
    if over == "mean":
        total, size = np.where(known, values, 0).sum(-1), known.sum(-1)
        return np.asarray(divide(total, size))
    if not signed:
        return _extreme(values, low=low)
    chosen = np.where(known, np.abs(values), -np.inf).argmax(-1)
    return np.asarray(np.take_along_axis(values, chosen[..., None], -1)[..., 0])


def _scalar(value: Any) -> Any:
    array = np.asarray(value, dtype=np.float64)
    return float(array) if array.ndim == 0 else array


CONVENTIONS: Mapping[str, Comparison] = MappingProxyType(
    {
        "fairlearn_difference": Comparison(),
        "fairlearn_ratio": Comparison("ratio"),
        "fairlearn_difference_to_overall": Comparison(method="to_overall"),
        "fairlearn_ratio_to_overall": Comparison("ratio", method="to_overall"),
        "fairlearn_mean_over_rates": Comparison(over_rates="mean"),
        "error_parity_equalized_odds": Comparison(),
        "ffb_equalized_odds": Comparison(over_rates="sum"),
        "oxonfair_difference": Comparison(over_groups="mean", over_rates="mean"),
        "oxonfair_ratio": Comparison("ratio", over_groups="mean", over_rates="mean"),
        "aif360_average_abs_odds": Comparison(over_rates="mean"),
        "fairret_violation": Comparison("relative", method="to_overall"),
        "abcfair_violation": Comparison("relative", method="to_overall"),
        "four_fifths": Comparison("ratio"),
        "differential_fairness": Comparison("log_ratio"),
        "bounded_group_loss": Comparison("level"),
    }
)
"""What other tools mean by the same word, each spelled as a `Comparison`. AIF360's signed differences and the ratios of
Aequitas name a reference group, so they are made with ``Comparison(..., method="to_reference", reference=code)``."""
