"""Impact ratios as rules state them: rate over the reference rate, untouched, and marks compared in whole numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fairloss.audit.regimes.categories import Category, highest, selected_categories, unknown_rows_of
from fairloss.audit.regimes.regime import Regime, TableRequest
from fairloss.audit.regimes.requests import requested_places
from fairloss.audit.regimes.score_counts import scored_categories

if TYPE_CHECKING:
    from fairloss.audit.report import AuditReport

__all__ = ["IMPACT_RATIO_COLUMNS", "control", "impact_ratio_rows"]

IMPACT_RATIO_COLUMNS = (
    "regime",
    "measure",
    "attribute",
    "group",
    "rows",
    "favorable",
    "rate",
    "reference",
    "ratio",
    "share",
    "left_out",
    "below_mark",
    "note",
)
Row = dict[str, Any]
_COUNTED = {"selection_rate": selected_categories, "scoring_rate": scored_categories}


def impact_ratio_rows(report: AuditReport, regime: Regime, request: TableRequest) -> Iterator[Row]:
    """Give one row per category of each table that the regime asks for.

    ``favorable`` of ``rows`` people were selected (or scored above the median of all scores); ``ratio`` is the rate
    over that of ``reference``, the category with the highest rate or the named control. ``share`` is the category's
    share of the people. A category below the small mark is left out of the ratios only where the statement says so;
    its count and rate stay. ``below_mark`` is "yes" or "no", in exact arithmetic, and empty where there is no mark.
    """
    for place in requested_places(report, regime, request):
        categories = _COUNTED[request.measure](report, place)
        for row in _rows(report, regime, request, place, categories):
            head = {"regime": regime.name, "measure": request.measure, "attribute": report.attributes[place]}
            yield {**head, **row}


def control(report: AuditReport, place: int, categories: Sequence[Category]) -> Category | None:
    """Give the control group that the audit names for an attribute; the largest where it names none."""
    named = report.plan.fixed_reference(report.attributes[place])
    found = next((one for one in categories if one.name == named), None)
    return found or max((one for one in categories if one.rows), key=lambda one: one.rows, default=None)


def _rows(
    report: AuditReport, regime: Regime, request: TableRequest, place: int, categories: list[Category]
) -> Iterator[Row]:
    shares = _shares(report, place, categories)
    small = regime.mark(request.small).exact if request.small and _leaves_out(report) else Fraction(0)
    kept = [one for one in categories if shares[one.name] is None or shares[one.name] >= small]
    reference = highest(kept) if request.reference == "highest" else control(report, place, kept)
    mark = regime.mark(request.mark).exact if request.mark else None
    for one in categories:
        ratio, note = _ratio(one, reference) if one in kept else (None, "left out of the ratios by choice")
        below = "" if mark is None or ratio is None else "yes" if ratio < mark else "no"
        yield {
            "group": one.name,
            "rows": one.rows,
            "favorable": one.favorable,
            "rate": _number(one.rate),
            "reference": reference.name if reference else "",
            "ratio": _number(ratio),
            "share": _number(shares[one.name]),
            "left_out": "no" if one in kept else "yes",
            "below_mark": below,
            "note": note,
        }


def _leaves_out(report: AuditReport) -> bool:
    statement = report.evidence.get("statement")
    return statement is not None and statement.get("small_categories.choice") == "left_out"


def _shares(report: AuditReport, place: int, categories: Sequence[Category]) -> dict[str, Any]:
    statement = report.evidence.get("statement")
    total = sum((Fraction(one.rows) for one in categories), Fraction(0))
    if statement is not None and statement.get("small_categories.share_of") == "all":
        total += Fraction(unknown_rows_of(report, place))
    return {one.name: Fraction(one.rows) / total if total else None for one in categories}


def _ratio(one: Category, reference: Category | None) -> tuple[Fraction | None, str]:
    if one.rate is None:
        return None, "it has no rows"
    if reference is None or not reference.rate:
        return None, "the rate of the reference is 0"
    return one.rate / reference.rate, ""


def _number(value: Fraction | None) -> float:
    return float("nan") if value is None else float(value)
