"""What is done about a finding: who owns it, which action, until when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairloss.audit.mismatches import ABSENT, Mismatch
from fairloss.audit.statements.shapes import Field, cleaned
from fairloss.audit.statements.toml_files import read_toml
from fairloss.errors import InputError, UnknownName, quote

if TYPE_CHECKING:
    from fairloss.audit.findings import Finding
    from fairloss.audit.report import AuditReport

__all__ = [
    "RESPONSES",
    "STATES",
    "Response",
    "read_responses",
    "respond",
    "response_text",
    "restore_responses",
    "unknown_responses",
    "write_responses",
]

STATES = ("open", "in_progress", "done", "declined")
"""How far a response is; declined says that nothing will be done, and its action says why."""

RESPONSES = Field(
    "responses",
    "Responses",
    "rows",
    fields=(
        Field("finding", "Finding", required=True),
        Field("owner", "Owner", required=True),
        Field("action", "Action", required=True),
        Field("due", "Due", "date"),
        Field("state", "State", choices=STATES),
        Field("recheck", "Recheck", "date"),
    ),
)
"""The fields of a response."""

_FILE = Field("file", "A file of responses", "table", fields=(replace(RESPONSES, required=True),))


@dataclass(frozen=True, slots=True)
class Response:
    """What is done about one finding.

    Parameters
    ----------
    finding : str
        The `id` of the finding.
    owner : str
        Who answers for it.
    action : str
        What is done, or why nothing is.
    due : str
        Until when, as a date such as ``2026-12-31``; empty where there is none.
    state : str
        ``"open"``, ``"in_progress"``, ``"done"`` or ``"declined"``.
    recheck : str
        When it is looked at again, as a date.

    Examples
    --------
    >>> Response("unknown_group-0a1b2c3d", "A. Owner", "Ask for the attribute in the form", due="2027-01-31").state
    'open'
    """

    finding: str
    owner: str
    action: str
    due: str = ""
    state: str = "open"
    recheck: str = ""

    def __str__(self) -> str:
        dates = [f"{name} {date}" for name, date in (("due", self.due), ("recheck", self.recheck)) if date]
        return f"{self.owner}: {self.action} ({', '.join([self.state.replace('_', ' '), *dates])})"


def read_responses(given: Iterable[Response | Mapping[str, Any]] | str | Path) -> tuple[Response, ...]:
    """Accept responses, mappings with their fields, or the path of a TOML file with a table ``[[responses]]`` each.

    Raises
    ------
    InputError
        One sentence that names every problem; also for two responses to one finding.
    """
    if isinstance(given, str | Path):
        data = read_toml(given, "A file of responses")
        listed: Any = cleaned(_FILE, data, "A file of responses")["responses"]
    else:
        listed = given
    rows = [_plain(one) if isinstance(one, Response) else one for one in listed]
    found = tuple(Response(**row) for row in cleaned(RESPONSES, rows, "A list of responses"))
    named = [one.finding for one in found]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"A finding has one response, but {quote(twice)} has two. Put them into one.")
    return found


def respond(report: AuditReport, *responses: Response | Mapping[str, Any]) -> AuditReport:
    """Give the audit with responses to its findings; a new response replaces an earlier one to the same finding.

    Parameters
    ----------
    report : AuditReport
        The audit; it is left as it is.
    *responses : Response or mapping
        With the fields of `Response`; ``finding`` is the ``id`` of one of ``report.findings``.

    Returns
    -------
    AuditReport

    Raises
    ------
    UnknownName
        For a finding that the audit does not have.
    InputError
        For fields that are unknown, wrong or absent.

    Examples
    --------
    >>> from fairloss.audit import audit_predictions
    >>> report = audit_predictions(None, [1, 1, 1, 1], sensitive_features=list("aabb"))
    >>> answered = respond(
    ...     report, {"finding": report.findings[0].id, "owner": "A. Owner", "action": "Check the export"}
    ... )
    >>> print(response_text(answered, answered.findings[0]))
    A. Owner: Check the export (open)
    """
    known = [finding.id for finding in report.findings]
    new = read_responses(responses)
    for one in new:
        if one.finding not in known:
            raise UnknownName("finding", one.finding, known)
    merged = {one.finding: one for one in (*report.evidence.get("responses", ()), *new)}
    return replace(report, evidence={**report.evidence, "responses": tuple(merged.values())})


def response_text(report: AuditReport, finding: Finding) -> str:
    """Say what is done about a finding, in one line."""
    found = (one for one in report.evidence.get("responses", ()) if one.finding == finding.id)
    return str(next(found, "none recorded"))


def unknown_responses(report: AuditReport) -> Iterator[Mismatch]:
    """Name the responses to findings that the record does not have."""
    known = {finding.id for finding in report.findings}
    for place, one in enumerate(report.evidence["responses"]):
        if one.finding not in known:
            yield Mismatch(f"/responses/{place}/finding", one.finding, ABSENT)


def write_responses(responses: Iterable[Response]) -> list[dict[str, str]]:
    """Give responses as plain data."""
    return [_plain(one) for one in responses]


def restore_responses(data: Iterable[Mapping[str, Any]], tables: Any) -> tuple[Response, ...]:
    """Read what `write_responses` wrote."""
    return read_responses(data)


def _plain(response: Response) -> dict[str, str]:
    return {name: value for name, value in asdict(response).items() if value}
