"""What a run leaves: the audits before and after, every candidate, the choice, and the plan to go on."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

import fairloss
from fairloss.audit import AuditChange, AuditReport
from fairloss.errors import InputError, quote
from fairloss.workflow.definition import Definition
from fairloss.workflow.figures import Choice, summary
from fairloss.workflow.monitor_plan import MonitorPlan
from fairloss.workflow.rows import Source

__all__ = ["SCHEMA", "RunResult", "check_folder"]

SCHEMA = "fairloss-run/1"
_LIBRARIES = ("numpy", "pandas", "scikit-learn", "torch")


@dataclass(frozen=True, eq=False)
class RunResult:
    """Everything a run found.

    Parameters
    ----------
    definition : Definition
        What was asked.
    source : Source
        What was read.
    data : AuditReport
        Step 1: the labels, before any model, over all rows.
    change : AuditChange
        The baseline's and the chosen model's decisions on the test part of the first seed, for the same people.
    frontier : pandas.DataFrame
        One row per seed, candidate and part, with accuracy, AUC and the gap of each notion.
    choice : Choice
        Which candidate was chosen, and why.
    monitor_plan : MonitorPlan
        What to watch after deployment.
    notes : tuple of str
        What candidates say of themselves.
    """

    definition: Definition
    source: Source
    data: AuditReport
    change: AuditChange
    frontier: pd.DataFrame
    choice: Choice
    monitor_plan: MonitorPlan
    notes: tuple[str, ...] = ()

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

    @property
    def producer(self) -> dict[str, str]:
        """The versions that made it."""
        return {"fairloss": fairloss.__version__, **_environment()}

    def to_dict(self) -> dict[str, Any]:
        """Give the whole result as plain values, ready for JSON; what is undefined is None."""
        return {
            "schema": SCHEMA,
            "producer": self.producer,
            "definition": self.definition.model_dump(mode="json"),
            "source": {
                "name": self.source.name,
                "facts": dict(self.source.facts),
                "warnings": list(self.source.warnings),
            },
            "choice": {"name": self.choice.name, "met": self.choice.met, "reason": self.choice.reason},
            "notes": list(self.notes),
            "frontier": _records(self.frontier),
            "summary": _records(self.summary),
            "monitor_plan": self.monitor_plan.to_dict(),
            **{name: json.loads(getattr(self, name).to_json()) for name in ("data", "before", "after")},
            "change": {"rates": _records(self.change.rates), "gaps": _records(self.change.gaps)},
        }

    def to_json(self, path: str | Path | None = None) -> str:
        """Give the result as JSON, and write it where a path is given; the same run gives the same bytes."""
        text = json.dumps(self.to_dict(), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
        return _write(text, path)

    def to_html(self, path: str | Path | None = None) -> str:
        """Give the result as one self-contained page, and write it where a path is given."""
        from fairloss.workflow.presentation import result_page

        return _write(result_page(self), path)

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


def _write(text: str, path: str | Path | None) -> str:
    if path is not None:
        try:
            Path(path).write_text(text, encoding="utf-8", newline="\n", errors="backslashreplace")
        except OSError as error:
            raise InputError(
                f"The file {quote(str(path))} cannot be written: {error.strerror}. Name another place."
            ) from error
    return text


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return listed


def _environment() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found
