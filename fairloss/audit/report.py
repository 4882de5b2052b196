"""The record of an audit: it keeps the counts and the questions, and everything else is recomputed from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from fairloss.audit.catalogue import RESULTS
from fairloss.audit.clustered_estimates import counted
from fairloss.audit.findings import Finding, find
from fairloss.audit.missing import MissingValues, Unknown
from fairloss.audit.plan import About, Plan
from fairloss.audit.results import WORST, Row, attribute_of, disparity_rows
from fairloss.audit.strata import Strata
from fairloss.audit.writing import write
from fairloss.errors import InputError, UnknownName, quote
from fairloss.notions import GroupCounts, MeanRate, Notion, Rate, ScoreHistogram

__all__ = ["AuditReport"]


@dataclass(frozen=True, eq=False)
class AuditReport:
    """What an audit found: rates and disparities by group with their intervals, and the findings as sentences.

    Made by `audit_predictions`, `audit_table`, `audit_data` or `audit_counts`.

    Parameters
    ----------
    tables : tuple of GroupCounts
        The counts, one table per audited attribute (crossed attributes are one more).
    plan : Plan
        Notions, level and reference.
    about : About
        Title, source, model, seed, date.
    unknown : tuple of Unknown
        For each table the rows whose attribute has no value.
    evidence : mapping of name to value
        What was given beside the counts, by the names of `fairloss.audit.catalogue.EVIDENCE`: missing values, scores,
        strata and more.

    Attributes
    ----------
    rates : pandas.DataFrame
        attribute, group, rate, value, low, high, numerator, denominator, note (why undefined).
    disparities : pandas.DataFrame
        attribute, notion, rate, comparison, group, reference, value, low, high, p_value, p_adjusted, reading, note. One
        row per group against the reference, and one with group ``"worst"`` for the largest gap between any two groups.
        Intervals of single rows hold at the level each, also where the reference is the highest group and so chosen by
        the data (Bonferroni over the groups it might have been); the interval of the worst row holds for all pairs at
        once.
        ``p_adjusted`` is Holm's within one attribute and notion. ``reading`` uses intervals at Bonferroni's level for
        that family (for all pairs of groups where the data chose the reference).
    representation : pandas.DataFrame
        attribute, group, rows, total, share, low, high.
    missing_values : pandas.DataFrame
        attribute, group, column, missing, rows, share, low, high.
    score_summary : pandas.DataFrame
        attribute, group, rows, without_score, mean (of the bin middles), auc with DeLong's interval, note.
    strata : pandas.DataFrame
        attribute, stratum, and the columns of `rates`: each rate within each stratum.
    adjusted : pandas.DataFrame
        attribute, rate, group, reference, crude (difference over all rows), adjusted_group, adjusted_reference,
        adjusted (difference with the strata held constant), low, high, strata, covered.
    findings : tuple of Finding

    Examples
    --------
    >>> from fairloss.audit import audit_counts
    >>> counts = GroupCounts.of(None, [1, 0, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1])
    >>> report = audit_counts(counts, about={"title": "A small audit"})
    >>> report.rates[["group", "rate", "value"]].round(3).values.tolist()
    [['0', 'selection_rate', 0.667], ['1', 'selection_rate', 0.0]]
    """

    tables: tuple[GroupCounts, ...]
    plan: Plan
    about: About = field(default_factory=About)
    unknown: tuple[Unknown, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_data_audit(self) -> bool:
        """Whether labels alone were counted: an audit of data, before any decision."""
        return not self.tables[0].has_decisions

    def rows(self, name: str) -> list[Row]:
        """Give the rows of a table of results, as mappings; computed once.

        Parameters
        ----------
        name : str
            A name in `RESULTS`.

        Raises
        ------
        UnknownName
            With the near names.
        """
        if name not in RESULTS:
            raise UnknownName("table of results", name, RESULTS)
        if name not in self._computed:
            self._computed[name] = list(RESULTS[name].rows(self))
        return self._computed[name]

    def table(self, name: str) -> Any:
        """Give a table of results as a data frame; without rows where the audit was not asked for it.

        Parameters
        ----------
        name : str
            A name in `RESULTS`.

        Returns
        -------
        pandas.DataFrame

        Examples
        --------
        >>> from fairloss.audit import audit_counts
        >>> report = audit_counts(GroupCounts.of(None, [1, 0, 1, 0], [0, 0, 1, 1]))
        >>> report.table("representation").share.tolist()
        [0.5, 0.5]
        """
        import pandas as pd

        return pd.DataFrame(self.rows(name), columns=list(RESULTS[name].columns))

    @cached_property
    def _computed(self) -> dict[str, list[Row]]:
        return {}

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, as sentences with their evidence, the most important first."""
        qualifying, others = (
            [finding for one in RESULTS.values() if one.qualifies == first for finding in one.findings(self)]
            for first in (True, False)
        )
        rows = (self.rows("rates"), self.rows("disparities"), self.rows("missing_values"))
        return (*find(self.tables, self.unknown, *rows, self.plan, first=qualifying), *others)

    @property
    def rate_rows(self) -> list[Row]:
        """The rows of `rates`, as mappings."""
        return self.rows("rates")

    @property
    def disparity_rows(self) -> list[Row]:
        """The rows of `disparities`, as mappings."""
        return self.rows("disparities")

    @property
    def rates(self) -> Any:
        """Each rate in each group."""
        return self.table("rates")

    @property
    def disparities(self) -> Any:
        """Each group against the reference, and the worst gap."""
        return self.table("disparities")

    @property
    def representation(self) -> Any:
        """How many rows each group has."""
        return self.table("representation")

    @property
    def missing_values(self) -> Any:
        """Which columns lack values, by group."""
        return self.table("missing_values")

    @property
    def strata(self) -> Any:
        """Each rate in each group, within each stratum."""
        return self.table("stratum_rates")

    @property
    def adjusted(self) -> Any:
        """Each gap with the strata held constant."""
        return self.table("adjusted")

    @property
    def score_summary(self) -> Any:
        """How the scores of each group lie and rank."""
        return self.table("scores")

    @property
    def missing(self) -> tuple[MissingValues, ...]:
        """Missing values by group, where they were counted."""
        return tuple(self.evidence.get("missing", ()))

    @property
    def scores(self) -> tuple[ScoreHistogram, ...]:
        """For each table the scores, where they were given."""
        return tuple(self.evidence.get("score_histograms", ()))

    @property
    def control(self) -> Strata | None:
        """The same counts within strata of the control features, where there are any."""
        strata: Strata | None = self.evidence.get("strata")
        return strata

    @property
    def attributes(self) -> tuple[str, ...]:
        """The audited attributes, one per table."""
        return tuple(attribute_of(counts) for counts in self.tables)

    def exceeds(self, notion: str | Notion | Rate | MeanRate, bound: float) -> bool | None:
        """Say whether a largest gap, in any audited attribute, is above a bound.

        Parameters
        ----------
        notion : name or value
            The notion; it need not be in the plan.
        bound : float
            The largest gap (a difference) that is accepted.

        Returns
        -------
        bool or None
            True where an interval lies above the bound, False where all lie at or below it, None where the data do
            not tell (as of a rate that was not summed up over clusters) or a gap is undefined.

        Raises
        ------
        InputError
            For an unknown notion, one that the counts cannot answer, or a negative bound.

        Examples
        --------
        >>> from fairloss.audit import audit_counts
        >>> report = audit_counts(GroupCounts.of(None, [1] * 40 + [0] * 40, [0] * 40 + [1] * 40))
        >>> report.exceeds("demographic_parity", 0.1)
        True
        """
        if not bound >= 0:
            raise InputError(
                f"A bound on a gap is 0 or more, got {quote(bound)}. Give the largest gap that is accepted."
            )
        plan = Plan.for_counts(self.tables[0], notion, level=self.plan.level)
        found = [row for table in counted(self) for row in disparity_rows(table, plan)]
        gaps = [row for row in found if row["group"] == WORST and row["comparison"] == "difference"]
        if any(row["low"] > bound for row in gaps):
            return True
        return False if all(row["high"] <= bound for row in gaps) else None

    def to_json(self, path: str | Path | None = None, *, suppress: int | None = None) -> str:
        """Give the record as JSON, the same bytes each time; ``suppress`` as `fairloss.audit.suppress` says it."""
        from fairloss.audit.archive import to_json

        return write(to_json(self._without(suppress)), path)

    @classmethod
    def from_json(cls, path: str | Path) -> AuditReport:
        """Read the counts of a record from a JSON file, or say in an InputError why not; the rest is recomputed."""
        from fairloss.audit.restoring import read

        return read(path)

    def to_html(self, path: str | Path | None = None, *, suppress: int | None = None) -> str:
        """Give the report as one self-contained page, and write it where a path is given."""
        from fairloss.audit.page import page
        from fairloss.audit.sections import report_sections

        return write(page(self.title, report_sections(self._without(suppress)), created=self.about.created), path)

    def to_markdown(self, path: str | Path | None = None, *, suppress: int | None = None) -> str:
        """Give the report as Markdown with the same sentences and tables, and write it where a path is given."""
        from fairloss.audit.markdown import markdown
        from fairloss.audit.sections import report_sections

        return write(markdown(self.title, report_sections(self._without(suppress))), path)

    def _without(self, smallest: int | None) -> AuditReport:
        from fairloss.audit.suppression.suppress import suppress

        return self if smallest is None else suppress(self, smallest)

    @property
    def title(self) -> str:
        """The title from the caller, or a plain one."""
        return self.about.title or ("Audit of the data" if self.is_data_audit else "Audit of decisions")
