"""Timing of two things in turn, in a process that does nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

_IN_TURN = """
import json, statistics, sys, time
spent = {"ours": [], "bare": []}
for _ in range(repeats):
    for name, call in (("bare", bare), ("ours", audit)) if repeats > 1 else (("ours", audit),):
        start = time.perf_counter()
        call()
        spent[name].append(time.perf_counter() - start)
# Not getrusage: its peak is inherited from the process that started this one.
(peak,) = (int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"peak": peak, **{name: statistics.median(times) if times else 0 for name, times in spent.items()}}))
"""


@pytest.fixture(scope="session")
def time_in_turn() -> Callable[..., dict[str, float]]:
    """Give a function that runs a script, which defines ``audit()`` and ``bare()``, and times both.

    It takes the script, what ``json.loads(sys.argv[1])`` gives there, and how often; once means the audit alone. It
    gives the median seconds of ``"ours"`` and ``"bare"``, and the ``"peak"`` of memory in MB.
    """

    def run(script: str, given: Any, repeats: int) -> dict[str, float]:
        text = f"import json, sys\ngiven, repeats = json.loads(sys.argv[1]), {repeats}\n{script}\n{_IN_TURN}"
        done = subprocess.run(
            [sys.executable, "-c", text, json.dumps(given)], capture_output=True, text=True, check=True
        )
        return dict(json.loads(done.stdout.splitlines()[-1]))  # DuckDB draws a bar of its progress before

    return run
