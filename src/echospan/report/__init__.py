"""What is shown of a run: figures, a report as one HTML file, and tables for the terminal.

Reads plain values and the store; imports neither JAX nor Keras, and matplotlib only when a figure
is drawn.
"""

from echospan.report.html import write_report
from echospan.report.panels import Panel, panels
from echospan.report.view import RunView

__all__ = ["Panel", "RunView", "panels", "write_report"]
