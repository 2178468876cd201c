"""Results as pictures, tables and pages: figures, terminal, HTML, notebooks, files.

Reads typed results and the store; imports neither JAX nor Keras, and matplotlib only when a figure
is drawn. What a check does not show (pages of runs, their figures) is imported when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from echospan.report.panels import Panel as Panel
    from echospan.report.run_page import write_report as write_report
    from echospan.report.view import RunView as RunView

_HOMES = {
    "Panel": "echospan.report.panels",
    "RunView": "echospan.report.view",
    "write_report": "echospan.report.run_page",
}

__all__ = ["Panel", "RunView", "write_report"]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
