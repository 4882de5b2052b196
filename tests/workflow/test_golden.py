"""The shipped audits on the shipped data, against the results that lie beside them.

``python tests/workflow/test_golden.py`` writes them anew; a change of a golden result belongs into the changelog.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fairloss.content import content_folder
from fairloss.workflow import RunResult, run

SHIPPED = ("credit_approval", "hr_selection")


def golden(result: RunResult) -> dict[str, Any]:
    """Give what must not change unnoticed: the counts of the data, and the figures of every candidate."""
    labels = {
        counts.grouping.attribute: {
            name: [int(n) for n in row[:, 0]] for name, row in zip(counts.names, counts.cells, strict=True)
        }
        for counts in result.data.tables
    }
    table = result.summary.set_index("candidate").drop(columns="seeds").dropna(axis=1)
    return {
        "labels": labels,
        "chosen": result.choice.name,
        "figures": json.loads(table.round(3).to_json(orient="index")),
    }


def _place(name: str) -> Path:
    return content_folder("audits") / name / "golden.json"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_audit_gives_its_golden_result(name: str, tmp_path: Path) -> None:
    result, expected = golden(run(name, out=tmp_path)), json.loads(_place(name).read_text(encoding="utf-8"))
    assert result["labels"] == expected["labels"]
    assert set(result["figures"]) == set(expected["figures"])
    # The data are the same to the bit; the last digits of a training differ between builds of torch and processors.
    for candidate, figures in expected["figures"].items():
        assert result["figures"][candidate] == pytest.approx(figures, abs=0.03), candidate
    assert (tmp_path / "report.html").stat().st_size < 300_000
    assert "<script" not in (tmp_path / "report.html").read_text(encoding="utf-8")


if __name__ == "__main__":
    for shipped in SHIPPED:
        text = json.dumps(golden(run(shipped)), indent=1, ensure_ascii=False, sort_keys=True)
        _place(shipped).write_text(text + "\n", encoding="utf-8")
