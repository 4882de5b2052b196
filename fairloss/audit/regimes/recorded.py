"""What regimes, statements and responses add to a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from fairloss.audit.kinds import Evidence, Result, nothing
from fairloss.audit.regimes import asked, reasons, score_counts
from fairloss.audit.regimes.assessment import completeness_rows
from fairloss.audit.regimes.completeness import COMPLETENESS_COLUMNS
from fairloss.audit.regimes.reason_shares import differing_reasons
from fairloss.audit.regimes.score_counts import SCORING_COLUMNS, scoring_rows
from fairloss.audit.regimes.tables import BUILDERS, regime_rows
from fairloss.audit.statements import responses, statement

if TYPE_CHECKING:
    from fairloss.audit.findings import Finding
    from fairloss.audit.report import AuditReport

__all__ = ["EVIDENCE", "RESULTS"]


def _statutory(name: str, findings: Callable[[AuditReport], Iterable[Finding]] = nothing) -> Result:
    """Give the table of results that holds the rows of the statutory tables of one kind, for every regime."""
    builders = [one for one in BUILDERS.values() if one.result == name]
    reads = "; ".join(one.reads for one in builders)
    return Result(name, reads, builders[0].columns, partial(regime_rows, result=name), findings)


EVIDENCE = (
    Evidence(
        "median_counts",
        "people above the median of all scores",
        score_counts.write_median_counts,
        score_counts.read_median_counts,
    ),
    Evidence(
        "score_moments",
        "number, mean and variance of the scores of each group",
        score_counts.write_score_moments,
        score_counts.read_score_moments,
    ),
    Evidence(
        "reasons",
        "reasons for refusals by group",
        reasons.write_reasons,
        reasons.read_reasons,
        reasons.unknown_reason_groups,
    ),
    Evidence("regimes", "what law and practice ask, as of a day", asked.write_regimes, asked.read_regimes),
    Evidence("statement", "what people state", statement.write_statement, statement.read_statement),
    Evidence(
        "responses",
        "what is done about the findings",
        responses.write_responses,
        responses.restore_responses,
        responses.unknown_responses,
    ),
)

RESULTS = (
    Result("scoring_rates", "who scores above the median of all scores", SCORING_COLUMNS, scoring_rows),
    _statutory("impact_ratios"),
    _statutory("selection_tests"),
    _statutory("credit_measures"),
    _statutory("reason_shares", differing_reasons),
    Result("completeness", "what the record holds of what is asked for", COMPLETENESS_COLUMNS, completeness_rows),
)
