"""What an audit of data found beside the base rates: columns, labels, equal rows, strange values and drift."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from fairloss.audit.data.categories import PROBLEMS
from fairloss.audit.figures import estimate_text, gap_text, p_text
from fairloss.audit.page import Column, Section, Table
from fairloss.audit.report import AuditReport
from fairloss.audit.results import Row
from fairloss.audit.wording import display, number, percent, phrase, ratio, share

__all__ = ["data_sections"]

_MOST = 20
Cells = Callable[[Row], tuple[str, ...]]


def data_sections(report: AuditReport) -> Iterator[Section]:
    """Give the tables of a data audit, each with its most telling rows first."""
    for title, texts, tables in (
        ("Who there is outside the data", (), _population(report)),
        ("What tells the group, and what tells the label", _COLUMN_TEXTS, _columns(report)),
        ("Can the label be trusted?", (), _labels(report)),
        ("Rows and values that look wrong", (), _strange(report)),
        ("What changed between the parts", (), _drift(report)),
    ):
        if tables:
            yield Section(title, texts, tables=tuple(tables))


_COLUMN_TEXTS = (
    "Numbers and dates are sorted into tenths, categories keep their 31 most frequent levels. Areas under the ROC "
    "curve (AUC) are judged on one half of the rows, by an order of the bins that the other half gave.",
)


def _table(
    caption: str, rows: Sequence[Row], heads: Sequence[str], cells: Cells, note: str = "", texts: int = 2
) -> list[Table]:
    """Give a table of the first rows, or nothing; the first heads are those of texts."""
    if not rows:
        return []
    rest = f"The first {_MOST} of {len(rows)} rows; the record holds all. " if len(rows) > _MOST else ""
    columns = tuple(Column(head, numeric=place >= texts) for place, head in enumerate(heads))
    return [Table(caption, columns, tuple(map(cells, rows[:_MOST])), f"{rest}{note}".rstrip())]


def _population(report: AuditReport) -> list[Table]:
    return _table(
        "Shares in the data and in the stated population", report.rows("population"),
        ("Attribute", "Group", "Rows", "Share", "Expected", "Ratio", "p, Holm"),
        lambda row: (
            display(row["attribute"], 80), display(row["group"]), share(row["rows"], row["known"]),
            estimate_text(row, "share"), percent(row["expected"]),
            estimate_text({"value": row["ratio"], "low": row["ratio_low"], "high": row["ratio_high"]}, "ratio"),
            p_text(row["p_adjusted"]),
        ),
        "Rows whose group is not known are left out.",
    )  # fmt: skip


def _columns(report: AuditReport) -> list[Table]:
    tables = []
    for attribute in report.attributes:
        rows = [row for row in report.rows("proxies") if row["attribute"] == attribute]
        tables += _table(
            f"Columns that tell {display(attribute, 80)}", sorted(rows, key=lambda row: -_or_zero(row["cramers_v"])),
            ("Column", "Group told best", "AUC", "Cramér's V", "Entropy taken away", "p, Holm"),
            lambda row: (
                display(row["column"], 80), display(row["group"], 80), _area(row), ratio(row["cramers_v"]),
                percent(row["attribute_told"]), p_text(row["p_adjusted"]),
            ),
            "Cramér's V with Bergsma's correction; p by the permutation mean and variance of the chi-square.",
        )  # fmt: skip
    tables += _table(
        "All columns together", report.rows("joint_proxies"), ("Attribute", "Group", "Rows", "Columns", "AUC"),
        lambda row: (
            display(row["attribute"], 80), display(row["group"]), share(row["rows_of_group"], row["rows"]),
            number(row["columns"]), _area(row),
        ),
        "The group against the rest, by an additive score; another model may tell it better.",
    )  # fmt: skip
    leaks = sorted(report.rows("leaks"), key=lambda row: -_or_zero(row["auc"]))
    tables += _table(
        "How well each column alone tells the label", leaks,
        ("Column", "Reading", "AUC", "Entropy taken away", "Different values", "Rows with a value"),
        lambda row: (
            display(row["column"], 80), phrase(row["reading"]), _area(row), percent(row["label_told"]),
            number(row["distinct"]), share(row["present"], row["rows"]),
        ),
    )  # fmt: skip
    return tables


def _labels(report: AuditReport) -> list[Table]:
    tables = _table(
        "Wrong labels that would explain a gap alone", report.rows("wrong_labels"),
        ("Group", "Reference", "Base rate", "Of the reference", "Denied wrongly", "Given wrongly"),
        lambda row: (
            display(row["group"], 80), display(row["reference"], 80), percent(row["base_rate"]),
            percent(row["reference_rate"]), percent(row["missed"]), percent(row["spurious"]),
        ),
        "Denied wrongly: of the group's deserving people. Given wrongly: of the reference's others.",
    )  # fmt: skip
    tables += _table(
        "Base rates by who gave the label", report.rows("annotators"),
        ("Group", "Annotator", "Favorable", "Base rate", "p, Holm"),
        lambda row: (
            display(row["group"], 80), display(row["annotator"], 80), share(row["favorable"], row["rows"]),
            estimate_text(row, "share"), p_text(row["p_adjusted"]),
        ),
        "p: whether all annotators give the label equally often within the group.",
    )  # fmt: skip
    absent = sorted(report.rows("missing_by_label"), key=lambda row: _or_zero(-abs(row["difference"])))
    tables += _table(
        "Base rates where a value is missing", absent,
        ("Column", "Group", "Without a value", "With a value", "Difference, points", "p, Holm"),
        lambda row: (
            display(row["column"], 80), display(row["group"], 80), share(row["favorable_missing"], row["missing"]),
            share(row["favorable_present"], row["present"]), gap_text({**row, "value": row["difference"]}, True),
            p_text(row["p_adjusted"]),
        ),
    )  # fmt: skip
    return tables


def _strange(report: AuditReport) -> list[Table]:
    tables = _table(
        "Rows that are there twice", [row for row in report.rows("duplicates") if row["rows"]],
        ("Group", "What", "Count", "Share"),
        lambda row: (
            display(row["group"], 80), phrase(row["measure"]), share(row["count"], row["rows"]),
            estimate_text(row, "share"),
        ),
        "Discordant pairs: of pairs of people who are equal in every feature, those with different labels.",
    )  # fmt: skip
    near = sorted(report.rows("expected_copies"), key=lambda row: -row["expected"])
    tables += _table(
        "How many equal rows chance gives", near, ("Column", "Pairs that differ in it alone", "Alike", "Expected"),
        lambda row: (display(row["column"], 80), number(row["pairs"]), percent(row["alike"]), ratio(row["expected"])),
        "Alike: the share of any two rows that are equal in the column. Expected: so many pairs would be equal in all.",
        texts=1,
    )  # fmt: skip
    tables += _table(
        "Values that look wrong", report.rows("categories"), ("Column", "What", "Value", "Rows", "Note"),
        lambda row: (
            display(row["column"], 80), PROBLEMS[row["problem"]], display(row["value"], 80) if row["value"] else "",
            share(row["rows"], row["of"]), display(row["note"], 120) if row["note"] else "",
        ),
        texts=3,
    )  # fmt: skip
    return tables


def _drift(report: AuditReport) -> list[Table]:
    tables = _table(
        "Columns by part", sorted(report.rows("drift"), key=lambda row: -row["psi"]),
        ("Column", "Part", "PSI", "Bins", "Largest distance", "No value", "p, Holm"),
        lambda row: (
            display(row["column"], 80), display(row["part"], 80), ratio(row["psi"]), number(row["bins"]),
            ratio(row["distance"]), share(row["missing"], row["rows"]), p_text(row["p_adjusted"]),
        ),
        "PSI: the population stability index; the usual marks 0.1 and 0.25 are habits, and it depends on the bins.",
    )  # fmt: skip
    tables += _table(
        "Base rates by part", report.rows("base_rate_drift"),
        ("Group", "Part", "Favorable", "In the reference", "Change, points", "p, Holm"),
        lambda row: (
            display(row["group"], 80), display(row["part"], 80), share(row["favorable"], row["rows"]),
            share(row["favorable_reference"], row["rows_reference"]),
            gap_text({**row, "value": row["difference"]}, True), p_text(row["p_adjusted"]),
        ),
    )  # fmt: skip
    return tables


def _area(row: Row) -> str:
    return estimate_text({**row, "value": row["auc"]}, "ratio")


def _or_zero(value: float) -> float:
    return 0.0 if math.isnan(value) else value
