"""Where the content lies that is no code: audit definitions and data cards."""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["content_folder"]


@cache
def content_folder(kind: str) -> Path:
    """Find the folder of ``"audits"`` or ``"datasets"``: in the installed package, or at the top of a checkout."""
    package = Path(__file__).parent
    installed = package / "_content" / kind
    return installed if installed.is_dir() else package.parent / kind
