"""Write docs/catalogue.md from the catalogues themselves: ``python docs/make_catalogue.py``."""

from __future__ import annotations

from collections.abc import Iterable
from inspect import isroutine
from pathlib import Path

from fairloss.datasets import cards
from fairloss.losses import BASE_LOSSES, DECISIONS, DISTANCES, MEASURES, ROW_DISTANCES, SOLVERS, WEIGHTINGS
from fairloss.notions import CONVENTIONS, NOTIONS, RATES, MeanRate
from fairloss.workflow import MITIGATIONS, definitions, read_definition

PLACE = Path(__file__).with_name("catalogue.md")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a Markdown table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *(list(row) for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def first_line(thing: object) -> str:
    """Give the first line of what a function, or the class of a value, says of itself."""
    documented = thing if isroutine(thing) else type(thing)
    return (documented.__doc__ or "").strip().splitlines()[0]


def yes(answer: bool) -> str:
    """Write a truth value for a reader."""
    return "yes" if answer else ""


def catalogue() -> str:
    """Give the whole page."""
    rates = (
        (
            f"`{rate.name}`",
            f"mean of {', '.join(part.name for part in rate.rates)}"
            if isinstance(rate, MeanRate)
            else f"({rate.of}) / ({rate.among})",
            rate.reads,
            ", ".join(rate.aliases),
        )
        for rate in RATES.values()
    )
    notions = (
        (
            f"`{notion.name}`",
            ", ".join(rate.name for rate in notion.rates),
            notion.reads,
            notion.source,
            ", ".join(notion.aliases),
        )
        for notion in NOTIONS.values()
    )
    conventions = (
        (f"`{name}`", way.kind, way.method, way.over_groups, way.over_rates) for name, way in CONVENTIONS.items()
    )
    audits = (read_definition(name) for name in definitions())
    parts = [
        "# Catalogue",
        "This page is written by `docs/make_catalogue.py` from the catalogues in the code; a test keeps the two alike.",
        "## Rates",
        "TP, FP, FN and TN are the cells of a group's confusion table. A rate is NaN where its denominator is empty.",
        table(("rate", "formula", "reads", "also called"), rates),
        "## Notions",
        table(("notion", "rates that should not depend on the group", "reads", "source", "also called"), notions),
        'Any rate is a notion too: `Constraint("false_discovery_rate", tolerance=0.05)`.',
        "## Comparisons",
        "What other tools mean by the same words, each a `Comparison`.",
        table(("convention", "kind", "method", "over groups", "over rates"), conventions),
        "## Base losses",
        ", ".join(f"`{name}`" for name in BASE_LOSSES)
        + '; any `torch.nn` loss with `reduction="none"`; any callable that gives one number per row.',
        "## Decisions",
        "How outputs become decisions, a soft one for the gradient and the hard one that people get.",
        table(("decision", "meaning"), ((f"`{name}`", first_line(make())) for name, make in DECISIONS.items())),
        "## What is compared",
        "`of=` of a constraint or penalty: " + ", ".join(f'`"{name}"`' for name in MEASURES) + ".",
        "## Distances of a penalty, between rates",
        "They work on counts, and so with the memory and on several processes.",
        table(("distance", "meaning"), ((f"`{name}`", first_line(way)) for name, way in DISTANCES.items())),
        "## Distances of a penalty, between distributions",
        "They need the rows of the batch; those of several processes are gathered.",
        table(
            ("distance", "meaning", "groups", "continuous attribute", "labels"),
            (
                (f"`{name}`", first_line(way), yes(way.categorical), yes(way.continuous), yes(way.needs_label))
                for name, way in ROW_DISTANCES.items()
            ),
        ),
        "## Cell weights",
        "`CellWeights(name)` among the terms of a criterion weighs its base loss by group, or by group and label.",
        table(("weights", "meaning"), ((f"`{name}`", first_line(make())) for name, make in WEIGHTINGS.items())),
        "## Solvers of a constraint",
        table(("solver", "meaning"), ((f"`{name}`", first_line(way)) for name, way in SOLVERS.items())),
        "## Mitigations",
        table(("method", "what it does"), ((f"`{method.name}`", method.reads) for method in MITIGATIONS.values())),
        "## Audits",
        table(("audit", "question"), ((f"`{audit.name}`", audit.question) for audit in audits)),
        "## Data sets",
        table(
            ("data set", "field", "title", "license"),
            ((f"`{card.name}`", card.field, card.title, card.license) for card in cards().values()),
        ),
    ]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    PLACE.write_text(catalogue(), encoding="utf-8")
