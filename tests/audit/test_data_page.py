"""The pages on data audits: the documentation runs, and reports are inert and hold no word that promises too much."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairloss.audit import audit_data, lint, verify
from fairloss.audit.data import recorded

PAGE = (Path(__file__).parents[2] / "docs" / "data-audit.md").read_text(encoding="utf-8")


def test_its_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        exec(block, names)
    (sampled,) = names["large"].rows("sampled_rows")
    assert sampled["of"] == len(names["people"])
    assert (tmp_path / "data.html").stat().st_size < 300_000
    recovered, planted = map(float, capsys.readouterr().out.split())
    assert recovered == pytest.approx(planted, abs=0.03)


def test_it_names_every_table_of_a_data_audit() -> None:
    usual = {"rates", "disparities", "representation", "missing_values", "adjusted"}
    assert usual | {one.name for one in recorded.RESULTS} <= set(re.findall(r"`(\w+)`", PAGE))


HOSTILE = (
    "<script>alert(1)</script>",
    "\"quoted\" & 'single' </svg>",
    "\u202eright\u202c",
    "=1+1 {{ 7 * 7 }}",
    "x" * 300,
)


def test_hostile_names_are_inert_in_every_section(parse: Callable[[str], Any]) -> None:
    rng = np.random.default_rng(0)
    sex = rng.choice(HOSTILE[:3], 900)
    table = {
        "<b>sex</b>": sex,
        "label": rng.integers(0, 2, 900),
        "<i>club</i>": np.where(rng.random(900) < 0.5, sex, rng.choice(HOSTILE, 900)),
        "{{ 1 }}": rng.choice([*HOSTILE, HOSTILE[3].upper() + " ", "?"], 900),
        "</table>": np.where(rng.random(900) < 0.3, np.nan, 1.0),
        "<who>": rng.choice(HOSTILE, 900),
        "<part>": np.where(np.arange(900) < 600, "train", HOSTILE[0]),
    }
    report = audit_data(
        table, label="label", sensitive="<b>sex</b>", annotator="<who>", split="<part>",
        leaks={"{{ 1 }}": "<script>alert(2)</script>"}, expected={"<i>club</i>": ["<u>"]},
        population={"<b>sex</b>": dict.fromkeys([*HOSTILE, "<u>"], 1)},
    )  # fmt: skip
    page = report.to_html()
    found = parse(page)
    assert not {"script", "b", "i", "u", "who"} & set(found.tags)
    assert "{{ 1 }}" in "".join(found.texts)
    assert not any(name.startswith("on") for _, name, _ in found.attributes)
    for title in ("Columns that tell", "Values that look wrong", "Columns by part", "Base rates by who gave the label"):
        assert title in page
    assert lint(" ".join(found.texts)) == []
    assert verify(json.loads(report.to_json())).holds
    assert not re.search(r"(?<!\\)<(script|b|i|u)\b", report.to_markdown())
