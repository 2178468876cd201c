"""The four pictures as widgets: in a notebook, in a page, in a report.

State over time, row arithmetic, reach map, accuracy by lag. Each is one ES module, `source`, that
anywidget, a page or `inlined` runs; the builders make its data of results.
"""

from echospan.widgets.data import accuracy_data, reach_data, rows_data
from echospan.widgets.inline import inlined
from echospan.widgets.live import widget
from echospan.widgets.source import NAMES, source
from echospan.widgets.state_data import state_data

__all__ = [
    "NAMES",
    "accuracy_data",
    "inlined",
    "reach_data",
    "rows_data",
    "source",
    "state_data",
    "widget",
]


def __dir__() -> list[str]:
    return sorted(__all__)
