"""The answer of a comparison: what changed and by how much, what did not, and what the two audits cannot tell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from fairloss.audit.change.pairing import change_interval
from fairloss.audit.change.record import AuditChange
from fairloss.audit.charts import Pair, dumbbell
from fairloss.audit.findings import constant_decisions
from fairloss.audit.page import Figure, Section
from fairloss.audit.results import Row
from fairloss.audit.wording import count, display, listing, number, percent, phrase, points, span
from fairloss.notions import GroupCounts, Rate

__all__ = ["change_findings", "change_section", "closing_change_sections", "is_share"]

_MOST_FINDINGS, _MOST_PAIRS, _MOST_NAMED = 5, 10, 3
_POOLED = ("selection_rate", "base_rate", "accuracy")
Moved = tuple[Row, list[Row]]


def change_section(change: AuditChange, title: str = "What changed") -> Section:
    """Give the answer: the gaps whose change is established, those whose change is not, and one chart."""
    gaps = _gaps(change)
    drawn = [_pair(row) for row, _ in gaps[:_MOST_PAIRS]]
    caption = "The largest gap between any two groups in each notion, in percentage points."
    more = f" The first {_MOST_PAIRS} of {len(gaps)}; the others are under “The largest gaps”."
    figure = Figure(
        dumbbell(drawn, title="Largest gaps", names=change.names),
        caption + (more if len(gaps) > _MOST_PAIRS else ""),
    )
    return Section(
        title,
        facts=tuple(_facts(change)),
        findings=(*_constants(change), *change_findings(change)),
        figures=(figure,) if drawn else (),
        sections=_unchanged(gaps) if change.pairs else (),
    )


def closing_change_sections(change: AuditChange) -> tuple[Section, ...]:
    """Give what ends the first page: what the two audits cannot tell, and the checksum of the record."""
    from fairloss.audit.archive import change_to_mapping

    told = " ".join(_undetermined(change)) or "Every comparison that was asked for could be made."
    created = change.after.about.created
    date = f"Date: {display(created, 60)}." if created else "Date: not supplied."
    held = change_to_mapping(change)["integrity"]["sha256"]
    return (
        Section("What could not be determined", (told,)),
        Section("Record", (f"{date} SHA-256 of the record: {held}.",)),
    )


def is_share(change: AuditChange, notion: str) -> bool:
    """Whether all rates of a notion lie between 0 and 1, so that their gaps are percentage points."""
    return all(rate.is_bounded for one in change.before.plan.notions if one.name == notion for rate in one.rates)


def _gaps(change: AuditChange) -> list[Moved]:
    """Give the gaps in shares, of single attributes before crossed ones, each with the pairs farthest apart."""
    pairs: dict[tuple[str, str], list[Row]] = {}
    for row in change.farthest_rows:
        pairs.setdefault((row["attribute"], row["notion"]), []).append(row)
    crossed = {
        name
        for name, counts in zip(change.before.attributes, change.before.tables, strict=True)
        if counts.grouping and len(counts.grouping.attributes) > 1
    }
    rows = [row for row in change.gap_rows if row["comparison"] == "difference" and is_share(change, row["notion"])]
    rows.sort(key=lambda row: row["attribute"] in crossed)
    return [(row, pairs.get((row["attribute"], row["notion"]), [])) for row in rows if not math.isnan(row["change"])]


def _facts(change: AuditChange) -> Iterator[tuple[str, str]]:
    first, second = (display(name, 40) for name in change.names)
    yield "Compared", f"{first} and {second}"
    sizes = [float(report.tables[0].sizes.sum()) for report in (change.before, change.after)]
    yield "Rows", number(sizes[0]) if change.pairs else f"{number(sizes[0])} and {number(sizes[1])}"
    yield "Pairing", "the same people were decided twice" if change.pairs else "two audits; the people may differ"
    shared = [name for name in change.before.attributes if name in change.after.attributes]
    yield "Compared by", listing([display(name, 40) for name in shared], 6)
    for rate in change.before.plan.rates:
        if rate.name in _POOLED and isinstance(rate, Rate) and rate in change.after.plan.rates:
            yield f"{phrase(rate.name).capitalize()}, all rows", _pooled(change, rate)


def _pooled(change: AuditChange, rate: Rate) -> str:
    """Write how a rate of all rows changed, with its paired interval where there is one."""
    before, after = (float(rate(report.tables[0].overall())[0]) for report in (change.before, change.after))
    text = f"{percent(before)} to {percent(after)}"
    if not change.pairs:
        return text
    low, high = (float(end[0]) for end in change_interval(rate, _everybody(change.pairs[0]), change.before.plan.level))
    return f"{text} ({points(after - before)} points, {span(points(low), points(high))})"


def _everybody(pairs: GroupCounts) -> GroupCounts:
    """Take all groups together."""
    squares = None if pairs.squares is None else pairs.squares.sum(1, keepdims=True)
    return GroupCounts(pairs.cells.sum(1, keepdims=True), squares)


def _constants(change: AuditChange) -> Iterator[str]:
    for name, report in zip(change.names, (change.before, change.after), strict=True):
        yield from (f"In “{display(name, 40)}”: {finding}" for finding in constant_decisions(report.tables[0]))


def change_findings(change: AuditChange, notion: str | None = None) -> Iterator[str]:
    """Give the gaps that changed as sentences, of all notions or of one; without pairs all gaps, as nothing is known.

    Parameters
    ----------
    change : AuditChange
        The two audits.
    notion : str, optional
        The name of a notion.
    """
    gaps = [one for one in _gaps(change) if notion in (None, one[0]["notion"])]
    told = [(row, _established(pairs)) for row, pairs in gaps]
    told = [(row, pairs) for row, pairs in told if pairs or not change.pairs]
    for row, pairs in told[:_MOST_FINDINGS]:
        yield "".join((_moved(row), *map(_apart, pairs[:1])))
    if gaps and not told:
        yield f"No change is established in any of {count(len(gaps), 'gap')}."
    if len(told) > _MOST_FINDINGS:
        rest = "gaps with an established change are" if change.pairs else "gaps are"
        yield f"{len(told) - _MOST_FINDINGS} more {rest} under “The largest gaps”."


def _moved(row: Row) -> str:
    return (
        f"The largest gap in {phrase(row['notion'])} by {display(row['attribute'], 60)} went from "
        f"{_gap(row, 'before')} to {_gap(row, 'after')} points."
    )


def _gap(row: Row, side: str) -> str:
    value, low, high = (_size(row[name]) for name in (side, f"{side}_low", f"{side}_high"))
    return f"{value} ({span(low, high)})"


def _size(value: float) -> str:
    """Write a gap in points; a gap has no sign."""
    return points(value).lstrip("+")


def _apart(pair: Row) -> str:
    """Say how the two groups moved that are farthest apart before or after."""
    names = " and ".join(display(pair[name], 40) for name in ("group", "reference"))
    were = "were" if pair["when"] == "before" else "are now"
    if pair["before"] * pair["after"] < 0:
        moved = f"turned around: it moved by {points(pair['change'])} points ({_ends(pair)})"
    elif pair["change"] < 0:
        moved = f"narrowed by {_size(-pair['change'])} points ({span(_size(-pair['high']), _size(-pair['low']))})"
    else:
        moved = f"widened by {_size(pair['change'])} points ({span(_size(pair['low']), _size(pair['high']))})"
    return f" Farthest apart {were} {names}, in {phrase(pair['rate'])}; the difference between them {moved}."


def _ends(pair: Row) -> str:
    return span(points(pair["low"]), points(pair["high"]))


def _established(pairs: Sequence[Row]) -> list[Row]:
    return [pair for pair in pairs if not math.isnan(pair["low"]) and not pair["low"] <= 0 <= pair["high"]]


def _unchanged(gaps: Sequence[Moved]) -> tuple[Section, ...]:
    open_ones = [pairs[0] for _, pairs in gaps if pairs and not _established(pairs)]
    if not open_ones:
        return (Section("What did not change", ("A change is established for every gap.",)),) if gaps else ()
    named = listing(map(_open, open_ones), _MOST_NAMED)
    text = (
        f"No change is established in {len(open_ones)} of {len(gaps)} gaps, neither between the two groups that were "
        f"farthest apart (in brackets) nor between those that are now: {named}."
    )
    return (Section("What did not change", (text,)),)


def _open(pair: Row) -> str:
    where = f"{phrase(pair['notion'])} by {display(pair['attribute'], 40)}"
    return f"{where} ({points(pair['change'])} points, {_ends(pair)})"


def _undetermined(change: AuditChange) -> Iterator[str]:
    if not change.pairs:
        yield (
            "Whether these changes are more than chance: the counts do not say if both audits saw the same people, so "
            "no change has an interval."
        )
    undefined = sum(math.isnan(row["change"]) for row in change.rate_rows)
    if undefined:
        yield f"{undefined} of {len(change.rate_rows)} rates had no value before or after."
    alone = set(change.before.attributes) ^ set(change.after.attributes)
    if alone:
        names = listing([display(name, 40) for name in sorted(alone)], _MOST_NAMED)
        yield f"Only one of the two audits has {names}: not compared."


def _pair(row: Row) -> Pair:
    text = f"{_size(row['before'])} to {_size(row['after'])} points"
    return Pair(f"{phrase(row['notion'])}, {display(row['attribute'], 40)}", row["before"], row["after"], text)
