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
from fairloss.audit.suppression.evidence import Release, released
from fairloss.audit.suppression.ledger import Ledger
from fairloss.audit.suppression.merging import merge
from fairloss.audit.suppression.partition import Parts, is_small, partition
from fairloss.audit.suppression.record import SMALLEST, Suppression
from fairloss.audit.suppression.structure import Structure, structure
from fairloss.errors import InputError, quote

__all__ = ["suppress"]

Floats = np.ndarray[Any, np.dtype[np.float64]]


def suppress(report: AuditReport, smallest: int = SMALLEST) -> AuditReport:
    """Give the audit without small counts.

    Groups with a count of 1 to ``smallest - 1`` people in any cell are put together with others until no count that is
    printed is small, and no sum or difference of printed counts, in any table, gives a small one away (complementary
    suppression). The result is an audit of its own: every number on its page, in its charts and in its exports follows
    from the counts that it still has.

    Parameters
    ----------
    report : AuditReport
        The audit; it is left as it is.
    smallest : int
        The smallest count of people that may be printed, apart from 0.

    Returns
    -------
    AuditReport
        With evidence ``"suppression"``, which names what was put together and what was left out. Scores, and evidence
        that cannot be shown without small counts, are left out.

    Raises
    ------
    InputError
        For a smallest count below 2, a weighted audit, or where no table could be shown.

    Notes
    -----
    A reader who sees the tables knows every linear combination of their counts, and that counts are not negative. A
    count is hidden where it is no such combination, all counts of 0 being taken as known. See Willenborg and de Waal
    (2001), Elements of Statistical Disclosure Control, chapter 4.

    Examples
    --------
    >>> from fairloss.audit import audit_predictions
    >>> decided = [1, 0] * 20 + [1, 0] * 15 + [1] * 4
    >>> report = audit_predictions(None, decided, sensitive_features=["a"] * 40 + ["b"] * 30 + ["c"] * 4)
    >>> suppress(report).rates[["group", "numerator", "denominator"]].values.tolist()
    [['a', 20.0, 40.0], ['2 groups together', 19.0, 34.0]]
    """
    _check(report, smallest)
    frame = structure(report.tables, report.unknown)
    layers = _layers(report)
    ledgers = [_ledger(frame, values, smallest) for values in layers]
    parts: list[Parts | None] = []
    for place, counts in enumerate(report.tables):
        cells = np.asarray(counts.cells, np.float64).reshape(len(counts.names), -1)

        def sums(chosen: Parts, place: int = place) -> list[list[Any]]:
            return [[frame.part(place, part) for part in chosen]] * len(ledgers)

        parts.append(partition(cells, sums, ledgers, smallest))
    if all(one is None for one in parts):
        raise InputError(
            f"No table can be shown without a count below {smallest}. Pool more people, or audit fewer groups."
        )
    return _suppressed(report, Release(frame, tuple(parts), smallest))


def _check(report: AuditReport, smallest: int) -> None:
    if isinstance(smallest, bool) or not isinstance(smallest, int) or smallest < 2:
        raise InputError(
            f"The smallest count that is printed is 2 or more, got {quote(smallest)}. Use 11, for example."
        )
    if any(counts.squares is not None for counts in report.tables):
        raise InputError("Suppression counts people, but this audit has weights. Audit the rows without weights.")


def _layers(report: AuditReport) -> list[list[Floats]]:
    """Give for each label and decision the counts of every table."""
    flat = [np.asarray(counts.cells, np.float64).reshape(len(counts.names), -1) for counts in report.tables]
    return [[table[:, layer] for table in flat] for layer in range(flat[0].shape[1])]


def _ledger(frame: Structure, counts: Sequence[Floats], smallest: int) -> Ledger:
    values = frame.values(counts)
    ledger = Ledger(frame.size, np.flatnonzero(is_small(values, smallest)).tolist())
    ledger.publish(frame.relations())
    ledger.publish(np.eye(frame.size)[values == 0])
    return ledger


def _suppressed(report: AuditReport, release: Release) -> AuditReport:
    shown = [place for place, parts in enumerate(release.parts) if parts is not None]
    tables = tuple(merge(report.tables[place], release.parts[place] or ()) for place in shown)
    evidence, together, left_out = released(report, release)
    for place, parts in enumerate(release.parts):
        names = report.tables[place].names
        attribute = attribute_of(report.tables[place])
        if parts is None:
            left_out.append(attribute)
        elif len(parts[-1]) > 1:
            together.insert(0, (attribute, tuple(names[code] for code in parts[-1])))
    unknown = tuple(_unknown(report, release, place) for place in shown)
    evidence["suppression"] = Suppression(release.smallest, tuple(together), tuple(left_out))
    plan = _plan(report.plan, {attribute_of(counts): counts.names for counts in tables})
    return AuditReport(tables, plan, report.about, unknown, evidence)


def _unknown(report: AuditReport, release: Release, place: int) -> Unknown:
    """Name the rows without a value where they are not few, and not hidden among other groups."""
    one, parts = report.unknown[place], release.parts[place] or ()
    names = report.tables[place].names
    hidden = {names[code] for part in parts if len(part) > 1 for code in part}
    small = 0 < one.rows < release.smallest
    return Unknown() if small or one.group in hidden else one


def _plan(plan: Plan, names: dict[str, tuple[str, ...]]) -> Plan:
    """Keep the references that are still there; the other attributes use the highest rate."""
    if isinstance(plan.reference, str):
        return plan
    kept = tuple(pair for pair in plan.reference if pair[1] in names.get(pair[0], ()))
    return replace(plan, reference=kept or "highest")
