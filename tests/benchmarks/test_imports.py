"""What importing costs, against importing numpy in a fresh interpreter of the same run."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

import pytest

pytestmark = pytest.mark.benchmark


def _seconds(statement: str) -> float:
    code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(7)]
    return median(float(run.stdout) for run in runs)


def test_import_fairloss_costs_a_fraction_of_numpy() -> None:
    ours, numpy = _seconds("import fairloss"), _seconds("import numpy")
    print(f"import fairloss / import numpy: {ours / numpy:.3f} ({ours:.4f} s / {numpy:.4f} s)")
    assert ours < 0.5 * numpy
    assert ours < 0.5
