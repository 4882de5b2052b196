"""A result as a page and as text: the answer first, then how it was reached, then the evidence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fairloss.audit import (
    Column,
    Figure,
    Point,
    Section,
    Table,
    change_evidence_sections,
    change_section,
    chapter_sections,
    closing_sections,
    frontier,
    limit_section,
    page,
    unknown_text,
)
from fairloss.audit.change.answer import change_findings
from fairloss.audit.figures import is_drawn
from fairloss.audit.sections import EVIDENCE_SECTIONS
from fairloss.audit.sections.attributes import decision_sections
from fairloss.notions import NOTIONS

if TYPE_CHECKING:
    import pandas as pd

    from fairloss.audit import AuditReport
    from fairloss.workflow.result import RunResult

__all__ = ["result_page", "result_text"]

_FIRST_FINDINGS = 3
_OF_LABELS = ("people", "data")


def result_page(result: RunResult) -> str:
    """Give the whole page: the answer, then the chapters of the outline of its kind about the chosen model."""
    supplied = {
        "labels": _labels(result),
        "candidates": [_candidates(result)],
        "change": [_change(result)],
        "before": [_findings("The baseline, before mitigation", result.before)],
        "monitoring": [_monitoring(result)],
        "limits": [_limits(result)],
        "provenance": [_provenance(result)],
        "responses": [],  # a run is not answered: its audits are, one by one
        **_told_twice(result),
    }
    sections = [_answer(result), *chapter_sections(result.after, result.definition.kind, supplied)]
    return page(result.definition.title, sections, subtitle=result.definition.question)


def result_text(result: RunResult) -> str:
    """Give the choice, the table of candidates and what they say of themselves."""
    columns, rows = _table_cells(result)
    widths = [max(len(row[place]) for row in [columns, *rows]) for place in range(len(columns))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [columns, *rows]
    ]
    return "\n".join([result.definition.title, "", *_sentences(result), "", *lines, *_remarks(result)])


def _sentences(result: RunResult) -> Iterator[str]:
    """Say the answer in two or three sentences."""
    goal, choice = result.definition.goal, result.choice
    table = result.summary.set_index("candidate")
    base, chosen = table.iloc[0], table.loc[choice.name]
    gap = f"gap_{goal.notion}"
    seeds = len(result.definition.split.seeds)
    over = f", mean of {seeds} seeds" if seeds > 1 else ""
    yield f"Chosen: {choice.name}. {choice.reason}"
    moved = [
        f"{name} {_number(chosen[column])} (before {_number(base[column])})"
        for name, column in (("gap of " + _words(goal.notion), gap), ("accuracy", "accuracy"), ("AUC", "auc"))
    ]
    yield f"On the test part{over}: {', '.join(moved)}."
    if choice.met and chosen[gap] > goal.tolerance:
        yield (
            f"The tolerance of {goal.tolerance:g} was held on the validation part; on the test part it is not held. "
            "The intervals below say how far a gap on so few rows may be off."
        )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _number(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:.3f}"


def _answer(result: RunResult) -> Section:
    goal, parts = result.definition.goal, result.frontier.drop_duplicates("part").set_index("part")["rows"]
    unknown = unknown_text(result.data)
    facts = (
        ("Data", result.source.name),
        ("Rows", f"{result.source.rows:,}, of them {parts['test']:,} in the test part"),
        *((("Rows without a value", unknown),) if unknown else ()),
        ("Goal", f"{_words(goal.notion)} within {goal.tolerance:g}"),
        ("Attribute at decision time", "allowed" if goal.attribute_at_decision else "not allowed"),
    )
    findings = [str(finding) for finding in result.after.findings[:_FIRST_FINDINGS]]
    changes = list(change_findings(result.change, goal.notion))[:_FIRST_FINDINGS]
    return Section(
        "The answer",
        (*_sentences(result), f"Source of the tolerance: {goal.source}"),
        facts=facts,
        findings=(*result.source.warnings, *changes, *(f"After mitigation: {finding}" for finding in findings)),
        figures=(_frontier_figure(result),),
        sections=closing_sections(result.after),
    )


def _frontier_figure(result: RunResult) -> Figure:
    goal = result.definition.goal
    name = _words(goal.notion)
    rate = float(result.frontier.query("part == 'test'")["base_rate"].mean())
    gap = f"gap_{goal.notion}"
    points = [
        Point(
            row["candidate"],
            row[gap],
            row["accuracy"],
            _kind(place, result.choice.name, row),
            _over_seeds(row, gap),
            _over_seeds(row, "accuracy"),
        )
        for place, row in result.summary.iterrows()
    ]
    chart = frontier(
        points,
        title=f"Accuracy against the gap of {name}, test part",
        description="Each mark is a candidate.",
        gap_name=f"gap of {name}",
        tolerance=goal.tolerance,
        constant=max(rate, 1 - rate),
    )
    seeds = len(result.definition.split.seeds)
    crosses = f" Crosses: one standard deviation over {seeds} seeds each way." if seeds > 1 else ""
    return Figure(
        chart,
        f"Up and to the left is better. A model that answers alike for everybody reaches the dashed line.{crosses}",
    )


def _over_seeds(row: pd.Series, name: str) -> tuple[float, float]:
    """Give one standard deviation each way; NaN for a single seed."""
    return row[name] - row[f"{name}_sd"], row[name] + row[f"{name}_sd"]


def _kind(place: Any, chosen: str, row: pd.Series) -> Any:
    return "chosen" if row["candidate"] == chosen else "before" if place == 0 else "candidate"


def _candidates(result: RunResult) -> Section:
    columns, rows = _table_cells(result)
    texts = {"candidate", "reads the attribute", "fitted on"}
    heads = tuple(Column(name, numeric=name not in texts) for name in columns)
    seeds = len(result.definition.split.seeds)
    note = f"Test part, mean ± standard deviation over {seeds} seeds." if seeds > 1 else "Test part of one split."
    table = Table("Every candidate", heads, tuple(tuple(row) for row in rows), note)
    return Section("What was tried", tuple(_remarks(result)), tables=(table,))


def _remarks(result: RunResult) -> list[str]:
    constant = result.frontier.groupby("candidate", sort=False)["constant"].any()
    useless = [
        f"{name} gives everybody the same decision in at least one part: such a model has no gap and no use."
        for name in constant.index[constant]
    ]
    return [*result.notes, *useless]


def _table_cells(result: RunResult) -> tuple[list[str], list[list[str]]]:
    table, notions = result.summary, result.definition.audit.notions
    traits = result.frontier.drop_duplicates("candidate").set_index("candidate")
    several = len(result.definition.split.seeds) > 1
    names = ["accuracy", "auc", "selection_rate", *(f"gap_{notion}" for notion in notions)]
    gaps = (f"{_words(notion)} gap" for notion in notions)
    columns = ["candidate", "accuracy", "AUC", "selected", *gaps, "reads the attribute", "fitted on"]
    rows = []
    for _, row in table.iterrows():
        trait = traits.loc[row["candidate"]]
        numbers = [_spread(row, name, several) for name in names]
        rows.append([row["candidate"], *numbers, "yes" if trait["uses_attribute"] else "no", trait["fitted_on"]])
    return columns, rows


def _spread(row: pd.Series, name: str, several: bool) -> str:
    value = _number(row[name])
    return f"{value} ± {row[f'{name}_sd']:.3f}" if several and value != "undefined" else value


def _change(result: RunResult) -> Section:
    answer = change_section(result.change)
    return Section("Before and after, for the same people", sections=(answer, *change_evidence_sections(result.change)))


def _told_twice(result: RunResult) -> dict[str, list[Section]]:
    """Leave out the errors where the rates of the definition tell them already."""
    told = {rate.name for name in result.definition.audit.notions for rate in NOTIONS[name].rates}
    return {"errors": []} if {"true_positive_rate", "false_positive_rate"} <= told else {}


def _labels(result: RunResult) -> list[Section]:
    """Give the audit of the data in short: comparisons, strata and crossed rates are in the record."""
    data = result.data
    found = [_findings("What the labels show", data)]
    found += [section for name in _OF_LABELS for section in EVIDENCE_SECTIONS[name](data)]
    return found + [part for part, one in zip(decision_sections(data), data.tables, strict=True) if is_drawn(one)]


def _findings(title: str, report: AuditReport) -> Section:
    return Section(title, findings=tuple(str(finding) for finding in report.findings))


def _monitoring(result: RunResult) -> Section:
    plan = result.monitor_plan
    rows = [
        (group, f"{rows:,}", *("undefined" if value is None else _number(value) for value in values))
        for group, rows, *values in zip(plan.groups, plan.rows, *plan.baseline.values(), strict=True)
    ]
    rates = (Column(_words(name), numeric=True) for name in plan.baseline)
    heads = (Column("Group"), Column("Test rows", numeric=True), *rates)
    text = (
        f"After deployment, count decisions by {', '.join(plan.attributes)} and hold the gap of {_words(plan.notion)} "
        f"against the tolerance of {plan.tolerance:g}. These are the values to start from. Compare labels that arrive "
        "late only once they are complete for a period."
    )
    return Section("What to watch after deployment", (text,), tables=(Table("The starting point", heads, tuple(rows)),))


def _limits(result: RunResult) -> Section:
    general = limit_section(result.after)
    return Section(general.title, (*result.definition.does_not_establish, *general.paragraphs))


def _provenance(result: RunResult) -> Section:
    facts = {
        **result.source.facts,
        "audit definition": result.definition.name,
        "seeds": ", ".join(map(str, result.definition.split.seeds)),
        **result.producer,
    }
    heads = (Column("What"), Column("Which"))
    return Section("Where it comes from", tables=(Table("Provenance", heads, tuple(facts.items())),))
