"""The ways to mitigate that a run can try: one entry each, and the report and the definitions pick it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from fairloss.errors import InputError, UnknownName
from fairloss.estimators import FairClassifier
from fairloss.postprocessing import MitigationLabel, ThresholdPolicy
from fairloss.preprocessing import Reweighing
from fairloss.tables import hold_out
from fairloss.workflow.definition import Mitigation
from fairloss.workflow.rows import Parts, Rows

__all__ = ["MITIGATIONS", "Aim", "Candidate", "Method", "baseline", "mitigate"]

Values = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Candidate:
    """A model that a run may choose, with what law and readers ask of it.

    Parameters
    ----------
    name : str
        Its name in tables and charts.
    score : callable
        Rows to scores in [0, 1].
    decide : callable
        Rows to decisions 0 and 1.
    label : MitigationLabel
        What it needs, what it was fitted on, what it does not promise.
    on_validation : array, optional
        For what is fitted on the validation part: decisions there that its rows had no part in, for an honest choice.
    """

    name: str
    score: Callable[[Rows], Values]
    decide: Callable[[Rows], Values]
    label: MitigationLabel
    on_validation: Values | None = None


@dataclass(frozen=True)
class Aim:
    """What a mitigation is asked to hold."""

    notion: str
    tolerance: float


@dataclass(frozen=True)
class Method:
    """A way to mitigate.

    Parameters
    ----------
    name : str
        Its name in definitions.
    reads : str
        What it does, in plain words.
    fit : callable
        ``(name, parts, base, aim, seed)`` to a `Candidate`; ``base`` is the baseline.
    aims : bool
        Whether it aims at a notion and a tolerance.
    """

    name: str
    reads: str
    fit: Callable[[str, Parts, Candidate, Aim, int], Candidate]
    aims: bool


def baseline(parts: Parts, seed: int) -> Candidate:
    """Train the network with the base loss alone."""
    return _network("baseline", "trains a network with the base loss alone", parts, seed)


def mitigate(mitigation: Mitigation, parts: Parts, base: Candidate, seed: int) -> Candidate:
    """Fit one mitigation.

    Raises
    ------
    UnknownName
        When the method is not in the catalogue.
    InputError
        When the method aims at a notion and none was given, or the other way round.
    """
    method = MITIGATIONS.get(mitigation.method)
    if method is None:
        raise UnknownName("mitigation", mitigation.method, MITIGATIONS)
    given = mitigation.notion is not None and mitigation.tolerance is not None
    if method.aims != given:
        need = "needs a notion and a tolerance" if method.aims else "takes neither a notion nor a tolerance"
        raise InputError(f"The mitigation {method.name} {need}, got {mitigation.name!r}. Mend audit.toml.")
    aim = Aim(mitigation.notion or "", mitigation.tolerance or 0.0)
    return method.fit(mitigation.name, parts, base, aim, seed)


def _network(
    name: str, reads: str, parts: Parts, seed: int, fit: Mapping[str, Any] | None = None, **options: Any
) -> Candidate:
    model = FairClassifier(**{"constraints": None, "random_state": seed} | options)
    model.fit(parts.train.features, parts.train.label, **(fit or {}))
    notes = () if model.feasible_ in (True, None) else (model.selection_,)
    return Candidate(
        name,
        score=lambda rows: np.asarray(model.predict_proba(rows.features)[:, 1]),
        decide=lambda rows: np.asarray(model.predict(rows.features)),
        label=MitigationLabel(reads, False, False, f"{len(parts.train):,} training rows", notes=notes),
    )


def _fair_classifier(name: str, parts: Parts, base: Candidate, aim: Aim, seed: int) -> Candidate:
    fit = {"sensitive_features": parts.train.groups}
    reads = MITIGATIONS["fair_classifier"].reads
    return _network(name, reads, parts, seed, fit, constraints=aim.notion, tolerance=aim.tolerance)


def _reweighing(name: str, parts: Parts, base: Candidate, aim: Aim, seed: int) -> Candidate:
    weight = Reweighing().fit_transform(parts.train.label, sensitive_features=parts.train.groups)
    return _network(name, MITIGATIONS["reweighing"].reads, parts, seed, {"sample_weight": weight})


def _group_thresholds(name: str, parts: Parts, base: Candidate, aim: Aim, seed: int) -> Candidate:
    return _thresholds(name, parts, base, aim, seed, aware=True)


def _shared_threshold(name: str, parts: Parts, base: Candidate, aim: Aim, seed: int) -> Candidate:
    return _thresholds(name, parts, base, aim, seed, aware=False)


def _thresholds(name: str, parts: Parts, base: Candidate, aim: Aim, seed: int, *, aware: bool) -> Candidate:
    held_out = parts.validation

    def fit(rows: Rows) -> ThresholdPolicy:
        policy = ThresholdPolicy(aim.notion, aim.tolerance, aware=aware)
        return policy.fit(rows.label, base.score(rows), sensitive_features=rows.groups)

    def decide(policy: ThresholdPolicy, rows: Rows) -> Values:
        return np.asarray(policy.decide(base.score(rows), sensitive_features=rows.groups))

    policy = fit(held_out)
    on_validation = np.empty(len(held_out), dtype=np.int64)
    halves = hold_out(held_out.strata, 0.5, np.random.RandomState(seed))
    for fitted, judged in (halves, halves[::-1]):
        on_validation[judged] = decide(fit(held_out.take(fitted)), held_out.take(judged))
    fitted_on = f"baseline; thresholds on {len(held_out):,} validation rows"
    notes = () if policy.feasible_ else policy.label.notes
    label = replace(policy.label, fitted_on=fitted_on, notes=notes)
    return Candidate(name, base.score, lambda rows: decide(policy, rows), label, on_validation)


_LISTED = (
    Method(
        "reweighing",
        "weighs rows so that label and group are independent, then trains the same network",
        _reweighing,
        aims=False,
    ),
    Method(
        "fair_classifier",
        "trains the network under a constraint that is priced by its own decisions",
        _fair_classifier,
        aims=True,
    ),
    Method(
        "shared_threshold",
        "moves the one threshold of the baseline, the same for everybody",
        _shared_threshold,
        aims=True,
    ),
    Method(
        "group_thresholds",
        "gives each group a threshold of its own on the scores of the baseline",
        _group_thresholds,
        aims=True,
    ),
)

MITIGATIONS: Mapping[str, Method] = MappingProxyType({method.name: method for method in _LISTED})
"""Every way to mitigate, by name."""
