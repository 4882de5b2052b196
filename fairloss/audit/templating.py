"""The templates of the report: Jinja2, always escaping, never leaving a name undefined."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["environment", "template"]

_FOLDER = Path(__file__).parent / "templates"


@cache
def environment() -> Any:
    """Give the environment: every value from outside is escaped, and a missing one is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters["px"] = _pixels
    return found


def template(name: str) -> Any:
    """Give the macros of a template file as functions."""
    return environment().get_template(name).module


def _pixels(value: float) -> str:
    """Write a coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")
