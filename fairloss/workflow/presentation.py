"""A result as a page and as text: the answer first, then how it was reached, then the evidence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fairloss.audit import Column, Figure, Point, Section, Table, change_sections, frontier, page, report_sections

if TYPE_CHECKING:
    import pandas as pd

    from fairloss.workflow.result import RunResult

__all__ = ["result_page", "result_text"]


def result_page(result: RunResult) -> str:
    """Give the whole page."""
    sections = [
        _answer(result),
        _candidates(result),
        Section("Before and after, for the same people", sections=tuple(change_sections(result.change))),
        Section("The data, before any model", sections=tuple(report_sections(result.data))),
        Section("Decisions before mitigation", sections=tuple(report_sections(result.before))),
        Section("Decisions after mitigation", sections=tuple(report_sections(result.after))),
        _monitoring(result),
        Section("What this does not establish", paragraphs=result.definition.does_not_establish),
    ]
    return page(result.definition.title, sections, subtitle=result.definition.question)


def result_text(result: RunResult) -> str:
    """Give the choice, the table of candidates and the first findings."""
    head = [result.definition.title, "", *_sentences(result), ""]
    columns, rows = _table_cells(result)
    widths = [max(len(row[place]) for row in [columns, *rows]) for place in range(len(columns))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [columns, *rows]
    ]
    return "\n".join([*head, *lines, "", *_remarks(result)])


def _sentences(result: RunResult) -> Iterator[str]:
    """Say the answer in three or four sentences."""
    goal, choice = result.definition.goal, result.choice
    table = result.summary.set_index("candidate")
    base, chosen = table.iloc[0], table.loc[choice.name]
    gap = f"gap_{goal.notion}"
    over = f", mean of {len(result.definition.split.seeds)} seeds" if len(result.definition.split.seeds) > 1 else ""
    yield f"Chosen: {choice.name}. {choice.reason}"
    yield (
        f"On the test part{over}, the gap of {_words(goal.notion)} is {_points(chosen[gap])}, before mitigation "
        f"{_points(base[gap])}; accuracy is {chosen['accuracy']:.3f}, before {base['accuracy']:.3f}; the ranking (AUC) is "
        f"{chosen['auc']:.3f}, before {base['auc']:.3f}."
    )
    if choice.met and chosen[gap] > goal.tolerance:
        yield (
            f"The tolerance of {goal.tolerance:g} was held on the validation part and is not held on the test part: a gap "
            "over few rows varies; the interval below says by how much."
        )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _points(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:.3f}"


def _answer(result: RunResult) -> Section:
    goal = result.definition.goal
    facts = [
        ("Data", result.source.name),
        *result.source.facts.items(),
        ("Goal", f"{_words(goal.notion)} within {goal.tolerance:g}. {goal.source}"),
        ("Attribute at decision time", "allowed" if goal.attribute_at_decision else "not allowed"),
    ]
    return Section(
        "The answer",
        tuple(_sentences(result)),
        facts=tuple(facts),
        findings=(*result.source.warnings, *(str(finding) for finding in result.after.findings[:4])),
        figures=(_frontier_figure(result),),
    )


def _frontier_figure(result: RunResult) -> Figure:
    goal, table = result.definition.goal, result.summary
    gap = f"gap_{goal.notion}"
    rate = float(result.frontier.query("part == 'test'")["base_rate"].mean())
    points = [
        Point(row.candidate, row.gap, row.accuracy, _kind(place, row.candidate == result.choice.name))
        for place, row in enumerate(table.rename(columns={gap: "gap"}).itertuples())
    ]
    chart = frontier(
        points,
        title=f"Accuracy against the gap of {_words(goal.notion)}, test part",
        description="Each mark is a candidate; up and to the left is better.",
        gap_name=f"gap of {_words(goal.notion)}",
        tolerance=goal.tolerance,
        constant=max(rate, 1 - rate),
    )
    return Figure(
        chart, "Up and to the left is better. The line of the constant answer is what a useless model reaches."
    )


def _kind(place: int, chosen: bool) -> Any:
    return "chosen" if chosen else "before" if place == 0 else "candidate"


def _candidates(result: RunResult) -> Section:
    columns, rows = _table_cells(result)
    heads = tuple(
        Column(name, numeric=place > 0 and name not in ("reads the attribute", "fitted on"))
        for place, name in enumerate(columns)
    )
    seeds = len(result.definition.split.seeds)
    note = f"Test part, mean ± standard deviation over {seeds} seeds." if seeds > 1 else "Test part of one split."
    table = Table("Every candidate", heads, tuple(tuple(row) for row in rows), note)
    return Section("What was tried", tuple(_remarks(result)), tables=(table,))


def _remarks(result: RunResult) -> list[str]:
    constant = result.frontier.groupby("candidate", sort=False)["constant"].any()
    useless = [
        f"{name} gives everybody the same decision in at least one run: such a model has no gap and no use."
        for name, flag in constant.items()
        if flag
    ]
    return [*result.notes, *useless]


def _table_cells(result: RunResult) -> tuple[list[str], list[list[str]]]:
    table, notions = result.summary, result.definition.audit.notions
    traits = result.frontier.drop_duplicates("candidate").set_index("candidate")
    several = len(result.definition.split.seeds) > 1
    names = ["accuracy", "auc", "selection_rate", *(f"gap_{notion}" for notion in notions)]
    columns = [
        "candidate",
        "accuracy",
        "AUC",
        "selected",
        *(f"{_words(n)} gap" for n in notions),
        "reads the attribute",
        "fitted on",
    ]
    rows = []
    for _, row in table.iterrows():
        trait = traits.loc[row["candidate"]]
        numbers = [_number(row, name, several) for name in names]
        rows.append([row["candidate"], *numbers, "yes" if trait["uses_attribute"] else "no", trait["fitted_on"]])
    return columns, rows


def _number(row: pd.Series, name: str, several: bool) -> str:
    value = _points(row[name])
    return f"{value} ± {row[f'{name}_sd']:.3f}" if several and value != "undefined" else value


def _monitoring(result: RunResult) -> Section:
    plan = result.monitor_plan
    rows = [
        (group, f"{rows:,}", *("undefined" if value is None else f"{value:.3f}" for value in values))
        for group, rows, *values in zip(plan.groups, plan.rows, *plan.baseline.values(), strict=True)
    ]
    heads = (
        Column("Group"),
        Column("Test rows", numeric=True),
        *(Column(_words(name), numeric=True) for name in plan.baseline),
    )
    text = (
        f"After deployment, count decisions by {', '.join(plan.attributes)} and compare {_words(plan.notion)} with the "
        f"tolerance of {plan.tolerance:g}; these are the values to start from. Labels that arrive late are compared only "
        "once they are complete for a period.",
    )
    return Section("What to watch after deployment", text, tables=(Table("The starting point", heads, tuple(rows)),))
