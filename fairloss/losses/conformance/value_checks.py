"""Checks of the value of a penalty: which groups count, which gaps, and which rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import torch

from fairloss.losses.conformance.batches import (
    ACCURATE,
    CONTRARY,
    Batch,
    Table,
    mixed,
    one_class_per_group,
    planted,
)
from fairloss.losses.conformance.checks import Check, compares_groups
from fairloss.losses.conformance.readings import Reading, alike, look, read, settled
from fairloss.losses.conformance.subjects import Subject

__all__ = ["VALUE_CHECKS"]

_ONE_APART = (ACCURATE, ACCURATE, CONTRARY)
_ALL_APART: tuple[Table, Table, Table] = ((1, 7, 1, 7), (4, 4, 4, 4), (7, 1, 7, 1))
_CROSSED: tuple[tuple[Table, Table], ...] = (((7, 1, 1, 7), (1, 7, 7, 1)), ((7, 4, 1, 4), (4, 1, 4, 7)))
_SEEN = 1e-6
"""A gap of half the range gives much more than this, whatever the weight of the penalty."""


def row_order(subject: Subject) -> str | None:
    """Turn the rows round."""
    batch = mixed(3, subject.classes)
    turned = torch.arange(len(batch)).flip(0)
    plain, other = read(subject, batch, 3), read(subject, batch.rows(turned), 3)
    return _same(plain, replace(other, slope=other.slope[turned], base_slope=other.base_slope[turned]))


def group_names(subject: Subject) -> str | None:
    """Exchange the codes."""
    batch, history = mixed(3, subject.classes), mixed(3, subject.classes, seed=1)
    plain = read(subject, batch, 3, history=history)
    for names in ([1, 2, 0], [1, 0, 2]):
        wrong = _same(plain, read(subject, batch.recoded(names), 3, history=history.recoded(names)))
        if wrong:
            return f"with the group codes {names} instead of [0, 1, 2] {wrong}"
    return None


def absent_group(subject: Subject) -> str | None:
    """Promise a group more than the batch has."""
    batch = mixed(2, subject.classes)
    plain = read(subject, batch, 2)
    for missing in range(3):
        names = [code for code in range(3) if code != missing]
        other = read(subject, batch.recoded(names), 3)
        if not other.finite:
            return f"without group {missing} of 3 the loss is {other.loss.item():g} or its gradient is not finite"
        wrong = _same(plain, other)
        if wrong:
            return f"against a criterion for the two groups that are there, {wrong}"
    return None


def single_group(subject: Subject) -> str | None:
    """Show one group alone, to a criterion that has seen all of them."""
    batch, criterion = mixed(1, subject.classes), settled(subject, mixed(3, subject.classes))
    for code in range(3):
        reading = look(subject, criterion, batch.recoded([code]))
        if not reading.adds_nothing:
            return (
                f"with group {code} alone in the batch the penalty is {reading.penalty.item():g}, "
                f"with a gradient of up to {reading.penalty_slope.abs().max().item():g}"
            )
    return None


def unknown_group(subject: Subject) -> str | None:
    """Hide the group of some rows, then of all."""
    batch, criterion = mixed(3, subject.classes), settled(subject, mixed(3, subject.classes, seed=1))
    hidden = replace(batch, codes=torch.where(torch.arange(len(batch)) < 10, -1, batch.codes))
    some, rest = (look(subject, criterion, rows) for rows in (hidden, batch.rows(torch.arange(10, len(batch)))))
    if not alike(some.penalty, rest.penalty):
        return f"rows without a group change the penalty from {rest.penalty.item():g} to {some.penalty.item():g}"
    none = look(subject, criterion, replace(batch, codes=torch.full_like(batch.codes, -1)))
    return None if none.adds_nothing else f"without any known group the penalty is {none.penalty.item():g}"


def parity(subject: Subject) -> str | None:
    """Give every group the same rows, some of them twice."""
    twice: Table = (4, 4, 2, 14)
    for tables in ((ACCURATE, ACCURATE), (ACCURATE, twice, ACCURATE), (twice, _doubled(twice), twice)):
        reading = read(subject, planted(*tables, classes=subject.classes), len(tables))
        if not abs(reading.penalty.item()) < 1e-7:
            return f"the penalty is {reading.penalty.item():g} where {len(tables)} groups are alike"
        if not reading.finite:
            return f"the gradient is not finite where {len(tables)} groups are alike"
    return None


def any_gap(subject: Subject) -> str | None:
    """Give two groups different rates, in both directions."""
    tables = ((ACCURATE, CONTRARY), (CONTRARY, ACCURATE))
    return _missed(subject, (planted(*pair, classes=subject.classes) for pair in tables), "of two groups")


def opposite_gaps(subject: Subject) -> str | None:
    """Let one rate favor the first group and another the second, by as much."""
    batches = (planted(*pair, classes=subject.classes) for pair in _CROSSED)
    return _missed(subject, (batch for batch in batches if _crossed(subject, batch)), "of opposite sign")


def third_group(subject: Subject) -> str | None:
    """Let one of three groups have other rates, and put each in turn at the overall rate."""
    orders = [three for start in (_ONE_APART, _ALL_APART) for three in _turns(start)]
    return _missed(subject, (planted(*three, classes=subject.classes) for three in orders), "of three groups")


def class_gap(subject: Subject) -> str | None:
    """Give each of two groups always another class."""
    pairs = [*pairwise(range(subject.classes)), (subject.classes - 1, 0)]
    batches = (one_class_per_group(first, second, subject.classes) for first, second in pairs)
    return _missed(subject, batches, "as large as it can be")


def row_weight(subject: Subject) -> str | None:
    """Give some rows twice, or the weight 2."""
    batch, criterion = mixed(3, subject.classes), settled(subject, mixed(3, subject.classes, seed=1))
    count = torch.ones(len(batch), dtype=torch.float64).index_fill(0, torch.arange(5), 2)
    heavy = look(subject, criterion, replace(batch, weight=count))
    twice = look(subject, criterion, batch.rows(torch.arange(len(batch)).repeat_interleave(count.long())))
    if alike(heavy.loss, twice.loss):
        return None
    return f"five rows of weight 2 give {heavy.loss.item():.9g}, the same rows twice give {twice.loss.item():.9g}"


def _same(first: Reading, second: Reading) -> str | None:
    if not alike(first.penalty, second.penalty):
        one, other = first.penalty.item(), second.penalty.item()
        return f"the penalty is {other:g}, not {one:g} (off by {abs(other - one):.1g})"
    return None if alike(first.penalty_slope, second.penalty_slope) else "the gradient is another"


def _turns(tables: tuple[Table, ...]) -> list[tuple[Table, ...]]:
    return [tables[start:] + tables[:start] for start in range(len(tables))]


def _doubled(table: Table) -> Table:
    first, second, third, fourth = table
    return 2 * first, 2 * second, 2 * third, 2 * fourth


def _missed(subject: Subject, batches: Iterable[Batch], which: str) -> str | None:
    for batch in batches:
        if not subject.shows_gap(batch):
            continue
        reading = read(subject, batch, int(batch.codes.max()) + 1)
        if not (reading.finite and reading.penalty.item() > _SEEN):
            rates = [[round(value, 2) for value in rate] for rate in subject.rates(batch)[0].flatten(0, 1).tolist()]
            return f"the penalty is {reading.penalty.item():g} at a gap {which}, with the soft rates {rates}"
    return None


def _crossed(subject: Subject, batch: Batch) -> bool:
    """Tell whether two rates have opposite gaps, by the hard decisions."""
    gaps = torch.cat([rates[..., 1] - rates[..., 0] for rates in subject.rates(batch)[1]])
    return bool((gaps > 0.05).any()) and bool((gaps < -0.05).any())


def _crosses(subject: Subject) -> str | None:
    reason = compares_groups(subject)
    if reason or subject.classes > 2 or any(_crossed(subject, planted(*pair)) for pair in _CROSSED):
        return reason
    return f"{subject.notion.name} has no two rates whose gaps could cancel"


def _has_classes(subject: Subject) -> str | None:
    reason = compares_groups(subject)
    if reason is None and subject.classes == 2:
        return "it has two classes"
    pairs = [*pairwise(range(subject.classes)), (subject.classes - 1, 0)]
    if reason or any(subject.shows_gap(one_class_per_group(*pair, subject.classes)) for pair in pairs):
        return reason
    return f"where each group has a class of its own, {subject.notion.name} is undefined"


VALUE_CHECKS = (
    Check("row_order", "the order of the rows does not matter", row_order),
    Check("group_names", "which group has which code does not matter", group_names),
    Check("absent_group", "a group that is absent from the batch adds nothing", absent_group, compares_groups),
    Check("single_group", "one group alone adds exactly nothing", single_group, compares_groups),
    Check(
        "unknown_group",
        "a row whose group is unknown keeps its base loss only",
        unknown_group,
        lambda subject: None if subject.unknown else "it takes no rows without a group",
    ),
    Check("parity", "the penalty is zero where all groups are alike", parity, compares_groups),
    Check("any_gap", "a gap between two groups costs", any_gap, compares_groups),
    Check("opposite_gaps", "gaps of opposite sign do not cancel", opposite_gaps, _crosses),
    Check("third_group", "every one of three groups counts", third_group, compares_groups),
    Check("class_gap", "a gap between classes costs", class_gap, _has_classes),
    Check(
        "row_weight",
        "a row of weight 2 counts as two rows",
        row_weight,
        lambda subject: None if subject.weights else "it takes no weights",
    ),
)
