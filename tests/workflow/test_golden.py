"""The shipped audits on the shipped data, against the results that lie beside them.

``python tests/workflow/test_golden.py`` writes them anew; a change of a golden result belongs into the changelog.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fairloss.audit import AuditReport, assess
from fairloss.content import content_folder
from fairloss.workflow import RunResult, run

SHIPPED = ("credit_approval", "hr_selection")


def golden(result: RunResult) -> dict[str, Any]:
    """Give what must not change unnoticed: counts, figures of every candidate, ranking by group, what regimes miss."""
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
        "auc": {side: _ranking(getattr(result, side)) for side in ("before", "after")},
        "not_stated": {
            regime.name: [one.item.id for one in assess(result.after, regime).missing]
            for regime in result.after.evidence["regimes"]
        },
    }


def _ranking(report: AuditReport) -> dict[str, float]:
    """Give the AUC of each group of single attributes."""
    rows = [row for row in report.rows("scores") if " × " not in row["attribute"]]
    return {f"{row['attribute']}: {row['group']}": round(row["auc"], 3) for row in rows}


def _place(name: str) -> Path:
    return content_folder("audits") / name / "golden.json"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_audit_gives_its_golden_result(name: str, tmp_path: Path) -> None:
    result, expected = golden(run(name, out=tmp_path)), json.loads(_place(name).read_text(encoding="utf-8"))
    assert result["labels"] == expected["labels"]
    assert result["not_stated"] == expected["not_stated"]
    assert set(result["figures"]) == set(expected["figures"])
    # The data are the same to the bit; the last digits of a training differ between builds of torch and processors.
    for candidate, figures in expected["figures"].items():
        assert result["figures"][candidate] == pytest.approx(figures, abs=0.03), candidate
    for side, ranking in expected["auc"].items():
        assert result["auc"][side] == pytest.approx(ranking, abs=0.03), side
    assert (tmp_path / "report.html").stat().st_size < 300_000
    assert "<script" not in (tmp_path / "report.html").read_text(encoding="utf-8")


if __name__ == "__main__":
    for shipped in SHIPPED:
        text = json.dumps(golden(run(shipped)), indent=1, ensure_ascii=False, sort_keys=True)
        _place(shipped).write_text(text + "\n", encoding="utf-8")
