"""Audit, metrics, thresholds, report and command line work where torch and fairlearn are not installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CODE = """
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "fairlearn"):
            raise ModuleNotFoundError(f"No module named {name!r}")

sys.meta_path.insert(0, Absent())

import numpy as np
import fairloss as fl
from click.testing import CliRunner
from fairloss.cli import main

rng = np.random.default_rng(0)
y, d, g, score = rng.integers(0, 2, 400), rng.integers(0, 2, 400), rng.choice(["F", "M"], 400), rng.random(400)
gap = fl.metrics.demographic_parity_difference(y, d, sensitive_features=g)
report = fl.audit_predictions(y, d, sensitive_features={"sex": g})
assert abs(report.disparities.query("group == 'worst' and notion == 'demographic_parity'").value.iloc[0] - gap) < 1e-12
policy = fl.postprocessing.ThresholdPolicy("equal_opportunity", 0.05).fit(y, score, sensitive_features=g)
assert set(policy.decide(score, sensitive_features=g)) <= {0, 1}
assert fl.preprocessing.Reweighing().fit_transform(y, sensitive_features=g).shape == (400,)
assert report.to_html().startswith("<!doctype html>")

import pandas as pd
pd.DataFrame({"g": g, "d": d, "y": y}).to_csv("rows.csv", index=False)
roles = ["--decision", "d", "--label", "y", "--sensitive", "g"]
done = CliRunner().invoke(main, ["audit", "rows.csv", *roles, "--out", "a.html"])
assert done.exit_code == 0, done.output
assert CliRunner().invoke(main, ["datasets"]).exit_code == 0
print("audited", len(report.findings))
"""


def test_everything_but_training_runs_without_torch(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", CODE]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("audited")
    assert (tmp_path / "a.html").exists()
