"""The reports that are looked at in a browser: two shipped audits and seven on real data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fairloss as fl
from fairloss.audit import AuditReport

if TYPE_CHECKING:
    from fairloss.workflow import RunResult

__all__ = ["REAL", "SHIPPED", "real_report", "shipped_run"]

SHIPPED = ("hr_selection", "credit_approval")
REAL: dict[str, dict[str, Any]] = {
    "resume_audit": {
        "sensitive": ("race", "gender"),
        "strata": "job_city",
        "about": {"kind": "hr", "title": "Call-backs after sent résumés", "favorable": "called back"},
    },
    "ricci": {
        "sensitive": ("Race",),
        "strata": "Position",
        "about": {"kind": "hr", "title": "Promotion exam of New Haven, 2003", "favorable": "scored 70 or more"},
    },
    "boston_hmda": {
        "sensitive": ("race", "sex"),
        "about": {"kind": "credit", "title": "Mortgage applications, Boston 1990", "favorable": "loan granted"},
    },
    "german_credit": {
        "sensitive": ("sex",),
        "about": {"kind": "credit", "title": "German credit", "favorable": "good credit"},
    },
    "hr_job_change": {
        "sensitive": ("gender",),
        "about": {"kind": "hr", "title": "Job change of data scientists", "favorable": "approached with an offer"},
    },
    "ucb_admissions": {
        "sensitive": ("Gender",),
        "strata": "Dept",
        "about": {"title": "Graduate admissions, Berkeley 1973", "favorable": "admitted"},
    },
    "ibm_attrition": {
        "sensitive": ("Gender",),
        "strata": "Department",
        "about": {"kind": "hr", "title": "Attrition at a fictional company", "favorable": "stayed"},
    },
}


def real_report(name: str, folder: Path, **changes: Any) -> AuditReport:
    """Audit the outcomes of a real data set."""
    asked = REAL[name] | changes
    data = fl.datasets.load(name, folder)
    strata = asked.get("strata")
    about = {"source": data.card.source, "model": "the recorded outcomes", "created": "2026-11-21", **asked["about"]}
    return fl.audit_predictions(
        None,
        data.label.to_numpy(),
        sensitive_features={name: data.frame[name] for name in asked["sensitive"]},
        control_features=None if strata is None else {strata: data.frame[strata]},
        about=about,
    )


def shipped_run(name: str) -> RunResult:
    """Run a shipped audit, whole: its chart of candidates is the fullest of all."""
    from fairloss.workflow import run

    return run(name)


Report = Callable[[str], AuditReport]
