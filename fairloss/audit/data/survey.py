"""A table too large to be held, surveyed: all that is counts is counted where it is, the rest looks at a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fairloss.audit.data.categories import StrangeValue, strange_values
from fairloss.audit.data.counting import Seen, all_columns, count_rows
from fairloss.audit.data.duplicates import DuplicateCounts, with_repeated_people
from fairloss.audit.data.looking import Looked, look_through
from fairloss.audit.data.parts import Parts, divided, no_parts, other_table
from fairloss.audit.data.people import People
from fairloss.audit.data.questions import Questions
from fairloss.audit.data.row_sample import RowSample
from fairloss.audit.data.tallied import LABEL, PART, Crossed, TalliedColumn, tally_column
from fairloss.audit.missing import MissingValues
from fairloss.errors import quote
from fairloss.notions import Groups
from fairloss.tables import ContentSampler, Encoder, binary, same_kinds, tally_repeats, tally_table
from fairloss.tables.repeats import AGAIN

__all__ = ["Tables", "survey"]

_WHO = "audit_data"


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """A table, and maybe another one that it is compared with.

    Parameters
    ----------
    table, other : frame, lazy frame, relation or mapping
        The tables; the other may be None.
    other_names : sequence of str
        The columns of the other.
    rows : int
        The rows of the table.
    """

    table: Any
    other: Any
    other_names: Sequence[str]
    rows: int


def survey(tables: Tables, people: People, asked: Questions, *, rows: int) -> dict[str, Any]:
    """Give what a table shows beside the labels by group; about so many of its rows are read."""
    roles = asked.roles
    parts = _parts(tables, people, asked)
    drawn, below, sample = _draw(tables, asked, rows)
    groups = [encoder.encode(drawn) for encoder in people.encoders[: len(roles.sensitive)]]
    codes = binary(drawn[roles.label], pos_label=roles.pos_label, role=f"The label {quote(roles.label)}")
    looked = look_through(drawn, asked.every_column, other=below, expected=asked.expected)
    columns = [tally_column(look, _crossed(tables, people, asked, parts, look.in_both)) for look in looked.looks]
    own, alone = columns[: len(asked.columns)], people.encoders[: len(roles.sensitive)]
    sampled_parts = _parts_of_sample(parts, drawn, below, people, asked, groups=groups, codes=codes)
    every = all_columns(groups, [column.counts(alone) for column in own])
    seen = Seen(drawn, below, asked.columns, looked, codes, groups)
    counted = count_rows(seen, sampled_parts, None, asked.leaks, columns=every, sample=sample)
    if counted:
        counted["row_sample"] = sample
        if asked.identifier is not None:
            counted["equal_rows"] = _repeated(tables.table, asked, alone, counted["equal_rows"])
    compared = [column for column in columns if column.look.is_compared]
    return {
        "missing": _missing(own, people.encoders),
        "strange_values": _strange(looked, columns, asked),
        "parts": parts.drift([] if parts.parts is None else [column.drift(parts.parts) for column in compared]),
        **counted,
    }


def _draw(tables: Tables, asked: Questions, rows: int) -> tuple[Any, Any, RowSample]:
    """Draw rows of both tables by the columns that both have and that rows are compared by."""
    features = list(dict.fromkeys(asked.every_column))
    by = features if tables.other is None else same_kinds(tables.table, tables.other, features)
    read = list(dict.fromkeys([*features, asked.roles.label, *filter(None, [asked.split])]))
    sampler, drawn = ContentSampler.over(tables.table, by or features, read=read, rows=rows, of=tables.rows)
    below = None
    if tables.other is not None:
        below = sampler.draw(tables.other, [name for name in read if name in tables.other_names]).columns
    return drawn.columns, below, RowSample(drawn.rows, tables.rows, drawn.contents, drawn.within)


def _parts(tables: Tables, people: People, asked: Questions) -> Parts:
    """Count labels by part and group."""
    roles = asked.roles
    if asked.split is None and tables.other is None:
        return no_parts()
    split = [] if asked.split is None else [asked.split]
    tally = tally_table(tables.table, [*roles.sensitive, roles.label, *split], who=_WHO)
    cells = tally.cells
    groups = [
        Groups(each.codes_of(cells.select(each.grouping.attributes)), each.grouping)
        for each in people.encoders[: len(roles.sensitive)]
    ]
    labels = roles.labels_of(cells)
    if asked.split is not None:
        return divided(cells.values(asked.split), asked.split, groups, labels, cells.counts)
    names = [name for name in (*roles.sensitive, roles.label) if name in tables.other_names]
    below = tally_table(tables.other, names, who="against").cells
    stacked = other_table({name: below.values(name) for name in names}, roles, groups, people.unknown, labels)
    return replace(stacked, times=np.concatenate([cells.counts, below.counts]))


def _parts_of_sample(
    parts: Parts, drawn: Any, below: Any, people: People, asked: Questions, *, groups: Sequence[Groups], codes: Any
) -> Parts:
    """Find the same parts in the rows that were drawn."""
    if below is not None:
        return other_table(below, asked.roles, groups, people.unknown, codes)
    if parts.parts is None or asked.split is None:
        return parts
    found = _part_encoder(parts.parts).encode({asked.split: drawn[asked.split]}, unseen="unknown")
    return Parts(found, parts.reference, codes, groups)


def _part_encoder(parts: Groups) -> Encoder:
    return Encoder(parts.grouping, "unknown", ("missing",))


def _crossed(tables: Tables, people: People, asked: Questions, parts: Parts, in_both: bool) -> list[Crossed]:
    """Say what a column is crossed with in each table that has it."""
    keys = {f"attribute_{place}": name for place, name in enumerate(asked.roles.sensitive)}
    keys[LABEL] = asked.roles.label
    which: Encoder | int = 0
    if asked.split is not None and parts.parts is not None:
        keys[PART], which = asked.split, _part_encoder(parts.parts)
    found = [Crossed(tables.table, keys, people.encoders, asked.roles, which)]
    if tables.other is not None and in_both:
        found.append(Crossed(tables.other, {}, (), asked.roles, 1))
    return found


def _missing(columns: Sequence[TalliedColumn], encoders: Sequence[Encoder]) -> tuple[MissingValues, ...]:
    """Count the rows without a value by column and group."""
    found = []
    for place, each in enumerate(encoders if columns else ()):
        pairs = [column.lacking(place, len(each.grouping)) for column in columns]
        names = tuple(column.look.name for column in columns)
        attribute = each.grouping.attribute
        found.append(
            MissingValues(
                attribute, each.grouping.names, names, np.stack([missing for missing, _ in pairs]), pairs[0][1]
            )
        )
    return tuple(found)


def _strange(looked: Looked, columns: Sequence[TalliedColumn], asked: Questions) -> tuple[StrangeValue, ...]:
    """Judge the values of all rows where they were counted, those of the sample else."""
    found: list[StrangeValue] = []
    for column in columns:
        name, bins = column.look.name, column.look.bins
        sampled = [one for one in looked.strange if one.column == name]
        if column.has_values:
            rows = int(bins.sizes.sum())
            absent = [replace(one, of=rows) for one in sampled if one.problem == "absent_column"]
            sampled = [*strange_values(name, bins, asked.expected.get(name)), *absent]
        found += sampled
    return tuple(found)


def _repeated(
    table: Any, asked: Questions, encoders: Sequence[Encoder], equal: Sequence[DuplicateCounts]
) -> tuple[DuplicateCounts, ...]:
    """Count the rows whose identifier comes again, in the whole table."""
    keys: Mapping[str, str] = {f"attribute_{place}": name for place, name in enumerate(asked.roles.sensitive)}
    cells = tally_repeats(table, str(asked.identifier), keys, who=_WHO).cells
    again = np.array([flag == "True" for flag in cells.values(AGAIN)], dtype=bool)
    found = []
    for key, encoder, one in zip(keys, encoders, equal, strict=True):
        codes = encoder.codes_of(cells.select([key]))
        known, size = codes >= 0, len(encoder.grouping)
        pair = (np.bincount(codes[each], cells.counts[each], size) for each in (known & again, known))
        found.append(with_repeated_people(one, *(table.astype(np.int64) for table in pair)))
    return tuple(found)
