"""Is this criterion right? Checks that anyone can run on any loss that keeps groups alike.

`run` gives one `Finding` for each of `CHECKS`; `cases` pairs subjects with checks for pytest. A `Subject` says how the
criterion is made and called, and what it claims.
"""

from __future__ import annotations

from fairloss.losses.conformance.batches import Batch
from fairloss.losses.conformance.checks import Check, Finding
from fairloss.losses.conformance.fair_loss_subject import fair_loss_subject
from fairloss.losses.conformance.outputs import OUTPUTS, Outputs
from fairloss.losses.conformance.subjects import Subject
from fairloss.losses.conformance.suite import CHECKS, Case, cases, run

__all__ = [
    "CHECKS",
    "OUTPUTS",
    "Batch",
    "Case",
    "Check",
    "Finding",
    "Outputs",
    "Subject",
    "cases",
    "fair_loss_subject",
    "run",
]
