"""The code of docs/regimes.md runs as it stands, and its statement can be used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairloss.audit import Statement, lint

PAGE = (Path(__file__).parents[3] / "docs" / "regimes.md").read_text(encoding="utf-8")


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    names: dict[str, Any] = {
        "sex": rng.choice(["Female", "Male"], 200),
        "race": rng.choice(["A", "B"], 200),
        "selected": rng.integers(0, 2, 200),
        "score": rng.random(200),
    }
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == 5
    for block in blocks:
        exec(block, names)
    assert names["report"].evidence["responses"]
    assert (tmp_path / "audit.html").exists()
    assert (tmp_path / "audit.json").exists()


def test_the_statement_of_the_page_can_be_used(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    path = tmp_path / "statement.toml"
    path.write_text(block, encoding="utf-8")
    said = Statement.of(path)
    assert said.get("decision.cut_off") == "0.65"
    assert said.get("data.exclusions") == [{"rule": "Second applications to the same position", "rows": "12"}]
    assert lint(block) == []
