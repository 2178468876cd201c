"""Figures: each a pure function from plain values to a matplotlib Figure.

Matplotlib is imported when a figure is made, through its object interface on the Agg canvas: no
window, no display and no pyplot state.
"""

from echospan.report.figures.comparison import comparison
from echospan.report.figures.echo import expected_against_predicted
from echospan.report.figures.grid import grid
from echospan.report.figures.hidden import hidden_state
from echospan.report.figures.lags import lags
from echospan.report.figures.position import accuracy_by_position
from echospan.report.figures.reach import reach_map
from echospan.report.figures.save import save
from echospan.report.figures.training import training_curve

__all__ = [
    "accuracy_by_position",
    "comparison",
    "expected_against_predicted",
    "grid",
    "hidden_state",
    "lags",
    "reach_map",
    "save",
    "training_curve",
]
