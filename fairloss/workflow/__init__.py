"""The steps in one run: analyze, train, mitigate, validate, report."""

from __future__ import annotations

from fairloss.workflow.definition import Definition, definitions, read_definition
from fairloss.workflow.figures import Choice
from fairloss.workflow.mitigations import MITIGATIONS, Candidate, Method
from fairloss.workflow.monitor_plan import MonitorPlan
from fairloss.workflow.result import RunResult
from fairloss.workflow.run import run

__all__ = [
    "MITIGATIONS",
    "Candidate",
    "Choice",
    "Definition",
    "Method",
    "MonitorPlan",
    "RunResult",
    "definitions",
    "read_definition",
    "run",
]
