"""The commands of regimes and responses: list what law and practice ask, look at a record with it, answer findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fairloss.cli.terminal import JSON, main, one_sentence, say
from fairloss.errors import InputError

if TYPE_CHECKING:
    from fairloss.audit import AuditReport

__all__ = ["regimes", "respond"]

_FILE = click.Path(path_type=Path)


@main.command()
@click.argument("name", required=False)
@click.option("--record", type=_FILE, help="The JSON file of an audit: say what it lacks of what the regime asks for.")
@JSON
@one_sentence
def regimes(name: str | None, record: Path | None, *, as_json: bool) -> None:
    """List the regimes, show what NAME asks for, or what a record lacks of it."""
    from fairloss.audit import REGIMES, AuditReport, assess
    from fairloss.audit.regimes.catalogue import resolve_regimes
    from fairloss.audit.regimes.completeness import completeness_row

    if name is None:
        listed = {key: one.title for key, one in REGIMES.items()}
        _show(listed, "\n".join(f"{key:<14}  {title}" for key, title in listed.items()), as_json)
        return
    (regime,) = resolve_regimes(name)
    if record is None:
        asked = "\n".join(f"  {one.id}: {one.sentence} ({one.citation})" for one in regime.items)
        _show(regime.to_mapping(), f"{regime.title}\nLast checked {regime.last_checked}.\n\n{asked}", as_json)
        return
    found = assess(AuditReport.from_json(record), regime)
    rows = [completeness_row(regime, one) for one in found.items]
    lines = [f"  {one.item.id}: {one.item.sentence} ({one.item.citation}), {one.pointer}" for one in found.missing]
    text = (
        "\n".join(["Missing:", *lines]) if lines else "No item is missing. This says nothing about the law being met."
    )
    _show(rows, text, as_json)


@main.command()
@click.argument("file", type=_FILE)
@click.option("--finding", help="The name of a finding; without it, and without --responses, they are listed.")
@click.option("--owner", default="", help="Who answers for it.")
@click.option("--action", default="", help="What is done, or why nothing is.")
@click.option("--due", default="", help="Until when: a date such as 2026-12-31.")
@click.option("--state", default="open", show_default=True, help="open, in_progress, done or declined.")
@click.option("--responses", type=_FILE, help="A TOML file with a table [[responses]] for each finding.")
@click.option("--out", type=_FILE, help="Where to write the new record; FILE itself where not given.")
@one_sentence
def respond(file: Path, finding: str | None, responses: Path | None, out: Path | None, **response: Any) -> None:
    """Answer findings of the audit in record FILE, or list them with their responses."""
    from fairloss.audit import AuditReport, read_responses
    from fairloss.audit import respond as respond_to

    report = AuditReport.from_json(file)
    if finding is None and responses is None:
        if any(value for name, value in response.items() if name != "state"):
            raise InputError("respond needs --finding where it gets an owner, an action or a date. Name the finding.")
        say(_listed(report))
        return
    given = list(read_responses(responses)) if responses is not None else []
    one = [] if finding is None else [{"finding": finding, **response}]
    respond_to(report, *given, *one).to_json(out or file)


def _listed(report: AuditReport) -> str:
    from fairloss.audit import response_text

    lines = (f"{one.id}\n  {one}\n  Response: {response_text(report, one)}" for one in report.findings)
    return "\n".join(lines)


def _show(data: Any, text: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(data, indent=1, ensure_ascii=False))
    else:
        say(text)
