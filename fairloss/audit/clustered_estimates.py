"""Rates of rows that go together: the same questions as of rows by themselves, answered from sums over clusters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fairloss.audit.estimates import Codes, Estimates, Floats, estimate, how_many, interval_of
from fairloss.inference import (
    ClusteredRates,
    ClusterSums,
    EqualityTest,
    OmnibusTest,
    clustered_comparison,
    clustered_omnibus_test,
    clustered_pairs,
    clustered_rates,
    clustered_test,
)
from fairloss.notions import RATES, GroupCounts, MeanRate, Rate

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["ClusteredEstimates", "Counted", "counted", "not_whole"]


@dataclass(frozen=True, slots=True, eq=False)
class ClusteredEstimates(Estimates):
    """One rate in each group, of shape (groups,), whose rows come in clusters.

    ``x`` and ``n`` are effective rows, and so is what intervals of comparisons use: two groups that share clusters are
    known better beside each other than each by itself.

    Parameters
    ----------
    clusters : ClusteredRates
        What the clusters tell.
    """

    clusters: ClusteredRates

    @property
    def told_by_counts(self) -> bool:
        """Never: groups may share clusters."""
        return False

    def why_no_error(self, code: int) -> str:
        """Say so where the rows of a group are of one cluster."""
        return "its rows are of one cluster" if self.clusters.degrees[code] == 0 else ""

    def people(self, level: float) -> tuple[Floats, Floats]:
        """Give x and n, fewer where clusters are few."""
        return self.clusters.people(level)

    def spread(self, level: float) -> Floats:
        """Give the standard errors times t/z."""
        return self.clusters.spread(level)

    def people_of(self, first: Codes, second: Codes, kind: str, level: float) -> tuple[Floats, Floats, Floats, Floats]:
        """Give the people who would know a comparison of shares as well, each by themselves."""
        return clustered_pairs(self.clusters, first, second, kind=kind).people(level)

    def ends(self, first: Codes, second: Codes, kind: str, level: float) -> tuple[Floats, Floats]:
        """Give the ends of the same intervals on those people; of t intervals for other rates."""
        if self.rate.is_proportion:
            return Estimates.ends(self, first, second, kind, level)
        interval = clustered_comparison(self.clusters, first, second, kind=kind, level=level)
        return interval.low, interval.high

    def test(self, first: Codes, second: Codes) -> EqualityTest:
        """Test whether two groups have the same rate, by t."""
        return clustered_test(self.clusters, first, second)

    def test_of_all(self) -> OmnibusTest:
        """Test whether all groups have the same rate, with what they share."""
        return clustered_omnibus_test(self.clusters)


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """A table of counts, and for each rate what the clusters of its rows sum up to, where rows go together."""

    counts: GroupCounts
    sums: Mapping[str, ClusterSums] | None = None

    def estimate(self, rate: Rate | MeanRate, level: float) -> Estimates:
        """Estimate a rate in each group; of one that was not summed up over clusters no error is known."""
        if self.sums is None:
            return estimate(rate, self.counts, level)
        clusters = self.clustered(rate)
        value, spread = clusters.value, clusters.spread(level)
        low, high = interval_of(rate, value, *clusters.people(level), spread, level)
        x, n = np.nan_to_num(value) * clusters.size, clusters.size
        many = how_many(rate, self.counts)
        return ClusteredEstimates(rate, value, low, high, *many, clusters.standard_error, x, n, False, clusters)

    def clustered(self, rate: Rate | MeanRate) -> ClusteredRates:
        """Give what the clusters tell of a rate."""
        return clustered_rates(rate, self.counts, sums=self._sums_of(rate))

    def _sums_of(self, rate: Rate | MeanRate) -> ClusterSums:
        """Give the sums of a rate, or of the share that it leaves; of no cluster where there are none."""
        sums = self.sums or {}
        if rate.name in sums:
            return sums[rate.name]
        for name in sums:
            other = RATES.get(name)
            if isinstance(rate, Rate) and isinstance(other, Rate) and rate.among == other.among == rate.of + other.of:
                return sums[name].complement
        groups, forms = self.counts.n_groups, 2 * len(rate.rates) if isinstance(rate, MeanRate) else 2
        return ClusterSums(np.zeros((forms, groups, forms, groups)), np.zeros(groups))


def counted(report: AuditReport) -> Iterator[Counted]:
    """Give each table of a report with what its clusters sum up to."""
    clusters = report.evidence.get("clusters")
    for place, counts in enumerate(report.tables):
        yield Counted(counts, clusters.tables[place] if clusters else None)


def not_whole(report: AuditReport) -> str:
    """Say why rows are no whole people, each by itself, as exact tests need them; nothing where they are."""
    if report.tables[0].squares is not None:
        return "weighted rows"
    return "rows that go together" if "clusters" in report.evidence else ""
