"""Results as pictures, tables and pages: figures, terminal, HTML, notebooks, files.

Reads typed results and the store; imports neither JAX nor Keras, and matplotlib only when a figure
is drawn.
"""

from echospan.report.panels import Panel, panels
from echospan.report.run_page import write_report
from echospan.report.view import RunView

__all__ = ["Panel", "RunView", "panels", "write_report"]
