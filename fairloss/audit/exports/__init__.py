"""The formats in which other tools read an audit; listing one here is all that it takes to add it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from fairloss.audit.exports.cyclonedx import cyclonedx
from fairloss.audit.exports.hugging_face import hugging_face
from fairloss.audit.exports.ll144 import ll144_csv, ll144_markdown, ll144_summary
from fairloss.audit.exports.sarif import sarif
from fairloss.audit.exports.spreadsheet import spreadsheet
from fairloss.audit.report import AuditReport
from fairloss.audit.writing import write
from fairloss.errors import UnknownName

__all__ = [
    "EXPORTS",
    "Export",
    "cyclonedx",
    "export",
    "hugging_face",
    "ll144_csv",
    "ll144_markdown",
    "ll144_summary",
    "sarif",
    "spreadsheet",
]


@dataclass(frozen=True, slots=True)
class Export:
    """One format.

    Parameters
    ----------
    name, ending : str
        What it is called, and how its files end.
    reads : str
        What it is, and who reads it.
    text : callable
        From the report to the text of the file.
    """

    name: str
    ending: str
    reads: str
    text: Callable[[AuditReport], str]


_LISTED = (
    Export("csv", ".csv", "all rates and disparities as one table (RFC 4180), for spreadsheets", spreadsheet),
    Export("cyclonedx", ".cdx.json", "a model card in a CycloneDX 1.6 bill of materials", cyclonedx),
    Export("huggingface", ".md", "a section for the model card of a Hugging Face repository", hugging_face),
    Export("ll144-csv", ".csv", "the tables of the public summary of New York City Local Law 144", ll144_csv),
    Export("ll144-markdown", ".md", "the public summary of New York City Local Law 144 in Markdown", ll144_markdown),
    Export("ll144-summary", ".html", "the public summary of New York City Local Law 144 as a page", ll144_summary),
    Export("sarif", ".sarif", "the findings as results of SARIF 2.1.0, for code scanning", sarif),
)

EXPORTS: Mapping[str, Export] = MappingProxyType({one.name: one for one in _LISTED})
"""Every format by its name."""


def export(report: AuditReport, to: str, path: str | Path | None = None, *, suppress: int | None = None) -> str:
    """Give an audit in the format of another tool, and write it where a path is given.

    Parameters
    ----------
    report : AuditReport
        The audit.
    to : str
        A name in `EXPORTS`, e.g. ``"csv"``, ``"cyclonedx"``, ``"huggingface"``, ``"ll144-summary"`` or ``"sarif"``.
    path : path, optional
        Where to write, as UTF-8.
    suppress : int, optional
        Hide counts of fewer people than this; see `fairloss.audit.suppress`.

    Returns
    -------
    str
        The text; the same record gives the same bytes.

    Raises
    ------
    UnknownName
        For a format that is not listed.
    InputError
        Where the file cannot be written.

    Examples
    --------
    >>> from fairloss.audit import audit_predictions
    >>> report = audit_predictions(None, [1, 0, 1, 1], sensitive_features=list("aabb"))
    >>> export(report, "csv").splitlines()[0][:32]
    '"table","attribute","notion","ra'
    """
    if to not in EXPORTS:
        raise UnknownName("export", to, EXPORTS)
    from fairloss.audit.suppression.suppress import suppress as without_small_counts

    shown = report if suppress is None else without_small_counts(report, suppress)
    return write(EXPORTS[to].text(shown), path)
