"""The command on data before any model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from fairloss.cli.commands import WRITERS, column_list, deliver
from fairloss.cli.terminal import JSON, POS_LABEL, QUIET, check_out, main, one_sentence
from fairloss.errors import InputError

__all__ = ["audit_data"]


@main.command(name="audit-data")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--label", required=True, help="The column of labels.")
@click.option("--sensitive", required=True, callback=column_list, help="The sensitive columns, separated by commas.")
@click.option("--weight", help="The column of row weights.")
@click.option("--strata", callback=column_list, help="The columns that may explain a gap, separated by commas.")
@click.option("--annotator", help="The column that says who gave the label.")
@click.option("--identifier", help="The column that names people.")
@click.option("--split", help="The column that says which part a row belongs to: drift between the parts.")
@click.option("--against", type=click.Path(path_type=Path), help="Another table: drift from FILE to it.")
@click.option(
    "--population", type=click.Path(path_type=Path), help="A JSON file: attribute to group to share or count."
)
@POS_LABEL
@click.option("--level", default=0.95, show_default=True, help="The confidence level of the intervals.")
@click.option("--random-state", default=0, show_default=True, help="The seed of permutations.")
@click.option(
    "--rows-in-memory", default=200_000, show_default=True, help="A larger table is counted where it is, and sampled."
)
@click.option("--out", type=click.Path(path_type=Path), help="Where to write: a name that ends in .html, .json or .md.")
@QUIET
@JSON
@one_sentence
def audit_data(
    file: Path, out: Path | None, population: Path | None, *, quiet: bool, as_json: bool, **roles: Any
) -> None:
    """Audit the data in FILE (CSV or Parquet) before any model."""
    from fairloss.audit import audit_data as audit

    check_out(out, WRITERS)
    stated = None if population is None else _population(population)
    report = audit(file, population=stated, **roles)
    deliver(report, out, quiet=quiet, as_json=as_json)


def _population(path: Path) -> Any:
    """Read stated shares; `audit_data` checks what they say."""
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"The population cannot be read from {str(path)!r}: {error}. Name a JSON file such as "
            '{"sex": {"F": 0.51, "M": 0.49}}.'
        ) from error
    if not isinstance(stated, dict) or not all(isinstance(shares, dict) for shares in stated.values()):
        raise InputError(
            f"The population in {str(path)!r} needs an attribute with a share for each group, got another shape. "
            'Write {"sex": {"F": 0.51, "M": 0.49}}.'
        )
    return stated
