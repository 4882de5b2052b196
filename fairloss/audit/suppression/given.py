"""Rules for what people gave beside the counts: shares of a population, reasons, chances, regimes; and odd values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from fairloss.audit.data.categories import StrangeValue
from fairloss.audit.data.population import Population
from fairloss.audit.regimes.reasons import Reasons
from fairloss.audit.report import AuditReport
from fairloss.audit.statistics.memberships import Memberships
from fairloss.audit.suppression.partition import Parts, is_small
from fairloss.audit.suppression.release import Release, Rule, Shown
from fairloss.notions import Grouping

__all__ = ["kept", "left_out", "memberships", "population", "reasons", "strange_values", "where_whole"]


def kept(value: Any, report: AuditReport, release: Release) -> Shown | str:
    """Keep what holds no counts."""
    return Shown(value, release)


def left_out(reason: str) -> Rule:
    """Give the rule for what is never shown, with the reason."""
    return lambda value, report, release: reason


def where_whole(value: Any, report: AuditReport, release: Release) -> Shown | str:
    """Keep what speaks of every group by its name, where none is hidden."""
    return Shown(value, release) if release.is_whole else "it speaks of every group by itself, and some are hidden"


def population(stated: Sequence[Population], report: AuditReport, release: Release) -> Shown | str:
    """Add up the shares of groups that are shown together; attributes that are not shown go."""
    shown = []
    for one in stated:
        place = report.attributes.index(one.attribute)
        parts = release.parts[place]
        if parts is not None:
            shown.append(_added_up(one, report.tables[place].names, parts, release.grouping(report, place)))
    return Shown(tuple(shown), release) if shown else "its attributes are not shown"


def _added_up(one: Population, names: Sequence[str], parts: Parts, grouping: Grouping | None) -> Population:
    shares = dict(zip(one.groups, one.shares, strict=True))
    called = grouping.names if grouping else names
    groups = {
        name: sum(shares.pop(names[code], 0.0) for code in part) for name, part in zip(called, parts, strict=True)
    }
    return Population(one.attribute, (*groups, *shares), (*groups.values(), *shares.values()))


def reasons(found: Reasons, report: AuditReport, release: Release) -> Shown | str:
    """Keep the reasons that were given to many, and not given to many, of each group as shown.

    Where each notice gives one reason, the reasons that are not shown are what is left of the notices: this is no small
    count either. No other evidence counts reasons, so the groups that are shown together stay open.
    """
    place = report.attributes.index(found.attribute)
    parts, grouping = release.parts[place], release.grouping(report, place)
    if parts is None or grouping is None:
        return "its attribute is not shown"
    names = report.tables[place].names
    members = [[found.groups.index(names[code]) for code in part if names[code] in found.groups] for part in parts]
    groups = tuple(name for name, held in zip(grouping.names, members, strict=True) if held)
    notices, counts = (
        np.stack([table[..., held].sum(-1) for held in members if held], -1) for table in (found.notices, found.counts)
    )
    refused = release.people[place][:, :, 0].sum(-1)
    silent = np.array([sum(refused[list(part)]) for part, held in zip(parts, members, strict=True) if held]) - notices
    if is_small(notices, release.least).any() or is_small(silent, release.least).any():
        return "few notices went to a group, or few refusals came without one"
    chosen = [
        at
        for at in np.argsort(-counts.sum(1), kind="stable").tolist()
        if not is_small(np.stack([counts[at], notices - counts[at]]), release.least).any()
    ]
    while chosen and is_small(notices - counts[chosen].sum(0), release.least).any():
        chosen.pop()
    if not chosen:
        return "every reason was given to few people of a group, or not given to few"
    rare = len(found.reasons) - len(chosen)
    out = ((f"{rare} reasons for refusals", "few people of a group were, or were not, given them"),) if rare else ()
    chosen.sort()
    shown = Reasons(found.attribute, groups, notices, tuple(found.reasons[at] for at in chosen), counts[chosen])
    return Shown(shown, release, left_out=out)


def memberships(found: Memberships, report: AuditReport, release: Release) -> Shown | str:
    """Keep sums of chances where all of them, and the people in no sum, are many; their groups are in no table."""
    outcomes = release.people[0].sum(0)
    totals = outcomes.sum(1) if report.is_data_audit else outcomes.sum(0)
    known = found.weights.sum(0)
    numbers = (found.assigned, found.weights, known - found.assigned.sum(0), totals - np.round(known))
    if any(is_small(np.asarray(one, np.float64), release.least).any() for one in numbers):
        return "a sum of chances is small, or few people have none"
    return Shown(found, release)


def strange_values(found: Sequence[StrangeValue], report: AuditReport, release: Release) -> Shown | str:
    """Keep the columns in which many people hold each value that looks wrong, and many hold none of them."""
    columns: dict[str, list[StrangeValue]] = defaultdict(list)
    for one in found:
        if one.problem != "thin":
            columns[one.column].append(one)
    shown = []
    for listed in columns.values():
        rows = {one.value: one.rows for one in listed}
        of = listed[0].of
        held = np.array([*rows.values(), *(of - one for one in rows.values()), of - sum(rows.values())], np.float64)
        if not is_small(held, release.least).any():
            shown += listed
    dropped = len({one.column for one in found}) - len({one.column for one in shown})
    out = ((f"values that look wrong in {dropped} columns", "few people hold them, or few do not"),) if dropped else ()
    return Shown(tuple(shown), release, left_out=out) if shown else "few people hold them, or few do not"
