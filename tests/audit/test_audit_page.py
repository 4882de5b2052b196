"""The code of docs/audit.md runs as it stands, and its list of tables is that of the catalogue."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from fairloss.audit.catalogue import RESULTS

PAGE = (Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")


def test_the_page_runs() -> None:
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == 6
    for block in blocks:
        exec(compile(block, "docs/audit.md", "exec"), names)
    tables = {
        name for row in re.findall(r"^\| (`.*?) \|", PAGE, flags=re.MULTILINE) for name in re.findall("`(.*?)`", row)
    }
    assert tables <= set(RESULTS)
    assert {"comparisons", "omnibus", "stratified", "score_gaps", "clustered", "proxy_rates"} <= tables
    for name in ("comparisons", "omnibus", "stratified", "score_gaps", "calibration", "shrunken"):
        assert len(names["report"].table(name)), name
    assert len(names["together"].table("clustered"))
