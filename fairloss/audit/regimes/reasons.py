"""Reasons that were given for refusals: how often each, by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fairloss.audit.mismatches import ABSENT, Mismatch
from fairloss.audit.statements.toml_files import read_toml
from fairloss.errors import InputError, quote

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["Reasons", "principal_reasons", "read_reasons", "unknown_reason_groups", "write_reasons"]

_KEYS = ("attribute", "notices", "counts")


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """Counts of reasons by group; a notice gives one reason or several.

    Parameters
    ----------
    attribute : str
        The audited attribute that the groups are of.
    groups : tuple of str
        Their names.
    notices : integer array of shape (groups,)
        Notices of refusal to each group.
    reasons : tuple of str
        What was given as a reason.
    counts : integer array of shape (reasons, groups)
        Notices that give the reason.

    Examples
    --------
    >>> given = {
    ...     "attribute": "sex",
    ...     "notices": {"F": 40, "M": 50},
    ...     "counts": {"Income": {"F": 20, "M": 10}, "Length of history": {"M": 5}},
    ... }
    >>> Reasons.of(given).counts.tolist()
    [[20, 10], [0, 5]]
    """

    attribute: str
    groups: tuple[str, ...]
    notices: np.ndarray[Any, np.dtype[np.int64]]
    reasons: tuple[str, ...]
    counts: np.ndarray[Any, np.dtype[np.int64]]

    @classmethod
    def of(cls, given: Reasons | Mapping[str, Any] | str | Path) -> Reasons:
        """Accept reasons, a mapping, or the path of a TOML file, with ``attribute``, ``notices`` and ``counts``.

        Raises
        ------
        InputError
            One sentence that names every problem: unknown or absent keys, counts that are no whole numbers, unknown
            groups, a reason that is given more often than there are notices.
        """
        if isinstance(given, Reasons):
            return given
        data = read_toml(given, "A file of reasons") if isinstance(given, str | Path) else given
        problems = list(_problems(data))
        if problems:
            raise InputError(f"Reasons cannot be used: {'; '.join(problems[:8])}. Correct what is named.")
        groups, reasons = tuple(map(str, data["notices"])), tuple(map(str, data["counts"]))
        notices = np.array([data["notices"][group] for group in data["notices"]], dtype=np.int64)
        rows = [[row.get(group, 0) for group in data["notices"]] for row in data["counts"].values()]
        counts = np.array(rows, dtype=np.int64).reshape(len(reasons), len(groups))
        return cls(str(data["attribute"]), groups, notices, reasons, counts)

    @classmethod
    def counted(cls, attribute: str, groups: Sequence[Any], reasons: Sequence[Sequence[Any]]) -> Reasons:
        """Count from one entry per notice: its group, and the list of its reasons.

        Examples
        --------
        >>> found = Reasons.counted("sex", ["F", "M", "F"], [["Income"], ["Income", "Debt"], []])
        >>> found.reasons, found.notices.tolist(), found.counts.tolist()
        (('Debt', 'Income'), [2, 1], [[0, 1], [1, 1]])
        """
        if len(groups) != len(reasons):
            raise InputError(
                f"Reasons need one list per notice, got {len(reasons):,} lists for {len(groups):,} notices. "
                "Give an empty list where a notice has none."
            )
        names, said = sorted(map(str, set(groups))), sorted({str(one) for each in reasons for one in each})
        notices = dict.fromkeys(names, 0)
        counts = {reason: dict.fromkeys(names, 0) for reason in said}
        for group, each in zip(map(str, groups), reasons, strict=True):
            notices[group] += 1
            for reason in set(map(str, each)):
                counts[reason][group] += 1
        return cls.of({"attribute": attribute, "notices": notices, "counts": counts})


def principal_reasons(applicant: Mapping[str, float], benchmark: Mapping[str, float], *, most: int = 4) -> list[str]:
    """Order the factors on which an applicant falls short of a benchmark, the largest shortfall first.

    The benchmark is the average of the applicants at or slightly above the cut-off, or of all applicants
    (12 CFR 1002.9, comment 9(b)(2)-5); more than four reasons are unlikely to help (comment 9(b)(2)-1).

    Parameters
    ----------
    applicant, benchmark : mapping of factor to points
        Points of a score, more of which are better.
    most : int
        How many are given at most.

    Raises
    ------
    InputError
        Where the two do not name the same factors.

    Examples
    --------
    >>> near = {"income": 40, "history": 55, "inquiries": 25}
    >>> principal_reasons({"income": 30, "history": 35, "inquiries": 20}, near)
    ['history', 'income', 'inquiries']
    """
    differing = sorted(map(str, set(applicant) ^ set(benchmark)))
    if differing:
        raise InputError(
            f"principal_reasons compares the same factors, but {quote(differing[0])} has points on one side only. "
            "Give points of every factor."
        )
    missing = {name: benchmark[name] - applicant[name] for name in benchmark}
    return [name for name in sorted(missing, key=lambda name: -missing[name]) if missing[name] > 0][:most]


def write_reasons(reasons: Reasons) -> dict[str, Any]:
    """Give the counts as plain data."""
    counts = {
        reason: dict(zip(reasons.groups, row, strict=True))
        for reason, row in zip(reasons.reasons, reasons.counts.tolist(), strict=True)
    }
    notices = dict(zip(reasons.groups, reasons.notices.tolist(), strict=True))
    return {"attribute": reasons.attribute, "notices": notices, "counts": counts}


def read_reasons(data: Mapping[str, Any], tables: Any) -> Reasons:
    """Read what `write_reasons` wrote."""
    return Reasons.of(data)


def unknown_reason_groups(report: AuditReport) -> Iterator[Mismatch]:
    """Name an attribute or a group of the reasons that the audit does not have."""
    reasons: Reasons = report.evidence["reasons"]
    if reasons.attribute not in report.attributes:
        yield Mismatch("/reasons/attribute", reasons.attribute, " or ".join(report.attributes))
        return
    known = report.tables[report.attributes.index(reasons.attribute)].names
    yield from (Mismatch("/reasons/notices", group, ABSENT) for group in reasons.groups if group not in known)


def _problems(data: Any) -> Iterator[str]:
    if not isinstance(data, Mapping):
        yield f"they are a table with {', '.join(_KEYS)}, got {quote(data)}"
        return
    yield from (f"{quote(key)} is unknown (known: {', '.join(_KEYS)})" for key in data if key not in _KEYS)
    if not isinstance(data.get("attribute"), str) or not data["attribute"].strip():
        yield f"attribute is the name of an audited attribute, got {quote(data.get('attribute'))}"
    notices, counts = data.get("notices"), data.get("counts")
    if not isinstance(notices, Mapping) or not notices or not all(map(_is_count, notices.values())):
        yield f"notices are a table of groups and whole numbers, got {quote(notices)}"
        return
    if not isinstance(counts, Mapping) or not counts:
        yield f"counts are a table of reasons, got {quote(counts)}"
        return
    for reason, row in counts.items():
        yield from _row_problems(reason, row, notices)


def _row_problems(reason: object, row: Any, notices: Mapping[str, int]) -> Iterator[str]:
    if not isinstance(row, Mapping) or not all(map(_is_count, row.values())):
        yield f"the counts of {quote(reason)} are a table of groups and whole numbers, got {quote(row)}"
        return
    for group, number in row.items():
        if group not in notices:
            yield f"the group {quote(group)} of {quote(reason)} has no notices"
        elif number > notices[group]:
            yield f"{quote(reason)} is given to {number:,} of {quote(group)}, who have {notices[group]:,} notices"


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31
