"""What a run leaves: the audits before and after, every candidate, the choice, and the plan to go on."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

import fairloss
from fairloss.audit import AuditChange, AuditReport
from fairloss.audit.writing import write
from fairloss.errors import InputError, quote
from fairloss.notions import Grouping
from fairloss.workflow.definition import Definition
from fairloss.workflow.figures import Choice, choose, frontier, on_validation, summary
from fairloss.workflow.monitor_plan import MonitorPlan, plan_monitoring
from fairloss.workflow.rows import Provenance
from fairloss.workflow.tally import Tally

__all__ = ["RunResult", "check_folder"]

_LIBRARIES = ("numpy", "pandas", "scikit-learn", "torch")


def _versions() -> dict[str, str]:
    found = {"fairloss": fairloss.__version__, "python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return dict(sorted(found.items()))


@dataclass(frozen=True, eq=False)
class RunResult:
    """Everything a run found.

    Parameters
    ----------
    definition : Definition
        What was asked.
    source : Provenance
        What was read.
    data : AuditReport
        Step 1: the labels, before any model, over all rows.
    change : AuditChange
        The baseline's and the chosen model's decisions on the test part of the first seed, for the same people.
    tallies : tuple of Tally
        The counts of each candidate's decisions, by seed and part; the baseline first.
    grouping : Grouping
        The groups that the goal compares.
    notes : tuple of str
        What candidates say of themselves.
    producer : mapping of str to str
        The versions that made it.

    Attributes
    ----------
    frontier : pandas.DataFrame
        One row per seed, candidate and part, with accuracy, AUC and the gap of each notion.
    choice : Choice
        Which candidate was chosen, and why.
    monitor_plan : MonitorPlan
        What to watch after deployment.
    """

    definition: Definition
    source: Provenance
    data: AuditReport
    change: AuditChange
    tallies: tuple[Tally, ...]
    grouping: Grouping
    notes: tuple[str, ...] = ()
    producer: Mapping[str, str] = field(default_factory=_versions)

    @cached_property
    def frontier(self) -> pd.DataFrame:
        """The figures of every candidate on every part, for every seed."""
        return frontier(self.tallies, self.grouping, self.definition.audit.notions)

    @cached_property
    def choice(self) -> Choice:
        """The candidate that the rule of the definition chooses on the validation part."""
        return choose(on_validation(self.frontier), self.definition.goal)

    @property
    def monitor_plan(self) -> MonitorPlan:
        """What to watch: the chosen model's rates on the test part of the first seed."""
        key = (self.choice.name, "test")
        tally = next(one for one in self.tallies if (one.candidate, one.part) == key)
        return plan_monitoring(self.definition, tally.counts(self.grouping))

    @property
    def before(self) -> AuditReport:
        """The audit of the baseline's decisions."""
        return self.change.before

    @property
    def after(self) -> AuditReport:
        """The audit of the chosen model's decisions."""
        return self.change.after

    @property
    def summary(self) -> pd.DataFrame:
        """The test figures of each candidate: mean and standard deviation over the seeds."""
        return summary(self.frontier)

    def to_dict(self) -> dict[str, Any]:
        """Give the whole result as plain values, ready for JSON; what is undefined is None."""
        from fairloss.workflow.record import run_to_mapping

        return run_to_mapping(self)

    def to_json(self, path: str | Path | None = None) -> str:
        """Give the result as JSON, and write it where a path is given; the same run gives the same bytes."""
        text = json.dumps(self.to_dict(), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
        return write(text, path)

    @classmethod
    def from_json(cls, path: str | Path) -> RunResult:
        """Read a run from its JSON file; figures, choice and plan are recomputed from the counts in it.

        Raises
        ------
        InputError
            If the file cannot be read or is no run.
        """
        from fairloss.audit.strict_json import load
        from fairloss.workflow.record import run_from_mapping

        return run_from_mapping(load(path))

    def to_html(self, path: str | Path | None = None) -> str:
        """Give the result as one self-contained page, and write it where a path is given."""
        from fairloss.workflow.presentation import result_page

        return write(result_page(self), path)

    def to_text(self) -> str:
        """Give the choice, the figures and the findings as plain text for a terminal."""
        from fairloss.workflow.presentation import result_text

        return result_text(self)

    def write(self, folder: str | Path) -> None:
        """Write ``report.html`` and ``report.json`` into a folder, which is made where absent.

        Raises
        ------
        InputError
            When the folder cannot be written.
        """
        place = check_folder(folder)
        self.to_html(place / "report.html")
        self.to_json(place / "report.json")


def check_folder(folder: str | Path) -> Path:
    """Make a folder and see that it can be written, before hours of work end in an error."""
    place = Path(folder)
    probe = place / ".fairloss-can-write"
    try:
        place.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(
            f"The output folder {quote(str(place))} cannot be written: {error.strerror}. Name another with --out."
        ) from error
    return place
