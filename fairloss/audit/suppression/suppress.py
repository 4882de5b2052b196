"""A record without small counts: what can be computed from it can be computed from what it prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from fairloss.audit.missing import Unknown
from fairloss.audit.plan import Plan
from fairloss.audit.report import AuditReport
from fairloss.audit.results import attribute_of
from fairloss.audit.statements import Response
from fairloss.audit.suppression.book import Book
from fairloss.audit.suppression.evidence import released
from fairloss.audit.suppression.merging import merge
from fairloss.audit.suppression.partition import Parts, partition
from fairloss.audit.suppression.record import SMALLEST, Suppression
from fairloss.audit.suppression.release import Release
from fairloss.audit.suppression.structure import structure
from fairloss.errors import InputError, quote

__all__ = ["suppress"]

Floats = np.ndarray[Any, np.dtype[np.float64]]


def suppress(report: AuditReport, smallest: int = SMALLEST) -> AuditReport:
    """Give the audit without small counts.

    Groups with a count of 1 to ``smallest - 1`` people in any cell are put together with others until no count that is
    printed is small, and until what is printed tells nothing of those that are not (complementary suppression). Strata,
    and neighboring bins of scores, are put together likewise. The result is an audit of its own: every number on its
    page, in its charts and in its exports follows from the counts that it still has.

    Parameters
    ----------
    report : AuditReport
        The audit; it is left as it is.
    smallest : int
        The smallest count of people that may be printed, apart from 0.

    Returns
    -------
    AuditReport
        With evidence ``"suppression"``, which names what was put together, and what was left out and why.

    Raises
    ------
    InputError
        For a smallest count below 2, where no table could be shown, and for a weighted record that does not hold the
        rows behind its weights.

    Notes
    -----
    What holds for each small count of the tables, strata, stages and scores: a reader who knows all that is printed,
    that all tables hold the same people and that no count is negative finds every real number from 1 to
    ``smallest - 1`` possible for it; in the tables by label and decision also one who knows which counts are 0. Two
    linear programs for each such count, over all tables at once, see to it (Willenborg and de Waal (2001), Elements of
    Statistical Disclosure Control, chapter 4). In weighted audits the counts are the rows; sums of weights are printed
    for the groups that are shown.

    What does not follow: what is known from elsewhere, such as another table of the same people; why these groups,
    strata or edges and no others were put together; and counts that the record never held, such as scores by decision
    (around a cut-off that decides by the score alone no few people are told).

    Examples
    --------
    >>> from fairloss.audit import audit_predictions
    >>> decided = [1, 0] * 20 + [1, 0] * 15 + [1] * 4
    >>> report = audit_predictions(None, decided, sensitive_features=["a"] * 40 + ["b"] * 30 + ["c"] * 4)
    >>> suppress(report).rates[["group", "numerator", "denominator"]].values.tolist()
    [['a', 20.0, 40.0], ['2 groups together', 19.0, 34.0]]
    """
    _check(report, smallest)
    people = _people(report)
    book = _book(report, people, smallest)
    frame, parts = book.frame, []
    for place, rows in enumerate(people):

        def after(chosen: Parts, place: int = place, before: Book = book) -> Book:
            return before.published([frame.part(place, part) for part in chosen])

        found = partition(rows.reshape(len(rows), -1), after, smallest)
        parts.append(found[0] if found else None)
        book = found[1] if found else book
    if not any(parts):
        raise InputError(
            f"No table can be shown without a count below {smallest}. Pool more people, or audit fewer groups."
        )
    return _suppressed(report, Release(book, tuple(parts), people))


def _check(report: AuditReport, smallest: int) -> None:
    if isinstance(smallest, bool) or not isinstance(smallest, int) or smallest < 2:
        raise InputError(
            f"The smallest count that is printed is 2 or more, got {quote(smallest)}. Use 11, for example."
        )
    if "row_counts" not in report.evidence and any(counts.squares is not None for counts in report.tables):
        raise InputError(
            "Suppression counts people, but this weighted record does not hold the rows behind its weights. "
            "Audit the rows again, with audit_predictions or audit_table, or without weights."
        )


def _people(report: AuditReport) -> tuple[Floats, ...]:
    """Give the rows in each cell of each table, whatever they weigh."""
    held = report.evidence.get("row_counts")
    tables = [counts.cells for counts in report.tables] if held is None else held.tables
    return tuple(np.asarray(table, np.float64) for table in tables)


def _book(report: AuditReport, people: Sequence[Floats], smallest: int) -> Book:
    """Begin with one layer for each label and decision, and the rows without a value that the record tells."""
    frame = structure(report.tables, report.unknown)
    flat = [rows.reshape(len(rows), -1) for rows in people]
    layers = [frame.values([table[:, layer] for table in flat]) for layer in range(flat[0].shape[1])]
    book = Book.of(frame, smallest, np.stack(layers))
    for place, one in enumerate(report.unknown):
        if one.group is None and one.rows >= smallest:
            nobody = np.zeros(frame.size)
            nobody[frame.starts[place] + frame.sizes[place]] = 1
            book = book.published([nobody], [range(len(layers))])
    return book


def _suppressed(report: AuditReport, release: Release) -> AuditReport:
    tables = tuple(merge(report.tables[place], parts) for place, parts in release.shown)
    evidence, together, left_out = released(report, release)
    hidden = []
    for counts, parts in zip(report.tables, release.parts, strict=True):
        if parts is None:
            left_out = (*left_out, (f"the table of {attribute_of(counts)}", "no two of its groups can be told apart"))
        elif len(parts[-1]) > 1:
            hidden.append((attribute_of(counts), tuple(counts.names[code] for code in parts[-1])))
    unknown = tuple(_unknown(report, release, place) for place, _ in release.shown)
    plan = _plan(report.plan, {attribute_of(counts): counts.names for counts in tables})
    said = Suppression(release.least, (*hidden, *together), left_out, not release.is_whole)
    shown = AuditReport(tables, plan, report.about, unknown, {**evidence, "suppression": said})
    return _answered(shown, report.evidence.get("responses", ()))


def _answered(shown: AuditReport, responses: Sequence[Response]) -> AuditReport:
    """Add the responses to findings that are still there."""
    known = {finding.id for finding in shown.findings}
    kept = tuple(one for one in responses if one.finding in known)
    said: Suppression = shown.evidence["suppression"]
    if len(kept) < len(responses):
        number = f"{len(responses) - len(kept)} responses"
        said = replace(said, left_out=(*said.left_out, (number, "their findings speak of groups that are hidden")))
    answers = {"responses": kept} if kept else {}
    return replace(shown, evidence={**shown.evidence, "suppression": said, **answers})


def _unknown(report: AuditReport, release: Release, place: int) -> Unknown:
    """Name the rows without a value where they are not few, and not hidden among other groups."""
    one, parts = report.unknown[place], release.parts[place] or ()
    names = report.tables[place].names
    hidden = {names[code] for part in parts if len(part) > 1 for code in part}
    small = 0 < one.rows < release.least
    return Unknown() if small or one.group in hidden else one


def _plan(plan: Plan, names: dict[str, tuple[str, ...]]) -> Plan:
    """Keep the references that are still there; the other attributes use the highest rate."""
    if isinstance(plan.reference, str):
        return plan
    kept = tuple(pair for pair in plan.reference if pair[1] in names.get(pair[0], ()))
    return replace(plan, reference=kept or "highest")
