"""The commands on finished audits: verify, compare, render and export their JSON records."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fairloss.cli.terminal import BREACHED, JSON, QUIET, SUPPRESS, UNUSABLE, main, one_sentence, say
from fairloss.errors import FairlossError, InputError

if TYPE_CHECKING:
    from fairloss.audit import AuditChange, AuditReport, Verification
    from fairloss.workflow import RunResult

    Restored = AuditReport | AuditChange | RunResult

__all__ = ["diff", "export", "render", "schema", "verify"]

_FILE = click.Path(path_type=Path)


@main.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@QUIET
@JSON
@one_sentence
def verify(files: tuple[Path, ...], *, quiet: bool, as_json: bool) -> None:
    """Recompute every number of record FILES (JSON) of audits, comparisons and runs.

    Exit 1 if one differs, 2 if a file cannot be read.
    """
    code, found = 0, {}
    for file in files:
        try:
            result = _verified(file)
        except FairlossError as error:
            say(f"fairloss: {file}: {error}", err=True)
            found[str(file)] = {"error": str(error)}
            code = UNUSABLE
            continue
        found[str(file)] = result.to_dict()
        code = code if result.holds else max(code, BREACHED)
        if not (quiet and result.holds) and not as_json:
            say(f"{file}: {result}")
    if as_json:
        click.echo(json.dumps(found, indent=1, allow_nan=False))
    sys.exit(code)


@main.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--independent", is_flag=True, help="The two audits saw different people: give intervals of the change.")
@JSON
@one_sentence
def diff(files: tuple[Path, ...], *, independent: bool, as_json: bool) -> None:
    """Say what changed between two audits: FILES are two records, or one comparison with paired counts."""
    from fairloss.audit import AuditChange, AuditReport, difference

    restored = [_restored(file) for file in files]
    if len(restored) == 1 and isinstance(restored[0], AuditChange):
        change = restored[0]
    elif len(restored) == 2 and isinstance(restored[0], AuditReport) and isinstance(restored[1], AuditReport):
        change = AuditChange(restored[0], restored[1], (str(files[0]), str(files[1])))
    else:
        raise InputError(
            f"diff takes two audits or one comparison, got {len(files)} files. Pass the JSON files of two audits."
        )
    found = difference(change, independent=independent)
    click.echo(found.to_json()) if as_json else say(found.to_text())


@main.command()
@click.argument("file", type=_FILE)
@click.option("--out", required=True, type=_FILE, help="Where to write: a name that ends in .html or .md.")
@SUPPRESS
@one_sentence
def render(file: Path, out: Path, suppress: int | None) -> None:
    """Make the page of an audit, a comparison or a run from its record FILE alone."""
    restored = _hidden(_restored(file), suppress)
    writers = {".html": "to_html", ".md": "to_markdown"}
    write: Any = getattr(restored, writers.get(out.suffix.lower(), ""), None)
    if write is None:
        raise InputError(
            f"--out needs a name that ends in .html (or, for one audit, .md), got {str(out)!r}. Choose one of them."
        )
    write(out)


@main.command()
@click.argument("file", type=_FILE)
@click.option(
    "--to",
    required=True,
    help="The format: csv, cyclonedx, huggingface, sarif, ll144-csv, ll144-markdown or ll144-summary.",
)
@click.option("--out", type=_FILE, help="Where to write; standard output where not given.")
@SUPPRESS
@one_sentence
def export(file: Path, to: str, out: Path | None, suppress: int | None) -> None:
    """Write the audit in record FILE in a format that other tools read."""
    from fairloss.audit import AuditReport
    from fairloss.audit import export as export_report

    restored = _hidden(_restored(file), suppress)
    if not isinstance(restored, AuditReport):
        raise InputError("An export is made of one audit, got a comparison or a run. Pass the JSON file of an audit.")
    text = export_report(restored, to, out)
    if out is None:
        click.echo(text, nl=False)


@main.command()
@click.argument("kind", type=click.Choice(["audit", "comparison", "run"]), default="audit")
@one_sentence
def schema(kind: str) -> None:
    """Print the JSON Schema of the records of a KIND: audit, comparison or run."""
    click.echo(json.dumps(_schema(kind), indent=1))


def _hidden(restored: Restored, suppress: int | None) -> Restored:
    """Hide small counts where that was asked for."""
    from fairloss.audit import AuditReport
    from fairloss.audit import suppress as without_small_counts

    if suppress is None:
        return restored
    if not isinstance(restored, AuditReport):
        raise InputError("--suppress takes one audit, got a comparison or a run. Pass the JSON file of an audit.")
    return without_small_counts(restored, suppress)


def _schema(kind: str) -> dict[str, Any]:
    if kind == "run":
        from fairloss.workflow.schema import run_schema

        return run_schema()
    from fairloss.audit import change_schema, record_schema

    return record_schema() if kind == "audit" else change_schema()


def _verified(file: Path) -> Verification:
    data = _load(file)
    if _is_run(data):
        from fairloss.workflow.record import verify_run

        return verify_run(data)
    from fairloss.audit import verify as verify_audit

    return verify_audit(data)


def _restored(file: Path) -> Restored:
    data = _load(file)
    if _is_run(data):
        from fairloss.workflow.record import run_from_mapping

        return run_from_mapping(data)
    from fairloss.audit.restoring import restore

    return restore(data)


def _load(file: Path) -> Any:
    from fairloss.audit.strict_json import load

    return load(file)


def _is_run(data: Any) -> bool:
    return isinstance(data, dict) and str(data.get("schema")).startswith("fairloss-run/")
