"""The charts of a report as static SVG: no script, readable in print and without color; one module per family."""

from __future__ import annotations

from fairloss.audit.charts.calibration import Calibration, calibration
from fairloss.audit.charts.distributions import distributions
from fairloss.audit.charts.dumbbell import Pair, dumbbell
from fairloss.audit.charts.forest import SELECTION_LINES, forest
from fairloss.audit.charts.frontier import Point, frontier
from fairloss.audit.charts.funnel import Slope, funnel
from fairloss.audit.charts.null_strip import null_strip
from fairloss.audit.charts.plane import MOST_SERIES
from fairloss.audit.charts.rates import dots
from fairloss.audit.charts.ribbon import Window, ribbon
from fairloss.audit.charts.roc import Roc, roc
from fairloss.audit.charts.rows import Line, Mark
from fairloss.audit.charts.strata import Stratum, strata_dots
from fairloss.audit.charts.sweep import Sweep, sweep

__all__ = [
    "MOST_SERIES",
    "SELECTION_LINES",
    "Calibration",
    "Line",
    "Mark",
    "Pair",
    "Point",
    "Roc",
    "Slope",
    "Stratum",
    "Sweep",
    "Window",
    "calibration",
    "distributions",
    "dots",
    "dumbbell",
    "forest",
    "frontier",
    "funnel",
    "null_strip",
    "ribbon",
    "roc",
    "strata_dots",
    "sweep",
]
