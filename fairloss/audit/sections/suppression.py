"""What was hidden because few people are behind it."""

from __future__ import annotations

from collections.abc import Iterator

from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.suppression import Suppression
from fairloss.audit.wording import display, listing

__all__ = ["suppression_sections"]


def suppression_sections(report: AuditReport) -> Iterator[Section]:
    """Say which groups are shown together and what is left out, where small counts were hidden."""
    found: Suppression | None = report.evidence.get("suppression")
    if found is None:
        return
    texts = [
        f"No count of 1 to {found.smallest - 1} people is shown, and none can be worked out from the counts that are "
        "shown. Groups that are too small are shown together, with others where a difference of totals would tell. "
        "Rates, ratios and the group with the highest rate are those of the groups as shown."
    ]
    if found.left_out:
        texts.append(f"Left out altogether: {listing((display(name, 80) for name in found.left_out), 12)}.")
    rows = [(display(attribute, 80), listing(map(display, names), 40)) for attribute, names in found.together]
    table = Table("Shown together", (Column("Attribute"), Column("Groups")), tuple(rows))
    yield Section("Small counts", tuple(texts), tables=(table,) if rows else ())
