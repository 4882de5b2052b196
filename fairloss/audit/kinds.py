"""The two kinds of members that a record can have beyond its counts: evidence, and results that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fairloss.audit.findings import Finding
    from fairloss.audit.mismatches import Mismatch
    from fairloss.audit.report import AuditReport
    from fairloss.audit.results import Row
    from fairloss.notions import GroupCounts

__all__ = ["Evidence", "Result", "nothing"]


def nothing(report: AuditReport) -> Iterator[Any]:
    """Give nothing: what evidence that contradicts none, and a result without findings, have to say."""
    return iter(())


@dataclass(frozen=True, slots=True)
class Evidence:
    """A kind of evidence: what an audit was given beside the counts, and what results are computed from.

    Parameters
    ----------
    name : str
        Its member in the record and its key in `AuditReport.evidence`; its JSON Schema is the file of this name
        under ``schemas/members``.
    reads : str
        What it is.
    write : callable
        From the value to plain data.
    read : callable
        From plain data and the tables of counts back to the value.
    inconsistent : callable
        From a report that holds it to the values that disagree with other evidence.
    """

    name: str
    reads: str
    write: Callable[[Any], Any]
    read: Callable[[Any, tuple[GroupCounts, ...]], Any]
    inconsistent: Callable[[AuditReport], Iterator[Mismatch]] = nothing


@dataclass(frozen=True, slots=True)
class Result:
    """A table of results that follows from the record alone.

    Parameters
    ----------
    name : str
        Its member in the record, and its name for `AuditReport.table`; its JSON Schema is the file of this name under
        ``schemas/members``.
    reads : str
        What it shows.
    columns : tuple of str
        The columns of its data frame.
    rows : callable
        From a report to its rows; no rows where the report lacks what it needs.
    findings : callable
        From a report to what its rows establish.
    qualifies : bool
        Whether its findings qualify the gaps, and so come before them.
    """

    name: str
    reads: str
    columns: tuple[str, ...]
    rows: Callable[[AuditReport], Iterable[Row]]
    findings: Callable[[AuditReport], Iterable[Finding]] = nothing
    qualifies: bool = False
