"""What all commands share: the group that they belong to, what they print, and how they end."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path
from typing import Any

import click

from fairloss import __version__
from fairloss.errors import FairlossError, InputError, quote

__all__ = ["BREACHED", "NOT_DETERMINABLE", "UNUSABLE", "check_out", "main", "one_sentence", "printable", "say"]

BREACHED, UNUSABLE, NOT_DETERMINABLE = 1, 2, 3
INTERRUPTED, UNREAD = 130, 141
"""What shells give for a command that Ctrl-C or a closed pipe ended: neither may look like a bound that is breached."""


def printable(text: str) -> str:
    """Escape what would move the cursor or forge a line; names and values come from users' data."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)


def say(text: str, *, err: bool = False) -> None:
    """Print a text, made harmless."""
    click.echo(printable(text), err=err)


def check_out(out: Path | None, endings: Iterable[str]) -> None:
    """Refuse a format that is not written and a folder that is not there, before the work is done."""
    if out is None:
        return
    if out.suffix.lower() not in endings:
        raise InputError(
            f"--out needs a name that ends in {', '.join(endings)}, got {quote(str(out))}. Choose one of them."
        )
    if not out.parent.is_dir():
        raise InputError(
            f"--out needs a folder that exists, got {quote(str(out))} and no folder {quote(str(out.parent))}. Make it."
        )


def one_sentence(command: Callable[..., None]) -> Callable[..., None]:
    """Turn an error of ours into its one sentence and exit code 2, and end quietly where somebody ended the command."""

    @functools.wraps(command)
    def wrapped(**options: Any) -> None:
        try:
            command(**options)
        except FairlossError as error:
            say(f"fairloss: {error}", err=True)
            sys.exit(UNUSABLE)
        except KeyboardInterrupt:
            say("fairloss: interrupted.", err=True)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            sys.stdout = StringIO()  # Python flushes once more when it ends
            sys.exit(UNREAD)

    return wrapped


def _outcome(context: click.Context, parameter: click.Parameter, value: str) -> str | int:
    """Read 1 and 0 as numbers: they then also mean True and False."""
    return int(value) if value in ("0", "1") else value


QUIET = click.option("--quiet", is_flag=True, help="Print nothing but errors.")
SUPPRESS = click.option(
    "--suppress", type=int, metavar="K", help="Hide counts of fewer than K people, and what would tell them."
)
POS_LABEL = click.option(
    "--pos-label", default="1", show_default=True, callback=_outcome, help="The favorable value; 1 also means True."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on standard output.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="fairloss-toolkit")
def main() -> None:
    """Train fairer models to a tolerance, and show what was done."""
