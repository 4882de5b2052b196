"""How the numbers of a report are made, and what they leave open."""

from __future__ import annotations

from fairloss.audit.clustered_estimates import not_whole
from fairloss.audit.page import Column, Section, Table
from fairloss.audit.plan import FOUR_FIFTHS_SOURCE, Plan
from fairloss.audit.report import AuditReport
from fairloss.audit.wording import display, listing, percent, phrase
from fairloss.notions import Notion

__all__ = ["limit_section", "method_section"]

_POLICIES = {"highest": "the group with the highest value of that rate", "largest": "the group with the most rows"}


def method_section(report: AuditReport, title: str = "How to read the numbers") -> Section:
    """Say which definitions, intervals, tests and references were used."""
    plan = report.plan
    level = percent(plan.level, 0)
    reference = _reference_text(plan)
    small = "" if not_whole(report) else ", or Fisher's mid-p where an expected count is below 5"
    weighted = any(counts.squares is not None for counts in report.tables)
    texts = [
        f"Each group is compared with a reference: {reference}. A difference is the group's rate minus that of the "
        "reference, a ratio is the group's rate over it.",
        f"Intervals hold at {level}: Agresti and Coull for a rate, Newcombe for a difference, Gart and Nam for a "
        "ratio, the delta method for rates that are no share of people. Where the data chose the reference, the "
        "interval of a comparison allows for each group that might have been chosen. The interval of the largest gap "
        "holds for all pairs of groups at once.",
        f"The p value tests equality, two-sided: pooled z{small}. Holm's adjustment covers the groups of one attribute "
        "and one notion.",
        "A reading says “established” only where an interval, adjusted for all comparisons of the table, excludes the "
        f"alternative. Four-fifths is a mark for selection ratios ({FOUR_FIFTHS_SOURCE}), not a verdict.",
    ]
    if weighted:
        texts.append("Rows are weighted: counts are sums of weights, intervals use the effective number of rows.")
    if "clusters" in report.evidence:
        texts.append(_cluster_text(display(report.evidence["clusters"].column, 80)))
    rows = tuple((phrase(one.name), one.reads, _who(one)) for one in plan.notions)
    heads = (Column("Notion"), Column("Meaning"), Column("Source"))
    return Section(title, tuple(texts), tables=(Table("What was measured", heads, rows),))


def _cluster_text(by: str) -> str:
    return (
        f"Rows of one {by} are taken together: intervals, p values and readings of rates and of comparisons use the "
        "variance over clusters and what two groups share in them, as the same methods on the number of independent "
        "people who would know as much, and Student's t with the effective number of clusters. Where nobody or "
        "everybody counts in a group, that number rests on how alike rows of one cluster are in the other groups."
    )


def _who(notion: Notion) -> str:
    """Give authors and year; titles of papers may hold words that a report must not say."""
    authors, closed, _ = notion.source.partition(")")
    return authors + closed if authors else "a rate of its own"


def _reference_text(plan: Plan) -> str:
    if isinstance(plan.reference, str):
        return _POLICIES[plan.reference]
    named = listing(f"{display(group, 40)} for {display(attribute, 40)}" for attribute, group in plan.reference)
    return f"{named}; for other attributes {_POLICIES['highest']}"


def limit_section(report: AuditReport, title: str = "What this does not establish") -> Section:
    """Say what the numbers leave open."""
    texts = [
        "These are rates in one set of rows. They do not establish why groups differ, and they hold for other people "
        "only as far as those rows stand for them.",
    ]
    clusters = report.evidence.get("clusters")
    if clusters is None:
        texts.append(
            "Rows are taken as independent. Where one person, one advert or one case has several rows, intervals are "
            "too narrow."
        )
    else:
        texts.append(
            f"Rows of one {display(clusters.column, 80)} are taken together in rates, gaps and comparisons of them. "
            "Numbers within strata, of scores, of missing values and of reasons take rows as independent."
        )
    if report.tables[0].has_labels and not report.is_data_audit:
        texts.append("Rates that ask for the label take the label as true; an error in the label is an error in them.")
    if len(report.attributes) < 2:
        texts.append("One attribute was audited; groups that cross it with another may differ more.")
    return Section(title, tuple(texts))
