"""The steps in one run: analyze the data, train, mitigate, choose, validate, report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from fairloss.audit import About, AuditChange, AuditReport, Statement, audit_data, compare_predictions
from fairloss.workflow.definition import Definition, read_definition
from fairloss.workflow.figures import choose, frontier, on_validation
from fairloss.workflow.mitigations import Candidate, baseline, mitigate
from fairloss.workflow.result import RunResult, check_folder
from fairloss.workflow.rows import Parts, Rows, Source, divide, read_rows
from fairloss.workflow.tally import Tally

__all__ = ["run"]

Progress = Callable[[str], None]
_LABEL = "favorable label"


def run(
    definition: str | Path | Definition,
    data: str | Path | None = None,
    out: str | Path | None = None,
    *,
    progress: Progress | None = None,
) -> RunResult:
    """Run an audit definition from the data to the report.

    The data are analyzed, a baseline is trained, every mitigation of the definition is fitted, one candidate is chosen
    on the validation part, and the audit before and after is done on the test part, which nothing has seen.

    Parameters
    ----------
    definition : str, Path or Definition
        The name of a shipped definition, a path to your own, or the record.
    data : str or Path, optional
        The file or folder of a real data set; simulated sets need none.
    out : str or Path, optional
        A folder for ``report.html`` and ``report.json``; made where absent.
    progress : callable, optional
        Called with one sentence at each step.

    Returns
    -------
    RunResult
        With ``before``, ``after``, ``frontier``, ``monitor_plan`` and ``to_html``.

    Raises
    ------
    InputError
        When the definition, the data or the folder cannot be used.

    Examples
    --------
    >>> import fairloss as fl
    >>> result = fl.run("credit_approval")  # doctest: +SKIP
    >>> result.summary  # doctest: +SKIP
    """
    plan = definition if isinstance(definition, Definition) else read_definition(definition)
    if out is not None:
        check_folder(out)
    say = progress or (lambda sentence: None)
    say(f"Reading {plan.data.card or data}")
    source = read_rows(plan, data)
    labels = _data_audit(plan, source)  # first, so that a wrong reference or category is named before the training
    trials = [_trial(plan, source, seed, say) for seed in plan.split.seeds]
    tallies = tuple(tally for trial in trials for tally in trial.tallies)
    result = _result(plan, source, labels, trials[0], tallies)
    if out is not None:
        say(f"Writing {out}")
        result.write(out)
    return result


@dataclass(frozen=True, eq=False)
class _Trial:
    """One split with everything that was trained on it."""

    parts: Parts
    candidates: list[Candidate]
    tallies: list[Tally]


def _trial(plan: Definition, source: Source, seed: int, say: Progress) -> _Trial:
    parts = divide(source.rows, plan.split, seed)
    say(f"Seed {seed}: training the baseline on {len(parts.train):,} rows")
    candidates = [baseline(parts, seed)]
    for mitigation in plan.mitigations:
        say(f"Seed {seed}: {mitigation.name}")
        candidates.append(mitigate(mitigation, parts, candidates[0], seed))
    tallies = [
        Tally.of(candidate, name, part, decision, seed=seed)
        for candidate in candidates
        for name, part, decision in _judged(candidate, parts)
    ]
    return _Trial(parts, candidates, tallies)


def _judged(candidate: Candidate, parts: Parts) -> Iterator[tuple[str, Rows, Any]]:
    """Give the parts by which a candidate is judged, and its decisions there."""
    on_validation = candidate.on_validation
    yield "validation", parts.validation, candidate.decide(parts.validation) if on_validation is None else on_validation
    yield "test", parts.test, candidate.decide(parts.test)


def _result(
    plan: Definition, source: Source, labels: AuditReport, trial: _Trial, tallies: tuple[Tally, ...]
) -> RunResult:
    first, grouping = trial.candidates, trial.parts.test.groups.grouping
    choice = choose(on_validation(frontier(tallies, grouping, plan.audit.notions)), plan.goal)
    chosen = next(candidate for candidate in first if candidate.name == choice.name)
    return RunResult(
        definition=plan,
        source=source.provenance,
        data=labels,
        change=_change(plan, source, trial.parts.test, (first[0], chosen)),
        tallies=tallies,
        grouping=grouping,
        notes=tuple(f"{c.name}: {note}" for c in first for note in c.label.notes),
    )


def _change(plan: Definition, source: Source, test: Rows, models: tuple[Candidate, Candidate]) -> AuditChange:
    """Audit the decisions and the scores of the baseline and of the chosen model about the test part."""
    before, after = models
    change = compare_predictions(
        test.label,
        before.decide(test),
        after.decide(test),
        sensitive_features=test.attributes,
        score_before=before.score(test),
        score_after=after.score(test),
        control_features=test.control if plan.audit.strata else None,
        about=_about(plan, source),
        statement=plan.stated,
        **plan.audit.of_groups,
        **plan.audit.of_decisions,
    )
    return replace(change, before=_named(change.before, before), after=_named(change.after, after))


def _named(report: AuditReport, model: Candidate) -> AuditReport:
    return replace(report, about=replace(report.about, model=model.name))


def _about(plan: Definition, source: Source) -> About:
    favorable = Statement.of(plan.statement).get("decision.favorable")
    return About(plan.title, source.name, seed=plan.split.seeds[0], favorable=favorable, kind=plan.kind)


def _data_audit(plan: Definition, source: Source) -> AuditReport:
    """Audit the labels of all rows, and what is missing for whom, before any model."""
    rows = source.rows
    table = pd.concat([rows.features, rows.attributes, rows.control], axis=1)
    table = table.loc[:, ~table.columns.duplicated()].assign(**{_LABEL: rows.label})
    given = {"strata": list(plan.audit.strata) or None, "statement": plan.stated, **plan.audit.of_groups}
    return audit_data(table, label=_LABEL, sensitive=list(rows.attributes), **given)
