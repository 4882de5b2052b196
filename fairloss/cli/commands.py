"""The commands that do the work: run an audit definition, audit a file, look at the data sets."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fairloss.cli.terminal import (
    BREACHED,
    JSON,
    NOT_DETERMINABLE,
    POS_LABEL,
    QUIET,
    SUPPRESS,
    check_out,
    main,
    one_sentence,
    say,
)
from fairloss.errors import UnknownNotion

if TYPE_CHECKING:
    from fairloss.audit import AuditReport

__all__ = ["WRITERS", "audit", "column_list", "datasets", "deliver", "run"]


@main.command()
@click.argument("name")
@click.option(
    "--data", type=click.Path(path_type=Path), help="The file or folder of the data; simulated sets need none."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="The folder for report.html and report.json [fairloss-NAME]."
)
@QUIET
@JSON
@one_sentence
def run(name: str, data: Path | None, out: Path | None, *, quiet: bool, as_json: bool) -> None:
    """Run an audit definition: NAME of a shipped one, or a path to your own."""
    from fairloss.workflow import read_definition
    from fairloss.workflow import run as run_definition

    definition = read_definition(name)
    folder = out or Path(f"fairloss-{definition.name}")
    silent = quiet or as_json
    result = run_definition(
        definition, data, folder, progress=None if silent else lambda sentence: say(f"· {sentence}", err=True)
    )
    if as_json:
        click.echo(json.dumps(result.to_dict(), indent=2, sort_keys=True, allow_nan=False))
    elif not quiet:
        say(result.to_text())
        say(f"\nThe report: {folder / 'report.html'}")


def column_list(context: click.Context, parameter: click.Parameter, value: str | None) -> list[str]:
    """Split column names at commas."""
    return [name.strip() for name in (value or "").split(",") if name.strip()]


def _gates(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> list[tuple[str, float]]:
    from fairloss.notions import resolve

    gates = []
    for value in values:
        notion, _, bound = value.partition("=")
        try:
            gates.append((notion, float(bound)))
            resolve(notion)
        except UnknownNotion as error:
            raise click.BadParameter(str(error)) from None
        except ValueError:
            raise click.BadParameter(f"a gate is NOTION=BOUND, such as demographic_parity=0.1, got {value!r}") from None
        if not float(bound) >= 0:
            raise click.BadParameter(f"the bound of a gate is a gap of 0 or more, got {value!r}")
    return gates


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--decision", help="The column of decisions.")
@click.option("--sensitive", required=True, callback=column_list, help="The sensitive columns, separated by commas.")
@click.option("--label", help="The column of labels; without it, decisions alone are audited.")
@click.option("--score", help="The column of scores.")
@click.option("--weight", help="The column of row weights.")
@POS_LABEL
@click.option("--level", default=0.95, show_default=True, help="The confidence level of the intervals.")
@click.option("--random-state", default=0, show_default=True, help="The seed of permutations.")
@click.option(
    "--regime", "regimes", multiple=True, help="What law and practice ask: a name, or a TOML file; may be repeated."
)
@click.option("--statement", type=click.Path(path_type=Path), help="A TOML file of what people state about the audit.")
@click.option("--reasons", type=click.Path(path_type=Path), help="A TOML file of reasons for refusals by group.")
@click.option("--kind", default="general", show_default=True, help="The outline of the report: general, hr or credit.")
@click.option("--out", type=click.Path(path_type=Path), help="Where to write: a name that ends in .html, .json or .md.")
@SUPPRESS
@click.option(
    "--gate", multiple=True, callback=_gates, help="NOTION=BOUND: exit 1 if the gap is above it, 3 if unclear."
)
@QUIET
@JSON
@one_sentence
def audit(
    file: Path,
    out: Path | None,
    gate: list[tuple[str, float]],
    kind: str,
    *,
    suppress: int | None,
    quiet: bool,
    as_json: bool,
    **roles: Any,
) -> None:
    """Audit the decisions in FILE (CSV or Parquet)."""
    from fairloss.audit import audit_table
    from fairloss.audit import suppress as without_small_counts

    check_out(out, WRITERS)
    report = audit_table(file, about={"kind": kind}, **roles)
    deliver(report if suppress is None else without_small_counts(report, suppress), out, quiet=quiet, as_json=as_json)
    sys.exit(_verdict(report, gate))


def _regimes(report: AuditReport) -> list[str]:
    """Say how much the record holds of what each regime asks for."""
    from fairloss.audit import assess

    return [f"{one.name}: {assess(report, one)}" for one in report.evidence.get("regimes", ())]


def _verdict(report: AuditReport, gates: list[tuple[str, float]]) -> int:
    """Give the exit code: a breach of one gate outweighs another that is unclear."""
    above = {report.exceeds(notion, bound) for notion, bound in gates}
    return BREACHED if True in above else NOT_DETERMINABLE if None in above else 0


WRITERS = {".html": "to_html", ".json": "to_json", ".md": "to_markdown"}
"""The method of a report that writes each format, by the ending of the file."""


def deliver(report: AuditReport, out: Path | None, *, quiet: bool, as_json: bool) -> None:
    """Write the report where asked, and print its record or its findings."""
    if out is not None:
        getattr(report, WRITERS[out.suffix.lower()])(out)
    if as_json:
        click.echo(report.to_json())
    elif not quiet:
        say("\n".join([*map(str, report.findings), *_regimes(report)]))


@main.command()
@click.argument("name", required=False)
@JSON
@one_sentence
def datasets(name: str | None, *, as_json: bool) -> None:
    """List the data sets, or show the card of NAME."""
    from fairloss.datasets import card, cards

    if name is None:
        listed = {key: value.title for key, value in cards().items()}
        if as_json:
            click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        else:
            width = max(map(len, listed))
            say("\n".join(f"{key:<{width}}  {title}" for key, title in listed.items()))
        return
    found = card(name)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    lines = [found.title, "", found.summary, "", f"Source: {found.source}", f"License: {found.license}"]
    for table_name, table in found.tables.items():
        lines += [
            "",
            f"Table {table_name}: {table.unit}; {table.reference.rows:,} rows",
            f"  label: {table.label.means}",
        ]
        lines += [f"  sensitive: {column}, {recorded}" for column, recorded in table.sensitive.items()]
        lines += [f"  leaks: {column}, {why}" for column, why in table.leaks.items()]
    lines += ["", f"To obtain it: {found.obtain}"]
    say("\n".join(lines))
