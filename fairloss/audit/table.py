"""Auditing decisions that are columns of a table: in memory, in a file, or in an engine that counts by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairloss.audit.regimes.asked import score_requests
from fairloss.audit.report import AuditReport
from fairloss.audit.row_evidence import RowQuestions
from fairloss.audit.tallies import Attributes, audit_tally
from fairloss.tables import collect_columns, scan_table, tally_table

__all__ = ["audit_table"]

_OF_ROWS = ("pos_label", "level", "cross", "notions", "reference", "missing")


def audit_table(
    table: Any,
    *,
    sensitive: str | Sequence[str],
    decision: str | None = None,
    label: str | None = None,
    score: str | None = None,
    weight: str | None = None,
    strata: str | Sequence[str] | None = None,
    clusters: str | None = None,
    membership: Mapping[str, str] | None = None,
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
    clusters : str, optional
        The column that says whose rows go together, e.g. the recruiter.
    membership : mapping of group to column, optional
        The columns that hold the chance to be in each group.
    **options
        As in `audit_predictions`: ``pos_label``, ``level``, ``cross``, ``notions``, ``reference``, ``missing``,
        ``random_state``, ``about``, ``regimes``, ``statement``, ``reasons``. Clusters, chances, and regimes that
        count single scores need rows: their columns are then read into memory.

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
    columns = {"y_true": label, "y_pred": decision, "y_score": score, "sample_weight": weight}
    counted = _count_rows(frame, attributes, columns, clusters, membership or {}, options)
    return audit_tally(tally, audited, label=label, decision=decision, strata=within, evidence=counted, **options)


def _count_rows(
    frame: Any,
    attributes: list[str],
    columns: Mapping[str, str | None],
    clusters: str | None,
    membership: Mapping[str, str],
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Count what is asked of single rows; only then are they read."""
    asked = score_requests(options.get("regimes", ())) if columns["y_score"] is not None else ()
    if clusters is None and not membership and not asked:
        return {}
    read = dict.fromkeys([*attributes, *filter(None, (*columns.values(), clusters)), *membership.values()])
    rows = collect_columns(frame, list(read), who="audit_table")
    together = None if clusters is None else {clusters: rows[clusters]}
    chances = {group: rows[name] for group, name in membership.items()} or None
    values: dict[str, Any] = {role: None if name is None else rows[name] for role, name in columns.items()}
    how: dict[str, Any] = {name: options[name] for name in _OF_ROWS if name in options}
    return RowQuestions(together, chances, asked).count({name: rows[name] for name in attributes}, **values, **how)


def _names(given: str | Sequence[str] | None) -> list[str]:
    return [given] if isinstance(given, str) else list(given or ())
