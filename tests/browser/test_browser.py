"""The reports in a browser: accessible, valid, without network, printable on both papers, with one first page."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairloss.audit import audit_predictions, compare, compare_predictions

sys.path.insert(0, str(Path(__file__).parent))
from reports import REAL, SHIPPED, real_report, shipped_run

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
MODULES = HERE / "node_modules"
DATA = Path(os.environ.get("FAIRLOSS_DATA", HERE.parents[2] / "shared" / "data"))
HOSTILE = (
    "<script>alert(1)</script>",
    "\"quoted\" & 'single' </svg></style>",
    "\u202eright to left\u202c \u05d0\u05d1\u05d2",
    "\U0001f469\U0001f3fd\u200d\U0001f4bb emoji",
    "x" * 500,
    "=1+1 | `code` *bold* {{ 7 * 7 }} {% if %}",
)
OWN = ("everything", "hostile", "change", "two_audits", "hostile_change", "suppressed")
CHANGES = tuple(f"{name}_change" for name in SHIPPED)
PAGES = (*OWN, *SHIPPED, *CHANGES, *REAL)


def _missing() -> str:
    """Say what this machine lacks."""
    lacks = [] if CHROMIUM else ["chromium"]
    lacks += [tool for tool in ("node", "pdfinfo", "pdftotext") if shutil.which(tool) is None]
    lacks += [] if (MODULES / "axe-core").is_dir() else ["the packages of tests/browser/package.json (npm ci)"]
    return ", ".join(lacks)


pytestmark = [
    pytest.mark.skipif(bool(_missing()), reason=f"a look in the browser needs {_missing()}"),
    pytest.mark.xdist_group("browser"),
]


def _own_pages() -> Iterator[tuple[str, str]]:
    """Make a page with every chart, one of hostile names, comparisons, and one without small counts."""
    rng = np.random.default_rng(0)
    n = 1500
    sex, race = rng.choice(["F", "M"], n), rng.choice(["a", "b", "c"], n, p=[0.6, 0.35, 0.05])
    label = rng.integers(0, 2, n)
    score = np.clip(label * 0.4 + 0.6 * rng.random(n), 0, 1)
    decision = (score >= 0.5).astype(int)
    features = {"sex": sex, "race": race}
    control = {"place": rng.choice(["x", "y", "z"], n)}
    everything = audit_predictions(
        label, decision, sensitive_features=features, y_score=score, control_features=control, about={"kind": "credit"}
    )
    yield "everything", everything.to_html()
    yield "suppressed", everything.to_html(suppress=11)
    change = compare_predictions(
        label, decision, label, sensitive_features=features, score_before=score, score_after=score**2
    )
    yield "change", change.to_html()
    yield "two_audits", compare(change.before, change.after, names=("spring", "autumn")).to_html()
    names = np.array(HOSTILE, dtype=object)[rng.integers(0, len(HOSTILE), n)]
    hostile = audit_predictions(
        None, label, sensitive_features={"<b>name</b>": names}, control_features={"<i>s</i>": names[::-1]},
        about={"title": '</title></style><script>alert(2)</script>"; } x', "source": HOSTILE[4], "model": HOSTILE[1]},
    )  # fmt: skip
    yield "hostile", hostile.to_html()
    twice = compare_predictions(
        label, decision, (names == HOSTILE[0]) | (decision == 1), names=(HOSTILE[0], HOSTILE[4]),
        sensitive_features={"<b>name</b>": names, HOSTILE[1]: sex}, score_before=score, score_after=score / 2,
    )  # fmt: skip
    yield "hostile_change", twice.to_html(title=HOSTILE[1])


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Give the folder of all pages, printed, and what the browser found, page by page."""
    folder = tmp_path_factory.mktemp("pages")
    for name, html in _own_pages():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    for name in SHIPPED:
        (folder / f"{name}.html").write_text((result := shipped_run(name)).to_html(), encoding="utf-8")
        (folder / f"{name}_change.html").write_text(result.change.to_html(), encoding="utf-8")
    for name in REAL:
        if (DATA / name).is_dir():
            (folder / f"{name}.html").write_text(real_report(name, DATA / name).to_html(), encoding="utf-8")
    faulty = (
        '<!doctype html><html><head><title></title></head><body><img src="http://example.invalid/x"></p></body></html>'
    )
    (folder / "faulty.html").write_text(faulty, encoding="utf-8")
    environment = {**os.environ, "CHROMIUM": str(CHROMIUM)}
    done = subprocess.run(
        ["node", str(HERE / "check.mjs"), str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder, json.loads((folder / "found.json").read_text(encoding="utf-8"))


@pytest.fixture(params=PAGES)
def seen(request: pytest.FixtureRequest, looked_at: tuple[Path, dict[str, Any]]) -> tuple[Path, dict[str, Any]]:
    folder, found = looked_at
    if request.param not in found:
        pytest.skip(f"the real data set {request.param} is not on this machine (set FAIRLOSS_DATA)")
    return folder / request.param, found[request.param]


def test_no_rule_of_accessibility_is_broken_in_light_or_dark(seen: tuple[Path, dict[str, Any]]) -> None:
    assert seen[1]["violations"] == []
    assert seen[1]["violations_dark"] == []


def test_the_page_is_valid_html(seen: tuple[Path, dict[str, Any]]) -> None:
    assert seen[1]["invalid"] == []


def test_nothing_is_loaded_from_anywhere_and_no_name_runs(seen: tuple[Path, dict[str, Any]]) -> None:
    assert seen[1]["requests"] == []
    assert seen[1]["dialogs"] == []
    assert seen[1]["scripts"] == 0


def test_the_page_does_not_scroll_sideways_on_a_telephone_or_a_screen(seen: tuple[Path, dict[str, Any]]) -> None:
    assert (seen[1]["overflow_400"], seen[1]["overflow_1280"]) == (0, 0)


def test_no_text_of_a_chart_is_cut_or_written_over_another(seen: tuple[Path, dict[str, Any]]) -> None:
    assert seen[1]["cut"] == []
    assert seen[1]["overlaps"] == []


def _dense(text: str) -> str:
    """Leave out what a line break adds or takes away."""
    return re.sub(r"[\s-]", "", text)


def _text(path: Path, page: int) -> str:
    done = subprocess.run(
        ["pdftotext", "-f", str(page), "-l", str(page), str(path), "-"], capture_output=True, text=True, check=True
    )
    return _dense(done.stdout)


@pytest.mark.parametrize(("paper", "points"), [("A4", (595, 842)), ("Letter", (612, 792))])
def test_the_first_page_fits_one_printed_page(
    seen: tuple[Path, dict[str, Any]], paper: str, points: tuple[int, int]
) -> None:
    path = seen[0].with_name(f"{seen[0].name}-{paper}.pdf")
    said = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
    size = next(line for line in said.splitlines() if line.startswith("Page size")).split()
    assert (float(size[2]), float(size[4])) == pytest.approx(points, abs=1)
    first = _text(path, 1)
    assert seen[1]["first"]
    for text in seen[1]["first"]:
        assert _dense(text)[:60] in first
    number = next(line for line in said.splitlines() if line.startswith("Pages")).split()[1]
    assert f"page1of{number}" in first
    assert _dense(seen[1]["second"]) in _text(path, 2)


def test_the_checks_see_a_fault(looked_at: tuple[Path, dict[str, Any]]) -> None:
    found = looked_at[1]["faulty"]
    assert found["violations"]
    assert found["invalid"]
    assert found["requests"] == ["http://example.invalid/x"]


def test_a_report_is_small(seen: tuple[Path, dict[str, Any]]) -> None:
    assert seen[0].with_suffix(".html").stat().st_size < 300_000
