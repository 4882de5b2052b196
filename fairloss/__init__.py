"""fairloss: train fairer models to a tolerance that holds at the decision, and prove what you did.

The names below are loaded on first use, so that ``import fairloss`` costs no more than Python itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_ROOMS = (
    "audit",
    "bridges",
    "datasets",
    "errors",
    "estimators",
    "inference",
    "losses",
    "metrics",
    "notions",
    "postprocessing",
    "preprocessing",
    "tables",
    "workflow",
)

_HOMES = {
    "AuditReport": "fairloss.audit",
    "Constraint": "fairloss.losses",
    "FairClassifier": "fairloss.estimators",
    "FairLoss": "fairloss.losses",
    "FairRegressor": "fairloss.estimators",
    "GroupCounts": "fairloss.notions",
    "Groups": "fairloss.notions",
    "Penalty": "fairloss.losses",
    "audit_counts": "fairloss.audit",
    "audit_data": "fairloss.audit",
    "audit_predictions": "fairloss.audit",
    "audit_table": "fairloss.audit",
    "compare": "fairloss.audit",
    "compare_predictions": "fairloss.audit",
    "run": "fairloss.workflow",
}

__all__ = ["__version__", *_ROOMS, *_HOMES]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"fairloss.{name}")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'fairloss' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
