"""The code of docs/losses.md runs as it stands, from the first block to the last."""

from __future__ import annotations

import re
from pathlib import Path

import torch

PAGE = (Path(__file__).parents[2] / "docs" / "losses.md").read_text(encoding="utf-8")


def test_the_examples_run():
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == 9
    torch.manual_seed(0)
    names = {}
    for block in blocks:
        exec(compile(block, "docs/losses.md", "exec"), names)
    assert all(names[leaf].grad.isfinite().all() for leaf in ("logits", "scores", "images"))
