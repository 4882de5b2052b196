"""``python -m fairloss`` is the command ``fairloss``."""

from __future__ import annotations

from fairloss.cli import main

main(prog_name="fairloss")
