"""What goes wrong in a training, said in sentences: collapse, multipliers that explode, gaps that only look met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite

from fairloss.errors import quote
from fairloss.losses.guards.collapse import constant_decisions
from fairloss.losses.guards.findings import Finding
from fairloss.losses.guards.gap_readings import GapReading, gap_readings
from fairloss.losses.guards.records import TermRecord, WatchedTerm
from fairloss.losses.penalty_terms import RowPenaltyTerm

__all__ = ["diagnose"]

Before = Mapping[tuple[str, int, str, str], TermRecord]

_FEWEST = 30
"""Rows in memory, below which a rate of a group says nothing."""
_NOTABLE = 0.05
"""The share of its cap from which on a multiplier is looked at for growing in vain."""
_ELSEWHERE = 0.1
"""How far a soft gap may be beyond the tolerance where deployed decisions keep it."""


def diagnose(watched: Sequence[WatchedTerm], since: Iterable[TermRecord] = ()) -> tuple[Finding, ...]:
    """Say what goes wrong, by the memory of counts.

    The memory holds the last rows of training, those before a change too: a collapse is seen once it has faded from
    them. Penalties on rows have no memory, so nothing is said about them, and in regression nothing about collapse.

    - ``constant_decisions``: on all rows, or in one group, all deployed decisions are alike while the labels are not.
    - ``multiplier_at_cap``: a multiplier cannot grow any more, and the violation is still there.
    - ``multiplier_in_vain``: a multiplier has risen by half or more ``since``, and the violation has not fallen.
    - ``surrogate_gap``: soft decisions keep the tolerance, the deployed ones do not, by more than noise.
    - ``soft_gap``: deployed decisions keep the tolerance, the soft ones do not: at all, where the solver follows the
      soft gap and so pays for one that nobody meets; or by more than 0.1, where scores may be used otherwise.
    - ``tolerance_not_met``: neither keeps it, by more than noise.
    - ``small_group``: fewer than 30 rows in memory.

    Parameters
    ----------
    watched : sequence of WatchedTerm
        The terms of a criterion.
    since : iterable of TermRecord
        An earlier ``criterion.state()``, to tell which multipliers have grown in vain.

    Returns
    -------
    tuple of Finding
        What makes the rest void comes first; empty when all is well, and before the first batch.
    """
    before = {(one.term, one.question, one.rate, one.group): one for one in since}
    readings = [reading for one in watched for reading in gap_readings(one)]
    return (
        *constant_decisions(watched),
        *(finding for reading in readings for finding in _constraint(reading, before)),
        *_small_groups(watched),
    )


def _constraint(reading: GapReading, before: Before) -> Iterator[Finding]:
    """Say the gravest thing that can be said about the worst pair of a rate."""
    name = reading.watched.name
    for code, look in _LOOKS.items():
        said = look(reading, before) if isfinite(reading.hard.max().item()) else ""
        if said:
            attribute = reading.watched.attribute.name
            yield Finding(code, f"{name}: {said}", attribute, term=name, rate=reading.rate)
            return


def _hard_gap(reading: GapReading) -> str:
    worst = reading.hard.max().item()
    if (reading.hard - reading.margin).max().item() <= reading.term.tolerance:
        return ""
    where = reading.name(int(reading.hard.argmax()))
    return f"{where} is {worst:.3f} against a tolerance of {reading.term.tolerance:g}"


def _surrogate_gap(reading: GapReading, before: Before) -> str:
    said, soft = _hard_gap(reading), reading.soft.max().item()
    if not said or soft > reading.term.tolerance:
        return ""
    advice = (
        "Train on, as the multipliers follow the deployed decisions, or sharpen the soft ones with "
        "decision='sharp_sigmoid'"
        if reading.term.solver.reads_hard
        else "Its solver follows the soft gap; take solver='proxy_lagrangian'"
    )
    return f"{said}, although that of the soft decisions is at most {soft:.3f}. {advice}."


def _not_met(reading: GapReading, before: Before) -> str:
    said = _hard_gap(reading)
    return said and f"{said}. Train on, or let the multipliers move faster with a larger step of the solver."


def _soft_gap(reading: GapReading, before: Before) -> str:
    tolerance, soft, hard = reading.term.tolerance, reading.soft.max().item(), reading.hard.max().item()
    if hard > tolerance or (reading.soft - reading.margin).max().item() <= tolerance:
        return ""
    if reading.term.solver.reads_hard and soft <= tolerance + _ELSEWHERE:
        return ""
    advice = (
        "It holds at this threshold only; do not use the scores otherwise"
        if reading.term.solver.reads_hard
        else "Its solver follows the soft gap and pays for one that nobody meets; take solver='proxy_lagrangian'"
    )
    where = reading.name(int(reading.soft.argmax()))
    return (
        f"{where} is {soft:.3f} for soft decisions, but at most {hard:.3f} for the deployed ones, against a tolerance "
        f"of {tolerance:g}. {advice}."
    )


def _at_cap(reading: GapReading, before: Before) -> str:
    """Say that a multiplier cannot grow any more where it would have to; of several the one of the largest gap."""
    cap = reading.term.solver.max_multiplier
    stuck = (reading.pressure >= cap * (1 - 1e-6)) & (reading.followed > reading.term.tolerance)
    if not stuck.any():
        return ""
    place = int(reading.followed.masked_fill(~stuck, -1).argmax())
    return (
        f"{reading.name(place)} is {reading.followed.flatten()[place]:.3f} against a tolerance of "
        f"{reading.term.tolerance:g}, and its multiplier is at the cap of {cap:g}: the model cannot follow, or pays "
        "rather, or swings. Loosen the tolerance, take a smaller solver step, or raise max_multiplier."
    )


def _in_vain(reading: GapReading, before: Before) -> str:
    """Say that the pressure on a group has risen by half or more, and that the gap has not fallen by a tenth."""
    term, groups = reading.term, reading.watched.attribute.groups
    net = term.multipliers()
    if net is None or not before:
        return ""
    now = net[reading.question, term.rates.names.index(reading.rate)].abs()
    place = int(now.argmax())
    earlier = before.get((reading.watched.name, reading.question, reading.rate, groups[place]))
    if earlier is None:
        return ""
    column = (reading.followed[place], reading.followed[:, place]) if term.between else (reading.followed[place],)
    gap = max(side.max().item() for side in column)
    last = earlier.hard_gap if term.solver.reads_hard else earlier.soft_gap
    grown = now[place].item() > max(1.5 * abs(earlier.multiplier), _NOTABLE * term.solver.max_multiplier)
    if not (grown and gap > term.tolerance and gap > 0.9 * last):
        return ""
    return (
        f"the multiplier of {reading.rate} in {quote(groups[place])} of {reading.watched.attribute.name} has risen "
        f"from {abs(earlier.multiplier):.3g} to {now[place].item():.3g}, but its gap is {gap:.3f} after {last:.3f}, "
        f"against a tolerance of {term.tolerance:g}. Take a smaller solver step, loosen the tolerance, or give the "
        "model more to go by."
    )


_LOOKS = {
    "multiplier_at_cap": _at_cap,
    "multiplier_in_vain": _in_vain,
    "surrogate_gap": _surrogate_gap,
    "tolerance_not_met": _not_met,
    "soft_gap": _soft_gap,
}
"""What can be said about a rate of a constraint, the gravest first."""


def _small_groups(watched: Sequence[WatchedTerm]) -> Iterator[Finding]:
    """Name each group whose rates rest on too few rows, once, with the rate of the fewest."""
    fewest: dict[tuple[str, str], tuple[float, str, str]] = {}
    for one in watched:
        if isinstance(one.term, RowPenaltyTerm) or not one.counts.numel():
            continue
        sizes = one.term.rates(one.counts[1]).among.amin(0)
        for rate, row in zip(one.term.rates.names, sizes.tolist(), strict=True):
            for group, size in zip(one.attribute.groups, row, strict=True):
                key, found = (one.attribute.name, group), (size, one.name, rate)
                fewest[key] = min(fewest.get(key, found), found)
    for (attribute, group), (size, term, rate) in fewest.items():
        if size < _FEWEST:
            yield Finding(
                "small_group",
                f"{term}: {rate} in {quote(group)} of {attribute} rests on {size:,.1f} rows in memory, which say "
                "nothing. Let the memory hold more, draw the group more often with GroupBatchSampler, or merge it.",
                attribute,
                term=term,
                rate=rate,
                group=group,
            )
