"""``python -m fairloss`` is the command ``fairloss``."""

from __future__ import annotations

from fairloss.cli import main

if __name__ == "__main__":
    main(prog_name="fairloss")
