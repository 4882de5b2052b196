"""What all commands share: the group that they belong to, what they print, and how they end."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import click

from fairloss import __version__
from fairloss.errors import FairlossError

__all__ = ["BREACHED", "NOT_DETERMINABLE", "UNUSABLE", "main", "one_sentence", "printable", "say"]

BREACHED, UNUSABLE, NOT_DETERMINABLE = 1, 2, 3


def printable(text: str) -> str:
    """Escape what would move the cursor or forge a line; names and values come from users' data."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)


def say(text: str, *, err: bool = False) -> None:
    """Print a text, made harmless."""
    click.echo(printable(text), err=err)


def one_sentence(command: Callable[..., None]) -> Callable[..., None]:
    """Turn an error of ours into its one sentence and exit code 2."""

    @functools.wraps(command)
    def wrapped(**options: Any) -> None:
        try:
            command(**options)
        except FairlossError as error:
            say(f"fairloss: {error}", err=True)
            sys.exit(UNUSABLE)

    return wrapped


QUIET = click.option("--quiet", is_flag=True, help="Print nothing but errors.")
SUPPRESS = click.option(
    "--suppress", type=int, metavar="K", help="Hide counts of fewer than K people, and what would tell them."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on standard output.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="fairloss-toolkit")
def main() -> None:
    """Train fairer models to a tolerance, and show what was done."""
