"""What is shown in a terminal. Each function prints to the Rich console that it is given.

Colour is never the only sign, so the output reads the same with NO_COLOR or in a file; a stream
that takes only ASCII gets ASCII.
"""

from echospan.report.terminal.chart import curve
from echospan.report.terminal.result import result_panel, show_result
from echospan.report.terminal.rows import rows_table
from echospan.report.terminal.tables import comparison_table, grid_table, runs_table

__all__ = [
    "comparison_table",
    "curve",
    "grid_table",
    "result_panel",
    "rows_table",
    "runs_table",
    "show_result",
]
