"""The catalogue of notions: a name, and the rates that should not depend on the group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from fairloss.errors import UnknownNotion
from fairloss.notions.comparisons import Comparison
from fairloss.notions.counts import GroupCounts
from fairloss.notions.rates import RATES, MeanRate, Rate, resolve_rate

__all__ = ["NOTIONS", "Notion", "resolve"]


@dataclass(frozen=True, slots=True)
class Notion:
    """A definition of group fairness: these rates should not depend on the group.

    Parameters
    ----------
    name : str
        The name, as fairlearn spells it where fairlearn has it.
    rates : tuple of Rate
        The rates that should be equal.
    reads : str
        The meaning in plain words.
    source : str
        Who defined it.
    comparison : Comparison
        How the groups are compared where the caller names no other way.
    aliases : tuple of str
        Other names in use.

    Examples
    --------
    >>> counts = GroupCounts.of(label=[1, 0, 1, 0], decision=[1, 0, 1, 1], groups=[0, 0, 1, 1])
    >>> NOTIONS["equalized_odds"].gap(counts)
    1.0
    >>> NOTIONS["equal_opportunity"].gap(counts)
    0.0
    """

    name: str
    rates: tuple[Rate | MeanRate, ...]
    reads: str = ""
    source: str = ""
    comparison: Comparison = field(default_factory=Comparison)
    aliases: tuple[str, ...] = ()

    def gap(self, counts: GroupCounts, comparison: Comparison | None = None) -> Any:
        """Compare the groups in one number; NaN where fewer than two groups have a value."""
        return (comparison or self.comparison)(self.rates, counts)

    @property
    def needs_label(self) -> bool:
        """Whether labels are needed."""
        return any(rate.needs_label for rate in self.rates)

    @property
    def needs_decision(self) -> bool:
        """Whether decisions are needed."""
        return any(rate.needs_decision for rate in self.rates)


def _rates(*names: str) -> tuple[Rate | MeanRate, ...]:
    return tuple(RATES[name] for name in names)


_DWORK = "Dwork, Hardt, Pitassi, Reingold & Zemel (2012), Fairness through awareness"
_HARDT = "Hardt, Price & Srebro (2016), Equality of opportunity in supervised learning"
_CHOULDECHOVA = "Chouldechova (2017), Fair prediction with disparate impact"
_BERK = "Berk, Heidari, Jabbari, Kearns & Roth (2021), Fairness in criminal justice risk assessments"
_AGARWAL = "Agarwal, Dudík & Wu (2019), Fair regression: quantitative definitions and reduction-based algorithms"

_LISTED = (
    Notion(
        "demographic_parity",
        _rates("selection_rate"),
        "each group gets the favorable decision equally often",
        _DWORK,
        aliases=("statistical_parity",),
    ),
    Notion(
        "equal_opportunity",
        _rates("true_positive_rate"),
        "among those with a favorable label, each group is selected equally often",
        _HARDT,
        aliases=("true_positive_rate_parity",),
    ),
    Notion(
        "equalized_odds",
        _rates("true_positive_rate", "false_positive_rate"),
        "among those with the same label, each group is selected equally often",
        _HARDT,
    ),
    Notion(
        "predictive_equality",
        _rates("false_positive_rate"),
        "among those with an unfavorable label, each group is selected equally often",
        "Corbett-Davies, Pierson, Feller, Goel & Huq (2017), Algorithmic decision making and the cost of fairness",
        aliases=("false_positive_rate_parity",),
    ),
    Notion(
        "false_negative_rate_parity",
        _rates("false_negative_rate"),
        "among those with a favorable label, each group is refused equally often",
        _CHOULDECHOVA,
        aliases=("false_negative_parity",),
    ),
    Notion(
        "predictive_parity",
        _rates("positive_predictive_value"),
        "among the selected, the label is favorable equally often in each group",
        _CHOULDECHOVA,
    ),
    Notion(
        "conditional_use_accuracy",
        _rates("positive_predictive_value", "negative_predictive_value"),
        "a decision is right equally often in each group, for the selected and for the others",
        _BERK,
        aliases=("conditional_use_accuracy_equality",),
    ),
    Notion(
        "accuracy_equality",
        _rates("accuracy"),
        "decisions agree with the label equally often in each group",
        _BERK,
        aliases=("overall_accuracy_equality", "error_rate_parity", "accuracy_parity"),
    ),
    Notion(
        "balanced_accuracy_equality",
        _rates("balanced_accuracy"),
        "the mean of the true positive and the true negative rate is the same in each group",
        _BERK,
    ),
    Notion(
        "treatment_equality",
        _rates("error_ratio"),
        "the number of wrong refusals for each wrong selection is the same in each group",
        _BERK,
    ),
    Notion(
        "bounded_group_loss",
        _rates("error_rate"),
        "in no group is the loss (here the share of wrong decisions) above a bound",
        _AGARWAL,
        comparison=Comparison("level"),
    ),
)

NOTIONS: Mapping[str, Notion] = MappingProxyType({notion.name: notion for notion in _LISTED})
"""Every notion by name, read-only."""

_ALIASES = {alias: notion for notion in _LISTED for alias in notion.aliases}


def resolve(notion: str | Notion | Rate | MeanRate) -> Notion:
    """Turn a name into the notion; notions pass through, and any rate is the notion that it should be equal.

    Parameters
    ----------
    notion : str, Notion or Rate
        The name of a notion, one of its aliases, or the name of a rate.

    Raises
    ------
    UnknownNotion
        With the near names, where nothing is known under the name.

    Examples
    --------
    >>> resolve("statistical_parity").name
    'demographic_parity'
    >>> resolve("false_discovery_rate").rates[0].name
    'false_discovery_rate'
    >>> resolve("equalised odds")
    Traceback (most recent call last):
        ...
    fairloss.errors.UnknownNotion: Unknown notion 'equalised odds'. Did you mean 'equalized_odds'? Known notions: ...
    """
    if isinstance(notion, Notion):
        return notion
    if isinstance(notion, Rate | MeanRate):
        return Notion(notion.name, (notion,), f"the same in each group: {notion.reads}")
    found = (NOTIONS.get(notion) or _ALIASES.get(notion)) if isinstance(notion, str) else None
    if found is not None:
        return found
    if isinstance(notion, str) and notion in RATES:
        return resolve(resolve_rate(notion))
    raise UnknownNotion(notion, NOTIONS)
