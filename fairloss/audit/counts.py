"""Auditing ready counts: where every audit goes through, and where shards and published tables come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fairloss.audit.catalogue import EVIDENCE
from fairloss.audit.missing import Unknown
from fairloss.audit.plan import About, Notions, Plan
from fairloss.audit.regimes.asked import Stated, given_evidence
from fairloss.audit.regimes.catalogue import RegimeNames
from fairloss.audit.regimes.reasons import Reasons
from fairloss.audit.report import AuditReport
from fairloss.audit.results import check_groups
from fairloss.errors import InputError, UnknownName
from fairloss.notions import GroupCounts

__all__ = ["audit_counts"]


def audit_counts(
    counts: GroupCounts | Sequence[GroupCounts],
    *,
    notions: Notions = None,
    level: float = 0.95,
    reference: str | Mapping[str, str] = "highest",
    random_state: int = 0,
    about: About | Mapping[str, Any] | None = None,
    unknown: Sequence[Unknown] = (),
    evidence: Mapping[str, Any] | None = None,
    regimes: RegimeNames = (),
    statement: Stated = None,
    reasons: Reasons | Mapping[str, Any] | str | Path | None = None,
) -> AuditReport:
    """Audit ready counts: the one function that all other audits call.

    Parameters
    ----------
    counts : GroupCounts or sequence of GroupCounts
        One table per attribute, of shape (groups, labels, decisions); without labels, or without decisions, what needs
        them is left out.
    notions : names or values, optional
        What is measured; `DEFAULT_NOTIONS` as far as the counts can answer them.
    level : float
        Confidence level.
    reference : {"highest", "largest"} or mapping of attribute to group
        What each group is compared with: for each rate the group with the highest value, the largest group, or a named
        group (attributes that are not named use the highest).
    random_state : int
        The seed of everything that is drawn, such as permutations; the record keeps it.
    about : About or mapping, optional
        Title, source, model, seed, created, favorable.
    unknown : sequence of Unknown
        Per table the rows whose attribute has no value.
    evidence : mapping of name to value, optional
        What was given beside the counts, by the names of `EVIDENCE`: ``"missing"``, ``"score_histograms"`` (one per
        table), ``"strata"`` and more. What is None or empty is left out.
    regimes : names, paths or values, optional
        What law and practice ask: names in `fairloss.audit.regimes.REGIMES`, or TOML files.
    statement : mapping, path of a TOML file or Statement, optional
        What people state and no count says: auditor, system, data, limits; see ``docs/regimes.md``.
    reasons : mapping, path of a TOML file or Reasons, optional
        Reasons for refusals by group.

    Returns
    -------
    AuditReport

    Raises
    ------
    InputError
        Where the counts hold no rows or one group only, for evidence of an unknown name, as `Plan.of` says, and where
        regimes, statement or reasons cannot be used.

    Examples
    --------
    >>> counts = GroupCounts.of(None, [1, 1, 0, 1, 0, 0], [0, 0, 0, 1, 1, 1])
    >>> report = audit_counts(counts, reference="largest")
    >>> report.disparities.query("group == 'worst' and comparison == 'difference'").value.round(3).tolist()
    [0.333]
    """
    tables = (counts,) if isinstance(counts, GroupCounts) else tuple(counts)
    if not tables:
        raise InputError("An audit needs at least one table of counts, got none. Pass GroupCounts.")
    plan = Plan.for_counts(tables[0], notions, level=level, reference=reference, random_state=random_state)
    check_groups(tables, plan)
    given = _checked({**(evidence or {}), **given_evidence(regimes, statement, reasons, tables)})
    return AuditReport(tables, plan, About.of(about), tuple(unknown) or (Unknown(),) * len(tables), given)


def _checked(evidence: Mapping[str, Any]) -> dict[str, Any]:
    for name in evidence:
        if name not in EVIDENCE:
            raise UnknownName("evidence", name, EVIDENCE)
    return {name: value for name, value in evidence.items() if value is not None and value != ()}
