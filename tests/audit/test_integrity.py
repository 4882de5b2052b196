"""The canonical form of a record, and that nothing but the input decides about a byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from fairloss.audit.integrity import canonical


@pytest.mark.parametrize(
    ("number", "text"),
    [  # RFC 8785, appendix B
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (-1.7976931348623157e308, "-1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (1e21, "1e+21"),
        (999999999999999900000.0, "999999999999999900000"),
        (333333333.3333332, "333333333.3333332"),
        (1e-7, "1e-7"),
        (0.000001, "0.000001"),
        (0.002, "0.002"),
        (1e-27, "1e-27"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (1424953923781206.2, "1424953923781206.2"),
        (4.5, "4.5"),
        (2**60, "1152921504606847000"),
    ],
)
def test_numbers_are_written_as_the_standard_says(number: float, text: str) -> None:
    assert canonical(number) == text
    assert float(text) == number


def test_keys_and_texts_are_written_as_the_standard_says() -> None:
    """The example of RFC 8785, section 3.2.3: keys in the order of their UTF-16 units."""
    data = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7}
    assert list(json.loads(canonical(data)).values()) == [2, 4, 6, 7, 1, 5, 3]
    assert canonical('\u20ac$\x0f\nA\'B"\\\\"/') == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'


_SCRIPT = """
import hashlib
from fairloss.audit import EXPORTS, audit_predictions, export
report = audit_predictions(
    [1, 0, 1, 1, 0, 1, 0, 0] * 9, [1, 0, 0, 1, 1, 1, 0, 1] * 9, y_score=[k / 72 for k in range(72)],
    sensitive_features={"s": list("aabbabab") * 9, "t": list("xyxyyxxyx") * 8}, control_features=list("pqr") * 24,
)
texts = [report.to_json(), report.to_html(), report.to_markdown(), *(export(report, name) for name in EXPORTS)]
print(hashlib.sha256("".join(texts).encode()).hexdigest())
"""


def test_the_same_input_gives_the_same_bytes_in_processes_that_hash_in_another_way() -> None:
    seen = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, env=environment, check=True
        )
        seen.add(done.stdout)
    assert len(seen) == 1
