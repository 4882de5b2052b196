"""The code of docs/statistics.md runs as it stands, from the first block to the last."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text(encoding="utf-8")


def test_the_examples_run():
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == 5
    names = {}
    for block in blocks:
        exec(compile(block, "docs/statistics.md", "exec"), names)
    assert 0.91 < names["binom"].pmf(names["x"], 10, 0.05)[names["held"]].sum() < 0.92


def test_the_files_that_it_names_are_there():
    root = Path(__file__).parents[2]
    named = re.findall(r"tests/\S+\.py", PAGE)
    assert named
    assert all((root / name).is_file() for name in named)
