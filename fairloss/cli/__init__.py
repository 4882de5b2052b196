"""The command ``fairloss``: run an audit definition, audit a file, verify and export records, look at the data sets.

Exit codes: 0 done; 1 a bound is breached, where a gate was asked for, or a record does not verify; 2 bad input or
usage; 3 not determinable; 130 interrupted; 141 the reader of the output went away.
"""

from __future__ import annotations

from fairloss.cli import commands, data, records, regimes
from fairloss.cli.terminal import main

__all__ = ["commands", "data", "main", "records", "regimes"]
