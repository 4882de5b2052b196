"""Auditing data before any model: one pass over the columns of a table, counts, and the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairloss.audit.counts import audit_counts
from fairloss.audit.data.people import Roles, count_people
from fairloss.audit.data.population import state_population
from fairloss.audit.data.questions import Questions
from fairloss.audit.data.survey import Tables, survey
from fairloss.audit.data.whole import look_at_all
from fairloss.audit.plan import About
from fairloss.audit.regimes.asked import Stated
from fairloss.audit.regimes.catalogue import RegimeNames
from fairloss.audit.report import AuditReport
from fairloss.audit.tallies import Missing
from fairloss.errors import InputError, MissingColumn, is_number, quote
from fairloss.tables import collect_columns, count_rows, scan_table, table_columns

__all__ = ["audit_data"]

_WHO, _LEAST = "audit_data", 100


def audit_data(
    table: Any,
    *,
    label: str,
    sensitive: str | Sequence[str],
    weight: str | None = None,
    columns: Sequence[str] | None = None,
    strata: str | Sequence[str] | None = None,
    annotator: str | None = None,
    identifier: str | None = None,
    split: str | None = None,
    against: Any = None,
    population: Mapping[str, Mapping[Any, float]] | None = None,
    expected: Mapping[str, Sequence[Any]] | None = None,
    leaks: Mapping[str, str] | None = None,
    pos_label: Any = 1,
    level: float = 0.95,
    cross: bool = True,
    reference: str | Mapping[str, str] = "highest",
    missing: Missing = "group",
    rows_in_memory: int = 200_000,
    random_state: int = 0,
    about: About | Mapping[str, Any] | None = None,
    regimes: RegimeNames = (),
    statement: Stated = None,
) -> AuditReport:
    """Audit data before any model: who is in them, what stands for whom, what tells too much, what is broken.

    Base rates are weighted where a weight is given; everything else is counted in rows. Findings that rest on tests
    err, all tables of tests together, with at most the chance ``1 - level``.

    Parameters
    ----------
    table : frame, lazy frame, relation, mapping of columns, or path
        A pandas, polars or pyarrow frame, or a mapping of arrays; a polars lazy frame, a DuckDB relation, a Dask or
        Spark data frame; or the path of a CSV or Parquet file.
    label : str
        The column of the label, with two values.
    sensitive : str or sequence of str
        The columns of the sensitive attributes.
    weight : str, optional
        The column of the weights.
    columns : sequence of str, optional
        The columns that are looked at; all but those with another role where not given.
    strata : str or sequence of str, optional
        The columns that may explain a gap: base rates are also given within their values.
    annotator : str, optional
        The column that says who, or which source, gave the label.
    identifier : str, optional
        The column that names people; one that comes again is reported.
    split : str, optional
        The column that says which part a row belongs to; drift is measured against the part "train", or else the
        largest.
    against : frame, lazy frame, relation, mapping or path, optional
        Another table, such as later data; drift is measured against the first. Not together with ``split``.
    population : mapping of attribute to mapping of group to share or count, optional
        Who there is outside the data.
    expected : mapping of column to levels, optional
        The levels that a column should have, from a data card or an earlier look.
    leaks : mapping of column to reason, optional
        Columns that a data card names as leaking the label.
    pos_label : scalar
        The favorable label.
    rows_in_memory : int
        A table with more rows stays where it is. Its rows are counted there, and what needs rows (equal rows, near
        copies, all columns together, the bins and values of columns with many values) looks at about so many, which
        every engine draws alike; the report says so. A table with fewer rows is read as a whole.
    level, cross, reference, missing, random_state, about, regimes, statement
        As in `audit_predictions`.

    Returns
    -------
    AuditReport
        Its rate is the base rate; ``report.table(name)`` gives ``population``, ``wrong_labels``, ``annotators``,
        ``missing_by_label``, ``proxies``, ``joint_proxies``, ``leaks``, ``duplicates``, ``categories``, ``drift``,
        ``base_rate_drift`` and ``sampled_rows``, beside ``representation`` and ``missing_values``.

    Raises
    ------
    InputError
        As `audit_table`; for both ``split`` and ``against``; for a population that lacks a group of the data.

    Examples
    --------
    >>> table = {"sex": list("FFMMM"), "income": [None, 1.0, 2.0, 1.0, 3.0], "repaid": [0, 1, 1, 1, 0]}
    >>> report = audit_data(table, label="repaid", sensitive="sex", population={"sex": {"F": 0.51, "M": 0.49}})
    >>> report.missing_values[["group", "column", "missing", "rows"]].values.tolist()
    [['F', 'income', 1, 2], ['M', 'income', 0, 3]]
    >>> report.table("population")[["group", "share", "expected"]].values.tolist()
    [['F', 0.4, 0.51], ['M', 0.6, 0.49]]
    """
    if split is not None and against is not None:
        raise InputError("audit_data measures drift against one thing, got split and against. Leave one of them out.")
    _check_rows(rows_in_memory)
    names = (sensitive,) if isinstance(sensitive, str) else tuple(sensitive)
    held = (strata,) if isinstance(strata, str) else tuple(strata or ())
    roles = Roles(label, names, weight, annotator, held, pos_label, cross, missing)
    frame = scan_table(table)
    there = table_columns(frame)
    apart = {label, weight, annotator, identifier, split, *names}
    looked_at = [name for name in there if name not in apart] if columns is None else list(columns)
    asked = Questions(roles, tuple(looked_at), identifier, split, _levels(expected, there), leaks or {})
    second = None if against is None else scan_table(against)
    tables = Tables(frame, second, () if second is None else table_columns(second), count_rows(frame))
    if max(tables.rows, 0 if second is None else count_rows(second)) > rows_in_memory:
        people = count_people(frame, roles)
        seen = survey(tables, people, asked, rows=rows_in_memory)
    else:
        rows, other = _in_memory(tables, asked)
        people = count_people(rows, roles)
        seen = look_at_all(rows, other, people, asked)
    found = {
        "strata": people.strata,
        "row_counts": people.row_counts,
        "stated_population": () if population is None else state_population(population, people.counts, people.unknown),
        "annotator_counts": people.annotators,
        "stated_leaks": tuple((name, reason) for name, reason in asked.leaks.items() if name in looked_at),
        **seen,
    }
    return audit_counts(
        people.counts, level=level, reference=reference, random_state=random_state, about=about,
        unknown=people.unknown, evidence=found, regimes=regimes, statement=statement,
    )  # fmt: skip


def _check_rows(rows_in_memory: Any) -> None:
    if not (is_number(rows_in_memory) and rows_in_memory >= _LEAST):
        raise InputError(
            f"audit_data: rows_in_memory must be {_LEAST} rows or more, got {quote(rows_in_memory)}. Use e.g. 200_000."
        )


def _in_memory(tables: Tables, asked: Questions) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Bring the needed columns of both tables here; of the other one those that it has."""
    rows = collect_columns(tables.table, asked.needed, who=_WHO)
    if tables.other is None:
        return rows, None
    names = dict.fromkeys([*asked.every_column, asked.roles.label])
    return rows, collect_columns(tables.other, [name for name in names if name in tables.other_names], who="against")


def _levels(expected: Mapping[str, Sequence[Any]] | None, there: Sequence[str]) -> Mapping[str, Sequence[Any]]:
    for name in expected or {}:
        if name not in there:
            raise MissingColumn("expected", name, there)
    return {name: list(levels) for name, levels in (expected or {}).items()}
