"""Which rows stood for all of a table too large to be held, where an audit of data needs rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from fairloss.audit.findings import Finding
from fairloss.audit.mismatches import Mismatch, compare_values
from fairloss.audit.results import Row
from fairloss.audit.wording import number
from fairloss.notions import GroupCounts

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = [
    "SAMPLED_COLUMNS", "RowSample", "inconsistent_sample", "read_sample", "sampled_findings", "sampled_rows",
    "write_sample",
]  # fmt: skip

SAMPLED_COLUMNS = ("rows", "of", "contents", "within")


@dataclass(frozen=True, slots=True)
class RowSample:
    """A sample of rows: a content, which is what a row holds, was drawn or not, and with it all rows that have it.

    Parameters
    ----------
    rows, of : int
        How many rows there are in the sample, and in the table.
    contents : float
        The share of the contents that was drawn.
    within : float
        The share of the rows of each drawn content that was kept; 1 but where few contents have many rows.
    """

    rows: int
    of: int
    contents: float
    within: float

    @property
    def copies(self) -> float:
        """Which share of all pairs of equal rows is expected in the sample; of near copies ``contents`` times that."""
        return self.contents * self.within**2


def sampled_rows(report: AuditReport) -> Iterator[Row]:
    """Give the sample as one row; none where all rows were looked at."""
    sample: RowSample | None = report.evidence.get("row_sample")
    if sample is not None:
        yield asdict(sample)


def sampled_findings(report: AuditReport) -> Iterator[Finding]:
    """Say which numbers rest on a sample."""
    for row in report.rows("sampled_rows"):
        sentence = (
            f"Equal rows, near copies, what all columns together tell, and the bins and values of columns with many "
            f"values rest on {number(row['rows'])} of {number(row['of'])} rows, drawn by what they hold. All else "
            "counts every row."
        )
        yield Finding("sampled_rows", sentence, (row,))


def write_sample(sample: RowSample) -> dict[str, Any]:
    """Give the sample as plain data."""
    return asdict(sample)


def read_sample(data: Mapping[str, Any], tables: tuple[GroupCounts, ...]) -> RowSample:
    """Read what `write_sample` wrote."""
    sample = RowSample(int(data["rows"]), int(data["of"]), float(data["contents"]), float(data["within"]))
    if not 0 < sample.contents <= 1 or not 0 < sample.within <= 1 or not 0 < sample.rows <= sample.of:
        raise ValueError("a sample is no part of its rows")
    return sample


def inconsistent_sample(report: AuditReport) -> Iterator[Mismatch]:
    """Compare the rows of the table with those of its columns."""
    columns = report.evidence.get("columns")
    for column in columns.columns[:1] if columns else ():
        held = int(column.labels.sum())
        yield from compare_values(report.evidence["row_sample"].of, held, "/row_sample/of")
