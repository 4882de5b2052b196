"""What an audit is asked: which notions, at which level, against which reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from fairloss.errors import InputError, UnknownName, quote
from fairloss.notions import GroupCounts, MeanRate, Notion, Rate, resolve

__all__ = ["DEFAULT_NOTIONS", "FOUR_FIFTHS", "FOUR_FIFTHS_SOURCE", "KINDS", "About", "Notions", "Plan"]

DEFAULT_NOTIONS = (
    "demographic_parity",
    "equal_opportunity",
    "predictive_equality",
    "equalized_odds",
    "predictive_parity",
    "accuracy_equality",
)
"""The notions of an audit that names none; those that need labels are left out where there are none."""

FOUR_FIFTHS = 0.8
FOUR_FIFTHS_SOURCE = "29 CFR 1607.4D"
"""The mark that readings of selection ratios use, and where it comes from."""

Notions = str | Notion | Rate | MeanRate | Iterable[str | Notion | Rate | MeanRate] | None
"""Names or values of notions; None for the usual ones."""

_POLICIES = ("highest", "largest")

KINDS = ("general", "hr", "credit")
"""The fields that have an outline of their own."""


@dataclass(frozen=True, slots=True)
class About:
    """What the reader of a report must know about its subject; every field may stay empty.

    Parameters
    ----------
    title : str
        The heading of the report.
    source : str
        Where the data come from.
    model : str
        The model or the procedure whose decisions are audited.
    seed : int, optional
        The random seed of whatever made the decisions.
    created : str
        The date or time to print. Nothing reads a clock: the same input gives the same bytes.
    favorable : str
        What the favorable decision means for the person, e.g. ``"invited to an interview"``.
    kind : {"general", "hr", "credit"}
        The field, which sets the outline of the report.

    Examples
    --------
    >>> About(title="Hiring, spring round", seed=7).seed
    7
    """

    title: str = ""
    source: str = ""
    model: str = ""
    seed: int | None = None
    created: str = ""
    favorable: str = ""
    kind: str = "general"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UnknownName("kind of audit", self.kind, KINDS)

    @classmethod
    def of(cls, about: About | Mapping[str, Any] | None) -> About:
        """Accept a record, a mapping with its fields, or nothing."""
        if isinstance(about, About):
            return about
        known = [field.name for field in fields(cls)]
        for name in about or {}:
            if name not in known:
                raise UnknownName("field of about", name, known)
        return cls(**(about or {}))


@dataclass(frozen=True, slots=True)
class Plan:
    """The questions of an audit, as values.

    Parameters
    ----------
    notions : tuple of Notion
        The notions that are measured.
    level : float
        Confidence level of every interval.
    reference : str or tuple of (attribute, group)
        ``"highest"``: for each rate the group with the highest value (the rule of 29 CFR 1607.4D and NYC Local Law
        144). ``"largest"``: the group with the most rows. Pairs name one group per attribute; attributes that are
        not named use the highest.
    random_state : int
        The seed of everything that is drawn, such as permutations.
    """

    notions: tuple[Notion, ...]
    level: float = 0.95
    reference: str | tuple[tuple[str, str], ...] = "highest"
    random_state: int = 0

    @classmethod
    def of(
        cls,
        notions: Notions = None,
        *,
        level: float = 0.95,
        reference: str | Mapping[str, str] = "highest",
        random_state: int = 0,
        has_labels: bool = True,
        has_decisions: bool = True,
    ) -> Plan:
        """Turn names into values, and check them once.

        Raises
        ------
        UnknownNotion
            For a name that no catalogue holds, with the near ones.
        InputError
            For a level outside (0, 1), an unknown reference policy, a seed that is no whole number below 2**32, or a
            notion that the data cannot answer.
        """
        if not 0 < level < 1:
            raise InputError(f"An audit needs a level between 0 and 1, got {quote(level)}. Use 0.95 for 95 %.")
        if isinstance(reference, str) and reference not in _POLICIES:
            raise UnknownName("reference", reference, _POLICIES)
        _check_seed(random_state)
        pairs = reference if isinstance(reference, str) else tuple((str(k), str(v)) for k, v in reference.items())
        if notions is None:
            chosen = _default(has_labels, has_decisions)
        else:
            listed = [notions] if isinstance(notions, str | Notion | Rate | MeanRate) else list(notions)
            chosen = [resolve(notion) for notion in listed]
            _check(chosen, has_labels, has_decisions)
        return cls(tuple({notion.name: notion for notion in chosen}.values()), level, pairs, int(random_state))

    @classmethod
    def for_counts(
        cls,
        counts: GroupCounts,
        notions: Notions = None,
        *,
        level: float = 0.95,
        reference: str | Mapping[str, str] = "highest",
        random_state: int = 0,
    ) -> Plan:
        """Turn names into values as far as the counts can answer them; see `of`."""
        known = {"has_labels": counts.has_labels, "has_decisions": counts.has_decisions}
        return cls.of(notions, level=level, reference=reference, random_state=random_state, **known)

    @property
    def rates(self) -> tuple[Rate | MeanRate, ...]:
        """Every rate that the notions use, once, in their order."""
        return tuple({rate.name: rate for notion in self.notions for rate in notion.rates}.values())

    def fixed_reference(self, attribute: str) -> str | None:
        """Give the group that was named as the reference of an attribute; None where a policy chooses it."""
        return None if isinstance(self.reference, str) else dict(self.reference).get(attribute)


def _default(has_labels: bool, has_decisions: bool) -> list[Notion]:
    if not has_decisions:
        return [resolve("base_rate")]
    usual = [resolve(name) for name in DEFAULT_NOTIONS]
    return [notion for notion in usual if has_labels or not notion.needs_label]


def _check_seed(random_state: Any) -> None:
    whole = isinstance(random_state, int | np.integer) and not isinstance(random_state, bool)
    if not whole or not 0 <= random_state < 2**32:
        raise InputError(f"random_state is a whole number from 0 to 2**32 - 1, got {quote(random_state)}. Pass one.")


def _check(notions: list[Notion], has_labels: bool, has_decisions: bool) -> None:
    if not notions:
        raise InputError("An audit needs a notion to measure, got an empty list. Leave notions out for the usual ones.")
    for notion in notions:
        if notion.needs_label and not has_labels:
            raise InputError(f"{quote(notion.name)} needs labels, but none were given. Pass y_true (or the label).")
        if notion.needs_decision and not has_decisions:
            raise InputError(f"{quote(notion.name)} needs decisions, but none were given. Pass y_pred (or decision).")
