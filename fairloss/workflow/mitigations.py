"""The ways to mitigate that a run can try: one entry each, and the report and the definitions pick it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from fairloss.errors import InputError, UnknownName
from fairloss.estimators import FairClassifier
from fairloss.postprocessing import MitigationLabel, ThresholdPolicy
from fairloss.preprocessing import Reweighing
from fairloss.workflow.definition import Mitigation
from fairloss.workflow.rows import Parts, Rows

__all__ = ["MITIGATIONS", "Candidate", "Method", "baseline", "mitigate"]

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
    """

    name: str
    score: Callable[[Rows], Values]
    decide: Callable[[Rows], Values]
    label: MitigationLabel


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
        ``(parts, base, mitigation, seed)`` to a `Candidate`.
    aims : bool
        Whether it needs a notion and a tolerance.
    """

    name: str
    reads: str
    fit: Callable[[Parts, Candidate, Mitigation, int], Candidate]
    aims: bool


def baseline(parts: Parts, seed: int) -> Candidate:
    """Train the network with the base loss alone."""
    model = FairClassifier(constraints=None, random_state=seed)
    model.fit(parts.train.features, parts.train.label)
    return _network("baseline", "a network trained with the base loss alone", model, parts)


def mitigate(mitigation: Mitigation, parts: Parts, base: Candidate, seed: int) -> Candidate:
    """Fit one mitigation.

    Raises
    ------
    UnknownName
        When the method is not in the catalogue.
    InputError
        When the method aims at a notion and none was given.
    """
    method = MITIGATIONS.get(mitigation.method)
    if method is None:
        raise UnknownName("mitigation", mitigation.method, MITIGATIONS)
    if method.aims != (mitigation.notion is not None and mitigation.tolerance is not None):
        need = "needs a notion and a tolerance" if method.aims else "takes neither a notion nor a tolerance"
        raise InputError(f"The mitigation {method.name} {need}, got {mitigation.name!r}. Mend audit.toml.")
    return method.fit(parts, base, mitigation, seed)


def _network(name: str, method: str, model: FairClassifier, parts: Parts) -> Candidate:
    notes = () if model.feasible_ else ("The tolerance was not held on the rows kept aside in training.",)
    return Candidate(
        name,
        score=lambda rows: np.asarray(model.predict_proba(rows.features)[:, 1]),
        decide=lambda rows: np.asarray(model.predict(rows.features)),
        label=MitigationLabel(method, False, False, f"the {len(parts.train):,} training rows", notes=notes),
    )


def _fair_classifier(parts: Parts, base: Candidate, mitigation: Mitigation, seed: int) -> Candidate:
    model = FairClassifier(constraints=mitigation.notion, tolerance=mitigation.tolerance, random_state=seed)
    model.fit(parts.train.features, parts.train.label, sensitive_features=parts.train.groups)
    return _network(mitigation.name, MITIGATIONS[mitigation.method].reads, model, parts)


def _reweighing(parts: Parts, base: Candidate, mitigation: Mitigation, seed: int) -> Candidate:
    rule = Reweighing().fit(parts.train.label, sensitive_features=parts.train.groups)
    weight = rule.transform(parts.train.label, sensitive_features=parts.train.groups)
    model = FairClassifier(constraints=None, random_state=seed)
    model.fit(parts.train.features, parts.train.label, sample_weight=weight)
    return _network(mitigation.name, MITIGATIONS[mitigation.method].reads, model, parts)


def _thresholds(parts: Parts, base: Candidate, mitigation: Mitigation, *, aware: bool) -> Candidate:
    policy = ThresholdPolicy(mitigation.notion, mitigation.tolerance, aware=aware)
    held_out = parts.validation
    policy.fit(held_out.label, base.score(held_out), sensitive_features=held_out.groups)
    return Candidate(
        mitigation.name,
        score=base.score,
        decide=lambda rows: np.asarray(policy.decide(base.score(rows), sensitive_features=rows.groups)),
        label=policy.label,
    )


_LISTED = (
    Method("reweighing", "weighs rows so that label and group are independent, then trains the same network", _reweighing, aims=False),
    Method("fair_classifier", "trains the network under a constraint that is priced by its own decisions", _fair_classifier, aims=True),
    Method(
        "shared_threshold", "moves the one threshold of the baseline, the same for everybody",
        lambda parts, base, mitigation, seed: _thresholds(parts, base, mitigation, aware=False), aims=True,
    ),
    Method(
        "group_thresholds", "gives each group a threshold of its own on the scores of the baseline",
        lambda parts, base, mitigation, seed: _thresholds(parts, base, mitigation, aware=True), aims=True,
    ),
)  # fmt: skip

MITIGATIONS: Mapping[str, Method] = MappingProxyType({method.name: method for method in _LISTED})
"""Every way to mitigate, by name."""
