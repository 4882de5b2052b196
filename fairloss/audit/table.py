"""Auditing decisions that are columns of a table: in memory, in a file, or in an engine that counts by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairloss.audit.predictions import Attributes, audit_tally, group_tables
from fairloss.audit.regimes.asked import score_evidence, score_requests
from fairloss.audit.report import AuditReport
from fairloss.tables import collect_columns, scan_table, tally_table

__all__ = ["audit_table"]


def audit_table(
    table: Any,
    *,
    sensitive: str | Sequence[str],
    decision: str | None = None,
    label: str | None = None,
    score: str | None = None,
    weight: str | None = None,
    strata: str | Sequence[str] | None = None,
    **options: Any,
) -> AuditReport:
    """Audit decisions that are columns of a table, of any engine and of any size.

    Parameters
    ----------
    table : frame, lazy frame, relation, mapping of columns, or path
        A pandas, polars or pyarrow frame, or a mapping of arrays; a polars lazy frame, a DuckDB relation, a Dask or
        Spark data frame, which are counted where they are; or the path of a CSV or Parquet file.
    sensitive : str or sequence of str
        The columns of the sensitive attributes.
    decision, label, score, weight : str, optional
        Their columns; without ``decision`` only base rates are audited, without ``label`` only decisions.
    strata : str or sequence of str, optional
        The columns within whose values rates are also given.
    **options
        As in `audit_predictions`: ``pos_label``, ``level``, ``cross``, ``notions``, ``reference``, ``missing``,
        ``about``, ``regimes``, ``statement``, ``reasons``. A regime that counts scores above their median, or their
        moments, reads the score and the sensitive columns into memory.

    Returns
    -------
    AuditReport

    Raises
    ------
    MissingColumn
        With the near names.
    InputError
        Also where the file cannot be read.

    Examples
    --------
    >>> table = {"sex": list("FFMM"), "hired": [0, 1, 1, 1]}
    >>> audit_table(table, sensitive="sex", decision="hired").rates.value.tolist()
    [0.5, 1.0]
    """
    attributes, held = (_names(given) for given in (sensitive, strata))
    roles = [*attributes, *held, *filter(None, (label, decision))]
    frame = scan_table(table)
    tally = tally_table(frame, roles, score=score, weight=weight, who="audit_table")
    within = Attributes({name: name for name in held}) if held else None
    audited = Attributes({name: name for name in attributes})
    counted = _score_counts(frame, attributes, score, options)
    return audit_tally(tally, audited, label=label, decision=decision, strata=within, evidence=counted, **options)


def _score_counts(frame: Any, attributes: list[str], score: str | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """Count what regimes ask of single scores; only then are rows read."""
    if score is None or not score_requests(options.get("regimes", ())):
        return {}
    rows = collect_columns(frame, [*dict.fromkeys([*attributes, score])], who="audit_table")
    how = {"cross": options.get("cross", True), "missing": options.get("missing", "group")}
    groups = group_tables({name: rows[name] for name in attributes}, **how)
    return score_evidence(options["regimes"], rows[score], groups)


def _names(given: str | Sequence[str] | None) -> list[str]:
    return [given] if isinstance(given, str) else list(given or ())
